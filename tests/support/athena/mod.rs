//! A stand-in for Athena on loopback, over the log files of `fixtures/demo` as the table `security.cloudtrail`. It remembers
//! what was asked, and fails in the ways that it is told to.

mod faults;
#[path = "../loopback.rs"]
mod loopback;
#[path = "../lookup_events/other_services.rs"]
mod other_services;
mod queries;
mod rules;
#[path = "../lookup_events/signature.rs"]
mod signature;
pub(crate) mod table;

use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) use faults::Faults;
use loopback::{Loopback, json_answer};
use queries::Queries;
use rules::{Refusal, refuse};
use signature::Signature;
use table::Table;

const OPERATIONS: [&str; 6] = [
    "GetTableMetadata",
    "GetWorkGroup",
    "StartQueryExecution",
    "GetQueryExecution",
    "GetQueryResults",
    "StopQueryExecution",
];

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    http: Loopback,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    faults: Faults,
    table: Table,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    arrivals: Vec<&'static str>,
    queries: Queries,
}

impl Server {
    /// Starts on a free port of loopback.
    pub(crate) fn start(table: Table, faults: Faults) -> Self {
        let shared = Arc::new(Shared { faults, table, state: Mutex::default() });
        let answering = Arc::clone(&shared);
        let http = Loopback::start(move |request| handle(request, Arc::clone(&answering)));
        Self { http, shared }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.http.url()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.shared.state.lock().unwrap().arrivals.iter().filter(|arrival| **arrival == operation).count()
    }

    /// The statements of all queries.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().queries.statements.clone()
    }

    /// The queries that were stopped.
    pub(crate) fn stopped(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().queries.stopped.clone()
    }
}

/// A connection that breaks.
#[derive(Debug, thiserror::Error)]
#[error("reset")]
struct Reset;

async fn handle(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Reset> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = match Signature::read(header("authorization"), header("x-amz-date")) {
        Ok(signature) => signature,
        Err(refusal) => return Ok(refusal_answer(&refusal)),
    };
    if let Some(answer) = other_services::answer(&head.method, head.uri.path(), &signature, &body, &shared.faults) {
        return Ok(answer);
    }
    let operation = header("x-amz-target").strip_prefix("AmazonAthena.");
    let operation = operation.and_then(|name| OPERATIONS.into_iter().find(|known| *known == name));
    let called = head.method == Method::POST && header("content-type").starts_with("application/x-amz-json-1.1");
    let Some(operation) = operation.filter(|_| called && signature.service == "athena") else {
        // What lists the log files of the table asks S3, which is not here.
        let unknown = Refusal { kind: "UnknownOperationException", message: "no such operation".to_owned() };
        return Ok(refusal_answer(&unknown));
    };
    let answer = match shared.answer(operation, &body)? {
        Ok(page) => json_answer(StatusCode::OK, &page),
        Err(refusal) if refusal.kind == "InternalFailure" => json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
        Err(refusal) => refusal_answer(&refusal),
    };
    Ok(answer)
}

impl Shared {
    /// The answer; the error is a connection that breaks, though the request was done.
    fn answer(&self, operation: &'static str, body: &[u8]) -> Result<Result<Value, Refusal>, Reset> {
        let mut state = self.state.lock().unwrap();
        state.arrivals.push(operation);
        let number = state.arrivals.len();
        let body: Value = serde_json::from_slice(body).unwrap();
        let answer = self.faults.refuse(operation, number).and_then(|()| match operation {
            "GetTableMetadata" => self.metadata(&body),
            "GetWorkGroup" => Ok(json!({"WorkGroup": {"Name": body["WorkGroup"], "Configuration":
                {"ResultConfiguration": {"OutputLocation": "s3://results/athena/"}, "BytesScannedCutoffPerQuery": 10_000_000_000_u64}}})),
            "StartQueryExecution" => state.queries.start(&body, &self.table, &self.faults),
            "GetQueryExecution" => state.queries.look(&body, &self.faults),
            "StopQueryExecution" => state.queries.stop(&body),
            _ => state.queries.results(&body, &self.faults),
        });
        if self.faults.reset.contains(&number) { Err(Reset) } else { Ok(answer) }
    }

    fn metadata(&self, body: &Value) -> Result<Value, Refusal> {
        let (catalog, database, name) = (&body["CatalogName"], &body["DatabaseName"], &body["TableName"]);
        if (catalog, database, name) == (&json!("AwsDataCatalog"), &json!("security"), &json!("cloudtrail")) {
            return Ok(self.table.metadata("cloudtrail"));
        }
        refuse("MetadataException", "EntityNotFoundException: Entity Not Found (Service: AWSGlue; Status Code: 400)")
    }
}

fn refusal_answer(refusal: &Refusal) -> Response<Full<Bytes>> {
    json_answer(StatusCode::BAD_REQUEST, &json!({"__type": refusal.kind, "Message": refusal.message}))
}

//! A stand-in for CloudWatch Logs on loopback, as strict as the real one is documented to be. It remembers when each request
//! came, and fails in the ways that it is told to.

#[path = "../lookup_events/events.rs"]
#[expect(dead_code, reason = "shared with a server that needs more")]
pub(crate) mod events;
mod faults;
#[path = "../loopback.rs"]
mod loopback;
#[path = "../lookup_events/other_services.rs"]
mod other_services;
mod queries;
pub(crate) mod rules;
#[path = "../lookup_events/signature.rs"]
mod signature;

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) use faults::Faults;
use loopback::{Loopback, json_answer};
use queries::Queries;
use rules::{Group, Refusal, refuse};
use signature::Signature;

/// How many requests a second are answered in each account and region, for each operation.
const RATES: [(&str, usize); 4] =
    [("FilterLogEvents", 5), ("DescribeLogGroups", 10), ("StartQuery", 10), ("GetQueryResults", 10)];

/// A request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    /// Account and region.
    pub(crate) place: (String, String),
    pub(crate) operation: &'static str,
    /// The error it was answered with.
    pub(crate) refused: Option<&'static str>,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    http: Loopback,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    faults: Faults,
    groups: Vec<Group>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    arrivals: Vec<Arrival>,
    admitted: BTreeMap<((String, String), &'static str), VecDeque<Instant>>,
    queries: Queries,
}

type Body = BoxBody<Bytes, Reset>;

impl Server {
    /// Starts on a free port of loopback.
    pub(crate) fn start(groups: Vec<Group>, faults: Faults) -> Self {
        let shared = Arc::new(Shared { faults, groups, state: Mutex::default() });
        let answering = Arc::clone(&shared);
        let http = Loopback::start(move |request| handle(request, Arc::clone(&answering)));
        Self { http, shared }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.http.url()
    }

    /// The requests of one operation so far.
    pub(crate) fn arrivals(&self, operation: &str) -> Vec<Arrival> {
        let state = self.shared.state.lock().unwrap();
        state.arrivals.iter().filter(|arrival| arrival.operation == operation).cloned().collect()
    }

    /// The bytes that all queries scanned.
    pub(crate) fn scanned(&self) -> usize {
        self.shared.state.lock().unwrap().queries.scanned
    }
}

/// A connection that breaks before the answer, or in the middle of it.
#[derive(Debug, thiserror::Error)]
#[error("reset")]
struct Reset;

async fn handle(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Body>, Reset> {
    let at = Instant::now();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = match Signature::read(header("authorization"), header("x-amz-date")) {
        Ok(signature) => signature,
        Err(refusal) => return Ok(refusal_answer(&refusal).map(whole)),
    };
    if let Some(answer) = other_services::answer(&head.method, head.uri.path(), &signature, &body, &shared.faults) {
        return Ok(answer.map(whole));
    }
    let operation = header("x-amz-target").strip_prefix("Logs_20140328.");
    let operation = operation.and_then(|name| RATES.into_iter().find(|(known, _)| *known == name));
    let called = head.method == Method::POST && header("content-type").starts_with("application/x-amz-json-1.1");
    let Some((operation, rate)) = operation.filter(|_| called && signature.service == "logs") else {
        let unknown = Refusal { kind: "UnknownOperationException", message: "no such operation".to_owned() };
        return Ok(refusal_answer(&unknown).map(whole));
    };
    tokio::time::sleep(Duration::from_millis(shared.faults.latency_ms)).await;
    let (found, is_cut) = shared.answer(at, &signature, operation, rate, &body)?;
    let answer = match found {
        Ok(page) => json_answer(StatusCode::OK, &page),
        Err(refusal) if refusal.kind == "InternalFailure" => json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
        Err(refusal) => refusal_answer(&refusal),
    };
    if !is_cut {
        return Ok(answer.map(whole));
    }
    let bytes = answer.into_body().collect().await.map_err(|_| Reset)?.to_bytes();
    let half = [Ok(Frame::data(bytes.slice(..bytes.len() / 2))), Err(Reset)];
    Ok(Response::new(Parts(half.into_iter().collect()).boxed()))
}

/// The parts of a body, one by one.
struct Parts(VecDeque<Result<Frame<Bytes>, Reset>>);

impl hyper::body::Body for Parts {
    type Data = Bytes;
    type Error = Reset;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Reset>>> {
        Poll::Ready(self.0.pop_front())
    }
}

impl Shared {
    /// The answer, and whether it is cut in the middle; the error is a connection that breaks.
    fn answer(
        &self,
        at: Instant,
        signature: &Signature,
        operation: &'static str,
        rate: usize,
        body: &[u8],
    ) -> Result<(Result<Value, Refusal>, bool), Reset> {
        let mut state = self.state.lock().unwrap();
        let place = (signature.account.clone(), signature.region.clone());
        let looks = |operation: &str| operation == "DescribeLogGroups";
        let before = state.arrivals.iter().filter(|it| it.place == place && looks(it.operation) == looks(operation));
        let number = before.count() + 1;
        let is_mine = !looks(operation);
        let here: Vec<&Group> =
            self.groups.iter().filter(|group| group.account == place.0 && group.region == place.1).collect();
        let answer = self
            .faults
            .refuse(&place.1, operation, number)
            .and_then(|()| state.admit(&place, operation, rate, at))
            .and_then(|()| match operation {
                "DescribeLogGroups" => rules::describe(body, &here),
                "StartQuery" => state.queries.start(body, &here, &self.groups, &self.faults),
                "GetQueryResults" => state.queries.results(body),
                _ if self.faults.endless => self.endless(body, &here),
                _ => rules::filter(body, &here, &self.groups, self.faults.repeating),
            });
        let is_reset = is_mine && self.faults.reset.contains(&number);
        let is_cut = is_mine && self.faults.cut.contains(&number);
        let refused = answer.as_ref().err().map(|refusal| refusal.kind);
        let refused = if is_reset {
            Some("reset")
        } else if is_cut {
            Some("cut")
        } else {
            refused
        };
        state.arrivals.push(Arrival { at, place, operation, refused });
        if is_reset { Err(Reset) } else { Ok((answer, is_cut)) }
    }

    /// The first page, whatever token was sent, and always the same one to go on with.
    fn endless(&self, body: &[u8], here: &[&Group]) -> Result<Value, Refusal> {
        let mut asked: Value = serde_json::from_slice(body).unwrap();
        asked.as_object_mut().unwrap().remove("nextToken");
        let mut page = rules::filter(asked.to_string().as_bytes(), here, &self.groups, false)?;
        page["nextToken"] = json!("again");
        Ok(page)
    }
}

impl State {
    /// Lets a request through unless as many others as may came within the second before it.
    fn admit(
        &mut self,
        place: &(String, String),
        operation: &'static str,
        rate: usize,
        at: Instant,
    ) -> Result<(), Refusal> {
        let admitted = self.admitted.entry((place.clone(), operation)).or_default();
        while admitted.front().is_some_and(|first| at.duration_since(*first) >= Duration::from_secs(1)) {
            admitted.pop_front();
        }
        if admitted.len() >= rate {
            return refuse("ThrottlingException", "Rate exceeded");
        }
        admitted.push_back(at);
        Ok(())
    }
}

fn whole(body: Full<Bytes>) -> Body {
    body.map_err(|never| match never {}).boxed()
}

fn refusal_answer(refusal: &Refusal) -> Response<Full<Bytes>> {
    json_answer(StatusCode::BAD_REQUEST, &json!({"__type": refusal.kind, "message": refusal.message}))
}

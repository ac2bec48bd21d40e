//! A stand-in for CloudTrail's LookupEvents on loopback, as strict as the real one is documented to be, over the events
//! of `fixtures/demo`. It remembers when each request came, and fails in the ways that it is told to.

pub(crate) mod events;
mod faults;
#[path = "../loopback.rs"]
mod loopback;
mod other_services;
pub(crate) mod rules;
mod signature;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use tfctrail::domain::timestamp::Timestamp;

use events::{Events, Place};
pub(crate) use faults::Faults;
use loopback::{Loopback, json_answer};
use rules::{Refusal, lookup, refuse};
use signature::Signature;

/// What botocore calls the operation, and what the newer SDKs do. CloudTrail answers to both.
const TARGETS: [&str; 2] =
    ["com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", "CloudTrail_20131101.LookupEvents"];

/// How many requests a second are answered in each account and region.
const RATE: usize = 2;

/// What the server has and does.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) events: Events,
    /// What the server takes for the present.
    pub(crate) now: Timestamp,
    pub(crate) faults: Faults,
}

/// A LookupEvents request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) place: Place,
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
    now: Timestamp,
    faults: Faults,
    start: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    events: Events,
    arrivals: Vec<Arrival>,
    admitted: BTreeMap<Place, VecDeque<Instant>>,
}

impl Server {
    /// Starts on a free port of loopback.
    pub(crate) fn start(setup: Setup) -> Self {
        let state = State { events: setup.events, arrivals: Vec::new(), admitted: BTreeMap::new() };
        let shared = Shared { now: setup.now, faults: setup.faults, start: Instant::now(), state: Mutex::new(state) };
        let shared = Arc::new(shared);
        let answering = Arc::clone(&shared);
        let http = Loopback::start(move |request| handle(request, Arc::clone(&answering)));
        Self { http, shared }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.http.url()
    }

    /// The LookupEvents requests so far.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.shared.state.lock().unwrap().arrivals.clone()
    }
}

/// A connection that breaks before the answer.
#[derive(Debug, thiserror::Error)]
#[error("reset")]
struct Reset;

async fn handle(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Reset> {
    let at = Instant::now();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
    if head.method == Method::GET && head.uri.path() == "/arrivals" {
        return Ok(json_answer(StatusCode::OK, &shared.arrivals()));
    }
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = match Signature::read(header("authorization"), header("x-amz-date")) {
        Ok(signature) => signature,
        Err(refusal) => return Ok(refusal_answer(&refusal)),
    };
    if let Some(answer) = other_services::answer(&head.method, head.uri.path(), &signature, &body, &shared.faults) {
        return Ok(answer);
    }
    let called = head.method == Method::POST
        && head.uri.path() == "/"
        && header("content-type").starts_with("application/x-amz-json-1.1")
        && TARGETS.contains(&header("x-amz-target"));
    if !called {
        let unknown = Refusal { kind: "UnknownOperationException", message: "no such operation".to_owned() };
        return Ok(refusal_answer(&unknown));
    }
    tokio::time::sleep(Duration::from_millis(shared.faults.latency_ms)).await;
    shared.lookup(at, &signature, &body).map(|found| match found {
        Ok(page) => json_answer(StatusCode::OK, &page),
        Err(refusal) if refusal.kind == "InternalFailure" => json_answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({})),
        Err(refusal) => refusal_answer(&refusal),
    })
}

impl Shared {
    /// One LookupEvents request; the outer error is a connection that breaks.
    fn lookup(&self, at: Instant, signature: &Signature, body: &[u8]) -> Result<Result<Value, Refusal>, Reset> {
        let mut state = self.state.lock().unwrap();
        let place = (signature.account.clone(), signature.region.clone());
        let number = state.arrivals.iter().filter(|arrival| arrival.place == place).count() + 1;
        if let Some(record) = self.faults.arriving.get(&number) {
            let (place, event) = events::event(record);
            events::insert(&mut state.events, place, event);
        }
        let reset = self.faults.reset.contains(&number);
        let answer = self
            .faults
            .refuse(&place.1, number)
            .and_then(|()| if self.faults.unlimited { Ok(()) } else { state.admit(&place, at) })
            .and_then(|()| {
                let events = state.events.get(&place).map_or(&[][..], Vec::as_slice);
                let owner = format!("{} {}", place.0, place.1);
                if self.faults.endless {
                    return self.endless(body, &owner, events);
                }
                lookup(body, &owner, events, self.now.seconds(), self.faults.repeating)
            });
        let refused = if reset { Some("reset") } else { answer.as_ref().err().map(|refusal| refusal.kind) };
        state.arrivals.push(Arrival { at, place, refused });
        if reset { Err(Reset) } else { Ok(answer) }
    }

    /// The first page, whatever token was sent, and always the same one to go on with.
    fn endless(&self, body: &[u8], owner: &str, events: &[events::Event]) -> Result<Value, Refusal> {
        let mut asked: Value = serde_json::from_slice(body).unwrap();
        asked.as_object_mut().unwrap().remove("NextToken");
        let mut page = lookup(asked.to_string().as_bytes(), owner, events, self.now.seconds(), false)?;
        page["NextToken"] = json!("again");
        Ok(page)
    }

    fn arrivals(&self) -> Value {
        let shown = |arrival: &Arrival| {
            let (account, region) = &arrival.place;
            let seconds = arrival.at.duration_since(self.start).as_secs_f64();
            json!({"account": account, "region": region, "seconds": seconds, "refused": arrival.refused})
        };
        self.state.lock().unwrap().arrivals.iter().map(shown).collect()
    }
}

impl State {
    /// Lets a request through unless two others of its place came within the second before it.
    fn admit(&mut self, place: &Place, at: Instant) -> Result<(), Refusal> {
        let admitted = self.admitted.entry(place.clone()).or_default();
        while admitted.front().is_some_and(|first| at.duration_since(*first) >= Duration::from_secs(1)) {
            admitted.pop_front();
        }
        if admitted.len() >= RATE {
            return refuse("ThrottlingException", "Rate exceeded");
        }
        admitted.push_back(at);
        Ok(())
    }
}

fn refusal_answer(refusal: &Refusal) -> Response<Full<Bytes>> {
    json_answer(StatusCode::BAD_REQUEST, &json!({"__type": refusal.kind, "message": refusal.message}))
}

//! A stand-in for CloudTrail's ListPublicKeys on loopback: one key a page, of those that sign at some time of what is asked.

#[path = "loopback.rs"]
mod loopback;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};

use loopback::{Loopback, json_answer};

/// A key of a region.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) region: &'static str,
    pub(crate) fingerprint: &'static str,
    pub(crate) value: String,
    /// From when to when it signs, in seconds.
    pub(crate) validity: (i64, i64),
}

/// A running server.
pub(crate) struct KeyServer {
    http: Loopback,
    asked: Arc<Mutex<Vec<String>>>,
}

impl KeyServer {
    /// Serves these keys; without any, nobody may list them.
    pub(crate) fn start(keys: Vec<Key>) -> Self {
        let (keys, asked) = (Arc::new(keys), Arc::<Mutex<Vec<String>>>::default());
        let seen = Arc::clone(&asked);
        let http = Loopback::start(move |request| answer(request, Arc::clone(&keys), Arc::clone(&seen)));
        Self { http, asked }
    }

    pub(crate) fn url(&self) -> String {
        self.http.url()
    }

    /// The regions of the requests so far, in the order of names.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

async fn answer(
    request: Request<Incoming>,
    keys: Arc<Vec<Key>>,
    asked: Arc<Mutex<Vec<String>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope: Vec<&str> = header("authorization").split("Credential=").nth(1).unwrap_or_default().split('/').collect();
    let region = scope.get(2).copied().unwrap_or_default().to_owned();
    let is_known = header("x-amz-target").ends_with("CloudTrail_20131101.ListPublicKeys");
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    asked.lock().unwrap().push(region.clone());
    let (status, body) = if !is_known {
        (StatusCode::BAD_REQUEST, json!({"__type": "UnknownOperationException"}))
    } else if keys.is_empty() {
        let message = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: cloudtrail:ListPublicKeys \
                       because no identity-based policy allows the cloudtrail:ListPublicKeys action";
        (StatusCode::BAD_REQUEST, json!({"__type": "AccessDeniedException", "message": message}))
    } else {
        (StatusCode::OK, page(&request, &region, &keys))
    };
    Ok(json_answer(status, &body))
}

fn page(request: &Value, region: &str, keys: &[Key]) -> Value {
    let at = |name: &str| request[name].as_f64().unwrap();
    let (start, end) = (at("StartTime"), at("EndTime"));
    #[expect(clippy::cast_precision_loss, reason = "seconds of these years are exact")]
    let signs = |key: &&Key| key.region == region && key.validity.0 as f64 <= end && start <= key.validity.1 as f64;
    let all: Vec<&Key> = keys.iter().filter(signs).collect();
    let first = request["NextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
    let shown = all.iter().skip(first).take(1).map(|key| {
        json!({"Value": key.value, "Fingerprint": key.fingerprint,
            "ValidityStartTime": key.validity.0, "ValidityEndTime": key.validity.1})
    });
    let shown: Vec<Value> = shown.collect();
    let next = (first + 1 < all.len()).then(|| (first + 1).to_string());
    json!({"PublicKeyList": shown, "NextToken": next})
}

//! Posts to webhooks: one request, no redirects, bounded in time and in what is read of the answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{HeaderMap, Response};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use super::clock::Clock;
use super::line::line;
use super::retry::{AttemptFailure, RetryAdvice};
use super::target::Webhook;
use super::tls;
use crate::decode::defect::io_reason;
use crate::domain::timestamp::Timestamp;

/// What an error page may have; the rest is not read.
const MAX_ANSWER: u64 = 4 << 10;

/// What is shown of it: codes such as Slack's `invalid_payload`.
const MAX_CODE: usize = 64;

/// Tries once. `headers` are made for the time of the attempt.
pub(super) fn post(
    webhook: &Webhook,
    body: &str,
    clock: &dyn Clock,
    headers: impl FnOnce(Timestamp) -> Vec<(&'static str, String)>,
) -> Result<(), AttemptFailure> {
    let now = clock.now();
    let mut request = agent(webhook).post(webhook.address.reveal()).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers(now) {
        request = request.header(name, value);
    }
    let mut response = request.send(body).map_err(|error| fault(&error))?;
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(());
    }
    let reason = format!("the server answered with status {status}{}", code(&mut response, webhook));
    let again = match status {
        300..400 => return Err(AttemptFailure::last(format!("{reason}, a redirect, which is not followed"))),
        429 | 503 => wanted(response.headers(), now).map_or(RetryAdvice::Soon, RetryAdvice::After),
        408 | 425 | 500 | 502 | 504 => RetryAdvice::Soon,
        _ => RetryAdvice::Never,
    };
    Err(AttemptFailure { reason, again })
}

fn agent(webhook: &Webhook) -> Agent {
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(crypto)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(webhook.timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("tfctrail/", env!("CARGO_PKG_VERSION")));
    // A proxy of the environment leads out of this machine, never back to it.
    let config = if webhook.address.is_loopback() { config.proxy(None) } else { config };
    config.build().new_agent()
}

/// What the error says, in our words: ureq's may name the address.
fn fault(error: &ureq::Error) -> AttemptFailure {
    match error {
        ureq::Error::Timeout(_) => AttemptFailure::passing("the server took too long to answer"),
        ureq::Error::Io(error) => {
            let failed = || AttemptFailure::passing(format!("the connection failed: {}", io_reason(error)));
            tls::inside(error).map_or_else(failed, tls::fault)
        }
        ureq::Error::HostNotFound => AttemptFailure::passing("no such host"),
        ureq::Error::ConnectionFailed => AttemptFailure::passing("the connection failed"),
        ureq::Error::ConnectProxyFailed(_) => {
            AttemptFailure::passing("the proxy of the environment refuses the connection")
        }
        ureq::Error::Rustls(error) => tls::fault(error),
        ureq::Error::Tls(_) => AttemptFailure::last("no trusted TLS connection to the server"),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => AttemptFailure::passing("the server does not speak HTTP"),
        ureq::Error::BadUri(_) => AttemptFailure::last("the URL is not one"),
        ureq::Error::InvalidProxyUrl => AttemptFailure::last("the proxy of the environment is none"),
        ureq::Error::LargeResponseHeader(..) => AttemptFailure::last("the server answers with too many headers"),
        _ => AttemptFailure::last("the request could not be made"),
    }
}

/// The error code in a short answer, where it is one. All else in an answer stays hidden: a server may repeat what it
/// was asked, and the address is a secret.
fn code(response: &mut Response<Body>, webhook: &Webhook) -> String {
    let answer = response.body_mut().with_config().limit(MAX_ANSWER).lossy_utf8(true).read_to_string();
    let answer = answer.unwrap_or_default();
    let answer = answer.trim();
    let is_code = answer.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ ".contains(&byte));
    if answer.is_empty() || answer.len() > MAX_CODE || !is_code || webhook.address.reveal().contains(answer) {
        return String::new();
    }
    format!(" ({})", line(answer, MAX_CODE))
}

/// How long `Retry-After` asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
fn wanted(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Duration::from_secs(u64::try_from(date.timestamp() - now.seconds()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_a_number_or_a_date() {
        let now = Timestamp::parse_rfc3339("2026-11-23T06:00:00Z").unwrap();
        let check = |text: &'static str, expected: Option<u64>| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, ureq::http::HeaderValue::from_static(text))]);
            assert_eq!(wanted(&headers, now), expected.map(Duration::from_secs), "{text}");
        };
        check("7", Some(7));
        check("Mon, 23 Nov 2026 06:01:00 GMT", Some(60));
        check("Mon, 23 Nov 2026 05:00:00 GMT", Some(0));
        check("soon", None);
        check("-1", None);
        assert_eq!(wanted(&HeaderMap::new(), now), None);
    }
}

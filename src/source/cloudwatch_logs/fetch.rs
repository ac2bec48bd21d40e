//! One request to CloudWatch Logs, as often as it takes.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::config::{Builder, Region};
use tokio::time::sleep;

use super::turns::LogTurns;
use crate::aws::bounds::{Bounded, REQUEST, too_slow};
use crate::aws::failure::RequestFailure;
use crate::source::paged::patience::{Patience, Setback};

/// Too many queries run at once in the account.
const TOO_MANY: &str = "LimitExceededException";

/// One log event that was found.
#[derive(Debug, Clone)]
pub(super) struct FoundEvent {
    /// What CloudWatch calls it, whichever page it comes on.
    pub(super) id: Option<String>,
    /// Its own time, in milliseconds since 1970.
    pub(super) at: Option<i64>,
    /// What was logged.
    pub(super) message: String,
}

/// The client of a region. It never tries again by itself, for those requests would come without a turn.
pub(super) fn client(config: &SdkConfig, region: &str) -> Client {
    let config = Builder::from(config).region(Region::new(region.to_owned())).retry_config(RetryConfig::disabled());
    Client::from_conf(config.interceptor(Bounded).build())
}

/// Makes a request until it is answered, or is not worth another try. `who` asks.
pub(super) async fn ask<T, F>(turns: &LogTurns, who: &str, request: impl Fn() -> F) -> Result<T, RequestFailure>
where
    F: Future<Output = Result<T, RequestFailure>>,
{
    let mut patience = Patience::default();
    loop {
        // On the heap: with a request in it, it is large.
        let answer = turns.take(tokio::time::timeout(REQUEST, Box::pin(request()))).await;
        let failure = match answer {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(failure)) => failure,
            Err(_) => RequestFailure::Impossible(too_slow(REQUEST)),
        };
        match setback(&failure).and_then(|setback| patience.wait(setback, who)) {
            Some(wait) => sleep(wait).await,
            None => return Err(failure),
        }
    }
}

fn setback(failure: &RequestFailure) -> Option<Setback> {
    match failure {
        RequestFailure::Answer(code, ..) if code == TOO_MANY => Some(Setback::Throttled),
        _ => Setback::of(failure),
    }
}

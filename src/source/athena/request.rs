//! One request to Athena, as often as it takes.

use aws_config::SdkConfig;
use aws_sdk_athena::Client;
use aws_sdk_athena::config::retry::RetryConfig;
use aws_sdk_athena::config::{Builder, Region};
use tokio::time::sleep;

use crate::aws::bounds::{Bounded, REQUEST, too_slow};
use crate::aws::failure::RequestFailure;
use crate::source::paged::patience::{Patience, Setback};

/// The client of a region. It never tries again by itself, for waiting is counted here.
pub(super) fn client(config: &SdkConfig, region: &str) -> Client {
    let config = Builder::from(config).region(Region::new(region.to_owned())).retry_config(RetryConfig::disabled());
    Client::from_conf(config.interceptor(Bounded).build())
}

/// Makes a request until it is answered, or is not worth another try. `who` asks.
pub(super) async fn ask<T, F>(who: &str, request: impl Fn() -> F) -> Result<T, RequestFailure>
where
    F: Future<Output = Result<T, RequestFailure>>,
{
    let mut patience = Patience::default();
    loop {
        // On the heap: with a request in it, it is large.
        let failure = match tokio::time::timeout(REQUEST, Box::pin(request())).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(failure)) => failure,
            Err(_) => RequestFailure::Impossible(too_slow(REQUEST)),
        };
        match Setback::of(&failure).and_then(|setback| patience.wait(setback, who)) {
            Some(wait) => sleep(wait).await,
            None => return Err(failure),
        }
    }
}

//! What a single answer may take: bytes, and time. A service, or whoever stands in its place, may send without an end.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::{LengthLimitError, Limited};

/// The most bytes of an answer that is held in memory. A page of a listing has some 5 MB at the most, one of events 13 MB.
const ANSWER: usize = 32 << 20;

/// All attempts of a request that gives an answer.
pub(crate) const REQUEST: Duration = Duration::from_mins(10);

/// What is slower than that many bytes a second is no transfer.
const SLOWEST: u64 = 16 << 10;

/// How long all attempts to fetch so many bytes may take.
pub(crate) fn transfer(bytes: u64) -> Duration {
    REQUEST + Duration::from_secs(bytes / SLOWEST)
}

/// Ends answers that are too large. The bodies of objects are bounded by their listed size, where they are fetched.
#[derive(Debug)]
pub(crate) struct Bounded;

impl Intercept for Bounded {
    fn name(&self) -> &'static str {
        "Bounded"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_object = config.load::<Metadata>().is_some_and(|operation| operation.name() == "GetObject");
        let answer = context.response_mut();
        // An error comes as a text, whatever was asked for.
        if !is_object || !answer.status().is_success() {
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            *answer.body_mut() = SdkBody::from_body_1_x(Limited::new(body, ANSWER));
        }
        Ok(())
    }
}

/// What to say of an answer that was ended for its size.
pub(crate) fn too_large(error: &(dyn Error + 'static)) -> Option<String> {
    let mut at = Some(error);
    while let Some(error) = at.filter(|error| !error.is::<LengthLimitError>()) {
        at = error.source();
    }
    at.map(|_| format!("the answer is larger than {} MiB, which no answer of AWS is", ANSWER >> 20))
}

/// What to say of a request that took too long.
pub(crate) fn too_slow(limit: Duration) -> String {
    format!("it took longer than {} seconds in all, which is the limit", limit.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_object_has_more_time() {
        assert_eq!(transfer(0), REQUEST);
        assert_eq!(transfer(16 << 20), REQUEST + Duration::from_secs(1_024));
    }
}

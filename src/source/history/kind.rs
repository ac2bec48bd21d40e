//! The event history as a kind of source: `event-history:[REGION,…|all]`.

use std::sync::Arc;

use crate::aws::AwsOptions;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
use crate::source::paged::regions::Regions;
#[cfg(feature = "aws")]
use crate::source::{
    kind::{EstimatedWork, Examined, OpenedSource, RemoteReading},
    question::RemoteQuestion,
};

/// Why nothing of it can be named.
const NO_LOG_FILES: &str = "event history has no log files; name files or the keys of objects";

/// What its texts begin with.
const SCHEME: &str = "event-history:";

/// What is known of event histories.
pub(crate) static KIND: RemoteKind = RemoteKind {
    scheme: SCHEME,
    form: "event-history:[REGION,…|all]",
    about: "CloudTrail keeps an event history of 90 days per account and region, without a trail; it is read 50 \
            events at a time, twice a second.",
    word: "event-history",
    supply: Supply::Pages,
    // It is asked for one event name, which is not that of every call.
    holds_calls: false,
    parse: |text| match Regions::parse(text) {
        Ok(regions) => Ok(Arc::new(regions)),
        Err(error) => Err(format!(
            "{error}; write event-history:eu-west-1,us-east-1, event-history:all, or event-history: for the profile's own \
             region"
        )),
    },
    is_pasted: |_| false,
    respelt,
    of_key: |_| Err(NO_LOG_FILES.to_owned()),
    of_keys: |_| Err(NO_LOG_FILES.to_owned()),
};

/// Without its colon, with another sign in its place, or with capitals.
fn respelt(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("event-history").or_else(|| lower.strip_prefix("eventhistory"))?;
    let rest = rest.trim_start_matches([':', '/', '=']);
    let is_meant = rest.split(',').all(|it| it.is_empty() || it == "all" || it.contains('-'));
    is_meant.then(|| format!("{SCHEME}{rest}"))
}

impl RemoteSource for Regions {
    fn kind(&self) -> &'static RemoteKind {
        &KIND
    }

    fn label(&self) -> String {
        format!("{SCHEME}{self}")
    }

    /// All regions of all accounts are one source: their log files never have the same name.
    fn identity(&self) -> String {
        SCHEME.to_owned()
    }

    /// Who looks at a region decides whose events it has.
    fn part(&self, aws: &AwsOptions) -> String {
        format!("{}{}", self.sorted(), aws.asker(None))
    }

    #[cfg(feature = "aws")]
    fn open(&self, reading: &mut RemoteReading<'_>) -> OpenedSource {
        super::open::open(self, reading.source, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn estimate(&self, reading: &mut RemoteReading<'_>) -> EstimatedWork {
        super::examine::estimate(self, reading.source, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn examine(&self, question: &RemoteQuestion) -> Examined {
        super::examine::examine(self, question)
    }
}

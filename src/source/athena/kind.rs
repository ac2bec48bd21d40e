//! Tables of Athena as a kind of source.

use std::sync::Arc;

use super::table::{AthenaTable, SCHEME};
use crate::aws::AwsOptions;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
#[cfg(feature = "aws")]
use crate::source::{
    kind::{EstimatedWork, Examined, OpenedSource, RemoteReading},
    question::RemoteQuestion,
};

/// Why nothing of it can be named.
const NO_LOG_FILES: &str = "a table gives no log files; name files or the keys of objects";

/// What is known of tables of Athena.
pub(crate) static KIND: RemoteKind = RemoteKind {
    scheme: SCHEME,
    form: "athena:DATABASE.TABLE[?workgroup=…]",
    about: "A table of Athena over CloudTrail's log files is asked for role assumptions with one SQL statement, which reads \
            the partitions of the window alone; AWS charges for what it scans, and --dry-run tells.",
    word: "athena",
    supply: Supply::Pages,
    // It is asked for one event name, which is not that of every call.
    holds_calls: false,
    parse: |text| match AthenaTable::parse(text) {
        Ok(table) => Ok(Arc::new(table)),
        Err(error) => Err(error.to_string()),
    },
    is_pasted: |_| false,
    respelt,
    of_key: |_| Err(NO_LOG_FILES.to_owned()),
    of_keys: |_| Err(NO_LOG_FILES.to_owned()),
};

/// With another sign in the place of its colon, or with capitals.
fn respelt(text: &str) -> Option<String> {
    let (front, rest) = text.split_at_checked("athena".len())?;
    let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix('/')).or_else(|| rest.strip_prefix('='))?;
    let rest = rest.trim_start_matches('/');
    let is_meant = front.eq_ignore_ascii_case("athena") && (rest.is_empty() || AthenaTable::parse(rest).is_ok());
    is_meant.then(|| format!("{SCHEME}{rest}"))
}

impl RemoteSource for AthenaTable {
    fn kind(&self) -> &'static RemoteKind {
        &KIND
    }

    fn label(&self) -> String {
        format!("{SCHEME}{self}")
    }

    /// All tables of all accounts are one source: their slots never have the same name.
    fn identity(&self) -> String {
        SCHEME.to_owned()
    }

    /// Who looks for a table decides which one is found.
    fn part(&self, aws: &AwsOptions) -> String {
        format!("{self}{}", aws.asker(aws.region.as_deref()))
    }

    #[cfg(feature = "aws")]
    fn open(&self, reading: &mut RemoteReading<'_>) -> OpenedSource {
        super::open::open(self, reading.source, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn estimate(&self, reading: &mut RemoteReading<'_>) -> EstimatedWork {
        super::estimate::estimate(self, reading.source, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn examine(&self, question: &RemoteQuestion) -> Examined {
        super::examine::examine(self, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_said() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(respelt(text).as_deref(), expected, "{text}");
        check("Athena:default.logs", Some("athena:default.logs"));
        check("athena://default.logs?workgroup=a", Some("athena:default.logs?workgroup=a"));
        check("athena=a.b", Some("athena:a.b"));
        check("athena", None);
        check("athena/x.csv.gz", None);
        check("ÄÄÄ", None);
    }
}

//! Archives in S3 as a kind of source: `s3://bucket[/prefix]`, and what people paste for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address::{BucketAddress, BucketAddressError};
use super::pasted::is_pasted;
use crate::aws::AwsOptions;
use crate::domain::log_key::LogKey;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
#[cfg(feature = "aws")]
use crate::source::{
    kind::{EstimatedWork, Examined, OpenedDigestSource, OpenedSource, RemoteReading},
    question::RemoteQuestion,
};

/// What is known of archives.
pub(crate) static KIND: RemoteKind = RemoteKind {
    scheme: "s3://",
    form: "s3://bucket[/prefix]",
    about: "The program finds the layout of a bucket by itself; the prefix may point to any place in it.",
    word: "bucket",
    supply: Supply::DayFolders,
    holds_calls: true,
    parse: |text| match text.parse::<BucketAddress>() {
        Ok(address) => Ok(Arc::new(address)),
        Err(error) => Err(error.to_string()),
    },
    is_pasted,
    respelt,
    of_key: |text| object(text).map(|address| (address.identity(), address.prefix)),
    of_keys,
};

/// `S3://`, `s3:/` and `s3:` are meant as `s3://`.
fn respelt(text: &str) -> Option<String> {
    let is_meant = text.to_ascii_lowercase().starts_with("s3:");
    is_meant.then(|| format!("s3://{}", text[3..].trim_start_matches('/')))
}

/// Some objects of one bucket.
#[derive(Debug)]
struct BucketKeys {
    /// The bucket, without a prefix.
    address: BucketAddress,
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only AWS has objects"))]
    keys: Vec<String>,
}

/// The address of an object, or of the folder that stands for the log files of a day. Its key is the prefix.
fn object(text: &str) -> Result<BucketAddress, String> {
    let told = |reason: &str| format!("'{}{text}': {reason}", if is_pasted(text) { "" } else { KIND.scheme });
    let address: Result<BucketAddress, BucketAddressError> = text.parse();
    let address = address.map_err(|error| told(&error.to_string()))?;
    if address.prefix.is_empty() || (address.prefix.ends_with('/') && LogKey::of_day_folder(&address.prefix).is_none())
    {
        return Err(told("names no object; a line is the whole key of one log file: s3://bucket/key"));
    }
    Ok(address)
}

/// The buckets of these addresses, each with the keys that were named of it.
fn of_keys(texts: &[&str]) -> Result<Vec<Arc<dyn RemoteSource>>, String> {
    let mut buckets: BTreeMap<(String, Option<Box<str>>), Vec<String>> = BTreeMap::new();
    for text in texts {
        let BucketAddress { bucket, prefix, region } = object(text)?;
        buckets.entry((bucket, region)).or_default().push(prefix);
    }
    let source = |((bucket, region), keys)| {
        let address = BucketAddress { bucket, prefix: String::new(), region };
        Arc::new(BucketKeys { address, keys }) as Arc<dyn RemoteSource>
    };
    Ok(buckets.into_iter().map(source).collect())
}

impl RemoteSource for BucketAddress {
    fn kind(&self) -> &'static RemoteKind {
        &KIND
    }

    fn label(&self) -> String {
        self.to_string()
    }

    /// Prefixes of one bucket may lie in each other.
    fn identity(&self) -> String {
        format!("s3://{}", self.bucket)
    }

    fn part(&self, _: &AwsOptions) -> String {
        self.folder()
    }

    fn prefix(&self) -> String {
        self.folder()
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    #[cfg(feature = "aws")]
    fn open(&self, reading: &mut RemoteReading<'_>) -> OpenedSource {
        super::open::open(self, reading.source, reading.count, reading.question, reading.notes)
    }

    #[cfg(feature = "aws")]
    fn digests(&self, reading: &mut RemoteReading<'_>) -> OpenedDigestSource {
        super::digests::open(self, reading.count, reading.question, reading.notes)
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

impl RemoteSource for BucketKeys {
    fn kind(&self) -> &'static RemoteKind {
        &KIND
    }

    fn label(&self) -> String {
        self.address.to_string()
    }

    fn identity(&self) -> String {
        self.address.identity()
    }

    fn part(&self, aws: &AwsOptions) -> String {
        self.address.part(aws)
    }

    fn region(&self) -> Option<&str> {
        self.address.region.as_deref()
    }

    #[cfg(feature = "aws")]
    fn open(&self, reading: &mut RemoteReading<'_>) -> OpenedSource {
        super::keys::open_keys(&self.address, self.keys.clone(), reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_buckets() {
        let check = |texts: &[&str], expected: &[&str]| {
            let labels: Vec<String> = of_keys(texts).unwrap().iter().map(|source| source.label()).collect();
            assert_eq!(labels, expected, "{texts:?}");
        };
        check(&["logs-1/a.json", "logs-2/a.json", "logs-1/b/c.json.gz"], &["s3://logs-1", "s3://logs-2"]);
        check(&["arn:aws:s3:::logs-1/a.json", "logs-1/c"], &["s3://logs-1"]);
        let refused = |text: &str| of_keys(&[text]).unwrap_err();
        let message = "names no object; a line is the whole key of one log file: s3://bucket/key";
        assert_eq!(refused("bucket"), format!("'s3://bucket': {message}"));
        assert_eq!(refused("bucket/a/"), format!("'s3://bucket/a/': {message}"));
        check(&["logs-1/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/03/"], &["s3://logs-1"]);
    }
}

//! Archives in S3 as a kind of source: `s3://bucket[/prefix]`, and what people paste for it.

use std::sync::Arc;

use super::address::BucketAddress;
use super::pasted::is_pasted;
use crate::aws::AwsOptions;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
#[cfg(feature = "aws")]
use crate::source::{
    digests::DigestInbox,
    doctor::Diagnosis,
    inbox::Inbox,
    question::{RemoteQuestion, SourceNote},
};
#[cfg(feature = "aws")]
use crate::{domain::trouble::SourceTrouble, domain::work::SourceWork};

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
};

/// `S3://`, `s3:/` and `s3:` are meant as `s3://`.
fn respelt(text: &str) -> Option<String> {
    let is_meant = text.to_ascii_lowercase().starts_with("s3:");
    is_meant.then(|| format!("s3://{}", text[3..].trim_start_matches('/')))
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

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    #[cfg(feature = "aws")]
    fn open(
        &self,
        source: usize,
        count: usize,
        question: &RemoteQuestion,
        notes: &mut Vec<SourceNote>,
    ) -> Result<Box<dyn Inbox>, SourceTrouble> {
        super::open::open(self, source, count, question, notes)
    }

    #[cfg(feature = "aws")]
    fn digests(
        &self,
        count: usize,
        question: &RemoteQuestion,
        notes: &mut Vec<SourceNote>,
    ) -> Result<Box<dyn DigestInbox>, SourceTrouble> {
        super::digests::open(self, count, question, notes)
    }

    #[cfg(feature = "aws")]
    fn estimate(
        &self,
        source: usize,
        question: &RemoteQuestion,
        notes: &mut Vec<SourceNote>,
    ) -> Result<Vec<SourceWork>, SourceTrouble> {
        super::estimate::estimate(self, source, question, notes)
    }

    #[cfg(feature = "aws")]
    fn examine(&self, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
        super::examine::examine(self, question)
    }
}

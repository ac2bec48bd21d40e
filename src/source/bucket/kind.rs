//! Archives in S3 as a kind of source: `s3://bucket[/prefix]`, and what people paste for it.

use std::sync::Arc;

use super::address::Address;
use super::pasted::is_pasted;
use crate::aws::AwsOptions;
use crate::source::kind::{RemoteKind, RemoteSource, Supply};
#[cfg(feature = "aws")]
use crate::source::{
    doctor::Diagnosis,
    inbox::Inbox,
    question::{Note, Question},
};
#[cfg(feature = "aws")]
use crate::{domain::trouble::Trouble, domain::work::Work};

/// What is known of archives.
pub(crate) static KIND: RemoteKind = RemoteKind {
    scheme: "s3://",
    form: "s3://bucket[/prefix]",
    about: "The layout of a bucket is discovered, wherever in it the prefix points.",
    word: "bucket",
    supply: Supply::DayFolders,
    holds_calls: true,
    parse: |text| match text.parse::<Address>() {
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

impl RemoteSource for Address {
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
        question: &Question,
        notes: &mut Vec<Note>,
    ) -> Result<Box<dyn Inbox>, Trouble> {
        super::open::open(self, source, count, question, notes)
    }

    #[cfg(feature = "aws")]
    fn estimate(&self, source: usize, question: &Question, notes: &mut Vec<Note>) -> Result<Vec<Work>, Trouble> {
        super::estimate::estimate(self, source, question, notes)
    }

    #[cfg(feature = "aws")]
    fn examine(&self, question: &Question) -> Result<Diagnosis, Trouble> {
        super::examine::examine(self, question)
    }
}

//! One group that is being read.

use std::sync::{Arc, PoisonError};

use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;

use super::describe::{FoundGroup, ReadBy};
use super::fetch::FoundEvent;
use super::filter::{self, FilterPages};
use super::insights::{self, QueryPages};
use super::page;
use super::pattern::may_be_ours;
use crate::aws::AwsOptions;
use crate::aws::failure::RequestFailure;
use crate::domain::log_key::LogKey;
use crate::progress::{Progress, Stretch};
use crate::source::chunk::{Body, Chunk};
use crate::source::content::WalkedFile;
use crate::source::delivery::Delivery;
use crate::source::known::ObjectVersion;
use crate::source::paged::inbox::FailureAdvice;
use crate::source::paged::slots::AskedRange;
use crate::source::unlisted::Unlisted;

/// What is the same for all groups.
pub(super) struct ReadingContext {
    pub(super) source: usize,
    /// Whether some of it may have been read before.
    pub(super) resumes: bool,
    pub(super) aws: AwsOptions,
    pub(super) progress: Arc<Progress>,
    pub(super) advice: FailureAdvice,
    /// One for each query of Logs Insights that may run.
    pub(super) queries: Semaphore,
}

/// One group that is being read.
pub(super) struct GroupReading {
    pub(super) group: FoundGroup,
    pub(super) range: AskedRange,
    pub(super) stretch: Stretch,
    pub(super) shared: Arc<ReadingContext>,
}

/// The pages of a group, however it is read.
pub(super) enum GroupPages {
    Filter(FilterPages),
    Query(QueryPages),
}

impl GroupPages {
    pub(super) fn new(group: &FoundGroup, range: AskedRange) -> Self {
        match group.read_by {
            ReadBy::Query => Self::Query(QueryPages::new(range)),
            ReadBy::Filter | ReadBy::Nothing => Self::Filter(FilterPages::new(range)),
        }
    }

    pub(super) async fn next(&mut self, group: &FoundGroup) -> Result<Option<Vec<FoundEvent>>, RequestFailure> {
        match self {
            Self::Filter(pages) => pages.next(group).await,
            Self::Query(pages) => pages.next(group).await,
        }
    }
}

/// What says that a group, or some of it, is missing.
pub(super) fn failed(label: &str, reason: String, forbidden: bool) -> Delivery {
    // The events of a group may be those of any account and region.
    let key = LogKey::default();
    Delivery::Failed { key, unlisted: Unlisted { file: label.into(), reason, forbidden }, version: None }
}

impl FoundGroup {
    /// How it is read, in words.
    pub(super) fn manner(&self) -> &'static str {
        match self.read_by {
            ReadBy::Filter => "FilterLogEvents finds it",
            ReadBy::Query => "a group of the class Infrequent Access, which Logs Insights queries",
            ReadBy::Nothing => "a group of the class Delivery, which cannot be read",
        }
    }

    /// The permission that reading it takes.
    pub(super) fn action(&self) -> &'static str {
        if self.read_by == ReadBy::Query { insights::START } else { filter::ACTION }
    }
}

impl GroupReading {
    /// Delivers every page that is not empty, and one at least, or those up to a failure and the failure. Ends early where
    /// nobody takes them.
    pub(super) async fn deliver(self, out: Sender<Delivery>) {
        let mut pages = GroupPages::new(&self.group, self.range);
        let mut is_silent = true;
        // On the heap: with all of its requests it is large.
        while let Some(page) = Box::pin(self.next_page(&mut pages, self.range, &out)).await {
            let is_over = page.is_none();
            let messages: Vec<String> = page.into_iter().flatten().map(|event| event.message).collect();
            if !messages.is_empty() || (is_over && is_silent) {
                is_silent = false;
                if self.deliver_messages(&messages, None, &out).await.is_none() {
                    break;
                }
            }
            if is_over {
                break;
            }
        }
        self.finish();
    }

    /// Nothing more is read.
    pub(super) fn finish(&self) {
        self.stretch.reached(self.range.start);
    }

    /// The next page, nothing at the end. `None` where it failed, once that is delivered.
    pub(super) async fn next_page(
        &self,
        pages: &mut GroupPages,
        range: AskedRange,
        out: &Sender<Delivery>,
    ) -> Option<Option<Vec<FoundEvent>>> {
        let is_query = self.group.read_by == ReadBy::Query;
        // Nobody closes it.
        let _running = if is_query { self.shared.queries.acquire().await.ok() } else { None };
        match pages.next(&self.group).await {
            Ok(page) => Some(page.map(|mut events| {
                events.retain(|event| may_be_ours(&event.message));
                events
            })),
            Err(failure) => {
                if let Some(failed) = self.failed(&failure, range) {
                    // Where the receiver is gone, nobody misses the rest.
                    drop(out.send(failed).await);
                }
                None
            }
        }
    }

    /// Delivers messages as a log file, of that name and tag where somebody remembers.
    pub(super) async fn deliver_messages(
        &self,
        messages: &[String],
        remembered: Option<(String, &str)>,
        out: &Sender<Delivery>,
    ) -> Option<()> {
        let mut chunk = self.chunk(messages);
        chunk.version =
            remembered.map(|(name, tag)| ObjectVersion { name: Arc::from(name), size: chunk.size(), tag: tag.into() });
        out.send(Delivery::Chunk(chunk)).await.ok()
    }

    fn chunk(&self, messages: &[String]) -> Chunk {
        let body = page::log_file(messages.iter().map(String::as_str));
        self.shared.progress.expect_file(body.len() as u64);
        Chunk {
            source: self.shared.source,
            log_file: Arc::clone(&self.group.label),
            key: LogKey::default(),
            version: None,
            // Where none of the messages is an event after all, the group has lines of something else, which is no failure.
            modified: None,
            walked: Some(WalkedFile { looks: false, may_be_of_a_service: true }),
            body: Body::Memory(Box::new(body)),
        }
    }

    /// What a failure leaves unread; nothing where there is nothing to read.
    fn failed(&self, failure: &RequestFailure, range: AskedRange) -> Option<Delivery> {
        let place = &self.group.region.place;
        if place.is_not_enabled(failure) {
            return None;
        }
        let aws = AwsOptions { region: Some(place.region.to_string()), ..self.shared.aws.clone() };
        let trouble = failure.trouble(&aws, self.group.action(), &self.group.resource());
        self.shared.advice.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble.hints);
        let role = place.role.as_deref().map_or_else(String::new, |role| format!("as {role}: "));
        let missing = format!("events from {} to {} are missing", range.start, self.range.end);
        let missing = if self.shared.resumes { format!("{missing}, unless read before") } else { missing };
        let reason = format!("{role}{}; {missing}", trouble.message);
        Some(failed(&self.group.label, reason, failure.is_forbidden()))
    }
}

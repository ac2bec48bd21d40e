//! One region of one account, page by page, from the newest event to the oldest.
//!
//! Asked for is `EventName=AssumeRoleWithWebIdentity`, and nothing narrower even where a filter names a run or a role:
//! that these are listed as resources of the event is inferred from another event (DOMAIN §8), and a denied event, which
//! got neither key nor session, would certainly be lost.

use std::sync::{Arc, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use aws_sdk_cloudtrail::config::{Builder, Region};
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use tokio::sync::mpsc::Sender;
use tokio::time::sleep;

use super::page;
use super::turnover::PageHistory;
use super::turns::LookupTurns;
use crate::aws::AwsOptions;
use crate::aws::bounds::{Bounded, REQUEST, too_slow};
use crate::aws::failure::RequestFailure;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;
use crate::progress::{Progress, Stretch};
use crate::source::chunk::{Body, Chunk};
use crate::source::delivery::Delivery;
use crate::source::paged::account_region::AccountRegion;
use crate::source::paged::inbox::FailureAdvice;
use crate::source::paged::patience::{Patience, Setback};
use crate::source::paged::slots::AskedRange;
use crate::source::unlisted::Unlisted;

const EVENT_NAME: &str = "AssumeRoleWithWebIdentity";

/// The permission that all of this takes.
pub(super) const ACTION: &str = "cloudtrail:LookupEvents";

/// As many as the API gives at once.
const PAGE: i32 = 50;

/// A token that is no longer known.
const LOST_TOKEN: &str = "InvalidNextTokenException";

/// What is the same in all places.
pub(super) struct LookupContext {
    pub(super) source: usize,
    pub(super) reach: AskedRange,
    /// Whether some of it may have been read before.
    pub(super) resumes: bool,
    pub(super) aws: AwsOptions,
    pub(super) progress: Arc<Progress>,
    pub(super) advice: FailureAdvice,
}

/// What one region is asked.
pub(super) struct RegionLookup {
    pub(super) place: AccountRegion,
    pub(super) client: Client,
    pub(super) turns: Arc<LookupTurns>,
    pub(super) stretch: Stretch,
    pub(super) shared: Arc<LookupContext>,
}

/// How far the reading of a region is.
pub(super) struct Bookmark {
    token: Option<String>,
    /// The first second that is asked for.
    start: Timestamp,
    /// The last second that is asked for.
    end: Timestamp,
    /// The time of the oldest event so far.
    reached: Option<Timestamp>,
    progress: PageHistory,
}

/// What the pages of a place are called in reports.
pub(super) fn log_file_of(place: &AccountRegion) -> Arc<str> {
    format!("event-history:{}", place.region).into()
}

/// The client of a region. It never tries again by itself, for those requests would come without a turn.
pub(super) fn client(config: &SdkConfig, region: &str) -> Client {
    let config = Builder::from(config).region(Region::new(region.to_owned())).retry_config(RetryConfig::disabled());
    Client::from_conf(config.interceptor(Bounded).build())
}

/// Asks for one page.
pub(super) async fn ask(
    client: &Client,
    reach: AskedRange,
    token: Option<String>,
) -> Result<LookupEventsOutput, RequestFailure> {
    let attribute = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::EventName)
        .attribute_value(EVENT_NAME)
        .build()
        .map_err(|error| RequestFailure::Impossible(error.to_string()))?;
    client
        .lookup_events()
        .lookup_attributes(attribute)
        .start_time(DateTime::from_secs(reach.start.seconds()))
        .end_time(DateTime::from_secs(reach.end.seconds()))
        .max_results(PAGE)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| RequestFailure::of(&error))
}

impl RegionLookup {
    /// Delivers every page, or those up to a failure and the failure. Ends early where nobody takes them.
    pub(super) async fn deliver(self, out: Sender<Delivery>) {
        let mut bookmark = Bookmark::new(self.shared.reach);
        while let Some(page) = self.next_page(&mut bookmark, &out).await {
            let chunk = self.chunk(&page);
            if out.send(Delivery::Chunk(chunk)).await.is_err() || bookmark.is_at_end() {
                break;
            }
        }
        self.stretch.reached(self.shared.reach.start);
    }

    /// The next page; delivers the failure where there is none.
    pub(super) async fn next_page(
        &self,
        bookmark: &mut Bookmark,
        out: &Sender<Delivery>,
    ) -> Option<LookupEventsOutput> {
        let mut patience = Patience::default();
        loop {
            match self.turns.take(self.ask(bookmark)).await {
                Ok(page) => {
                    if let Err(reason) = bookmark.read(&page) {
                        let failed = self.failed(&RequestFailure::Impossible(reason), bookmark);
                        if let Some(failed) = failed {
                            drop(out.send(failed).await);
                        }
                        return None;
                    }
                    self.stretch.reached(bookmark.reached.unwrap_or(bookmark.end));
                    return Some(page);
                }
                Err(failure) if bookmark.restart(&failure) => {}
                Err(failure) => {
                    if let Some(wait) = Setback::of(&failure).and_then(|it| patience.wait(it, &self.place.region)) {
                        sleep(wait).await;
                        continue;
                    }
                    if let Some(failed) = self.failed(&failure, bookmark) {
                        // Where the receiver is gone, nobody misses the rest.
                        drop(out.send(failed).await);
                    }
                    return None;
                }
            }
        }
    }

    async fn ask(&self, bookmark: &Bookmark) -> Result<LookupEventsOutput, RequestFailure> {
        let reach = AskedRange { start: bookmark.start, end: bookmark.end };
        // On the heap: with a request in it, it is large.
        let answer = Box::pin(ask(&self.client, reach, bookmark.token.clone()));
        match tokio::time::timeout(REQUEST, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(RequestFailure::Impossible(too_slow(REQUEST))),
        }
    }

    fn chunk(&self, page: &LookupEventsOutput) -> Chunk {
        let records = page.events().iter().map(Event::cloud_trail_event);
        let account = self.place.account.clone();
        let account = account.or_else(|| records.clone().flatten().find_map(page::account));
        let body = page::log_file(records);
        self.shared.progress.expect_file(body.len() as u64);
        Chunk {
            source: self.shared.source,
            log_file: log_file_of(&self.place),
            key: self.key(account),
            version: None,
            modified: None,
            walked: None,
            body: Body::Memory(Box::new(body)),
        }
    }

    pub(super) fn key(&self, account: Option<Box<str>>) -> LogKey {
        LogKey { account, region: Some(self.place.region.clone()), ..LogKey::default() }
    }

    /// What a failure leaves unread; nothing where there is nothing to read.
    fn failed(&self, failure: &RequestFailure, bookmark: &Bookmark) -> Option<Delivery> {
        if self.place.is_not_enabled(failure) {
            return None;
        }
        let LookupContext { reach, aws, advice, resumes, .. } = &*self.shared;
        let aws = AwsOptions { region: Some(self.place.region.to_string()), ..aws.clone() };
        let trouble = failure.trouble(&aws, ACTION, "*");
        advice.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble.hints);
        let role = self.place.role.as_deref().map_or_else(String::new, |role| format!("as {role}: "));
        let missing = match bookmark.reached {
            Some(reached) => format!("events from {} to {reached} are missing", reach.start),
            None => format!("all events from {} to {} are missing", reach.start, bookmark.end),
        };
        let missing = if *resumes { format!("{missing}, unless read before") } else { missing };
        let reason = format!("{role}{}; {missing}", trouble.message);
        let unlisted = Unlisted { file: log_file_of(&self.place), reason, forbidden: failure.is_forbidden() };
        Some(Delivery::Failed { key: self.key(self.place.account.clone()), unlisted, version: None })
    }
}

impl Bookmark {
    pub(super) fn new(reach: AskedRange) -> Self {
        Self { token: None, start: reach.start, end: reach.end, reached: None, progress: PageHistory::default() }
    }

    /// Whether the last page has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.token.is_none()
    }

    /// Takes a page, or says why it cannot be the next one.
    fn read(&mut self, page: &LookupEventsOutput) -> Result<(), String> {
        let times = page.events().iter().filter_map(|event| Timestamp::from_seconds(event.event_time()?.secs()));
        let oldest = times.min();
        self.progress.take(page.next_token(), oldest, self.start)?;
        self.token = page.next_token().map(str::to_owned);
        self.reached = self.reached.into_iter().chain(oldest).min();
        Ok(())
    }

    /// Where the token got lost, starts over at the oldest event so far, once for each. The events of that second come
    /// again, as duplicates.
    fn restart(&mut self, failure: &RequestFailure) -> bool {
        let lost = self.token.is_some() && matches!(failure, RequestFailure::Answer(code, ..) if code == LOST_TOKEN);
        match self.reached.filter(|reached| lost && *reached < self.end) {
            Some(reached) => {
                self.token = None;
                self.progress = PageHistory::default();
                self.end = reached;
                true
            }
            None => false,
        }
    }
}

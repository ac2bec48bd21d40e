//! The log events of a group of the class Standard, the oldest first, page by page.

use super::describe::FoundGroup;
use super::fetch::{FoundEvent, ask};
use super::pattern::PATTERN;
use crate::aws::failure::RequestFailure;
use crate::source::paged::slots::AskedRange;
use crate::source::paged::tokens::PageTokens;

/// The permission that this takes.
pub(super) const ACTION: &str = "logs:FilterLogEvents";

/// What an answer to a token is that is no longer known.
const LOST_TOKEN: &str = "InvalidParameterException";

/// How far a group is read.
#[derive(Debug)]
pub(super) struct FilterPages {
    /// Milliseconds since 1970, both inside.
    start: i64,
    end: i64,
    token: Option<String>,
    tokens: PageTokens,
    /// The time of the newest event so far.
    reached: Option<i64>,
    is_over: bool,
}

impl FilterPages {
    pub(super) fn new(range: AskedRange) -> Self {
        Self {
            start: range.start.seconds() * 1_000,
            end: range.end.seconds() * 1_000 + 999,
            token: None,
            tokens: PageTokens::default(),
            reached: None,
            is_over: false,
        }
    }

    /// The next page, which may be empty; nothing at the end.
    pub(super) async fn next(&mut self, group: &FoundGroup) -> Result<Option<Vec<FoundEvent>>, RequestFailure> {
        if self.is_over {
            return Ok(None);
        }
        loop {
            let page = match self.ask(group).await {
                Err(failure) if self.restart(&failure) => continue,
                page => page?,
            };
            self.token = page.next_token().map(str::to_owned);
            if let Some(token) = &self.token {
                self.tokens.take(token).map_err(RequestFailure::Impossible)?;
            }
            self.is_over = self.token.is_none();
            let events: Vec<FoundEvent> = page.events.unwrap_or_default().into_iter().map(found).collect();
            let newest = events.iter().filter_map(|event| event.at).max();
            self.reached = self.reached.into_iter().chain(newest).max();
            return Ok(Some(events));
        }
    }

    async fn ask(
        &self,
        group: &FoundGroup,
    ) -> Result<aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput, RequestFailure> {
        let request = group.region.client.filter_log_events();
        let request = if group.by_arn {
            request.log_group_identifier(&*group.label)
        } else {
            request.log_group_name(&*group.name)
        };
        let request = request.filter_pattern(PATTERN).start_time(self.start).end_time(self.end);
        let request = request.set_next_token(self.token.clone());
        ask(&group.region.turns, group.who(), || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
        })
        .await
    }

    /// Where the token got lost, starts over at the newest event so far, once for each. The events of that millisecond come
    /// again, with the ids that they had.
    fn restart(&mut self, failure: &RequestFailure) -> bool {
        let lost = self.token.is_some() && matches!(failure, RequestFailure::Answer(code, ..) if code == LOST_TOKEN);
        match self.reached.filter(|reached| lost && *reached > self.start) {
            Some(reached) => {
                self.token = None;
                self.tokens = PageTokens::default();
                self.start = reached;
                true
            }
            None => false,
        }
    }
}

fn found(event: aws_sdk_cloudwatchlogs::types::FilteredLogEvent) -> FoundEvent {
    FoundEvent { id: event.event_id, at: event.timestamp, message: event.message.unwrap_or_default() }
}

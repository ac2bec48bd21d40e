//! The log events of a group of the class Infrequent Access, which FilterLogEvents does not read: a query of Logs Insights,
//! several where one has more results than it may give.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_cloudwatchlogs::types::{QueryStatistics, QueryStatus, ResultField};
use chrono::NaiveDateTime;
use tokio::time::sleep;

use super::describe::FoundGroup;
use super::fetch::{FoundEvent, ask};
use super::pattern::QUERY;
use crate::aws::failure::RequestFailure;
use crate::source::paged::slots::AskedRange;

/// The permissions that this takes.
pub(super) const START: &str = "logs:StartQuery";
pub(super) const RESULTS: &str = "logs:GetQueryResults";

/// As many results as a query gives, page by page; where that is not known yet, the second.
const RESULTS_AT_MOST: [i32; 2] = [100_000, 10_000];

/// What a query is refused with that asks for too many results.
const REFUSED: &str = "InvalidParameterException";

/// As many as are fetched at once, some 8 MB.
const PAGE: i32 = 2_000;

/// How long to wait between two looks at a query that runs: longer each time.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// Seconds since 1970, both inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct QueryRange {
    start: i64,
    end: i64,
    /// Whether what happened exactly at the start is of the range before.
    is_second: bool,
}

/// How far a group is read.
#[derive(Debug)]
pub(super) struct QueryPages {
    /// What is still to be queried, the oldest last.
    ranges: Vec<QueryRange>,
    /// The query whose results are being fetched.
    open: Option<OpenQuery>,
}

/// A query that was started.
#[derive(Debug)]
struct OpenQuery {
    range: QueryRange,
    id: String,
    /// The next page.
    token: Option<String>,
    /// How many results it gave so far.
    given: usize,
}

impl QueryRange {
    /// Two halves. They meet in a whole second: whether the fractions behind it belong to the first is not documented.
    fn halves(self) -> Option<[Self; 2]> {
        let middle = self.start.midpoint(self.end);
        let is_wide = self.end - self.start >= 2;
        is_wide.then_some([Self { end: middle, ..self }, Self { start: middle, is_second: true, ..self }])
    }
}

impl QueryPages {
    pub(super) fn new(range: AskedRange) -> Self {
        // The fractions of the last second are asked for as well.
        let range =
            QueryRange { start: range.start.seconds(), end: range.end.seconds().saturating_add(1), is_second: false };
        Self { ranges: vec![range], open: None }
    }

    /// The next page, which may be empty; nothing at the end.
    pub(super) async fn next(&mut self, group: &FoundGroup) -> Result<Option<Vec<FoundEvent>>, RequestFailure> {
        loop {
            let mut query = match self.open.take() {
                Some(open) => open,
                None => match self.ranges.pop() {
                    Some(range) => OpenQuery { range, id: start(group, range).await?, token: None, given: 0 },
                    None => return Ok(None),
                },
            };
            let answer = finished(group, &query.id, query.token.take()).await?;
            let is_first = query.given == 0;
            query.given += answer.results().len();
            query.token = answer.next_token().map(str::to_owned);
            if is_first && query.has_too_much(&answer) {
                let halves = query.range.halves().ok_or_else(|| {
                    RequestFailure::Impossible("Logs Insights has too many results of two seconds".to_owned())
                })?;
                self.ranges.extend(halves.into_iter().rev());
                continue;
            }
            if answer.status() != Some(&QueryStatus::Complete) {
                let status = answer.status().map_or("Unknown", QueryStatus::as_str);
                return Err(RequestFailure::Impossible(format!("the query of Logs Insights ended as {status}")));
            }
            if query.has_less(&answer) {
                let less = format!("Logs Insights gave {} results and said that there are more", query.given);
                return Err(RequestFailure::Impossible(less));
            }
            let range = query.range;
            let is_of_before = |event: &FoundEvent| range.is_second && event.at == Some(range.start * 1_000);
            let events = answer.results().iter().map(|row| found(row)).filter(|event| !is_of_before(event)).collect();
            self.open = query.token.is_some().then_some(query);
            return Ok(Some(events));
        }
    }
}

impl OpenQuery {
    /// Whether it has more than it may give, or takes longer than it may.
    fn has_too_much(&self, answer: &GetQueryResultsOutput) -> bool {
        match answer.status() {
            Some(QueryStatus::Timeout) => true,
            Some(QueryStatus::Complete) => matched(answer) > f64::from(RESULTS_AT_MOST[0]) || self.has_less(answer),
            _ => false,
        }
    }

    /// Whether it is over, and gave less than what it found.
    fn has_less(&self, answer: &GetQueryResultsOutput) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a query has no more results than a float counts")]
        let given = self.given as f64;
        self.token.is_none() && given < matched(answer)
    }
}

/// How many log events a query found.
fn matched(answer: &GetQueryResultsOutput) -> f64 {
    answer.statistics().map_or(0.0, QueryStatistics::records_matched)
}

async fn start(group: &FoundGroup, range: QueryRange) -> Result<String, RequestFailure> {
    let request = group.region.client.start_query();
    let request =
        if group.by_arn { request.log_group_identifiers(&*group.label) } else { request.log_group_name(&*group.name) };
    let request = request.query_string(QUERY).start_time(range.start).end_time(range.end);
    let started = |limit: i32| {
        let request = request.clone().limit(limit);
        async move {
            let started = ask(&group.region.turns, group.who(), || {
                let request = request.clone();
                async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
            });
            started.await?.query_id.ok_or_else(|| RequestFailure::Impossible("a query got no id".to_owned()))
        }
    };
    match started(RESULTS_AT_MOST[0]).await {
        Err(RequestFailure::Answer(code, ..)) if code == REFUSED => started(RESULTS_AT_MOST[1]).await,
        started => started,
    }
}

/// Waits until a query is over: what it gives behind that token.
async fn finished(
    group: &FoundGroup,
    id: &str,
    token: Option<String>,
) -> Result<GetQueryResultsOutput, RequestFailure> {
    let request = group.region.client.get_query_results().query_id(id).max_items(PAGE).set_next_token(token);
    let mut wait = FIRST_LOOK;
    loop {
        let answer = ask(&group.region.turns, group.who(), || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| RequestFailure::of(&error)) }
        });
        let answer = answer.await?;
        match answer.status() {
            Some(QueryStatus::Running | QueryStatus::Scheduled) => {
                sleep(wait).await;
                wait = (wait * 2).min(LONGEST_LOOK);
            }
            _ => return Ok(answer),
        }
    }
}

fn found(row: &[ResultField]) -> FoundEvent {
    let cell = |name: &str| row.iter().find(|cell| cell.field() == Some(name)).and_then(ResultField::value);
    FoundEvent {
        id: cell("@ptr").map(str::to_owned),
        at: cell("@timestamp").and_then(milliseconds),
        message: cell("@message").unwrap_or_default().to_owned(),
    }
}

/// `2026-11-22 12:34:56.789`, in UTC; some servers write milliseconds since 1970.
fn milliseconds(text: &str) -> Option<i64> {
    let written = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
    written.map(|time| time.and_utc().timestamp_millis()).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(milliseconds("2026-11-22 12:34:56.789"), Some(1_795_350_896_789));
        assert_eq!(milliseconds("2026-11-22 12:34:56"), Some(1_795_350_896_000));
        assert_eq!(milliseconds("1795350896789"), Some(1_795_350_896_789));
        assert_eq!(milliseconds("yesterday"), None);
    }

    #[test]
    fn halves_meet_in_a_second() {
        let range = QueryRange { start: 10, end: 15, is_second: false };
        let [first, second] = range.halves().unwrap();
        assert_eq!((first.start, first.end, first.is_second), (10, 12, false));
        assert_eq!((second.start, second.end, second.is_second), (12, 15, true));
        assert_eq!(QueryRange { start: 10, end: 11, is_second: true }.halves(), None);
        let first = QueryRange { is_second: true, ..range }.halves().unwrap()[0];
        assert!(first.is_second);
    }
}

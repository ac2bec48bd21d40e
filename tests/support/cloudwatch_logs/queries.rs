//! Queries of Logs Insights: started, looked at until they are over, and fetched page by page.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::faults::Faults;
use super::rules::{Group, LogEvent, Refusal, members, named, query, refuse};

/// What a query of the real service gives at most.
const MOST: usize = 100_000;

/// The looks at a query until it is over.
const LOOKS: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Queries {
    started: BTreeMap<String, Query>,
    /// The bytes that all of them scanned.
    pub(super) scanned: usize,
}

#[derive(Debug)]
struct Query {
    found: Vec<LogEvent>,
    matched: usize,
    looks: usize,
    is_slow: bool,
}

const START: [&str; 7] =
    ["logGroupName", "logGroupNames", "logGroupIdentifiers", "startTime", "endTime", "queryString", "limit"];

impl Queries {
    pub(super) fn start(
        &mut self,
        body: &[u8],
        here: &[&Group],
        all: &[Group],
        faults: &Faults,
    ) -> Result<Value, Refusal> {
        let members = members(body, &START)?;
        let group = named(&members, ["logGroupName", "logGroupIdentifiers"], here, all)?;
        let regex = query(members.get("queryString").and_then(Value::as_str).unwrap_or_default())?;
        let number = |name: &str| members.get(name).and_then(Value::as_i64);
        let (Some(start), Some(end)) = (number("startTime"), number("endTime")) else {
            return refuse("InvalidParameterException", "a query has a start and an end");
        };
        let most = if faults.without_paging { 10_000 } else { 100_000 };
        if start > end || number("limit").is_some_and(|limit| !(1..=most).contains(&limit)) {
            return refuse(
                "InvalidParameterException",
                "end date and time is either before the start, or the limit is not valid",
            );
        }
        let running = self.started.values().filter(|query| query.looks < LOOKS).count();
        if faults.queries_at_once.is_some_and(|most| running >= most) {
            return refuse("LimitExceededException", "too many queries run at once");
        }
        let inside = group.events.iter().filter(|event| start * 1_000 <= event.at && event.at <= end * 1_000);
        self.scanned += inside.clone().map(|event| event.message.len()).sum::<usize>();
        let mut found: Vec<LogEvent> = inside.filter(|event| regex.is_match(&event.message)).cloned().collect();
        // The real service says how many match, and gives no more than the most. Here it is only a few.
        let is_told = found.len() > group.query_gives && !faults.without_paging;
        let matched = if is_told { MOST + found.len() } else { found.len() };
        found.truncate(group.query_gives);
        let id = format!("query-{}", self.started.len() + 1);
        let is_slow = faults.slow_queries.contains(&(self.started.len() + 1));
        self.started.insert(id.clone(), Query { found, matched, looks: 0, is_slow });
        Ok(json!({"queryId": id}))
    }

    pub(super) fn results(&mut self, body: &[u8]) -> Result<Value, Refusal> {
        let members = members(body, &["queryId", "nextToken", "maxItems"])?;
        let id = members.get("queryId").and_then(Value::as_str).unwrap_or_default();
        let Some(query) = self.started.get_mut(id) else {
            return refuse("ResourceNotFoundException", "Query not found");
        };
        query.looks += 1;
        if query.looks <= LOOKS {
            let status = ["Scheduled", "Running"][query.looks - 1];
            // What is there so far, which is not all of it.
            let partial: Vec<Value> = query.found.iter().take(1).map(row).collect();
            return Ok(json!({"results": partial, "status": status}));
        }
        if query.is_slow {
            return Ok(json!({"results": [], "status": "Timeout"}));
        }
        let from: usize = match members.get("nextToken").and_then(Value::as_str) {
            None => 0,
            Some(token) => match token.strip_prefix("after-").and_then(|rest| rest.parse().ok()) {
                Some(from) => from,
                None => return refuse("InvalidParameterException", "the token is not valid"),
            },
        };
        let most = members.get("maxItems").and_then(Value::as_u64).map_or(10_000, |most| most.min(10_000));
        let to = (from + usize::try_from(most).unwrap()).min(query.found.len());
        let next = (to < query.found.len()).then(|| format!("after-{to}"));
        let rows: Vec<Value> = query.found[from..to].iter().map(row).collect();
        Ok(json!({"results": rows, "status": "Complete", "nextToken": next,
            "statistics": {"recordsMatched": query.matched, "recordsScanned": query.matched, "bytesScanned": 0.0}}))
    }
}

fn row(event: &LogEvent) -> Value {
    let time = chrono::DateTime::from_timestamp_millis(event.at).unwrap().format("%Y-%m-%d %H:%M:%S%.3f").to_string();
    let cell = |field: &str, value: &str| json!({"field": field, "value": value});
    json!([cell("@timestamp", &time), cell("@message", &event.message), cell("@ptr", &format!("ptr-{}", event.id))])
}

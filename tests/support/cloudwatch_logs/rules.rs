//! The rules of CloudWatch Logs, as AWS documents them, without network and without clock: a request and the groups of its
//! account and region go in, an answer or an error comes out.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use regex::Regex;
use serde_json::{Map, Value, json};

/// At most so many events are on a page, and so many bytes.
const PAGE_EVENTS: usize = 10_000;
const PAGE_BYTES: usize = 1 << 20;

/// What the batch rules of the service add to the size of a message.
const OVERHEAD: usize = 26;

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

pub(crate) fn refuse<T>(kind: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { kind, message: message.into() })
}

fn invalid<T>(message: impl Into<String>) -> Result<T, Refusal> {
    refuse("InvalidParameterException", message)
}

/// A log group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) class: &'static str,
    pub(crate) kept_days: Option<i64>,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
    /// In the order of their times.
    pub(crate) events: Vec<LogEvent>,
    /// So many events are searched by one request.
    pub(crate) searched_at_once: usize,
    /// So many events a query gives at most; stands for the 100,000 of the real one.
    pub(crate) query_gives: usize,
}

/// A log event.
#[derive(Debug, Clone)]
pub(crate) struct LogEvent {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) id: String,
    pub(crate) message: String,
}

impl Group {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", self.region, self.account, self.name)
    }

    pub(crate) fn insert(&mut self, event: LogEvent) {
        let key = |event: &LogEvent| (event.at, event.id.clone());
        let at = self.events.partition_point(|other| key(other) < key(&event));
        self.events.insert(at, event);
    }
}

/// A body as an object that has no other members than these.
pub(super) fn members(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else {
        return refuse("SerializationException", "the body is no JSON object");
    };
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => refuse("SerializationException", format!("unknown member {name}")),
        None => Ok(members),
    }
}

fn whole(members: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    match members.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => refuse("SerializationException", format!("{name} is no integer")),
        },
    }
}

/// The groups of a place whose names begin so, fifty a page.
pub(super) fn describe(body: &[u8], groups: &[&Group]) -> Result<Value, Refusal> {
    let members = members(body, &["logGroupNamePrefix", "nextToken", "limit"])?;
    let limit = whole(&members, "limit")?.unwrap_or(50);
    let Ok(limit @ 1..=50) = usize::try_from(limit) else { return invalid("limit is not within 1 and 50") };
    let prefix = members.get("logGroupNamePrefix").and_then(Value::as_str).unwrap_or_default();
    let after = members.get("nextToken").and_then(Value::as_str).unwrap_or_default();
    let mut matching: Vec<&&Group> =
        groups.iter().filter(|group| group.name.starts_with(prefix) && group.name.as_str() > after).collect();
    matching.sort_by(|one, other| one.name.cmp(&other.name));
    let next = (matching.len() > limit).then(|| matching[limit - 1].name.clone());
    let shown = |group: &&&Group| {
        let stored: usize = group.events.iter().map(|event| event.message.len() + OVERHEAD).sum();
        json!({"logGroupName": group.name, "arn": format!("{}:*", group.arn()), "logGroupArn": group.arn(),
            "creationTime": group.created, "retentionInDays": group.kept_days, "storedBytes": stored,
            "metricFilterCount": 0, "logGroupClass": group.class})
    };
    Ok(json!({"logGroups": matching.iter().take(limit).map(shown).collect::<Vec<_>>(), "nextToken": next}))
}

/// The group that a request names, by its name or its ARN.
pub(super) fn named<'a>(
    members: &Map<String, Value>,
    [name, identifier]: [&str; 2],
    here: &[&'a Group],
    elsewhere: &'a [Group],
) -> Result<&'a Group, Refusal> {
    let text = |key: &str| match members.get(key) {
        Some(Value::Array(list)) => list.first().and_then(Value::as_str),
        Some(value) => value.as_str(),
        None => None,
    };
    let found = match (text(name), text(identifier)) {
        (Some(name), None) => here.iter().copied().find(|group| group.name == name),
        (None, Some(arn)) => elsewhere.iter().find(|group| group.arn() == arn),
        _ => return invalid("exactly one of logGroupName and logGroupIdentifier has to be there"),
    };
    let Some(found) = found else {
        return refuse("ResourceNotFoundException", "The specified log group does not exist.");
    };
    Ok(found)
}

const FILTER: [&str; 9] = [
    "logGroupName",
    "logGroupIdentifier",
    "startTime",
    "endTime",
    "filterPattern",
    "nextToken",
    "limit",
    "startFromHead",
    "unmask",
];

/// One page of the log events of a group. A `repeating` service starts it with the last event of the one before.
pub(super) fn filter(body: &[u8], here: &[&Group], all: &[Group], repeating: bool) -> Result<Value, Refusal> {
    let members = members(body, &FILTER)?;
    let group = named(&members, ["logGroupName", "logGroupIdentifier"], here, all)?;
    if group.class != "STANDARD" {
        return invalid("this operation is not supported for the class of this log group");
    }
    let (start, end) = (whole(&members, "startTime")?.unwrap_or(0), whole(&members, "endTime")?.unwrap_or(i64::MAX));
    if start < 0 || start > end {
        return invalid("the start time is after the end time");
    }
    let pattern = pattern(members.get("filterPattern").and_then(Value::as_str).unwrap_or_default())?;
    let limit = usize::try_from(whole(&members, "limit")?.unwrap_or(10_000)).unwrap().min(PAGE_EVENTS);
    let mut shape = DefaultHasher::new();
    (group.arn(), start, end, members.get("filterPattern").map(Value::to_string)).hash(&mut shape);
    let shape = shape.finish();
    let token = members.get("nextToken").and_then(Value::as_str);
    let from = token.map(|token| untoken(token, shape)).transpose()?;
    let is_rest = |event: &&LogEvent| from.as_ref().is_none_or(|from| (event.at, &event.id) > (from.0, &from.1));
    let again = group
        .events
        .iter()
        .filter(|event| repeating && from.as_ref().is_some_and(|from| (event.at, &event.id) == (from.0, &from.1)));
    let inside = |event: &&LogEvent| start <= event.at && event.at <= end;
    let rest = group.events.iter().filter(inside).filter(is_rest);
    let (mut page, mut bytes, mut last, mut is_over) = (Vec::new(), 0, None, true);
    for (searched, event) in again.chain(rest).enumerate() {
        let matches = pattern.as_ref().is_none_or(|pattern| pattern.is_match(&event.message));
        let size = if matches { event.message.len() + OVERHEAD } else { 0 };
        if searched == group.searched_at_once || page.len() == limit || (bytes + size > PAGE_BYTES && bytes > 0) {
            is_over = false;
            break;
        }
        last = Some((event.at, event.id.clone()));
        if matches {
            bytes += size;
            page.push(json!({"logStreamName": "stream", "timestamp": event.at, "message": event.message,
                "ingestionTime": event.at + 900, "eventId": event.id}));
        }
    }
    let next = last.filter(|_| !is_over).map(|last| token_of(&last, shape));
    Ok(json!({"events": page, "searchedLogStreams": [], "nextToken": next}))
}

/// A standalone regular expression between percent signs, with the signs that the documentation allows.
fn pattern(text: &str) -> Result<Option<Regex>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let Some(inside) = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')) else {
        return invalid("the stand-in knows regular expressions only");
    };
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"_#=@/;,-^$?[]{}|\\*+.".contains(&byte);
    match Regex::new(inside) {
        Ok(regex) if inside.bytes().all(may) => Ok(Some(regex)),
        _ => invalid("Invalid character(s) in term"),
    }
}

/// What a query says, if it is one that finds messages.
pub(super) fn query(text: &str) -> Result<Regex, Refusal> {
    let form =
        Regex::new(r"^fields @timestamp, @message \| filter @message like /(.+)/ \| sort @timestamp asc$").unwrap();
    match form.captures(text).and_then(|found| Regex::new(&found[1]).ok()) {
        Some(regex) => Ok(regex),
        None => refuse("MalformedQueryException", "the stand-in knows one form of queries only"),
    }
}

/// `at.id.shape.seal`
fn token_of(last: &(i64, String), shape: u64) -> String {
    let text = format!("{}.{}.{shape:x}", last.0, last.1);
    format!("{text}.{:x}", seal(&text))
}

fn untoken(token: &str, shape: u64) -> Result<(i64, String), Refusal> {
    let read = || {
        let (text, sealed) = token.rsplit_once('.')?;
        let (position, bound) = text.rsplit_once('.')?;
        let (at, id) = position.split_once('.')?;
        let genuine = sealed == format!("{:x}", seal(text)) && bound == format!("{shape:x}");
        genuine.then_some((at.parse().ok()?, id.to_owned()))
    };
    read().map_or_else(|| invalid("The specified nextToken is invalid."), Ok)
}

fn seal(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    ("seal", text).hash(&mut hasher);
    hasher.finish()
}

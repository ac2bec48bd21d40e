//! The rules of LookupEvents, as AWS documents them, without network and without clock: a request and the events of its
//! account and region go in, a page or an error comes out.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Map, Value, json};

use super::events::Event;

/// The longest that an event is kept, in seconds.
const KEPT: i64 = 90 * 86_400;

const ATTRIBUTES: [&str; 8] =
    ["EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"];

const MEMBERS: [&str; 6] = ["LookupAttributes", "StartTime", "EndTime", "EventCategory", "MaxResults", "NextToken"];

/// An error of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
}

pub(crate) fn refuse<T>(kind: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { kind, message: message.into() })
}

/// A checked request.
struct Query {
    attribute: Option<(String, String)>,
    start: f64,
    end: f64,
    insights: bool,
    most: usize,
    token: Option<String>,
    /// Tells requests with other parameters apart.
    shape: u64,
}

/// One page of the events of a place, which are given with the newest first. `place` is what a token is bound to
/// beside the parameters.
/// A `repeating` service starts a page with the last event of the one before.
pub(crate) fn lookup(body: &[u8], place: &str, events: &[Event], now: i64, repeating: bool) -> Result<Value, Refusal> {
    let query = query(body, place, now)?;
    let from = match &query.token {
        Some(token) => untoken(token, query.shape)?,
        None => Position::START,
    };
    // A token names the last event given, so that an event which comes in later moves nothing.
    let matching = events.iter().filter(|event| !query.insights && query.matches(event));
    let mut rest = matching.filter(|event| from.is_before(event) || (repeating && from.id == event.id)).peekable();
    let mut page = Vec::new();
    let mut last = from.clone();
    while page.len() < query.most
        && let Some(event) = rest.next()
    {
        last = Position { time: event.time.seconds(), id: event.id.clone() };
        page.push(shown(event));
    }
    let mut answer = Map::new();
    answer.insert("Events".to_owned(), page.into());
    if rest.peek().is_some() {
        answer.insert("NextToken".to_owned(), token(&last, query.shape).into());
    }
    Ok(answer.into())
}

fn query(body: &[u8], place: &str, now: i64) -> Result<Query, Refusal> {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else {
        return refuse("SerializationException", "the body is no JSON object");
    };
    if let Some(name) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return refuse("SerializationException", format!("unknown member {name}"));
    }
    let most = match members.get("MaxResults").filter(|value| !value.is_null()) {
        None => 50,
        Some(value) => match value.as_i64() {
            Some(most @ 1..=50) => usize::try_from(most).unwrap(),
            Some(_) => return refuse("InvalidMaxResultsException", "maxResults is not within 1 and 50"),
            None => return refuse("SerializationException", "MaxResults is no integer"),
        },
    };
    let (start, end) = range(&members, now)?;
    let insights = match members.get("EventCategory").and_then(Value::as_str) {
        None => false,
        Some("insight") => true,
        Some(_) => return refuse("InvalidEventCategoryException", "the category is not insight"),
    };
    let token = members.get("NextToken").and_then(Value::as_str).map(str::to_owned);
    let mut shape = DefaultHasher::new();
    place.hash(&mut shape);
    for name in ["LookupAttributes", "StartTime", "EndTime", "EventCategory"] {
        members.get(name).map(Value::to_string).hash(&mut shape);
    }
    Ok(Query { attribute: attribute(&members)?, start, end, insights, most, token, shape: shape.finish() })
}

/// The first and the last moment asked for, both inside.
#[expect(clippy::cast_precision_loss, reason = "seconds of this millennium are exact")]
fn range(members: &Map<String, Value>, now: i64) -> Result<(f64, f64), Refusal> {
    let time = |name: &str| match members.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(time) => Ok(Some(time)),
            None => refuse("SerializationException", format!("{name} is no number of seconds")),
        },
    };
    let (start, end) = (time("StartTime")?, time("EndTime")?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return refuse("InvalidTimeRangeException", "the start time is after the end time");
    }
    let oldest = (now - KEPT) as f64;
    Ok((start.unwrap_or(oldest).max(oldest), end.unwrap_or(now as f64).min(now as f64)))
}

fn attribute(members: &Map<String, Value>) -> Result<Option<(String, String)>, Refusal> {
    let invalid = |message: &str| refuse("InvalidLookupAttributesException", message);
    let list = match members.get("LookupAttributes") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(_) => return refuse("SerializationException", "LookupAttributes is no list"),
    };
    let [attribute] = list.as_slice() else {
        return if list.is_empty() { Ok(None) } else { invalid("more than one lookup attribute") };
    };
    let text = |name: &str| attribute.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("AttributeKey"), text("AttributeValue")) {
        (Some(key), Some(value)) if ATTRIBUTES.contains(&key.as_str()) && (1..=2_000).contains(&value.len()) => {
            Ok(Some((key, value)))
        }
        _ => invalid("the lookup attribute is not valid"),
    }
}

impl Query {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this millennium are exact")]
    fn matches(&self, event: &Event) -> bool {
        let time = event.time.seconds() as f64;
        let Some((key, value)) = &self.attribute else { return self.start <= time && time <= self.end };
        let is = |text: Option<&str>| text == Some(value.as_str());
        let matches = match key.as_str() {
            "EventId" => is(Some(&event.id)),
            "EventName" => is(Some(&event.name)),
            "EventSource" => is(Some(&event.source)),
            "ReadOnly" => is(Some(&event.read_only.to_string())),
            "Username" => is(event.username.as_deref()),
            "AccessKeyId" => is(event.access_key_id.as_deref()),
            "ResourceType" => event.resources.iter().any(|(kind, _)| is(kind.as_deref())),
            _ => event.resources.iter().any(|(_, name)| is(Some(name))),
        };
        matches && self.start <= time && time <= self.end
    }
}

fn shown(event: &Event) -> Value {
    let resource = |(kind, name): &(Option<String>, String)| json!({"ResourceType": kind, "ResourceName": name});
    let all = json!({
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": event.read_only.to_string(),
        "AccessKeyId": event.access_key_id,
        "EventTime": event.time.seconds(),
        "EventSource": event.source,
        "Username": event.username,
        "Resources": event.resources.iter().map(resource).collect::<Vec<_>>(),
        "CloudTrailEvent": event.record,
    });
    let Value::Object(members) = all else { return all };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
}

/// How far a client has read.
#[derive(Clone)]
struct Position {
    time: i64,
    id: String,
}

impl Position {
    const START: Self = Self { time: i64::MAX, id: String::new() };

    fn is_before(&self, event: &Event) -> bool {
        (-self.time, self.id.as_str()) < (-event.time.seconds(), event.id.as_str())
    }
}

/// `time.id.shape.seal`
fn token(position: &Position, shape: u64) -> String {
    let text = format!("{}.{}.{shape:x}", position.time, position.id);
    format!("{text}.{:x}", seal(&text))
}

fn untoken(token: &str, shape: u64) -> Result<Position, Refusal> {
    let read = || {
        let (text, sealed) = token.rsplit_once('.')?;
        let (position, bound) = text.rsplit_once('.')?;
        let (time, id) = position.split_once('.')?;
        let genuine = sealed == format!("{:x}", seal(text)) && bound == format!("{shape:x}");
        genuine.then_some(Position { time: time.parse().ok()?, id: id.to_owned() })
    };
    let Some(position) = read() else {
        return refuse("InvalidNextTokenException", "the token is not valid, or was issued for other parameters");
    };
    Ok(position)
}

fn seal(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    ("seal", text).hash(&mut hasher);
    hasher.finish()
}

//! What the server has to tell: the events of `fixtures/demo`, moved to the days before today.
//!
//! The event history keeps 90 days, and the fixtures do not get younger. So every date of their week is moved by the
//! same number of days, in the text of the records, to the five days that end yesterday.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::value::RawValue;
use tfctrail::domain::timestamp::{Day, Timestamp};

/// One event of the history.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) read_only: bool,
    pub(crate) username: Option<String>,
    pub(crate) access_key_id: Option<String>,
    /// `(type, name)`
    pub(crate) resources: Vec<(Option<String>, String)>,
    /// The text of the record.
    pub(crate) record: String,
}

/// Where an event is found: its account and region.
pub(crate) type Place = (String, String);

/// Events by place, the newest first.
pub(crate) type Events = BTreeMap<Place, Vec<Event>>;

/// The day in the fixtures that becomes today.
const TODAY: &str = "2026-11-07";

/// Moves the fixtures' dates in a text so that their last day is the day before `today`.
pub(crate) fn moved(text: &str, today: Day) -> String {
    let distance = (today.start().seconds() - Day::parse(TODAY).unwrap().start().seconds()) / 86_400;
    let date = Regex::new("2026-11-0[1-9]").unwrap();
    let move_one = |found: &Captures<'_>| Day::parse(&found[0]).unwrap().plus(distance).to_string();
    date.replace_all(text, move_one).into_owned()
}

/// The records of the log files below a folder, moved; each event once.
pub(crate) fn records(folder: &Path, today: Day) -> Vec<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct LogFile<'a> {
        #[serde(borrow)]
        records: Vec<&'a RawValue>,
    }
    let mut seen = BTreeSet::new();
    let mut records = Vec::new();
    for path in log_files(folder) {
        let mut text = String::new();
        MultiGzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        let file: LogFile = serde_json::from_str(&text).unwrap();
        for record in file.records {
            let moved = moved(record.get(), today);
            if seen.insert(serde_json::from_str::<Fields>(&moved).unwrap().event_id) {
                records.push(moved);
            }
        }
    }
    records
}

/// The log files below a folder, in the order of names.
fn log_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(log_files(&path));
        } else if path.to_string_lossy().contains("/CloudTrail/") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Puts records where the API would show them.
pub(crate) fn by_place(records: &[String]) -> Events {
    let mut events = Events::new();
    for record in records {
        let (place, event) = event(record);
        insert(&mut events, place, event);
    }
    events
}

/// Adds one event in its order.
pub(crate) fn insert(events: &mut Events, place: Place, event: Event) {
    let list = events.entry(place).or_default();
    let key = |event: &Event| (-event.time.seconds(), event.id.clone());
    let at = list.partition_point(|other| key(other) < key(&event));
    list.insert(at, event);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(rename = "eventID")]
    event_id: String,
    event_name: String,
    event_source: String,
    event_time: String,
    aws_region: String,
    recipient_account_id: String,
    read_only: Option<bool>,
    #[serde(default)]
    user_identity: Identity,
    resources: Option<Vec<Resource>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    user_name: Option<String>,
    principal_id: Option<String>,
    access_key_id: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A record as an event of its place.
pub(crate) fn event(record: &str) -> (Place, Event) {
    let fields: Fields = serde_json::from_str(record).unwrap();
    let identity = fields.user_identity;
    let session = identity.principal_id.as_deref().and_then(|id| id.split_once(':')).map(|(_, name)| name.to_owned());
    let named = |resource: Resource| Some((resource.kind, resource.arn?));
    let event = Event {
        time: Timestamp::parse_event_time(&fields.event_time).unwrap(),
        id: fields.event_id,
        name: fields.event_name,
        source: fields.event_source,
        read_only: fields.read_only.unwrap_or_default(),
        username: identity.user_name.or(session),
        access_key_id: identity.access_key_id,
        resources: fields.resources.unwrap_or_default().into_iter().filter_map(named).collect(),
        record: record.to_owned(),
    };
    ((fields.recipient_account_id, fields.aws_region), event)
}

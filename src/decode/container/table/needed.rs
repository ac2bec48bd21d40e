//! What a table has to tell of calls besides what it has to tell of assumptions: without it calls get lost, or a filter finds
//! none, and nobody would know.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::decode::record::call_question::CallKind;

/// A column, and what it tells.
type NeededColumn = (&'static str, &'static str);

/// What every event has, an assumption too. Without the last two, who asks about a region or an address finds nothing.
const OF_ALL_EVENTS: [NeededColumn; 3] = [
    ("eventid", "which rows are copies of one event"),
    ("awsregion", "in which region"),
    ("sourceipaddress", "from where"),
];

/// CloudTrail writes the first three into every record.
const OF_ALL_CALLS: [NeededColumn; 4] = [
    ("eventsource", "which service was called"),
    ("awsregion", "in which region"),
    ("sourceipaddress", "from where"),
    ("useragent", "by which program"),
];

/// How many of these every record has.
const ALWAYS: usize = 3;

const OF_SESSION_CALLS: [NeededColumn; 6] = [
    ("responseelements", RESPONSE),
    ("recipientaccountid", "in which account"),
    ("readonly", "what only reads"),
    ("resources", "what was touched"),
    ("sharedeventid", "which rows are copies of one call"),
    ("errormessage", "what was refused"),
];

const RESPONSE: &str = "which sessions and keys came of it";

/// The operations whose answers have to be known, each with its service, as they are written.
const ANSWERED: [(&str, &str); 5] = [
    ("\"AssumeRole\"", "\"sts.amazonaws.com\""),
    ("\"AssumeRoot\"", "\"sts.amazonaws.com\""),
    ("\"GetSessionToken\"", "\"sts.amazonaws.com\""),
    ("\"GetFederationToken\"", "\"sts.amazonaws.com\""),
    ("\"CreateAccessKey\"", "\"iam.amazonaws.com\""),
];

/// The members of an object, as they are written.
pub(super) type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// What a table lacks that tells calls of this kind, as the end of a sentence.
pub(in crate::decode::container) fn lack(kind: CallKind, has: impl Fn(&str) -> bool) -> Option<String> {
    let of_sessions = OF_SESSION_CALLS.iter().filter(|_| kind == CallKind::Session);
    let lacked = OF_ALL_CALLS.iter().chain(of_sessions).find(|(column, _)| !has(column));
    lacked.map(|(column, tells)| lacks(column, tells))
}

/// The same of a row that is an object of a writer that may leave out what is null: only what was provably not selected.
pub(super) fn lack_of_object(kind: CallKind, members: &Members<'_>) -> Option<String> {
    let has = |column: &str| members.contains_key(column);
    if let Some(lack) = lack_of_event(members) {
        return Some(lack);
    }
    if keeps_nulls(members) {
        return lack(kind, has);
    }
    if let Some((column, tells)) = OF_ALL_CALLS.iter().take(ALWAYS).find(|(column, _)| !has(column)) {
        return Some(lacks(column, tells));
    }
    let is = |column: &str, json: &str| members.get(column).is_some_and(|value| value.get() == json);
    let is_answered = ANSWERED.iter().any(|(event, source)| is("eventname", event) && is("eventsource", source));
    let is_lacking = kind == CallKind::Session && is_answered && !has("errorcode") && !has("responseelements");
    is_lacking.then(|| lacks("responseelements", RESPONSE))
}

/// The same of what CloudTrail writes into every event, so that it was not selected where it is not there.
pub(super) fn lack_of_event(members: &Members<'_>) -> Option<String> {
    let lacked = OF_ALL_EVENTS.iter().find(|(column, _)| !members.contains_key(*column));
    lacked.map(|(column, tells)| lacks(column, tells))
}

/// Whether an object was written by somebody who writes what is null, so that it has a member for each column that was selected.
pub(super) fn keeps_nulls(members: &Members<'_>) -> bool {
    members.values().any(|value| value.get() == "null")
}

/// That a column is not there.
pub(super) fn lacks(column: &str, tells: &str) -> String {
    format!("it lacks the column {column}, which tells {tells} (SELECT it, too)")
}

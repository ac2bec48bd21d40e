//! Functions that auditors need, beside those of SQLite. Absent values behave as in filters: they match nothing.

use std::collections::BTreeMap;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::audit::filter::address_pattern::{AddressPattern, AddressPatterns};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;

const FLAGS: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC).union(FunctionFlags::SQLITE_INNOCUOUS);

/// In front of what our functions have against an argument, so that it is known as a mistake in the query.
pub(super) const MARK: &str = "\u{1}";

/// Every function: its name, how to call it, and what it says.
pub const ALL: [(&str, &str, &str); 6] = [
    ("ip_in", "ip_in(cidr, ip)", "1 if the address lies in the block"),
    (
        "glob",
        "glob(pattern, text)",
        "1 if the text matches a pattern of the filters: prod-*, !prod-*, /^prod/; text GLOB pattern is the same",
    ),
    (
        "regexp",
        "regexp(expression, text)",
        "1 if the expression is found in the text; text REGEXP expression is the same",
    ),
    ("day", "day(time)", "the UTC day: 2026-11-02"),
    ("hour", "hour(time)", "the start of the UTC hour: 2026-11-02T10:00:00Z"),
    ("account_name", "account_name(id)", "the name of the account in [accounts] of the config file, or NULL"),
];

/// Adds `account_name`, which knows these names by account id.
pub(super) fn add_names(connection: &Connection, names: BTreeMap<Box<str>, Box<str>>) -> Result<()> {
    connection.create_scalar_function("account_name", 1, FLAGS, move |context| {
        Ok(text(context.get_raw(0)).and_then(|id| names.get(id)).map(ToString::to_string))
    })
}

pub(super) fn add(connection: &Connection) -> Result<()> {
    let flags = FLAGS;
    add_names(connection, BTreeMap::new())?;
    connection.create_scalar_function("ip_in", 2, flags, |context| {
        let patterns = context.get_or_create_aux(0, |cidr| {
            let text = text(cidr).ok_or_else(|| mistake("ip_in", "NULL", "no block"))?;
            let pattern = text.parse::<AddressPattern>().map_err(|error| mistake("ip_in", text, error))?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(AddressPatterns::new(vec![pattern]))
        })?;
        Ok(patterns.pass(second(context).map(SourceAddress::new).as_ref()))
    })?;
    connection.create_scalar_function("glob", 2, flags, |context| matches(context, "glob", str::parse))?;
    connection.create_scalar_function("regexp", 2, flags, |context| {
        matches(context, "regexp", |text| format!("/{text}/").parse::<Pattern>())
    })?;
    connection.create_scalar_function("day", 1, flags, |context| {
        Ok(time(context.get_raw(0)).map(|time| time.day().to_string()))
    })?;
    connection.create_scalar_function("hour", 1, flags, |context| {
        Ok(time(context.get_raw(0)).map(|time| time.hour().to_string()))
    })
}

fn matches<E: std::fmt::Display>(
    context: &Context<'_>,
    name: &'static str,
    parse: impl Fn(&str) -> std::result::Result<Pattern, E>,
) -> Result<bool> {
    let patterns = context.get_or_create_aux(0, |pattern| {
        let text = text(pattern).ok_or_else(|| mistake(name, "NULL", "no pattern"))?;
        let pattern = parse(text).map_err(|error| mistake(name, text, error))?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Patterns::new(vec![pattern]))
    })?;
    // An empty text is an absent one, as in rows.
    Ok(patterns.pass(second(context).filter(|text| !text.is_empty())))
}

fn mistake(name: &str, text: &str, error: impl std::fmt::Display) -> Box<dyn std::error::Error + Send + Sync> {
    format!("{MARK}{name} '{text}': {error}").into()
}

fn second<'a>(context: &'a Context<'_>) -> Option<&'a str> {
    text(context.get_raw(1))
}

fn text(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// A time of a row, or seconds since 1970.
fn time(value: ValueRef<'_>) -> Option<Timestamp> {
    match value {
        ValueRef::Integer(seconds) => Timestamp::from_seconds(seconds),
        other => text(other).and_then(Timestamp::parse_event_time),
    }
}

//! One event in one of the many ways in which it can be written.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::Value;

use crate::choices::Choices;

/// Of a log file.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// The event as CloudTrail itself writes it: without white space, and what tells most comes first.
fn in_order(event: &Value) -> String {
    let first = ["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName"];
    let mut members: Vec<(&String, &Value)> = event.as_object().unwrap().iter().collect();
    members.sort_by_key(|(name, _)| first.iter().position(|it| it == name).unwrap_or(first.len()));
    let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The event as CloudTrail writes it, or in another order, or with line breaks, or with escapes in place of letters, or with objects as text.
pub(crate) fn spelled(event: &Value, choices: &mut Choices) -> String {
    if choices.one_in(2) {
        return in_order(event);
    }
    let mut event = event.clone();
    if choices.one_in(5) {
        for name in ["userIdentity", "responseElements", "requestParameters"] {
            if event[name].is_object() {
                let text = written(&event[name], choices);
                event[name] = text.into();
            }
        }
    }
    written(&event, choices)
}

fn written(value: &Value, choices: &mut Choices) -> String {
    let text = if choices.one_in(4) { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    if choices.one_in(4) { escaped(&text.unwrap(), choices) } else { text.unwrap() }
}

/// Some letters of its strings as escapes.
fn escaped(text: &str, choices: &mut Choices) -> String {
    let (mut out, mut is_inside, mut is_escape) = (String::new(), false, false);
    for letter in text.chars() {
        let is_plain = is_inside && !is_escape && !matches!(letter, '"' | '\\');
        if is_plain && choices.one_in(6) {
            write!(out, "\\u{:04x}", u32::from(letter)).unwrap();
            continue;
        }
        is_inside ^= letter == '"' && !is_escape;
        is_escape = letter == '\\' && !is_escape;
        out.push(letter);
    }
    out
}

//! The coverage as rows of a name and a value each: the members of the coverage of JSON, in their order.

use serde_json::Value;

use crate::audit::coverage::Coverage;
use crate::report::cell::{Cell, Shape};
use crate::report::coverage_json;
use crate::report::schema::Heading;

/// The columns.
pub(super) const HEADINGS: [Heading; 2] =
    [Heading { name: "what", shape: Shape::Text }, Heading { name: "value", shape: Shape::Text }];

/// A row for each number and each thing that is named, and one for what was cut.
pub(super) fn rows(coverage: Option<&Coverage>, cut: Option<&str>) -> Vec<[Cell<'static>; 2]> {
    let mut rows = Vec::new();
    if let Some(text) = cut {
        rows.push([Cell::owned("cut"), Cell::owned(text)]);
    }
    let value = coverage.and_then(|coverage| serde_json::to_string(&coverage_json::value(coverage)).ok());
    if let Some(value) = value.and_then(|text| serde_json::from_str(&text).ok()) {
        put(&mut rows, "", &value);
    }
    rows
}

fn put(rows: &mut Vec<[Cell<'static>; 2]>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                put(rows, &if name.is_empty() { key.clone() } else { format!("{name}.{key}") }, value);
            }
        }
        Value::Array(items) if items.is_empty() => rows.push([Cell::owned(name), Cell::text(None)]),
        Value::Array(items) => {
            rows.extend(items.iter().map(|item| [Cell::owned(name), Cell::owned(one_line(item))]));
        }
        Value::Number(number) => {
            rows.push([
                Cell::owned(name),
                number.as_u64().map_or_else(|| Cell::owned(number.to_string()), Cell::Count),
            ]);
        }
        other => rows.push([Cell::owned(name), Cell::owned(one_line(other))]),
    }
}

/// What is named, in one cell.
fn one_line(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}: {}", one_line(value)));
            members.collect::<Vec<_>>().join("; ")
        }
        Value::Array(items) => items.iter().map(one_line).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

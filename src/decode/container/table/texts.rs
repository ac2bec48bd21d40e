//! Tables that hold the text of an event in a column.

use super::cells::Row;
use super::kind::{RowContent, Table};

/// CloudWatch Logs Insights.
pub(super) const INSIGHTS: Table =
    Table { name: "CloudWatch Logs Insights", columns: &["@message"], read: |row| text(row, "@message") };

/// CloudTrail Lake, whose `eventjson` is the event as it was delivered.
pub(super) const LAKE: Table =
    Table { name: "CloudTrail Lake", columns: &["eventjson"], read: |row| text(row, "eventjson") };

/// Splunk and Sumo Logic.
pub(super) const SPLUNK: Table = Table { name: "Splunk", columns: &["_raw"], read: |row| text(row, "_raw") };

/// Kibana and its fork.
pub(super) const ELASTIC: Table =
    Table { name: "Elasticsearch", columns: &["event.original"], read: |row| text(row, "event.original") };

/// Items of `LookupEvents`, as somebody put them into a table.
pub(super) const LOOKUP: Table =
    Table { name: "LookupEvents", columns: &["cloudtrailevent"], read: |row| text(row, "cloudtrailevent") };

fn text<'a>(row: &'a Row, column: &str) -> Result<RowContent<'a>, String> {
    match row.get(column) {
        Some(text) if !text.is_empty() => Ok(RowContent::Text(text)),
        _ => Err(format!("its {column} is empty")),
    }
}

//! Tables that hold the text of an event in a column.

use super::kind::{RowHolds, Table};

/// CloudWatch Logs Insights.
pub(super) const INSIGHTS: Table =
    Table { name: "CloudWatch Logs Insights", columns: &["@message"], holds: RowHolds::Text("@message") };

/// CloudTrail Lake, whose `eventjson` is the event as it was delivered.
pub(super) const LAKE: Table =
    Table { name: "CloudTrail Lake", columns: &["eventjson"], holds: RowHolds::Text("eventjson") };

/// Splunk and Sumo Logic.
pub(super) const SPLUNK: Table = Table { name: "Splunk", columns: &["_raw"], holds: RowHolds::Text("_raw") };

/// Kibana and its fork.
pub(super) const ELASTIC: Table =
    Table { name: "Elasticsearch", columns: &["event.original"], holds: RowHolds::Text("event.original") };

/// Items of `LookupEvents`, as somebody put them into a table.
pub(super) const LOOKUP: Table =
    Table { name: "LookupEvents", columns: &["cloudtrailevent"], holds: RowHolds::Text("cloudtrailevent") };

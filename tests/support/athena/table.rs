//! A table of CloudTrail's log files as AWS documents it: what its rows are, and what a statement gives of them. The statement
//! is taken apart as far as ours has parts, and anything else is refused.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use regex::Regex;
use serde_json::{Map, Value, json};

/// The columns of the documented table, without that of the partition.
pub(crate) const COLUMNS: [(&str, &str); 20] = [
    ("eventversion", "string"),
    (
        "useridentity",
        "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,\
         sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>>>",
    ),
    ("eventtime", "string"),
    ("eventsource", "string"),
    ("eventname", "string"),
    ("awsregion", "string"),
    ("sourceipaddress", "string"),
    ("useragent", "string"),
    ("errorcode", "string"),
    ("errormessage", "string"),
    ("requestparameters", "string"),
    ("responseelements", "string"),
    ("additionaleventdata", "string"),
    ("requestid", "string"),
    ("eventid", "string"),
    ("resources", "array<struct<arn:string,accountid:string,type:string>>"),
    ("eventtype", "string"),
    ("recipientaccountid", "string"),
    ("sharedeventid", "string"),
    ("addendum", "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>"),
];

/// The names of the columns of an answer, and its rows.
pub(super) type Answer = (Vec<String>, Vec<Vec<Value>>);

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct TableRow {
    /// The partition: `2026/11/01`.
    pub(crate) day: String,
    /// The key of its log file.
    pub(crate) key: String,
    /// The record, as CloudTrail wrote it.
    pub(crate) record: Value,
}

/// The table and its rows.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) rows: Vec<TableRow>,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) partitions: Vec<(String, String)>,
    pub(crate) properties: BTreeMap<String, String>,
}

impl Table {
    /// With these rows and the documented columns, projected on `timestamp`.
    pub(crate) fn new(rows: Vec<TableRow>) -> Self {
        let owned = |(name, kind): &(&str, &str)| ((*name).to_owned(), (*kind).to_owned());
        let location = "s3://logs/AWSLogs/o-n0rthw1nd5/";
        let properties = [
            ("location", location),
            ("projection.enabled", "true"),
            ("projection.timestamp.type", "date"),
            ("projection.timestamp.format", "yyyy/MM/dd"),
            ("projection.timestamp.range", "2010/01/01,NOW"),
            ("storage.location.template", &format!("{location}${{timestamp}}")),
        ];
        Self {
            rows,
            columns: COLUMNS.iter().map(owned).collect(),
            partitions: vec![owned(&("timestamp", "string"))],
            properties: properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    /// The same, with another range of its days: two dates, or `NOW` in place of the second one.
    pub(crate) fn with_range(mut self, range: &str) -> Self {
        self.properties.insert("projection.timestamp.range".to_owned(), range.to_owned());
        self
    }

    /// Whether there is a partition of a day.
    fn has_partition(&self, day: &str) -> bool {
        let (first, last) = self.properties["projection.timestamp.range"].split_once(',').unwrap();
        first <= day && (last == "NOW" || day <= last)
    }

    /// The log files of the demo.
    pub(crate) fn demo() -> Self {
        let root = Path::new("fixtures/demo");
        let mut rows = Vec::new();
        for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let Some(day) = key.split_once("/CloudTrail/").and_then(|(_, rest)| rest.split_once('/')) else { continue };
            let Some(day) = day.1.get(..10).filter(|_| path.is_file()).map(str::to_owned) else { continue };
            let mut text = String::new();
            MultiGzDecoder::new(File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
            let mut file: Value = serde_json::from_str(&text).unwrap();
            let records = file["Records"].take();
            rows.extend(records.as_array().unwrap().iter().map(|record| TableRow {
                day: day.clone(),
                key: key.clone(),
                record: record.clone(),
            }));
        }
        assert!(rows.len() > 50);
        Self::new(rows)
    }

    pub(super) fn metadata(&self, name: &str) -> Value {
        let columns = |columns: &[(String, String)]| -> Vec<Value> {
            columns.iter().map(|(name, kind)| json!({"Name": name, "Type": kind})).collect()
        };
        json!({"TableMetadata": {"Name": name, "TableType": "EXTERNAL_TABLE", "Columns": columns(&self.columns),
            "PartitionKeys": columns(&self.partitions), "Parameters": self.properties}})
    }

    /// The names of the columns, and the rows that a statement gives.
    pub(super) fn answer(&self, statement: &str) -> Result<Answer, String> {
        let parts = Regex::new(r#"^SELECT (.*) FROM "security"\."cloudtrail" WHERE (.*) ORDER BY (.*)$"#).unwrap();
        let parts = parts.captures(statement).ok_or_else(|| format!("SYNTAX_ERROR: {statement}"))?;
        let expression = Regex::new(r#"^(?:CAST\()?"([^"]+)"( AS JSON\))?(?: AS "([^"]+)")?$"#).unwrap();
        let mut selected = Vec::new();
        for part in parts[1].split(", ") {
            let found = expression.captures(part).ok_or_else(|| format!("SYNTAX_ERROR: {part}"))?;
            let name = found[1].to_owned();
            let is_known = self.columns.iter().chain(&self.partitions).any(|(known, _)| *known == name);
            if !is_known && name != "$path" {
                return Err(format!("COLUMN_NOT_FOUND: line 1:8: Column '{name}' cannot be resolved"));
            }
            let called = found.get(3).map_or_else(|| name.clone(), |called| called.as_str().to_owned());
            selected.push((name, called));
        }
        let mut rest = parts[2].to_owned();
        let name = r#""eventname" = 'AssumeRoleWithWebIdentity'"#;
        let ranges = Regex::new(r#""timestamp" BETWEEN '([0-9/]{10})' AND '([0-9/]{10})'"#).unwrap();
        let days: Vec<(String, String)> =
            ranges.captures_iter(&rest).map(|range| (range[1].to_owned(), range[2].to_owned())).collect();
        rest = ranges.replace_all(&rest, "").replace(name, "");
        if !rest.replace([' ', '(', ')'], "").replace("AND", "").replace("OR", "").is_empty() || days.is_empty() {
            return Err(format!("SYNTAX_ERROR: {rest}"));
        }
        let is_asked = |row: &&TableRow| days.iter().any(|(first, last)| *first <= row.day && row.day <= *last);
        let is_projected = |row: &&TableRow| self.has_partition(&row.day);
        let is_ours = |row: &&TableRow| row.record["eventName"] == "AssumeRoleWithWebIdentity";
        let mut rows: Vec<&TableRow> = self.rows.iter().filter(is_asked).filter(is_projected).filter(is_ours).collect();
        let text = |row: &TableRow, name: &str| row.record[name].as_str().unwrap_or_default().to_owned();
        rows.sort_by_key(|row| (row.day.clone(), row.key.clone(), text(row, "eventTime"), text(row, "eventID")));
        let cells = rows.iter().map(|row| selected.iter().map(|(name, _)| row.cell(name)).collect()).collect();
        Ok((selected.into_iter().map(|(_, called)| called).collect(), cells))
    }
}

impl TableRow {
    /// A cell as the API gives it: an object with its text, or without for NULL.
    fn cell(&self, column: &str) -> Value {
        let text = |text: &str| json!({"VarCharValue": text});
        match column {
            "timestamp" => return text(&self.day),
            "$path" => return text(&format!("s3://logs/{}", self.key)),
            _ => {}
        }
        let members = self.record.as_object().unwrap();
        let value = members.iter().find(|(name, _)| name.to_ascii_lowercase() == column).map(|(_, value)| value);
        match value {
            None | Some(Value::Null) => json!({}),
            Some(Value::String(value)) => text(value),
            Some(value) if ["useridentity", "resources", "addendum"].contains(&column) => {
                text(&of_struct(value).to_string())
            }
            Some(value) => text(&value.to_string()),
        }
    }
}

/// As a struct with lower-case names has it. The documented one has no provider.
fn of_struct(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "identityProvider");
            let member = |(name, value): (&String, &Value)| (name.to_ascii_lowercase(), of_struct(value));
            Value::Object(members.map(member).collect::<Map<_, _>>())
        }
        Value::Array(values) => values.iter().map(of_struct).collect(),
        other => other.clone(),
    }
}

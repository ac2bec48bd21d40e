//! OCSF 1.4.0, class Detection Finding (2004), with the profile for clouds: one event per line.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::cell::Cell;
use super::finding_row::{FindingRow, NameValue};
use super::schema::Heading;
use super::writer::{RowWriter, WriterOptions};
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;

struct OcsfWriter<'a> {
    out: Box<dyn Write + 'a>,
    headings: Vec<Heading>,
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(Box::new(OcsfWriter { out, headings: options.headings.clone() }))
}

impl RowWriter for OcsfWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &event(&FindingRow::read(&self.headings, row)?))?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.flush()?;
        Ok(None)
    }
}

fn event(finding: &FindingRow) -> Value {
    let (status_id, status) = if finding.suppressed.is_some() { (3, "Suppressed") } else { (1, "New") };
    let (severity_id, severity) = severity(finding.severity);
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 200_401,
        "type_name": "Detection Finding: Create",
        "time": milliseconds(finding.last_seen),
        "start_time": milliseconds(finding.first_seen),
        "end_time": milliseconds(finding.last_seen),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "count": finding.count,
        "message": finding.sentence(),
        "metadata": {
            "version": "1.4.0",
            "uid": finding.fingerprint(),
            "profiles": ["cloud"],
            "product": { "name": "tfctrail", "vendor_name": "tfctrail", "version": env!("CARGO_PKG_VERSION") },
        },
        "finding_info": finding_info(finding),
        "cloud": { "provider": "AWS" },
        "evidences": [{ "data": data(finding) }],
        "remediation": { "desc": finding.remedy, "references": [finding.rule.1.source] },
    });
    add_optional(&mut event, finding);
    event
}

/// The object `finding_info`: what was found, and by which rule.
fn finding_info(finding: &FindingRow) -> Value {
    let rule = finding.rule.1;
    json!({
        "uid": finding.uid,
        "title": finding.title,
        "desc": rule.meaning,
        "types": [rule.id],
        "first_seen_time": milliseconds(finding.first_seen),
        "last_seen_time": milliseconds(finding.last_seen),
        "created_time": milliseconds(finding.first_seen),
        "analytic": { "uid": rule.id, "name": rule.title, "type_id": 1, "type": "Rule", "desc": rule.why },
    })
}

/// The names that the finding is about, and its evidence.
fn data(finding: &FindingRow) -> Value {
    let names = finding.names.iter().map(|(name, value)| NameValue { name, value });
    let values = finding.evidence.iter().map(|(name, value)| NameValue { name, value });
    json!(names.chain(values).collect::<Vec<_>>())
}

/// Adds the members that the class lets be absent: the account, the comment, the resources and the observables.
fn add_optional(event: &mut Value, finding: &FindingRow) {
    if let Some(account) = finding.account_id() {
        event["cloud"]["account"] = json!({ "uid": account, "type_id": 10, "type": "AWS Account" });
    }
    if let Some(reason) = &finding.suppressed {
        event["comment"] = json!(reason);
    }
    let roles = finding.shown("role");
    let resources: Vec<Value> = roles.map(|role| json!({ "uid": role, "type": "AWS::IAM::Role" })).collect();
    if !resources.is_empty() {
        event["resources"] = json!(resources);
    }
    let addresses = finding.shown("source_ip").filter(|address| address.parse::<std::net::IpAddr>().is_ok());
    let observables: Vec<Value> = addresses
        .map(|address| json!({ "name": "source_ip", "type_id": 2, "type": "IP Address", "value": address }))
        .collect();
    if !observables.is_empty() {
        event["observables"] = json!(observables);
    }
}

fn milliseconds(time: Timestamp) -> i64 {
    time.seconds() * 1_000
}

fn severity(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

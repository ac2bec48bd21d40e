//! The AWS Security Finding Format: a JSON array, as the `Findings` of `securityhub batch-import-findings` (which takes
//! a hundred at a time). A finding without an account, or with one that AWS would not take, is of account 000000000000.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::cell::Cell;
use super::finding_row::{FindingRow, cut};
use super::schema::Heading;
use super::writer::{RowWriter, WriterOptions};
use crate::domain::finding::Severity;

/// Security Hub keeps findings by region; a finding here is of no region, so it goes where STS logs global calls.
const REGION: &str = "us-east-1";
const NO_ACCOUNT: &str = "000000000000";
/// Most characters of a title, a description, a text of remediation (AWS Security Hub User Guide, ASFF).
const TITLE: usize = 256;
const DESCRIPTION: usize = 1_024;
const REMEDY: usize = 512;
/// Most entries, and most characters of their values, in `ProductFields`.
const FIELDS: usize = 50;
const FIELD: usize = 2_048;
/// Most resources of a finding.
const RESOURCES: usize = 32;
/// Most characters of a note and of a resource's id.
const NOTE: usize = 512;

struct AsffWriter<'a> {
    out: Box<dyn Write + 'a>,
    headings: Vec<Heading>,
    is_empty: bool,
}

pub(super) fn open<'a>(
    mut out: Box<dyn Write + 'a>,
    options: &WriterOptions<'a>,
) -> io::Result<Box<dyn RowWriter + 'a>> {
    out.write_all(b"[")?;
    Ok(Box::new(AsffWriter { out, headings: options.headings.clone(), is_empty: true }))
}

impl RowWriter for AsffWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(serde_json::to_writer(&mut self.out, &finding(&FindingRow::read(&self.headings, row)?))?)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.write_all(if self.is_empty { b"]\n" } else { b"\n]\n" })?;
        self.out.flush()?;
        Ok(None)
    }
}

fn finding(finding: &FindingRow) -> Value {
    let rule = finding.rule.1;
    let account = finding.account_id().filter(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()));
    let account = account.unwrap_or(NO_ACCOUNT);
    let (label, normalized) = severity(finding.severity);
    let mut resources: Vec<Value> = finding
        .shown("role")
        .filter(|role| role.starts_with("arn:"))
        .take(RESOURCES)
        .map(|role| json!({ "Type": "AwsIamRole", "Id": cut(role, NOTE) }))
        .collect();
    if resources.is_empty() {
        resources.push(json!({ "Type": "AwsAccount", "Id": format!("AWS::::Account:{account}") }));
    }
    let mut found = json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("tfctrail/{}", finding.uid),
        "ProductArn": format!("arn:aws:securityhub:{REGION}:{account}:product/{account}/default"),
        "ProductName": "tfctrail",
        "CompanyName": "tfctrail",
        "GeneratorId": format!("tfctrail/{}", rule.id),
        "AwsAccountId": account,
        "Types": ["Unusual Behaviors/User"],
        "CreatedAt": finding.first_seen.to_string(),
        "UpdatedAt": finding.last_seen.to_string(),
        "FirstObservedAt": finding.first_seen.to_string(),
        "LastObservedAt": finding.last_seen.to_string(),
        "Severity": { "Label": label, "Normalized": normalized, "Original": finding.severity.as_str() },
        "Title": cut(&finding.title, TITLE),
        "Description": cut(&format!("{} {}", finding.sentence(), rule.meaning), DESCRIPTION),
        "Remediation": { "Recommendation": { "Text": cut(&finding.remedy, REMEDY), "Url": rule.source } },
        "ProductFields": fields(finding),
        "Resources": resources,
        "Workflow": { "Status": if finding.suppressed.is_some() { "SUPPRESSED" } else { "NEW" } },
        "RecordState": "ACTIVE",
    });
    if let Some(reason) = &finding.suppressed {
        found["Note"] = json!({
            "Text": cut(reason, NOTE),
            "UpdatedBy": "tfctrail",
            "UpdatedAt": finding.last_seen.to_string(),
        });
    }
    found
}

/// Names and evidence; several values of one name are numbered.
fn fields(finding: &FindingRow) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("tfctrail/count".to_owned(), json!(finding.count.to_string()));
    let names = finding.names.iter().map(|(name, value)| (*name, value.as_str()));
    let evidence = finding.evidence.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in names.chain(evidence) {
        let mut key = format!("tfctrail/{name}");
        for number in 2.. {
            if !fields.contains_key(&key) || fields.len() >= FIELDS {
                break;
            }
            key = format!("tfctrail/{name}/{number}");
        }
        if fields.len() < FIELDS && !value.is_empty() {
            fields.insert(key, json!(cut(value, FIELD)));
        }
    }
    fields
}

fn severity(severity: Severity) -> (&'static str, u8) {
    match severity {
        Severity::Info => ("INFORMATIONAL", 0),
        Severity::Low => ("LOW", 1),
        Severity::Medium => ("MEDIUM", 40),
        Severity::High => ("HIGH", 70),
        Severity::Critical => ("CRITICAL", 90),
    }
}

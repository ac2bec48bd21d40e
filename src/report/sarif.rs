//! SARIF 2.1.0 (OASIS): one run with all rules, one result for each finding. What was configured away is there with its
//! justification, so that viewers show it as suppressed.

use std::io::{self, Write};

use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::cell::Cell;
use super::finding_row::FindingRow;
use super::schema::Heading;
use super::writer::{RowWriter, WriterOptions};
use crate::audit::rules::RULES;
use crate::domain::finding::Severity;
use crate::domain::run::RESERVED;

struct SarifWriter<'a> {
    out: Box<dyn Write + 'a>,
    headings: Vec<Heading>,
    results: Vec<Value>,
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(Box::new(SarifWriter { out, headings: options.headings.clone(), results: Vec::new() }))
}

impl RowWriter for SarifWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.results.push(result(&FindingRow::read(&self.headings, row)?));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "tfctrail",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules(),
                } },
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        });
        serde_json::to_writer_pretty(&mut self.out, &log)?;
        self.out.write_all(b"\n")?;
        self.out.flush()?;
        Ok(None)
    }
}

fn rules() -> Vec<Value> {
    let rule = |rule: &&crate::audit::rules::Rule| {
        json!({
            "id": rule.id,
            "shortDescription": { "text": rule.title },
            "fullDescription": { "text": rule.meaning },
            "help": { "text": format!("{}\n\n{}\n\nWhat it cannot know: {}", rule.why, rule.remedy, rule.unknown) },
            "helpUri": rule.source,
            "defaultConfiguration": { "level": level(rule.severity) },
            "properties": { "security-severity": score(rule.severity), "tags": ["security"] },
        })
    };
    RULES.iter().map(rule).collect()
}

fn result(finding: &FindingRow) -> Value {
    let events: Vec<Value> = finding
        .shown("event")
        .map(|event| json!({ "name": event, "fullyQualifiedName": format!("event {event}"), "kind": "event" }))
        .collect();
    let locations: Vec<Value> = finding
        .shown("log_file")
        .map(|log_file| {
            let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(log_file) } } });
            if !events.is_empty() {
                location["logicalLocations"] = json!(events);
            }
            location
        })
        .collect();
    let mut properties: Map<String, Value> =
        finding.names.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    properties.insert("first_seen".to_owned(), json!(finding.first_seen.to_string()));
    properties.insert("last_seen".to_owned(), json!(finding.last_seen.to_string()));
    properties.insert("severity".to_owned(), json!(finding.severity.as_str()));
    properties.insert("security-severity".to_owned(), json!(score(finding.severity)));
    let evidence: Vec<String> = finding.evidence.iter().map(|(name, value)| format!("{name}={value}")).collect();
    properties.insert("evidence".to_owned(), json!(evidence));
    let mut result = json!({
        "ruleId": finding.rule.1.id,
        "ruleIndex": finding.rule.0,
        "level": level(finding.severity),
        "message": { "text": finding.sentence() },
        "locations": locations,
        "partialFingerprints": { "tfctrailFinding/v1": finding.uid },
        "occurrenceCount": finding.count,
        "properties": properties,
    });
    if let Some(reason) = &finding.suppressed {
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    }
    result
}

/// SARIF has three levels; the severity is a property beside them.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Low => "note",
        Severity::Medium => "warning",
        Severity::High | Severity::Critical => "error",
    }
}

/// The score by which code scanning sorts: the middle of the range that CVSS gives the word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "0.0",
        Severity::Low => "2.0",
        Severity::Medium => "5.5",
        Severity::High => "8.0",
        Severity::Critical => "9.5",
    }
}

/// A log file as a relative reference: everything but unreserved characters and `/` is percent-encoded (RFC 3986).
fn uri(log_file: &str) -> String {
    const RESERVED_IN_A_PATH: &AsciiSet = &RESERVED.remove(b'/');
    utf8_percent_encode(log_file, RESERVED_IN_A_PATH).to_string()
}

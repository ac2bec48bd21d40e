//! What is told about a report, as plain values. What strangers may have chosen is verbatim here.

use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// One message about one report, or about all reports of a night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Whether it only tries the delivery.
    pub test: bool,
    /// The headline.
    pub title: String,
    /// What the report is about.
    pub window: Window,
    /// The numbers, in the order in which they are shown.
    pub counts: Vec<MessageCount>,
    /// What was never seen before.
    pub new: Vec<MessageFact>,
    /// What the rules found, the gravest first.
    pub findings: Vec<RuleFindings>,
    /// What is missing from the report, in words; nothing where its coverage is complete.
    pub incomplete: Vec<String>,
    /// Where readers find the report: a URL, or a path.
    pub link: Option<String>,
    /// Where the report lies, as machine and path or as a bucket; nothing where there is a link, or no file.
    pub place: Option<String>,
    /// The reports that make up this one, where there is one for each organization or account.
    pub groups: Vec<MessageGroup>,
}

/// One of several reports of a night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageGroup {
    /// What it is limited to: `organization acme`.
    pub about: String,
    /// Its directory, below that of the night's reports.
    pub directory: String,
    /// Runs.
    pub runs: u64,
    /// Denied assumptions.
    pub denied: u64,
    /// What was never seen before.
    pub new: u64,
    /// Findings that nobody accepted.
    pub findings: u64,
    /// Those of them that are high or critical.
    pub grave: u64,
}

/// A number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageCount {
    /// What is counted: `runs`, `denied`.
    pub name: String,
    /// How many.
    pub value: u64,
    /// How many there were in the window before, where that is known.
    pub before: Option<u64>,
}

/// Something that was never seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFact {
    /// What it is: `organization`, `source address`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Findings of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFindings {
    /// How grave: `info`, `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// The id of the rule; empty where there is none.
    pub rule: String,
    /// What it says.
    pub title: String,
    /// How many findings.
    pub count: u64,
}

impl Message {
    /// A message that only tries the delivery.
    #[must_use]
    pub fn test(target: &str, now: Timestamp) -> Self {
        let title = format!("tfctrail: test message for {target}, sent at {now}; everything is as it should be");
        Self { test: true, title, ..Self::default() }
    }
}

/// Puts the message of each test in one place.
#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    /// A message whose names try everything that a target could be made to do.
    pub(crate) fn hostile() -> Message {
        let from = Timestamp::parse_rfc3339("2026-11-22T00:00:00Z");
        Message {
            test: false,
            title: "2026-11-22: <!channel> @here\r\nBcc: all@example.com".to_owned(),
            window: Window { from, to: Timestamp::parse_rfc3339("2026-11-23T00:00:00Z") },
            counts: vec![
                MessageCount { name: "runs".to_owned(), value: 31, before: Some(14) },
                MessageCount { name: "denied".to_owned(), value: 3, before: None },
            ],
            new: vec![
                MessageFact {
                    kind: "organization".to_owned(),
                    name: "<https://evil.example|acme> & *co* @channel".to_owned(),
                },
                MessageFact {
                    kind: "workspace".to_owned(),
                    name: "a\u{202e}b\u{1b}[2J\n.\r\nQUIT :tada: \u{1f680}".to_owned(),
                },
            ],
            findings: vec![RuleFindings {
                severity: "high".to_owned(),
                rule: "unexpected-organization".to_owned(),
                title: "an organization that is not expected: <@U123>".to_owned(),
                count: 2,
            }],
            incomplete: vec!["1 failed file".to_owned()],
            link: Some("https://reports.example.com/a|b><c d".to_owned()),
            place: Some("audit-1:/srv/reports/<!here>\r\n@all".to_owned()),
            groups: vec![MessageGroup {
                about: "organization <!here> @all\r\n.\r\n".to_owned(),
                directory: "organization---here---all-0123456789abcdef".to_owned(),
                runs: 12,
                denied: 1,
                new: 3,
                findings: 2,
                grave: 1,
            }],
        }
    }
}

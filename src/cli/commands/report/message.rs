//! What is told of a report by `--notify`: the answers to its three questions, in short.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::review::Review;
use crate::domain::finding::Severity;
use crate::notify::message::{Message, MessageCount, MessageFact, MessageGroup, RuleFindings};
use crate::report::review::words::{AnswerState, answers, fact_name, kind_name, summary, window_name};

/// So many new names are told; the report has all.
const NEW: usize = 50;

/// The message about a report.
pub(super) fn message(review: &Review<'_>, link: Option<&str>) -> Message {
    let mut findings: BTreeMap<_, RuleFindings> = BTreeMap::new();
    for finding in review.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let found = RuleFindings {
            severity: finding.severity.as_str().to_owned(),
            rule: finding.rule_id.to_owned(),
            title: finding.title.to_owned(),
            count: 0,
        };
        let rank = (Reverse(finding.severity), finding.rule_id);
        findings.entry(rank).or_insert(found).count += 1;
    }
    let [_, _, completeness] = answers(review);
    let is_whole = completeness.state == AnswerState::Good;
    // `Yes: no log file of this window was read.` says it without its first word as well.
    let verdict = completeness.verdict.split_once(": ").map_or(&*completeness.verdict, |(_, what)| what);
    let points = [verdict.to_owned()].into_iter().chain(completeness.points).collect();
    let new = review.changes.new.iter().take(NEW);
    Message {
        test: false,
        title: format!("{}: {}", window_name(review.window), summary(review)),
        window: review.window,
        counts: review
            .figures
            .iter()
            .map(|figure| MessageCount { name: figure.name.to_owned(), value: figure.value, before: figure.before })
            .collect(),
        new: new
            .map(|new| MessageFact { kind: kind_name(new.fact.kind, false).to_owned(), name: fact_name(&new.fact) })
            .collect(),
        findings: findings.into_values().collect(),
        incomplete: if is_whole { Vec::new() } else { points },
        link: link.map(str::to_owned),
        groups: Vec::new(),
    }
}

/// What the message of a night says of the report of one group. `about` names the group.
pub(super) fn group(review: &Review<'_>, about: &str, directory: &Path) -> MessageGroup {
    let standing = || review.findings.iter().filter(|finding| finding.suppressed.is_none());
    MessageGroup {
        about: about.to_owned(),
        directory: directory.display().to_string(),
        runs: review.count("runs"),
        denied: review.count("denied"),
        new: review.changes.new.len() as u64,
        findings: standing().count() as u64,
        grave: standing().filter(|finding| finding.severity >= Severity::High).count() as u64,
    }
}

/// What calls for a reader comes first.
pub(super) fn ranked(mut message: Message) -> Message {
    message.groups.sort_by_key(|group| Reverse((group.grave, group.findings, group.denied, group.new)));
    message
}

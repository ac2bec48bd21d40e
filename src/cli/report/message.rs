//! What is told of a report by `--notify`: the answers to its three questions, in short.

use std::collections::BTreeMap;

use crate::audit::review::Review;
use crate::notify::message::{Count, Found, Message, Novelty};
use crate::report::review::words::{State, answers, fact_name, kind_name, summary, window_name};

/// So many new names are told; the report has all.
const NEW: usize = 50;

/// The message about a report. `about` names the group that it is limited to, and may be empty.
pub(super) fn message(review: &Review<'_>, about: &str, link: Option<&str>) -> Message {
    let place = if about.is_empty() { String::new() } else { format!(" ({about})") };
    let mut findings: BTreeMap<_, Found> = BTreeMap::new();
    for finding in review.findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let found = Found {
            severity: finding.severity.as_str().to_owned(),
            rule: finding.rule_id.to_owned(),
            title: finding.title.to_owned(),
            count: 0,
        };
        let rank = (std::cmp::Reverse(finding.severity), finding.rule_id);
        findings.entry(rank).or_insert(found).count += finding.count;
    }
    let [_, _, completeness] = answers(review);
    let is_whole = completeness.state == State::Good;
    let points = if completeness.points.is_empty() { vec![completeness.verdict] } else { completeness.points };
    let new = review.changes.new.iter().take(NEW);
    Message {
        test: false,
        title: format!("{}{place}: {}", window_name(review.window), summary(review)),
        window: review.window,
        counts: review
            .figures
            .iter()
            .map(|figure| Count { name: figure.name.to_owned(), value: figure.value, before: figure.before })
            .collect(),
        new: new
            .map(|new| Novelty { kind: kind_name(new.fact.kind, false).to_owned(), name: fact_name(&new.fact) })
            .collect(),
        findings: findings.into_values().collect(),
        incomplete: if is_whole { Vec::new() } else { points },
        link: link.map(str::to_owned),
    }
}

//! What is told of a report by `--notify`: the answers to its three questions, in short.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::review::Review;
use crate::domain::finding::Severity;
use crate::domain::window::Window;
use crate::notify::message::{Message, MessageCount, MessageFact, MessageGroup, RuleFindings};
use crate::report::review::headline::{headline, short_name};
use crate::report::review::words::{AnswerState, answers, fact_name, kind_name};

/// So many new names are told; the report has all.
const NEW: usize = 50;

/// Of more nights than these one message tells, and not one each.
const NIGHTS: usize = 3;

/// What is told of a night, and what a message about many nights says of it.
pub(super) struct Night {
    pub(super) message: Message,
    /// The night as one of many.
    pub(super) of_many: MessageGroup,
}

/// The message about a report. `place` says where it lies.
pub(super) fn message(review: &Review<'_>, link: Option<&str>, place: Option<String>) -> Message {
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
        title: headline(review),
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
        place: place.filter(|_| link.is_none()),
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

/// What goes out: a message for each night, or one for all where there are many. `out` says where their reports lie.
pub(super) fn messages(nights: Vec<Night>, out: Option<String>) -> Vec<Message> {
    if nights.len() <= NIGHTS {
        return nights.into_iter().map(|night| ranked(night.message)).collect();
    }
    vec![ranked(together(nights, out))]
}

/// One message about many nights: a line for each report, and what the rules found in all of them.
fn together(nights: Vec<Night>, out: Option<String>) -> Message {
    let windows = || nights.iter().map(|night| night.message.window);
    let window = Window { from: windows().filter_map(|it| it.from).min(), to: windows().filter_map(|it| it.to).max() };
    let sum = |of: fn(&MessageGroup) -> u64| nights.iter().map(|night| of(&night.of_many)).sum::<u64>();
    let (findings, grave, denied) = (sum(|it| it.findings), sum(|it| it.grave), sum(|it| it.denied));
    let incomplete = nights.iter().filter(|night| !night.message.incomplete.is_empty()).count();
    let what = match (findings, denied, incomplete) {
        (0, 0, 0) => "nothing wrong".to_owned(),
        (0, 0, incomplete) => format!("nothing wrong in what was read; {incomplete} with something missing"),
        (findings, denied, _) => format!("{findings} findings ({grave} high or critical), {denied} assumptions denied"),
    };
    let link = nights.iter().find_map(|night| night.message.link.clone());
    let mut all = Message {
        title: format!("{} nights, {}: {what}", nights.len(), short_name(window)),
        window,
        place: out.filter(|_| link.is_none()),
        link,
        ..Message::default()
    };
    let mut found: BTreeMap<(Reverse<Option<Severity>>, String), RuleFindings> = BTreeMap::new();
    for Night { message, of_many } in nights {
        let name = short_name(message.window);
        all.incomplete.extend(message.incomplete.iter().map(|text| format!("{name}: {text}")));
        all.new.extend(message.new);
        for of_rule in message.findings {
            let rank = (Reverse(Severity::of_word(&of_rule.severity)), of_rule.rule.clone());
            let known = found.entry(rank).or_insert_with(|| RuleFindings { count: 0, ..of_rule.clone() });
            known.count += of_rule.count;
        }
        if message.groups.is_empty() {
            all.groups.push(of_many);
        } else {
            let named = |group: MessageGroup| MessageGroup { about: format!("{name}, {}", group.about), ..group };
            all.groups.extend(message.groups.into_iter().map(named));
        }
    }
    all.findings = found.into_values().collect();
    all
}

/// What calls for a reader comes first.
fn ranked(mut message: Message) -> Message {
    message.groups.sort_by_key(|group| Reverse((group.grave, group.findings, group.denied, group.new)));
    message
}

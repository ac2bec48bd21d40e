//! What is said beside findings.

use std::collections::BTreeMap;

use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::rules::suppress::Suppression;
use crate::audit::rules::{Rule, RuleContext};
use crate::cli::context::CommandContext;
use crate::cli::reading::answer::ScanResult;
use crate::cli::reading::words;
use crate::cli::terminal::talk::Level;
use crate::domain::finding::Finding;
use crate::domain::timestamp::Timestamp;

/// What the baseline rests on.
pub(super) fn about_baseline(
    answer: &ScanResult,
    count: u64,
    is_empty: bool,
    first: Timestamp,
    command: &CommandContext<'_>,
) {
    let files = answer.coverage.files.read;
    let (events, files) =
        (words::counted(words::to_usize(count), "event"), words::counted(words::to_usize(files), "file"));
    let text = format!("the baseline has {events} before {first}, of {files}");
    if is_empty {
        command.talk.say(Level::Warning, &format!("{text}; it is empty, so the rules cannot tell what is new"));
    } else if count == 0 {
        command.talk.say(Level::Info, &format!("{text}, and what the store remembers of pruned events"));
    } else {
        command.talk.say(Level::Info, &text);
    }
}

/// What stands beside what is said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// Blocks, which say themselves why something is suppressed.
    pub(super) is_page: bool,
    /// Whether people read it.
    pub(super) for_people: bool,
}

/// What is suppressed, what is not any more, and which rules had to stay silent; `asked_for` names rules.
pub(super) fn tell(
    found: &[Finding],
    expired: &[&Suppression],
    rules: &[&Rule],
    context: RuleContext<'_>,
    asked_for: &[Pattern],
    Beside { is_page, for_people }: Beside,
    command: &CommandContext<'_>,
) {
    let suppressed: Vec<&Finding> = found.iter().filter(|finding| finding.suppressed.is_some()).collect();
    let open = words::counted(found.len() - suppressed.len(), "finding");
    let beside = if suppressed.is_empty() { String::new() } else { format!(", and {} suppressed", suppressed.len()) };
    command.talk.say(Level::Info, &format!("{open}{beside}"));
    // Blocks say it themselves.
    for finding in suppressed.into_iter().filter(|_| !is_page) {
        let Some(why) = &finding.suppressed else { continue };
        let names: Vec<&str> = finding.names().into_iter().flatten().collect();
        let place = if names.is_empty() { String::new() } else { format!(" {}", names.join(" ")) };
        let events = words::counted(words::to_usize(finding.count), "event");
        let text = format!("suppressed until {}: {}{place}, {events}: {}", why.expires, finding.rule_id, why.reason);
        command.talk.say(Level::Info, &text);
    }
    for decision in expired {
        let text =
            format!("a suppression expired on {}, and findings still match it: {}", decision.expires, decision.reason);
        command.talk.say(Level::Warning, &text);
    }
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| !rule.needs.is_empty() && !rule.can_speak(context)) {
        // Whoever asks for a rule by its name relies on it.
        if is_named(asked_for, rule.id) {
            let text = format!("the rule {} did not run, so it found nothing: it needs {}", rule.id, rule.needs);
            command.talk.say(Level::Warning, &text);
        } else {
            needs.entry(rule.needs).or_default().push(rule.id);
        }
    }
    if for_people && !needs.is_empty() && command.talk.style().least < Level::Debug {
        let parts: Vec<String> = needs.iter().map(|(need, ids)| format!("{} without {need}", ids.len())).collect();
        let text = format!("rules that did not run: {}; -v names them", parts.join(", "));
        command.talk.say(Level::Info, &text);
    }
    for (need, ids) in needs {
        let level = if for_people { Level::Debug } else { Level::Info };
        command.talk.say(level, &format!("rules that did not run without {need}: {}", ids.join(", ")));
    }
}

/// Whether one of the patterns is the name of the rule.
fn is_named(patterns: &[Pattern], rule: &str) -> bool {
    patterns.iter().any(|pattern| Patterns::new(vec![pattern.clone()]).literals().is_some_and(|names| names == [rule]))
}

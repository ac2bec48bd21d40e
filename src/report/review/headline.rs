//! The title of a message about a report: what is wrong comes first.

use chrono::DateTime;

use super::words::{AnswerState, answers, summary};
use crate::audit::review::Review;
use crate::domain::finding::{Finding, Severity};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::report::coverage_text::grouped;

/// What is wrong in a window, what is missing of it, and else what happened, behind the name of the window.
#[must_use]
pub fn headline(review: &Review<'_>) -> String {
    format!("{}: {}", short_name(review.window), what(review))
}

fn what(review: &Review<'_>) -> String {
    if review.coverage.is_unread() {
        return "unknown, no log file was read".to_owned();
    }
    let standing = || review.findings.iter().filter(|finding| finding.suppressed.is_none());
    let grave: Vec<&Finding> = standing().filter(|finding| finding.severity > Severity::Info).collect();
    let mut parts = Vec::new();
    if let Some(gravest) = grave.iter().max_by_key(|finding| finding.severity) {
        // Of the gravest, the first: findings are in the order of their rows.
        let first = grave.iter().find(|finding| finding.severity == gravest.severity).unwrap_or(gravest);
        parts.push(format!("{} ({})", by_severity(&grave), first.title));
    }
    let (denied, assumptions) = (review.count("denied"), review.count("assumptions"));
    if denied > 0 {
        parts.push(format!("{} of {} assumptions denied", grouped(denied), grouped(assumptions)));
    }
    let [_, _, completeness] = answers(review);
    if completeness.state == AnswerState::Act {
        parts.push("a part of the logs is missing".to_owned());
    }
    if parts.is_empty() { format!("nothing wrong. {}", summary(review)) } else { parts.join("; ") }
}

/// `1 critical and 4 high findings`.
fn by_severity(findings: &[&Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let counts = Severity::ALL.into_iter().rev().map(|severity| (severity, count(severity)));
    let parts: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{} {severity}", grouped(count)))
        .collect();
    let (last, front) = parts.split_last().map_or(("0", &[][..]), |(last, front)| (last.as_str(), front));
    let counts = if front.is_empty() { last.to_owned() } else { format!("{} and {last}", front.join(", ")) };
    format!("{counts} finding{}", if findings.len() == 1 { "" } else { "s" })
}

/// A day as `5 Nov 2026`, days as the first and the last of them, anything else by its ends.
#[must_use]
pub fn short_name(window: Window) -> String {
    let short = |time: Timestamp| DateTime::from(time).format("%-d %b %Y").to_string();
    match (window.from, window.to) {
        (Some(from), Some(to)) if from == from.day().start() && to == from.day().end() => short(from),
        (Some(from), Some(to)) if from == from.day().start() && to == to.day().start() => {
            format!("{} to {}", short(from), short(to.day().plus(-1).start()))
        }
        _ => super::words::window_ends(window),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_short_names() {
        let check = |from: &str, to: &str, expected: &str| {
            let window = Window { from: Timestamp::parse_rfc3339(from), to: Timestamp::parse_rfc3339(to) };
            assert_eq!(short_name(window), expected);
        };
        check("2026-11-05T00:00:00Z", "2026-11-06T00:00:00Z", "5 Nov 2026");
        check("2026-11-05T00:00:00Z", "2026-11-08T00:00:00Z", "5 Nov 2026 to 7 Nov 2026");
        check("2026-11-05T01:00:00Z", "2026-11-06T00:00:00Z", "2026-11-05T01:00:00Z to 2026-11-06T00:00:00Z");
    }
}

//! The headline: is anything new, is anything wrong, is anything missing. Plain sentences; whoever shows them escapes
//! the names in them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::DateTime;

use crate::audit::baseline::past::BaselineOrigin;
use crate::audit::baseline::{Fact, FactKind};
use crate::audit::coverage::{Coverage, VerdictTally, Verified};
use crate::audit::review::Review;
use crate::audit::review::changes::NewFact;
use crate::domain::finding::{Finding, Severity};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::report::coverage_text::{self, grouped};

/// How an answer is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerState {
    /// Nothing to do.
    Good,
    /// To be looked at.
    Look,
    /// To be acted upon.
    Act,
    /// It cannot be said.
    Unknown,
}

impl AnswerState {
    /// The word, which stands beside every colour.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "fine",
            Self::Look => "look",
            Self::Act => "act",
            Self::Unknown => "unknown",
        }
    }
}

/// One of the three answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewAnswer {
    /// The question.
    pub question: &'static str,
    /// How to take it.
    pub state: AnswerState,
    /// The answer in one word.
    pub word: &'static str,
    /// The answer in one sentence.
    pub verdict: String,
    /// What it consists of, the gravest first; a few lines.
    pub points: Vec<String>,
    /// The sections that tell more: anchor and name.
    pub more: Vec<(&'static str, &'static str)>,
}

/// What is said where nothing can be new.
pub const NO_PAST: &str = "There are no earlier events to compare with, so nothing can be called new.";

/// What is said of a window of which nothing is known.
pub const UNREAD: &str = "Unknown: no log file of this window was read.";

impl ReviewAnswer {
    /// What the question is about, in one word: `new`, `wrong`, `missing`.
    #[must_use]
    pub fn anchor(&self) -> &'static str {
        self.question.trim_end_matches('?').rsplit(' ').next().unwrap_or_default()
    }
}

/// So many points stand below an answer.
const POINTS: usize = 4;

/// A day is named as one, anything else by its ends.
#[must_use]
pub fn window_name(window: Window) -> String {
    let (Some(from), Some(to)) = (window.from, window.to) else { return window_ends(window) };
    let day = from.day();
    if from == day.start() && to == day.end() {
        return long_day(from);
    }
    if from == day.start() && to == to.day().start() {
        return format!("{} to {}", long_day(from), long_day(to.day().plus(-1).start()));
    }
    window_ends(window)
}

/// A window by its ends.
#[must_use]
pub fn window_ends(window: Window) -> String {
    let window = window.shown();
    match (window.from, window.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("before {to}"),
        (None, None) => "all of time".to_owned(),
    }
}

fn long_day(time: Timestamp) -> String {
    DateTime::from(time).format("%A, %-d %B %Y").to_string()
}

/// What happened, in one sentence.
#[must_use]
pub fn summary(review: &Review<'_>) -> String {
    let count = |name| review.count(name);
    if review.coverage.is_unread() {
        return UNREAD.to_owned();
    }
    if count("assumptions") == 0 {
        return "No Terraform run asked for a role in this window.".to_owned();
    }
    let organizations = match count("organizations") {
        0 => String::new(),
        number => format!(" of {}", counted(number, "organization")),
    };
    format!(
        "{}{organizations} asked {} for {} in {}.",
        counted(count("runs"), "run"),
        if count("assumptions") == 1 { "once".to_owned() } else { format!("{} times", grouped(count("assumptions"))) },
        counted(count("roles"), "role"),
        counted(count("accounts"), "account"),
    )
}

/// The three answers.
#[must_use]
pub fn answers(review: &Review<'_>) -> [ReviewAnswer; 3] {
    [newness(review), wrongness(review), completeness(review)]
}

fn newness(review: &Review<'_>) -> ReviewAnswer {
    let changes = &review.changes;
    let mut points = Vec::new();
    let since = compared_with(&changes.origin);
    let (state, word, verdict) = if changes.origin == BaselineOrigin::Nothing {
        (AnswerState::Unknown, "unknown", NO_PAST.to_owned())
    } else if changes.new.is_empty() && review.coverage.is_unread() {
        (AnswerState::Unknown, "unknown", UNREAD.to_owned())
    } else if changes.new.is_empty() {
        (AnswerState::Good, "no", format!("No. Everything was seen before ({since})."))
    } else {
        let count = changes.new.len() as u64;
        let stranger = changes.new.iter().any(|new| new.fact.kind == FactKind::Organization);
        let verdict = format!("Yes: {} never seen before ({since}).", counted(count, "thing"));
        (if stranger { AnswerState::Act } else { AnswerState::Look }, "yes", verdict)
    };
    for (kind, count) in changes.new_by_kind() {
        let names = changes.new.iter().filter(|new| new.fact.kind == kind).map(new_name);
        points.push(format!("{}: {}", kind_name(kind, count > 1), first_names(names, count)));
    }
    cap(&mut points);
    if !changes.gone.is_empty() {
        points.push(format!("{} usually here, not seen this time", counted(changes.gone.len() as u64, "thing")));
    }
    ReviewAnswer {
        question: "Is anything new?",
        state,
        word,
        verdict,
        points,
        more: vec![("new", "what is new"), ("gone", "what vanished")],
    }
}

fn wrongness(review: &Review<'_>) -> ReviewAnswer {
    let standing: Vec<&Finding> = review.findings.iter().filter(|finding| finding.suppressed.is_none()).collect();
    let grave = |finding: &&&Finding| finding.severity > Severity::Info;
    let worst = standing.iter().map(|finding| finding.severity).max();
    let denied = review.count("denied");
    let strangers: u64 = review.denials.iter().filter(|denial| denial.stranger).map(|denial| denial.count).sum();
    let state = match worst {
        Some(Severity::High | Severity::Critical) => AnswerState::Act,
        Some(Severity::Low | Severity::Medium) => AnswerState::Look,
        _ if denied > 0 => AnswerState::Look,
        _ => AnswerState::Good,
    };
    let mut parts = Vec::new();
    let count = standing.iter().filter(grave).count() as u64;
    if count > 0 {
        let grave = standing.iter().filter(|finding| finding.severity >= Severity::High).count() as u64;
        let of = if grave > 0 { format!(" ({} high or critical)", grouped(grave)) } else { String::new() };
        parts.push(format!("{}{of}", counted(count, "finding")));
    }
    if denied > 0 {
        parts.push(format!("{} of {} assumptions denied", grouped(denied), grouped(review.count("assumptions"))));
    }
    let unread = parts.is_empty() && review.coverage.is_unread();
    let (state, word, verdict) = if unread {
        (AnswerState::Unknown, "unknown", UNREAD.to_owned())
    } else if parts.is_empty() && review.coverage.is_incomplete() {
        (state, "no", "No. No rule found anything in what could be read, and nothing was denied.".to_owned())
    } else if parts.is_empty() {
        (state, "no", "No. No rule found anything, and nothing was denied.".to_owned())
    } else if state == AnswerState::Act {
        (state, "yes", format!("Yes: {}.", parts.join(", ")))
    } else {
        (state, "perhaps", format!("Perhaps: {}.", parts.join(", ")))
    };
    let mut points: Vec<String> = Vec::new();
    if strangers > 0 {
        let names = review.denials.iter().filter(|denial| denial.stranger);
        let names: BTreeSet<&str> =
            names.map(|denial| denial.subject.organization().unwrap_or("an unknown subject")).collect();
        let count = names.len();
        let names = first_names(names.into_iter().map(str::to_owned), count);
        points.push(format!(
            "{} of {}: {names}",
            counted(strangers, "denial"),
            if count == 1 { "a stranger" } else { "strangers" }
        ));
    }
    points.extend(kinds_of(standing.iter().copied().filter(|finding| grave(&finding))));
    cap(&mut points);
    ReviewAnswer {
        question: "Is anything wrong?",
        state,
        word,
        verdict,
        points,
        more: vec![("findings", "findings"), ("denials", "denials")],
    }
}

/// Which log files were not read, or do not count; whether some are not as CloudTrail wrote them.
fn failures(coverage: &Coverage, points: &mut Vec<String>) -> bool {
    let not_verified = coverage.verified.as_ref().map_or(0, |verified| {
        let VerdictTally { invalid, missing, unlisted, unchecked, valid: _ } = verified.logs;
        invalid + missing + unlisted + unchecked
    });
    if not_verified > 0 {
        let files = counted(not_verified, "log file");
        points.push(format!("{files} not verified ({})", coverage_text::verification(coverage)));
    }
    if coverage.files.failed > not_verified {
        points.push(format!("{} could not be read", counted(coverage.files.failed - not_verified, "log file")));
    }
    if let Some(verified) = &coverage.verified {
        let (digests, waiting) = (verified.troubled_digests().count(), verified.waiting_in(coverage.window).count());
        if digests > 0 {
            points.push(format!("{} not valid", counted(digests as u64, "digest")));
        }
        if waiting > 0 {
            points.push(format!("{} not covered by a digest yet", counted(waiting as u64, "log file")));
        }
    }
    not_verified > 0
}

/// That nothing is missing, as far as the sources tell.
fn nothing_missing(coverage: &Coverage) -> String {
    if !coverage.sources.iter().all(|source| source.tells_days(coverage.window)) {
        return "No. Nothing that was asked for failed. A source of events, not of log files, does not tell which days lack some."
            .to_owned();
    }
    let read = counted(coverage.files.read, "log file");
    match coverage.besides.map_or(0, |besides| besides.read) {
        0 => format!("No. {read} of this window read, none failed, no gap."),
        besides => {
            let besides = grouped(besides);
            format!("No. {read} of this window read, none failed, no gap; of the time before, {besides} read.")
        }
    }
}

fn completeness(review: &Review<'_>) -> ReviewAnswer {
    let coverage = review.coverage;
    let mut points: Vec<String> = Vec::new();
    let not_verified = failures(coverage, &mut points);
    if coverage.records.malformed > 0 {
        points.push(format!("{} malformed", counted(coverage.records.malformed, "record")));
    }
    if coverage.gap_days() > 0 {
        points.push(format!("{} of log files missing", counted(coverage.gap_days(), "day")));
    }
    if !review.quiet.is_empty() {
        points.push(format!(
            "{} had log files on most days before, and none in this window",
            counted(review.quiet.len() as u64, "account and region")
        ));
    }
    if !coverage.truncated.is_empty() {
        points.push(format!(
            "{} cut off, with more pages than were saved",
            counted(coverage.truncated.len() as u64, "answer")
        ));
    }
    if let Some(failed @ 1..) = coverage.besides.map(|besides| besides.failed) {
        let files = counted(failed, "log file");
        points
            .push(format!("{files} of the time before could not be read, so something that is called new may be old"));
    }
    points.extend(coverage.incomplete.iter().cloned());
    let early = coverage.verified.iter().flat_map(|verified| verified.ends_early(coverage.window, coverage.today));
    points.extend(early.map(|(chain, newest)| coverage_text::chain_ends(chain, newest)));
    let is_empty = coverage.is_unread();
    let state = if coverage.is_incomplete() || is_empty {
        AnswerState::Act
    } else if points.is_empty() {
        AnswerState::Good
    } else {
        AnswerState::Look
    };
    let (word, verdict) = match state {
        AnswerState::Act if is_empty => ("yes", "Yes: no log file of this window was read.".to_owned()),
        AnswerState::Act if not_verified => ("yes", "Yes: a part of the logs is not verified.".to_owned()),
        AnswerState::Act => ("yes", "Yes: a part of the logs could not be read.".to_owned()),
        AnswerState::Look => ("perhaps", format!("Perhaps: {}.", doubt(review))),
        _ => ("no", nothing_missing(coverage)),
    };
    cap(&mut points);
    ReviewAnswer {
        question: "Is anything missing?",
        state,
        word,
        verdict,
        points,
        more: vec![("coverage", "coverage")],
    }
}

/// What leaves it open whether something is missing.
fn doubt(review: &Review<'_>) -> &'static str {
    let coverage = review.coverage;
    let is_waiting = |verified: &Verified| verified.waiting_in(coverage.window).next().is_some();
    if coverage.gap_days() > 0 || !review.quiet.is_empty() {
        "some days or places have no log files"
    } else if coverage.besides.is_some_and(|besides| besides.failed > 0) {
        "some log files of the time before could not be read"
    } else if coverage.verified.as_ref().is_some_and(is_waiting) {
        "no digest covers the newest log files yet"
    } else {
        "the digests end before the window does"
    }
}

/// A line for each kind of finding, from the most severe: how many there are, and where.
fn kinds_of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let mut kinds: Vec<((Severity, &str), u64, BTreeSet<&str>)> = Vec::new();
    for finding in findings {
        let kind = (finding.severity, finding.title);
        let at = kinds.iter().position(|known| known.0 == kind).unwrap_or_else(|| {
            kinds.push((kind, 0, BTreeSet::new()));
            kinds.len() - 1
        });
        kinds[at].1 += 1;
        kinds[at].2.extend(finding.organization.as_deref().or(finding.account_id.as_deref()));
    }
    let line = |((severity, title), count, names): ((Severity, &str), u64, BTreeSet<&str>)| {
        let many_of_it = if count > 1 { format!(" ({} findings)", grouped(count)) } else { String::new() };
        let many = names.len();
        let names = first_names(names.into_iter().map(str::to_owned), many);
        format!("{severity}: {title}{many_of_it}{}{names}", if many == 0 { "" } else { ": " })
    };
    kinds.into_iter().map(line).collect()
}

/// The name of something new, and whether it got in.
fn new_name(new: &NewFact) -> String {
    let name = fact_name(&new.fact);
    match (new.granted, new.denied_before) {
        (true, true) => format!("{name} (denied before)"),
        (true, false) => name,
        (false, _) => format!("{name} (denied)"),
    }
}

/// Two names where there are no more, else the first and how many more.
fn first_names(mut names: impl Iterator<Item = String>, count: usize) -> String {
    let first = names.next().unwrap_or_default();
    match (count, names.next()) {
        (2, Some(second)) => format!("{first}, {second}"),
        (2.., _) => format!("{first} and {} more", grouped(count as u64 - 1)),
        _ => first,
    }
}

fn cap(points: &mut Vec<String>) {
    let more = points.len().saturating_sub(POINTS);
    if more > 1 {
        points.truncate(POINTS);
        points.push(format!("and {} more", grouped(more as u64)));
    }
}

/// What the window was held against.
#[must_use]
pub fn compared_with(origin: &BaselineOrigin) -> String {
    match origin {
        BaselineOrigin::Since(since) => format!("known since {}", since.day()),
        BaselineOrigin::Baseline(source) => format!("baseline {source}"),
        BaselineOrigin::Window(window) => format!("compared with {}", window_name(*window)),
        BaselineOrigin::Nothing => "no past".to_owned(),
    }
}

/// What a fact is about.
#[must_use]
pub fn kind_name(kind: FactKind, many: bool) -> &'static str {
    let (one, several) = match kind {
        FactKind::Organization => ("organization", "organizations"),
        FactKind::Project => ("project", "projects"),
        FactKind::Workspace => ("workspace", "workspaces"),
        FactKind::Deployment => ("deployment", "deployments"),
        FactKind::Module => ("module", "modules"),
        FactKind::Account => ("account", "accounts"),
        FactKind::AccountOrganization => ("account of an organization", "accounts of an organization"),
        FactKind::AccountWorkspace => ("workspace in an account", "workspaces in an account"),
        FactKind::Role => ("role", "roles"),
        FactKind::Address => ("source address", "source addresses"),
        FactKind::Network => ("source network", "source networks"),
        FactKind::TerraformVersion => ("Terraform version", "Terraform versions"),
        FactKind::ProviderVersion => ("AWS provider version", "AWS provider versions"),
        FactKind::Subject => ("subject", "subjects"),
    };
    if many { several } else { one }
}

/// The names of a fact in one line, without the issuer where it is HCP Terraform's own.
#[must_use]
pub fn fact_name(fact: &Fact) -> String {
    let parts: Vec<&str> = fact.parts().filter(|part| *part != "app.terraform.io").collect();
    match (fact.kind, parts.split_first()) {
        (FactKind::AccountWorkspace | FactKind::AccountOrganization, Some((account, rest))) => {
            format!("{} in {account}", rest.join(" / "))
        }
        _ => parts.join(" / "),
    }
}

/// `1 run`, `1,204 runs`.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    let mut text = format!("{} {what}", grouped(count));
    if count != 1 {
        // Writing to a String cannot fail.
        let _ = write!(text, "s");
        if what.ends_with("region") {
            text = text.replace("account and region", "account and region pair");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Day;

    #[test]
    fn windows_have_names() {
        let check = |from: &str, to: &str, expected: &str| {
            let [from, to] = [from, to].map(Timestamp::parse_rfc3339);
            assert_eq!(window_name(Window { from, to }), expected);
        };
        check("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "Sunday, 22 November 2026");
        check("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", "Sunday, 1 November 2026 to Monday, 2 November 2026");
        let last = Day::parse("9999-12-31").unwrap();
        let of_last = |from| window_name(Window { from: Some(from), to: Some(last.end()) });
        assert_eq!(of_last(last.start()), "Friday, 31 December 9999");
        assert_eq!(of_last(last.plus(-1).start()), "Thursday, 30 December 9999 to Friday, 31 December 9999");
        assert_eq!(of_last(Timestamp::LAST), "from 9999-12-31T23:59:59Z");
        assert_eq!(window_name(Window::default()), "all of time");
        check("2026-11-01T06:00:00Z", "2026-11-03T00:00:00Z", "2026-11-01T06:00:00Z to 2026-11-03T00:00:00Z");
    }

    #[test]
    fn facts_have_names() {
        let check = |kind, parts: &[&str], expected: &str| assert_eq!(fact_name(&Fact::new(kind, parts)), expected);
        check(FactKind::Workspace, &["app.terraform.io", "acme", "core", "web"], "acme / core / web");
        check(FactKind::Organization, &["tfe.example.com", "acme"], "tfe.example.com / acme");
        let parts = ["111122223333", "app.terraform.io", "acme", "core", "web"];
        check(FactKind::AccountWorkspace, &parts, "acme / core / web in 111122223333");
        check(FactKind::Network, &["192.0.2.0/24"], "192.0.2.0/24");
    }
}

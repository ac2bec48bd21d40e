//! Says in words what a scan found, and where to look next.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::ScanResult;
use crate::audit::headline::Headline;
use crate::cli::context::CommandContext;
use crate::cli::terminal::talk::Level;
use crate::domain::issuer::Issuers;

/// How many names a sentence holds.
const NAMED: usize = 5;

/// The headline, for people.
pub fn tell(headline: &Headline, answer: &ScanResult, issuers: &Issuers, context: &CommandContext<'_>) {
    let lines = if headline.assumptions == 0 { nothing(answer, issuers) } else { found(headline) };
    for line in lines {
        context.talk.say(Level::Info, &line);
    }
}

fn found(headline: &Headline) -> Vec<String> {
    let mut lines = vec![format!(
        "{} with {} of {}, into {} from {}",
        counted(headline.runs, "run"),
        counted(headline.assumptions, "role assumption"),
        of_organizations(&headline.organizations),
        counted(headline.accounts, "account"),
        counted_as(headline.addresses, "source address", "source addresses"),
    )];
    if headline.denied > 0 {
        let strangers = headline.denied_organizations.iter().map(|name| &**name);
        let who = if strangers.len() == 0 { String::new() } else { format!(", of {}", listed(strangers)) };
        lines.push(format!("{} denied{who}; see them with: tfctrail events SOURCE --outcome denied", headline.denied));
    }
    lines
}

fn of_organizations(organizations: &BTreeSet<Box<str>>) -> String {
    match organizations.len() {
        0 => "no known organization".to_owned(),
        count if count <= NAMED => listed(organizations.iter().map(|name| &**name)),
        count => counted(count, "organization"),
    }
}

/// Why there is nothing: what was read, whose web identities were seen, and which condition removed the rest.
fn nothing(answer: &ScanResult, issuers: &Issuers) -> Vec<String> {
    let (coverage, selected) = (&answer.coverage, &answer.selected);
    let mut lines = Vec::new();
    if coverage.records.total == 0 {
        lines.push("nothing found: no record was read".to_owned());
        if coverage.files.skipped_window > 0 {
            let skipped = counted(to_usize(coverage.files.skipped_window), "log file");
            lines.push(format!("{skipped} delivered outside the window; widen it with --from, --to or --last"));
        }
        return lines;
    }
    if !selected.removed.is_empty() {
        let parts: Vec<String> = selected.removed.iter().map(|(flag, count)| format!("{count} by {flag}")).collect();
        lines.push(format!("nothing found: every event was removed by a filter: {}", parts.join(", ")));
        return lines;
    }
    let records = counted(to_usize(coverage.records.total), "record");
    lines.push(format!("nothing found: {records} hold no web identity of {}", asked_for(issuers)));
    if coverage.issuers.is_empty() {
        lines.push(
            "no AssumeRoleWithWebIdentity event of any issuer was seen; is this the log of the right accounts?"
                .to_owned(),
        );
    } else {
        lines.push(format!("web identities of other issuers were seen: {}", seen(&coverage.issuers)));
        lines.push("add --tfe-host HOST for a Terraform Enterprise host, or --all-issuers for all of them".to_owned());
    }
    lines
}

fn asked_for(issuers: &Issuers) -> &'static str {
    if issuers.all() { "any issuer" } else { "HCP Terraform or a named --tfe-host" }
}

fn seen(issuers: &BTreeMap<Box<str>, u64>) -> String {
    let mut all: Vec<(&str, u64)> = issuers.iter().map(|(issuer, count)| (&**issuer, *count)).collect();
    all.sort_by_key(|(issuer, count)| (std::cmp::Reverse(*count), *issuer));
    let named = |issuer: &str, count| format!("{} ({count})", if issuer.is_empty() { "(unnamed)" } else { issuer });
    let mut parts: Vec<String> = all.iter().take(NAMED).map(|(issuer, count)| named(issuer, *count)).collect();
    if all.len() > NAMED {
        parts.push(format!("and {} more", all.len() - NAMED));
    }
    parts.join(", ")
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut parts: Vec<String> = names.take(NAMED).map(str::to_owned).collect();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    match parts.split_last() {
        Some((last, front)) if !front.is_empty() => format!("{} and {last}", front.join(", ")),
        _ => parts.concat(),
    }
}

/// A count with the word for what it counts.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    counted_as(count, what, &format!("{what}s"))
}

/// The same where the word for many is not that for one with an `s`.
#[must_use]
pub fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A count as a size.
#[must_use]
pub fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

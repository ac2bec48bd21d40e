//! Says in words what a scan found, and where to look next.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::ScanResult;
use crate::audit::coverage::Coverage;
use crate::audit::headline::Headline;
use crate::cli::asked::Asked;
use crate::cli::context::CommandContext;
use crate::cli::terminal::talk::Level;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::Day;
use crate::report::coverage_text::grouped;

/// How many names a sentence holds.
const NAMED: usize = 5;

/// The headline, for people.
pub fn tell(headline: &Headline, answer: &ScanResult, issuers: &Issuers, context: &CommandContext<'_>) {
    let lines = if headline.assumptions == 0 {
        nothing(answer, issuers, context.asked)
    } else {
        vec![found(headline, context.asked)]
    };
    let lines = lines.into_iter().chain(accounts_by_chains(context.asked));
    for line in lines {
        context.talk.say(Level::Info, &line);
    }
}

/// A filter by account keeps the role assumptions of Terraform itself. Who went on into the account is told elsewhere.
fn accounts_by_chains(asked: &Asked) -> Option<String> {
    if !asked.has("account") || !["runs", "events", "summary"].contains(&asked.name.as_str()) {
        return None;
    }
    let next = asked.command("activity", &["issuer", "outcome", "kind", "work-list"], "");
    let what = "--account keeps the roles that Terraform itself was given; what runs did in an account by roles that they assumed in turn";
    Some(format!("{what}: {next}"))
}

fn found(headline: &Headline, asked: &Asked) -> String {
    let line = format!(
        "{} with {} of {}, into {} from {}",
        counted(headline.runs, "run"),
        counted(headline.assumptions, "role assumption"),
        of_organizations(&headline.organizations),
        into_accounts(headline),
        counted_as(headline.addresses, "source address", "source addresses"),
    );
    if headline.denied == 0 {
        return line;
    }
    // Whoever asked for these has them already.
    if asked.name == "events" && asked.has("outcome") {
        return format!("{line}; {} denied", grouped(headline.denied as u64));
    }
    let strangers = headline.denied_organizations.iter().map(|name| &**name);
    let who = if strangers.len() == 0 { String::new() } else { format!(", of {}", listed(strangers)) };
    let next = asked.command("events", &["outcome"], "--outcome denied");
    format!("{line}; {} denied{who}: {next}", grouped(headline.denied as u64))
}

/// Which accounts let somebody in, and which did not.
fn into_accounts(headline: &Headline) -> String {
    let entered = if headline.accounts == 0 { "no account".to_owned() } else { counted(headline.accounts, "account") };
    match headline.refusing_accounts {
        0 => entered,
        refusing => format!("{entered} (refused by {})", counted(refusing, "account")),
    }
}

fn of_organizations(organizations: &BTreeSet<Box<str>>) -> String {
    match organizations.len() {
        0 => "no known organization".to_owned(),
        count if count <= NAMED => listed(organizations.iter().map(|name| &**name)),
        count => counted(count, "organization"),
    }
}

/// Why there is nothing: what was read, whose web identities were seen, and which condition removed the rest.
fn nothing(answer: &ScanResult, issuers: &Issuers, asked: &Asked) -> Vec<String> {
    let (coverage, selected) = (&answer.coverage, &answer.selected);
    if coverage.records.total == 0 {
        return nothing_read(coverage, asked);
    }
    if !selected.removed.is_empty() {
        let removed = selected.removed.iter();
        let parts: Vec<String> = removed.map(|(flag, count)| format!("{} by {flag}", grouped(*count))).collect();
        let text = format!("nothing found: every event was removed by a filter: {}", parts.join(", "));
        let values = selected.removed.keys().filter_map(|flag| values_of(flag, asked));
        return [text, has(coverage)].into_iter().chain(values).collect();
    }
    let records = counted(to_usize(coverage.records.total), "record");
    let hold = if coverage.records.total == 1 { "holds" } else { "hold" };
    let mut lines = vec![format!("nothing found: {records} {hold} no web identity of {}", asked_for(issuers))];
    lines.push(has(coverage));
    if coverage.issuers.is_empty() {
        lines.push("is this the log of the right accounts?".to_owned());
    } else {
        let all = asked.command(&asked.name, &["tfe-host", "all-issuers"], "--all-issuers");
        lines.push(format!("--tfe-host HOST adds a Terraform Enterprise host; to see all of them: {all}"));
    }
    lines
}

/// The command that lists the values of what a filter asks for.
fn values_of(flag: &str, asked: &Asked) -> Option<String> {
    const COLUMNS: [(&str, &str); 11] = [
        ("org", "organization"),
        ("project", "project"),
        ("workspace", "workspace"),
        ("stack", "stack"),
        ("deployment", "deployment"),
        ("phase", "phase"),
        ("account", "account_id"),
        ("region", "region"),
        ("role", "role_arn"),
        ("issuer", "issuer"),
        ("kind", "kind"),
    ];
    let flag = flag.strip_prefix("--")?;
    let (_, column) = COLUMNS.into_iter().find(|(name, _)| *name == flag)?;
    Some(format!("values of --{flag}: {}", asked.command("summary", &[flag], &format!("--by {column}"))))
}

/// Which days there are, where none of them was read.
fn nothing_read(coverage: &Coverage, asked: &Asked) -> Vec<String> {
    let mut lines = vec!["nothing found: no record was read".to_owned()];
    if let Some((first, last)) = days_there(coverage) {
        let next = asked.command(&asked.name, &["from", "to", "last"], &format!("--from {first}"));
        lines.push(format!("the log files there are of {}: {next}", span(first, last)));
    } else if coverage.files.skipped_window > 0 {
        let skipped = counted(to_usize(coverage.files.skipped_window), "log file");
        let was = was(coverage.files.skipped_window);
        lines.push(format!("{skipped} {was} delivered outside the window; widen it with --from, --to or --last"));
    }
    lines
}

/// The first and the last day that are known to have log files.
#[must_use]
pub fn days_there(coverage: &Coverage) -> Option<(Day, Day)> {
    if let (Some(first), Some(last)) =
        (coverage.held.iter().map(|held| held.first).min(), coverage.held.iter().map(|held| held.last).max())
    {
        return Some((first, last));
    }
    let days = || coverage.days.iter().filter(|(_, tally)| tally.files > 0).filter_map(|(key, _)| key.date);
    days().min().zip(days().max())
}

/// Which days and issuers there are.
fn has(coverage: &Coverage) -> String {
    let days = match days_there(coverage) {
        Some((first, last)) => format!("log files of {}", span(first, last)),
        _ => "log files of days that their names do not tell".to_owned(),
    };
    if coverage.issuers.is_empty() {
        return format!("the source has {days}, without an AssumeRoleWithWebIdentity event of any issuer");
    }
    format!("the source has {days}, with web identities of {}", seen(&coverage.issuers))
}

/// Days from one to another, as words.
#[must_use]
pub fn span(first: Day, last: Day) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
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
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

/// What was done with so many things: `was` of one, `were` of others.
#[must_use]
pub fn was(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// A count as a size.
#[must_use]
pub fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

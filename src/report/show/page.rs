//! A page about each run, for people: who it was, what it got, and what it did with that.

use std::collections::BTreeSet;

use super::did;
use super::roles;
use super::setting::PageSetting;
use crate::audit::activity::link::Join;
use crate::audit::activity::shown_run::ShownRun;
use crate::audit::rules::RULES;
use crate::domain::assumption::Assumption;
use crate::domain::role::role_name;
use crate::domain::source_address::SourceAddress;
use crate::domain::texts::Texts;
use crate::domain::timestamp::Timestamp;
use crate::report::lines::Lines;
use crate::report::row::findings::SUPPRESSED;

/// The pages of these runs, one below the other.
#[must_use]
pub fn text(runs: &[ShownRun<'_>], setting: &PageSetting<'_>) -> String {
    let mut lines = Lines::new(setting.width);
    for shown in runs {
        lines.blank();
        put_head(shown, setting, &mut lines);
        put_assumptions(shown, setting, &mut lines);
        roles::put(shown, setting, &mut lines);
        did::put_changes(shown, setting, &mut lines);
        did::put_failures(shown, setting, &mut lines);
        did::put_hops(shown, &mut lines);
        did::put_reads(shown, &mut lines);
        put_findings(shown, setting, &mut lines);
    }
    lines.into_text()
}

/// In the place of a run id.
pub(in crate::report) const NO_ID: &str = "a run without an id, put together by its subject and its time";

/// Whose run it is.
pub(in crate::report) fn names(shown: &ShownRun<'_>) -> String {
    let run = &shown.run;
    let names = [run.organization, run.project, run.workspace, run.stack, run.deployment];
    names.into_iter().flatten().collect::<Vec<_>>().join(" / ")
}

fn put_head(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    let run = &shown.run;
    let names = names(shown);
    lines.put("", run.run_id.unwrap_or(NO_ID));
    if !names.is_empty() {
        lines.put("", &names);
    }
    if let Some(url) = run.url() {
        lines.put_whole(&url);
    }
    lines.rule();
    for (name, text) in facts(shown, setting) {
        lines.put(&format!("{name:<11}"), &text);
    }
}

/// What is to be said of a run at once: names and texts, none of them empty.
pub(in crate::report) fn facts(shown: &ShownRun<'_>, setting: &PageSetting<'_>) -> Vec<(&'static str, String)> {
    let run = &shown.run;
    let accounts: Vec<_> = run.account_ids.iter().map(|account| setting.names.beside(account)).collect();
    let provider = joined(&run.provider_versions);
    let versions = [("Terraform", joined(&run.terraform_versions)), ("AWS provider", provider)];
    let versions = versions.iter().filter(|(_, version)| !version.is_empty());
    let facts = [
        ("phases", joined(&run.phases)),
        ("when", when(shown, setting)),
        ("accounts", accounts.join(", ")),
        ("went into", went_into(shown, setting)),
        ("from", joined(&run.source_ips)),
        ("also from", also_from(shown)),
        ("with", versions.map(|(what, version)| format!("{what} {version}")).collect::<Vec<_>>().join(", ")),
        ("issuer", run.issuer.unwrap_or_default().to_owned()),
        ("calls", calls(shown)),
    ];
    facts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn joined(texts: &Texts<'_>) -> String {
    texts.iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// From the first to the last thing that is known of the run.
fn when(shown: &ShownRun<'_>, setting: &PageSetting<'_>) -> String {
    let times = shown.calls.iter().map(|call| call.call.time).chain([shown.run.first_seen, shown.run.last_seen]);
    let (first, last) = times
        .fold((shown.run.first_seen, shown.run.last_seen), |(first, last), time| (first.min(time), last.max(time)));
    let from = setting.zone.rfc3339(first);
    if first == last {
        return from;
    }
    format!("{from} to {}, {}", setting.zone.rfc3339(last), length(first, last))
}

fn length(first: Timestamp, last: Timestamp) -> String {
    let seconds = last.seconds() - first.seconds();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Accounts that the run went on into: its calls reached them, but they gave it no role of their own.
fn went_into(shown: &ShownRun<'_>, setting: &PageSetting<'_>) -> String {
    let known: BTreeSet<&str> = shown.run.account_ids.iter().collect();
    let called = shown.calls.iter().filter_map(|call| call.call.operation.account_id.as_deref());
    let others: BTreeSet<&str> = called.filter(|account| !known.contains(account)).collect();
    others.into_iter().map(|account| setting.names.beside(account)).collect::<Vec<_>>().join(", ")
}

/// Addresses from which the run itself called, but did not ask for its roles.
fn also_from(shown: &ShownRun<'_>) -> String {
    let known: BTreeSet<&str> = shown.run.source_ips.iter().collect();
    let own = shown.calls.iter().filter(|call| call.call.caller.invoked_by.is_none());
    let others = own.filter_map(|call| call.call.caller.source_address.as_ref().map(SourceAddress::as_str));
    others
        .filter(|address| !known.contains(address))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many, and how sure it is that they are the run's.
fn calls(shown: &ShownRun<'_>) -> String {
    let by = |join: Join| shown.calls.iter().filter(|call| call.attribution.join == join).count();
    let joins = Join::ALL.map(|join| (join, by(join)));
    let parts: Vec<String> = joins
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(join, count)| {
            let how = match join {
                Join::Key => "by the run's temporary keys",
                Join::Session => "by principal and start of the session",
                Join::Principal => "by principal alone",
                Join::Name => "by session name alone",
            };
            format!("{count} {how}")
        })
        .collect();
    match parts.as_slice() {
        [] => "none in what was read".to_owned(),
        [_] => format!(
            "{}, all attributed{}",
            shown.calls.len(),
            parts.concat().trim_start_matches(|it: char| it.is_ascii_digit())
        ),
        _ => format!("{}: {}", shown.calls.len(), parts.join(", ")),
    }
}

fn put_assumptions(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    lines.blank();
    if shown.assumptions.is_empty() {
        lines.put("", "No role assumption of the run was read; its calls are known by their session name");
        return;
    }
    lines.put("", "Role assumptions");
    let rows: Vec<Vec<String>> =
        shown.assumptions.iter().take(crate::report::lines::MOST).map(|event| row(event, setting)).collect();
    lines.columns("  ", &rows);
    let more = shown.assumptions.len() - rows.len();
    if more > 0 {
        lines.put("  ", &format!("and {more} more; -o csv has all"));
    }
}

fn row(event: &Assumption, setting: &PageSetting<'_>) -> Vec<String> {
    let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let outcome = match event.outcome.error_code() {
        Some(code) => format!("denied: {code}"),
        None => event.outcome.as_str().to_owned(),
    };
    vec![
        setting.zone.rfc3339(event.time),
        text(event.subject.phase()),
        setting.names.beside(event.account_id.as_deref().unwrap_or("-")).into_owned(),
        text(event.role_arn.as_deref().map(role_name)),
        text(event.source_address.as_ref().map(SourceAddress::as_str)),
        outcome,
    ]
}

fn put_findings(shown: &ShownRun<'_>, setting: &PageSetting<'_>, lines: &mut Lines) {
    lines.blank();
    if shown.findings.is_empty() {
        lines.put("", "Findings: none by the rules about this run alone");
    } else {
        lines.put("", &format!("Findings: {} by the rules about this run alone", shown.findings.len()));
    }
    lines.each("  ", shown.findings.iter(), |lines, finding| {
        let suppressed = if finding.suppressed.is_some() { SUPPRESSED } else { "" };
        let before = format!("  {:<9}", finding.severity.as_str());
        let place = finding.account_id.as_deref().map(|account| format!(" in {}", setting.names.beside(account)));
        let place = place.unwrap_or_default();
        lines.put(&before, &format!("{suppressed}{} ({}{place})", finding.title, finding.rule_id));
    });
    let command = match shown.run.run_id {
        // It is letters and digits.
        Some(id) => format!("tfctrail findings --activity --run {id}"),
        None => "tfctrail findings --activity".to_owned(),
    };
    lines.put("  ", &format!("Only {command} asks {}", through_others().join(", ")));
}

/// What rules have to know of others to say all that they can of a run, each once.
#[must_use]
pub fn through_others() -> Vec<&'static str> {
    let mut all = Vec::new();
    for rule in RULES.iter().filter(|rule| !rule.through_others.is_empty()) {
        if !all.contains(&rule.through_others) {
            all.push(rule.through_others);
        }
    }
    all
}

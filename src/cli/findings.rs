//! `tfctrail findings`: what a reviewer should look at.

use super::args::{ExpectedArgs, FindingsArgs, SourceText};
use super::config::Config;
use super::error::{Error, Kind};
use super::reading::{Answer, CommandContext, read, recollect, seen_before};
use super::scan::Scan;
use super::source::{own_aws, sources};
use super::talk::Level;
use super::words;
use super::writing::Writing;
use crate::audit::baseline::Baseline;
use crate::audit::baseline::encoded::Encoded;
use crate::audit::filter::Filter;
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::headline::Headline;
use crate::audit::network::Networks;
use crate::audit::rules::settings::Settings;
use crate::audit::rules::suppress::{Field, Suppression, suppress};
use crate::audit::rules::{Context, RULES, Rule, detect};
use crate::domain::finding::{Finding, Severity};
use crate::domain::timestamp::Timestamp;
use crate::domain::version::Version;
use crate::domain::window::Window;
use crate::report::row::{findings, rules};
use crate::report::zone::Zone;
use crate::source::Spec;

/// Scans, runs the rules and writes what they found.
pub fn run(args: &FindingsArgs, scan: Scan, command: &CommandContext<'_>) -> Result<(), Error> {
    let rules = chosen(&args.rules.rule)?;
    refuse_columns(args)?;
    let decisions = decisions(command.config)?;
    let settings = settings(&args.expected, command.config, &scan);
    // Whose issuer nobody named is a finding, so it has to be read.
    let scan = Scan { issuers: scan.issuers.with_look_alikes(), ..scan };
    let baseline = match scan.sources.as_slice() {
        // A store remembers what came before the window.
        [Spec::Store(_)] if args.rules.baseline.is_empty() && scan.filter.window.from.is_some() => {
            Some(scan.sources.clone())
        }
        _ if args.rules.baseline.is_empty() => None,
        _ => Some(sources(&args.rules.baseline, Some(&args.scan.store))?),
    };
    let writing = Writing::open(&args.output, findings::schema())?;
    let answer = read(&scan, Some(&args.grouping), writing.own_files(), command)?;
    let events = &answer.selected.events;
    let first = scan.filter.window.from.or_else(|| events.first().map(|event| event.time));
    let mut before: Option<(Baseline, Answer)> = None;
    if let (Some(sources), Some(first)) = (baseline, first) {
        let past = Scan { sources, ..past(&args.rules.baseline, &scan, first) };
        let (known, answer, count) =
            if let Some((answer, earlier)) = seen_before(&past, first, &settings.networks, command)? {
                (earlier.known().into_owned(), answer, earlier.events)
            } else {
                let mut answer = read(&past, None, writing.own_files(), command)?;
                let events: Vec<_> = answer.selected.events.iter().collect();
                let mut known = Baseline::of(&events, settings.networks.clone());
                let remembered = recollect(&past, &settings.networks)?;
                known.take(&remembered.everything());
                remembered.excuse(&mut answer.coverage, Some(first));
                let count = events.len() as u64;
                (known, answer, count)
            };
        about_baseline(&answer, count, known.is_empty(), first, command);
        before = Some((known, answer));
    }
    let context = Context { settings: &settings, known: before.as_ref().map(|(known, _)| known) };
    let encoded = Encoded::new(events.iter().collect(), args.grouping.run_gap.seconds());
    let mut found = detect(&rules, &encoded, context);
    found.retain(|finding| args.rules.min_severity.is_none_or(|least| finding.severity >= least));
    let expired = suppress(&mut found, &decisions, scan.now.day());
    let fatal = found.iter().filter(|finding| finding.suppressed.is_none());
    let fatal = args.rules.fail_on.map_or(0, |least| fatal.filter(|finding| finding.severity >= least).count());
    tell(&found, &expired, &rules, context, command);
    let (for_people, count) = (writing.is_for_people(), found.len());
    writing.write(found, Some(&answer.coverage), &args.scan.time.tz, command)?;
    if for_people && count > 0 {
        let text = "how to fix each: tfctrail findings --rules; the events and log files behind each: -o json";
        command.talk.say(Level::Info, text);
    }
    if for_people && answer.selected.events.is_empty() {
        words::tell(&Headline::default(), &answer, &scan.issuers, command);
    }
    // What was found stands, whatever could not be read.
    let judged = judged(fatal, args.rules.fail_on);
    // What the store has of the time before is no part of the question.
    let asked_for = before.filter(|_| !args.rules.baseline.is_empty());
    let of_baseline = asked_for.map_or(Ok(()), |(_, answer)| answer.verdict_of_baseline());
    command.talk.gravest([judged, answer.verdict(), of_baseline])
}

/// What `--fail-on` makes of so many findings at or above its level.
pub(super) fn judged(fatal: usize, level: Option<Severity>) -> Result<(), Error> {
    let (1.., Some(least)) = (fatal, level) else { return Ok(()) };
    let findings = if fatal == 1 { "finding" } else { "findings" };
    Err(Error::new(Kind::Findings, format!("{fatal} {findings} at or above {least}, as --fail-on says")))
}

/// Writes what each rule finds and why.
pub fn document(args: &FindingsArgs, command: &CommandContext<'_>) -> Result<(), Error> {
    if args.output.format().needs_findings() {
        return Err(Error::usage(format!("-o {}: rules are no findings", args.output.format().name()))
            .hint("--rules goes with table, csv, json, ndjson and markdown"));
    }
    let rules = chosen(&args.rules.rule)?;
    Writing::open(&args.output, rules::schema())?.write(rules, None, &Zone::UTC, command)
}

/// The rules of `--rule`.
fn chosen(patterns: &[Pattern]) -> Result<Vec<&'static Rule>, Error> {
    let patterns = Patterns::new(patterns.to_vec());
    let rules: Vec<&'static Rule> = RULES.into_iter().filter(|rule| patterns.pass(Some(rule.id))).collect();
    if rules.is_empty() {
        return Err(Error::usage("--rule: no rule matches").hint("tfctrail findings --rules lists them"));
    }
    Ok(rules)
}

fn refuse_columns(args: &FindingsArgs) -> Result<(), Error> {
    let format = args.output.format();
    if format.needs_findings() && !args.output.columns.is_empty() {
        return Err(Error::usage(format!("--columns does not go together with -o {}", format.name()))
            .hint("the format has a place for each of them"));
    }
    Ok(())
}

/// What is expected, by flags and config file.
pub(super) fn settings(expected: &ExpectedArgs, config: &Config, scan: &Scan) -> Settings {
    let text = |text: &String| Box::from(text.as_str());
    let version = |name: &str| config.end_of_support.get(name).and_then(|text| Version::parse(text));
    Settings {
        issuers: scan.issuers.clone(),
        expected_organizations: expected.expected_organization.iter().map(text).collect(),
        organization_aliases: config.organization_aliases.iter().map(|(old, new)| (text(old), text(new))).collect(),
        networks: Networks::new(config.networks.iter().map(|(name, blocks)| (text(name), blocks.clone()))),
        audience: expected.audience.as_ref().map(text),
        max_session: expected.max_session.map(|length| u32::try_from(length.seconds()).unwrap_or(u32::MAX)),
        silence: expected.silence.seconds(),
        replay_after: expected.replay_after.seconds(),
        terraform_support: version("terraform"),
        provider_support: version("provider"),
        ..Settings::default()
    }
}

/// The suppressions of the config file.
pub(super) fn decisions(config: &Config) -> Result<Vec<Suppression>, Error> {
    let decision = |table: &super::config::Suppression| {
        let refuse = |what: String| Error::usage(format!("{}: suppress: {what}", table.place));
        let condition = |(name, pattern): &(String, String)| {
            let field = Field::of_name(name).ok_or_else(|| {
                let known: Vec<&str> = Field::ALL.iter().map(|(known, _)| *known).collect();
                refuse(format!("findings are not told apart by {name}; by {} they are", known.join(", ")))
            })?;
            let pattern: Pattern = pattern.parse().map_err(|error| refuse(format!("{name}: {error}")))?;
            Ok((field, Patterns::new(vec![pattern])))
        };
        let expires = table.expires.ok_or_else(|| {
            refuse("it never expires; write expires = \"YYYY-MM-DD\", the last day on which it holds".to_owned())
        })?;
        Ok(Suppression {
            conditions: table.conditions.iter().map(condition).collect::<Result<_, Error>>()?,
            reason: table.reason.as_str().into(),
            expires,
        })
    };
    config.suppressions.iter().map(decision).collect()
}

/// How the baseline is read: everything up to the first of the events, whatever the filters, of the issuers of the scan, so
/// that nothing old is called new. What `report` holds a window against is the same; without a baseline it is what its own
/// sources have before the window.
pub(super) fn past(texts: &[SourceText], scan: &Scan, first: Timestamp) -> Scan {
    let window = Window { from: None, to: Some(first) };
    Scan {
        sources: Vec::new(),
        issuers: scan.issuers.clone(),
        filter: Filter { window, ..Filter::default() },
        limits: scan.limits,
        // An archive is read as far back as silence has a meaning for most.
        remote_window: window.or_last_days(BASELINE_DAYS, scan.now),
        start_is_ours: false,
        aws: scan.aws.clone(),
        own_aws: own_aws(texts, &scan.aws),
        calls: false,
        dry_run: false,
        coverage_file: None,
        now: scan.now,
        stores: scan.stores.clone(),
    }
}

/// How many days of a remote baseline are read.
const BASELINE_DAYS: i64 = 90;

fn about_baseline(answer: &Answer, count: u64, is_empty: bool, first: Timestamp, command: &CommandContext<'_>) {
    let files = answer.coverage.files.read;
    let text = format!("the baseline has {count} events before {first}, of {files} files");
    if is_empty {
        command.talk.say(Level::Warning, &format!("{text}; nothing can be told from it"));
    } else if count == 0 {
        command.talk.say(Level::Info, &format!("{text}, and what is remembered of those that were pruned"));
    } else {
        command.talk.say(Level::Info, &text);
    }
}

/// What is suppressed, what is not any more, and which rules had to stay silent.
fn tell(
    found: &[Finding],
    expired: &[&Suppression],
    rules: &[&Rule],
    context: Context<'_>,
    command: &CommandContext<'_>,
) {
    let suppressed: Vec<&Finding> = found.iter().filter(|finding| finding.suppressed.is_some()).collect();
    let count = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let open = count(found.len() - suppressed.len(), "finding", "findings");
    command.talk.say(Level::Info, &format!("{open}, and {} suppressed", suppressed.len()));
    for finding in suppressed {
        let Some(why) = &finding.suppressed else { continue };
        let names: Vec<&str> = finding.names().into_iter().flatten().collect();
        let place = if names.is_empty() { String::new() } else { format!(" {}", names.join(" ")) };
        let events = if finding.count == 1 { "event" } else { "events" };
        let text = format!(
            "suppressed until {}: {}{place}, {} {events}: {}",
            why.expires, finding.rule_id, finding.count, why.reason
        );
        command.talk.say(Level::Info, &text);
    }
    for decision in expired {
        let text = format!("a suppression expired on {}, and would still hold: {}", decision.expires, decision.reason);
        command.talk.say(Level::Warning, &text);
    }
    let silent = rules
        .iter()
        .filter(|rule| !rule.needs.is_empty() && !rule.can_speak(context))
        .map(|rule| (rule.needs, rule.id));
    let mut needs: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    silent.for_each(|(need, id)| needs.entry(need).or_default().push(id));
    for (need, ids) in needs {
        command.talk.say(Level::Info, &format!("without {need}, silent: {}", ids.join(", ")));
    }
}

//! `tfctrail findings`: what a reviewer should look at.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use self::documented::{chosen, document};
use self::said::{about_baseline, tell};
use self::target::FindingTarget;
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::run_call_group::{RunCallGroup, group};
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::baseline::Baseline;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::filter::pattern::Pattern;
use crate::audit::headline::Headline;
use crate::audit::network::Networks;
use crate::audit::rules::asked::{Asked, AskedEvents};
use crate::audit::rules::settings::Settings;
use crate::audit::rules::suppress::suppress;
use crate::audit::rules::{RuleContext, detect};
use crate::cli::args::expected::ExpectedArgs;
use crate::cli::args::filter::FilterArgs;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::args::severity::severities;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::overwrite;
use crate::cli::reading::answer::{ScanResult, read, recollect, seen_before};
use crate::cli::reading::calls::{AttributedBy, accounts_of, read_calls_and_events, scan_for_calls};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::for_rules::{read_for_rules, seen_by_rules};
use crate::cli::reading::scan::Scan;
use crate::cli::reading::source::sources;
use crate::cli::reading::words;
use crate::cli::rules::{decisions, judged, settings};
use crate::cli::terminal::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;
use crate::ingest::options::WantedCalls;
use crate::report::Format;
use crate::source::SourceSpec;

mod documented;

mod said;

mod target;

/// Findings for a review: strangers, loose trust, what is new
///
/// --rules lists what each rule finds, why it matters and what the rule cannot know. One row stands for all findings of
/// a rule about the same names; it has their number, and the first events as evidence. Findings that the config file
/// suppresses come last and are marked. With filters, the rules still see all that happened in the window and the accounts
/// asked for, and what they find is shown where an event of it passes the filters. A token whose subject has Terraform's form is examined, whoever issued it.
#[derive(Debug, Args)]
#[command(mut_arg("output", with_formats_of_findings))]
#[command(after_help = "\
Examples:
  tfctrail findings logs/ --expected-organization acme --fail-on high
  tfctrail findings logs/ --activity --rule write-in-plan
  tfctrail findings s3://BUCKET --last 1d --baseline history/ --rule 'first-seen-*'
  tfctrail findings logs/ -o sarif --out findings.sarif
  tfctrail findings --explain role-shared-by-phases")]
pub struct FindingsArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is looked for.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// What is expected.
    #[command(flatten)]
    pub expected: ExpectedArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The archive that extracts are of.
    #[command(flatten)]
    pub logs: LogsArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What `-o` takes here.
const FORMAT_LONG: &str = "\
Format of the data

table, vertical, csv, json, ndjson, markdown: as for all commands. sarif: SARIF 2.1.0. ocsf: OCSF Detection Findings, one a line. \
asff: an array in the AWS Security Finding Format. The last three have all columns.";

fn with_formats_of_findings(arg: clap::Arg) -> clap::Arg {
    let names = PossibleValuesParser::new(Format::of_findings().map(Format::name));
    arg.value_parser(names.map(|name| Format::of_name(&name).unwrap_or(Format::Table))).long_help(FORMAT_LONG)
}

/// Which rules speak, and what follows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// List all rules: what they find, why it matters, what they cannot know
    #[arg(long)]
    pub rules: bool,
    /// Explain a rule, by its id: what it finds, why it matters, the remedy, what it cannot know; repeatable
    #[arg(long, value_name = "RULE")]
    pub explain: Vec<String>,
    /// Rules to run, by id: glob or /regex/; ! in front leaves out; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub rule: Vec<Pattern>,
    /// Read the calls that runs made, too, for the rules about them
    ///
    /// Filters of an account, a region, a role or an address then speak of calls as well. The records must be log files,
    /// extracts of extract --activity, or a store that sync --activity=calls filled; event history holds no calls of sessions.
    #[arg(long)]
    pub activity: bool,
    /// Leave out findings below this severity: info, low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = severities())]
    pub min_severity: Option<Severity>,
    /// Exit with 3 if a finding of this severity or higher is not suppressed
    #[arg(long, value_name = "LEVEL", value_parser = severities())]
    pub fail_on: Option<Severity>,
    /// SOURCE of earlier events, so that the rules know what is new; only events before the window count
    ///
    /// Without a window, only events before the first one that the rules see count. Repeatable.
    #[arg(long, value_name = "SOURCE", value_parser = SourceParser::default())]
    pub baseline: Vec<SourceText>,
}

impl RunCommand for FindingsArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        if self.rules.rules || !self.rules.explain.is_empty() {
            return document(&self.rules.rule, &self.rules.explain, &self.output, context);
        }
        let mut scan = Scan::new(&self.scan, Some(&self.filter), &self.limits, context.now)?;
        if self.rules.activity {
            scan = scan_for_calls("findings --activity", scan, WantedCalls::SessionAndWrites)?;
            scan.shows_each_call = true;
            scan = scan.with_logs(&self.logs)?;
        } else {
            self.logs.refuse_without("findings")?;
        }
        carry_out(scan, &self.output, context, |scan| write(self, scan, context))
    }
}

/// Scans, runs the rules and writes what they found.
fn write(args: &FindingsArgs, scan: Scan, command: &CommandContext<'_>) -> Result<(), Error> {
    let rules = chosen(&args.rules.rule)?;
    refuse_columns(args)?;
    let decisions = decisions(command.config)?;
    let settings = settings(&args.expected, command.config, &scan.issuers);
    // Whose issuer nobody named is a finding, so it has to be read.
    let scan = Scan { issuers: scan.issuers.with_look_alikes(), ..scan };
    let baseline_sources = baseline_sources(args, &scan)?;
    if let Some(sources) = &baseline_sources {
        overwrite::refuse("--out", args.output.out.as_deref(), sources)?;
        overwrite::refuse("--coverage", args.scan.coverage.as_deref(), sources)?;
    }
    let target = FindingTarget::open(&args.output)?;
    let (answer, whole, read_activity) = read_all(args, &scan, target.own_files(), command)?;
    let gap = args.grouping.run_gap.seconds();
    let everything: Vec<&Assumption> = read_activity.by.events.iter().collect();
    let activity = args.rules.activity.then(|| read_activity.of_runs(&everything, &settings, gap));
    let selected = &answer.selected.events;
    let asked = whole.as_ref().map(|_| AskedEvents::of(selected));
    let events = whole.as_ref().unwrap_or(selected);
    let first = scan.filter.window.from.or_else(|| events.first().map(|event| event.time));
    let before = baseline_sources.zip(first).map(|(sources, first)| {
        let past = scan.before(first, sources, &args.rules.baseline);
        read_baseline(&past, first, &settings.networks, target.own_files(), command)
    });
    let before = before.transpose()?;
    let known = before.as_ref().map(|(known, _)| known);
    let verified = answer.coverage.verified_asked();
    let context = RuleContext {
        settings: &settings,
        known,
        activity: activity.as_ref(),
        verified: verified.as_ref(),
        asked: asked.as_ref().map_or(Asked::ALL, Asked::only),
    };
    let encoded = EncodedEvents::new(events.iter().collect(), gap);
    let mut found = detect(&rules, &encoded, context);
    found.retain(|finding| args.rules.min_severity.is_none_or(|least| finding.severity >= least));
    let expired = suppress(&mut found, &decisions, scan.now.day());
    let fatal = found.iter().filter(|finding| finding.suppressed.is_none());
    let fatal = args.rules.fail_on.map_or(0, |least| fatal.filter(|finding| finding.severity >= least).count());
    let for_people = target.is_for_people();
    tell(&found, &expired, &rules, context, &args.rules.rule, target.beside(), command);
    let first = found.first().map(|finding| finding.rule_id);
    target.write(found, &answer.coverage, &args.scan.time.tz, command)?;
    if let Some(rule) = first.filter(|_| for_people) {
        let text = format!("why, and what a rule cannot know: tfctrail findings --explain {rule}");
        command.talk.say(Level::Info, &text);
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

/// What is known of the calls of runs; nothing where these were not asked for.
#[derive(Default)]
struct ReadActivity {
    groups: Vec<RunCallGroup>,
    by: AttributedBy,
    /// Accounts that are ours.
    accounts: BTreeSet<Box<str>>,
}

impl ReadActivity {
    /// What the rules over calls are told; `events` are all that calls are held against.
    fn of_runs<'a>(&'a self, events: &'a [&'a Assumption], settings: &Settings, gap: i64) -> RunsActivity<'a> {
        let ours = self.accounts.iter().chain(&settings.accounts).cloned();
        let activity = RunsActivity::new(self.groups.clone(), events, gap, ours);
        self.by.outside.iter().fold(activity, |activity, outside| activity.with_outside(outside))
    }
}

/// Scans; with `--activity` for calls, too. Beside the events that pass the filters it gives those that the rules see, where
/// these are more.
fn read_all(
    args: &FindingsArgs,
    scan: &Scan,
    own_files: Vec<PathBuf>,
    command: &CommandContext<'_>,
) -> Result<(ScanResult, Option<Vec<Assumption>>, ReadActivity), Error> {
    let grouping = Some(&args.grouping);
    if !args.rules.activity {
        let (answer, whole) = read_for_rules(scan, grouping, own_files, command)?;
        return Ok((answer, whole, ReadActivity::default()));
    }
    let filter = CallFilter::of_events(&scan.filter);
    let gap = args.grouping.run_gap.seconds();
    let (answer, found, by) = read_calls_and_events(scan, grouping, &filter, gap, own_files, command)?;
    let accounts = accounts_of(&answer.coverage, &found.calls);
    let whole = (!scan.filter.takes_all_of_place()).then(|| seen_by_rules(scan, by.events.clone()));
    Ok((answer, whole, ReadActivity { groups: group(&found.calls), by, accounts }))
}

/// The sources of what was seen before: those of `--baseline`, or the store, which remembers what came before the window.
fn baseline_sources(args: &FindingsArgs, scan: &Scan) -> Result<Option<Vec<SourceSpec>>, Error> {
    if !args.rules.baseline.is_empty() {
        return sources(&args.rules.baseline, Some(&args.scan.store)).map(Some);
    }
    let is_store = matches!(scan.sources.as_slice(), [SourceSpec::Store(_)]);
    Ok((is_store && scan.filter.window.from.is_some()).then(|| scan.sources.clone()))
}

/// What was seen before `first`, and what that rests on.
fn read_baseline(
    past: &Scan,
    first: Timestamp,
    networks: &Networks,
    own_files: Vec<PathBuf>,
    command: &CommandContext<'_>,
) -> Result<(Baseline, ScanResult), Error> {
    if let Some((answer, earlier)) = seen_before(past, first, networks, command)? {
        let known = earlier.known().into_owned();
        about_baseline(&answer, earlier.events, known.is_empty(), first, command);
        return Ok((known, answer));
    }
    let mut answer = read(past, None, own_files, command)?;
    let events: Vec<_> = answer.selected.events.iter().collect();
    let count = events.len() as u64;
    let mut known = Baseline::of(&events, networks.clone());
    let remembered = recollect(past, networks)?;
    known.take(&remembered.everything());
    remembered.excuse(&mut answer.coverage, Some(first));
    about_baseline(&answer, count, known.is_empty(), first, command);
    Ok((known, answer))
}

fn refuse_columns(args: &FindingsArgs) -> Result<(), Error> {
    let format = args.output.format();
    if format.needs_findings() && !args.output.columns.is_empty() {
        return Err(Error::usage(format!("--columns does not go together with -o {}", format.name()))
            .hint("this format always has all columns"));
    }
    Ok(())
}

//! `tfctrail show`: everything about one run.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::audit::activity::run_call_group::group;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::activity::shown_run::{FoundRuns, ShownRun, TimelineEvent, find, timeline};
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::coverage::Coverage;
use crate::audit::rules::asked::Asked;
use crate::audit::rules::suppress::{Suppression, suppress};
use crate::audit::rules::{RULES, RuleContext, detect};
use crate::cli::args::expected::ExpectedArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::{ScanArgs, of_log_files};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::near::near;
use crate::cli::output::Output;
use crate::cli::output::emitting::emit_into;
use crate::cli::output::writing::{Writing, tell_coverage, tell_coverage_beside, width};
use crate::cli::reading::calls::{AboutRuns, accounts_of, read_about, scan_for_calls};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words::{counted, to_usize};
use crate::cli::rules::{decisions, settings};
use crate::cli::terminal::talk::Level;
use crate::cli::time::Length;
use crate::domain::assumption::Assumption;
use crate::domain::window::Window;
use crate::ingest::options::WantedCalls;
use crate::platform::quoted;
use crate::report::Format;
use crate::report::row::timeline::schema;
use crate::report::show::setting::PageSetting;
use crate::report::show::{json, page};

/// Everything about one run: assumptions, calls, findings
///
/// WHAT is the id of a run, of an access key that the run got or used, or of an event: a role assumption or a call of the run.
/// Runs without an id (Stacks) are found by key or event. An id may lead to several runs, because AWS gives ids of access keys
/// out again, and because the caller chooses the session name, which has the run id. Then each run is shown.
///
/// The table format is a page. CSV, NDJSON, Markdown and Parquet have the time line: one row for each call, as in activity
/// --calls, and one for each role assumption. A table has the time line, too, if you give --columns, --sort or --limit. JSON
/// has the run, its assumptions, its calls and its findings. The rules look at the role assumptions and the calls of this run
/// alone. What they know through others, such as who else was given a role or wrote to a resource, is not asked: the page ends
/// with a list of it, and tfctrail findings --activity --run RUN asks all.
///
/// The records must be log files, or a store that sync --activity=calls filled; event history holds no calls of sessions.
#[derive(Debug, Args)]
#[command(mut_arg("sources", of_log_files))]
#[command(after_help = "\
Examples:
  tfctrail show run-LMCK4SSiBfR6Y6rb logs/
  tfctrail show ASIAIOSFODNN7EXAMPLE s3://BUCKET --last 24h
  tfctrail show run-LMCK4SSiBfR6Y6rb logs/ -o json | jq '.runs[].calls[] | select(.outcome == \"denied\")'
  tfctrail show f9eabc92-2d5d-435d-b79b-2d4045ab6fe3 logs/ --out timeline.csv")]
pub struct ShowArgs {
    /// Id of a run, of an access key, or of an event
    #[arg(value_name = "WHAT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub what: String,
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Split events without a run id (Stacks) into runs where they are further apart
    #[arg(long, value_name = "LENGTH", default_value = "60m", help_heading = "Grouping")]
    pub run_gap: Length,
    /// What the rules expect.
    #[command(flatten)]
    pub expected: ExpectedArgs,
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

/// Characters per line of a page that no terminal shows.
const WIDTH: usize = 100;

/// The narrowest and the widest line of a page on a terminal.
const WIDTHS: (usize, usize) = (80, 140);

/// Where the runs go: opened before the work, so that a wrong path fails at once.
enum Target<'a, 'r> {
    /// The time line.
    Rows(Writing<'a, TimelineEvent<'r>>),
    /// The page, or JSON. Files of our own may lie among the sources.
    Document { output: Output, own_files: Vec<PathBuf> },
}

impl Target<'_, '_> {
    fn own_files(&self) -> Vec<PathBuf> {
        match self {
            Self::Rows(writing) => writing.own_files(),
            Self::Document { own_files, .. } => own_files.clone(),
        }
    }
}

impl RunCommand for ShowArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        self.refuse_swapped()?;
        let mut scan = scan_for_calls(
            "show",
            Scan::new(&self.scan, None, &self.limits, context.now)?,
            WantedCalls::Session { parameters: true },
        )?;
        scan.shows_each_call = true;
        scan = scan.with_logs(&self.logs)?;
        self.refuse_columns()?;
        carry_out(scan, &self.output, context, |scan| self.write(&scan, context))
    }
}

impl ShowArgs {
    /// Whether columns, order or number of rows are asked for.
    fn asks_for_rows(&self) -> bool {
        !self.output.columns.is_empty() || self.output.sort.is_some() || self.output.limit.is_some()
    }

    /// Refuses a source in the place of the id.
    fn refuse_swapped(&self) -> Result<(), Error> {
        let is_source = |text: &OsStr| Path::new(text).exists() || text.to_string_lossy().contains("://");
        let named = self.scan.sources.first().map(|source| source.text.as_os_str());
        if !is_source(self.what.as_ref()) || named.is_some_and(is_source) {
            return Ok(());
        }
        let id = named.map_or_else(|| "ID".to_owned(), quoted);
        Err(Error::usage(format!("'{}' is a source; the id comes first", self.what))
            .hint(format!("tfctrail show {id} {}", quoted(self.what.as_ref()))))
    }

    fn refuse_columns(&self) -> Result<(), Error> {
        if self.output.format() == Format::Json && self.asks_for_rows() {
            return Err(Error::usage("--columns, --sort and --limit do not go together with -o json")
                .hint("show has several kinds of rows as JSON; -o ndjson is the time line"));
        }
        Ok(())
    }

    fn write(&self, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
        let decisions = decisions(context.config)?;
        let target = self.open()?;
        let window = scan.filter.window;
        let gap = self.run_gap.seconds();
        let AboutRuns { answer, found: calls, events, id } =
            read_about(&self.what, scan, gap, target.own_files(), context)?;
        let events: Vec<&Assumption> = events.iter().collect();
        let mut found = find(&id, &events, &calls.calls, gap, window);
        if found.runs.is_empty() {
            tell_coverage(&answer.coverage, context);
            let ids = events.iter().filter_map(|event| event.run_id.as_deref());
            let ids = ids.chain(calls.calls.iter().filter_map(|call| call.run.run_id.as_deref()));
            let unknown = unknown(&self.what, &found, calls.calls.len(), &answer.coverage, window);
            let meant = meant(&self.what, ids);
            let unknown = match meant.first() {
                Some(_) => unknown.hint(format!("did you mean {}?", meant.join(" or "))),
                None => unknown,
            };
            return context.talk.gravest([Err(unknown), answer.verdict()]);
        }
        let ours = accounts_of(&answer.coverage, &calls.calls);
        self.judge(&mut found.runs, (&events, &ours), &decisions, scan, context);
        match target {
            Target::Rows(writing) => {
                writing.write(timeline(&found.runs), Some(&answer.coverage), &self.scan.time.tz, context)?;
            }
            Target::Document { output, .. } => self.document(&found.runs, &answer.coverage, output, context)?,
        }
        if found.runs.len() > 1 {
            let runs = counted(found.runs.len(), "run");
            context.talk.say(Level::Info, &format!("'{}' leads to {runs}; each is shown", self.what));
        }
        answer.verdict()
    }

    fn open<'r>(&self) -> Result<Target<'_, 'r>, Error> {
        let is_document = match self.output.format() {
            Format::Json => true,
            Format::Table => !self.asks_for_rows(),
            _ => false,
        };
        if is_document {
            let output = Output::open(self.output.out.as_deref())?;
            let own_files = output.unfinished_file().map(Into::into).into_iter().chain(self.output.out.clone());
            return Ok(Target::Document { own_files: own_files.collect(), output });
        }
        Writing::open(&self.output, schema()).map(Target::Rows)
    }

    /// Asks the rules about each run. Its calls are held against all assumptions that were read, and the accounts that are ours.
    fn judge(
        &self,
        runs: &mut [ShownRun<'_>],
        (all, ours): (&[&Assumption], &BTreeSet<Box<str>>),
        decisions: &[Suppression],
        scan: &Scan,
        context: &CommandContext<'_>,
    ) {
        let settings = settings(&self.expected, context.config, &scan.issuers);
        let gap = self.run_gap.seconds();
        for shown in runs {
            let events = EncodedEvents::new(shown.assumptions.clone(), gap);
            let groups = group(shown.calls.iter().copied());
            let activity = RunsActivity::new(groups, all, gap, ours.iter().chain(&settings.accounts).cloned());
            let context = RuleContext {
                settings: &settings,
                known: None,
                activity: Some(&activity),
                verified: None,
                asked: Asked::ALL,
            };
            shown.findings = detect(&RULES, &events, context);
            suppress(&mut shown.findings, decisions, scan.now.day());
        }
    }

    /// The page, or JSON.
    fn document(
        &self,
        runs: &[ShownRun<'_>],
        coverage: &Coverage,
        output: Output,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let is_page = self.output.format() == Format::Table;
        let terminal = output.is_terminal().then(width).flatten();
        let text = if is_page {
            let width = terminal.map_or(WIDTH, |width| usize::from(width).clamp(WIDTHS.0, WIDTHS.1));
            let names = &context.config.accounts;
            page::text(runs, &PageSetting { names, zone: &self.scan.time.tz, width })
        } else {
            json::text(runs, coverage).map_err(|error| output.error(&error))?
        };
        emit_into(output, &text)?;
        if let Some(out) = self.output.out.as_deref().filter(|out| *out != "-") {
            context.talk.say(Level::Info, &format!("wrote {}: {}", out.display(), counted(runs.len(), "run")));
        }
        if !is_page {
            let others = page::through_others().join(", ");
            context.talk.say(Level::Info, &format!("the findings are of each run alone; only findings asks {others}"));
        }
        tell_coverage_beside(self.output.format(), coverage, context);
        Ok(())
    }
}

/// Run ids that somebody may have meant: those that begin so, else those that a few slips of the keyboard lead to. The id itself is
/// none of them: its run lies outside of the window.
fn meant<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    /// With fewer characters, any id could be meant.
    const LEAST: usize = 7;
    let ids: BTreeSet<&str> = ids.filter(|id| *id != what).collect();
    let beginning = |id: &&&str| what.len() >= LEAST && id.starts_with(what);
    let found: Vec<&str> = ids.iter().filter(beginning).take(3).copied().collect();
    if found.is_empty() { near(what, ids) } else { found }
}

/// That nothing was found, and where that was looked for.
fn unknown(what: &str, found: &FoundRuns<'_>, calls: usize, coverage: &Coverage, window: Window) -> Error {
    let time = match (window.from, window.to) {
        (None, None) => "all of time".to_owned(),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("before {to}"),
        (Some(from), Some(to)) => format!("from {from} to {to}"),
    };
    let searched = format!(
        "searched: {} with {} and {}, in {}, {time}",
        counted(found.searched, "run"),
        counted(to_usize(coverage.kept.reported), "role assumption"),
        counted(calls, "call"),
        counted(to_usize(coverage.files.read), "file"),
    );
    Error::failure(format!("'{what}' is no run, access key or event of a run in what was read; {searched}")).hint(
        "another window (--from, --last) or another source may have it; events that are of no run are not searched",
    )
}

//! `tfctrail extract`: rows for an engine that runs many of us.

mod day_folder;

mod out;

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use self::day_folder::DayFolder;
use self::out::{FORMATS, Lines, Resumed, Rows, formats};
use crate::audit::filter::Filter;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::scan::{ScanArgs, with_log_files};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::output::writing::tell_coverage_beside;
use crate::cli::parsing::parse::ParsedCommandLine;
use crate::cli::reading::answer::ScanResult;
use crate::cli::reading::dry_run::tell;
use crate::cli::reading::extracts::refuse_lack;
use crate::cli::reading::keys::{KeyList, roots};
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::ingest::extract::extract;
use crate::ingest::list::list;
use crate::ingest::options::{IngestOptions, WantedCalls};
use crate::progress::Progress;
use crate::report::Format;
use crate::source::question::{ChosenLogs, RemoteQuestion};
use crate::source::{SourceSpec, remote};

/// Rows for an engine that runs many of these side by side
///
/// There is one for each event, and a tally of each log file. Nothing is deduplicated or filtered, and the
/// order of the rows says nothing. Events are kept for the form of their subject, whoever issued it; --tfe-host and
/// --all-issuers keep more. The tally of a log file comes after its events: without it, a worker was ended in the middle
/// of that file. Other commands read a directory of extracts as the log files that they are of.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(mut_arg("sources", with_log_files))]
#[command(mut_arg("work_list", |arg| arg.hide(true)))]
#[command(mut_arg("verified", |arg| arg.hide(true)))]
#[command(mut_arg("public_keys", |arg| arg.hide(true)))]
#[command(mut_arg("signatures", |arg| arg.hide(true)))]
#[command(after_help = "\
Examples:
  tfctrail extract logs/ --out extracts/all.ndjson
  tfctrail extract --keys-from keys.txt --out extracts/part-7.ndjson.gz
  find logs -name '*.json.gz' | tfctrail extract --keys-from - logs/ --out extracts/all.ndjson
  tfctrail extract logs/ --out extracts/all.parquet
  tfctrail extract logs/ --out extracts/all.ndjson.gz --by-day days/
  tfctrail extract s3://BUCKET --from 2026-11-01 --out november.ndjson.gz --resume
  tfctrail runs extracts/ --last 7d
  tfctrail extract logs/ --activity --out extracts/calls.ndjson.gz
  tfctrail activity extracts/ --logs logs/")]
pub struct ExtractArgs {
    /// Read the log files that are named in this file, a line each: paths, or addresses of objects; - is standard input
    ///
    /// An object is written as in SOURCE, with its whole key. A SOURCE beside it is not read: it is a directory, and files in it
    /// are called by their path below it. Other files are called by their path from the directory AWSLogs on, as their keys are,
    /// or else as they are written here.
    #[arg(long, value_name = "FILE|-", conflicts_with = "dry_run")]
    pub keys_from: Option<PathBuf>,
    /// Write which log files there are, each with its size, and read none: {"key":…,"size":…} a line
    ///
    /// An engine spreads them over its workers by their sizes; the keys are those of --keys-from and --work-list.
    #[arg(long, conflicts_with_all = ["keys_from", "dry_run"])]
    pub list: bool,
    /// Write the calls of runs, too: those that a log file by itself shows to be of runs
    ///
    /// Their rows are call rows, and tallies say whose calls a log file may hold besides. activity, show, policy and findings
    /// --activity then answer from extracts; --logs tells them where to read the few log files that may hold more.
    /// With a window, log files of 12 hours before it are extracted, too.
    #[arg(long)]
    pub activity: bool,
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Format of the rows, ndjson or parquet [default: what the name of --out ends in, else ndjson]
    ///
    /// ndjson: a row per line. parquet: events, tallies and calls as typed columns of one table, in which lists are JSON; not for
    /// a terminal. Other commands read the one as they read the other.
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output", value_parser = formats())]
    pub output: Option<Format>,
    /// Write to a file in place of standard output; .gz at the end of its name compresses it
    ///
    /// Only its owner can read the file. It appears when it is complete, and replaces an older one.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Go on with the file of --out where an extract was interrupted, however that came
    ///
    /// The file is written as the extract is made, and stays where that ends early. What it has of a log file in full is not read
    /// again; what is cut off, or failed, is. A local file that has changed since is read again, an object never changes. Another
    /// file than an extract is refused.
    #[arg(long, conflicts_with_all = ["list", "dry_run"], help_heading = "Output")]
    pub resume: bool,
    /// Write the events and calls into a new directory, too, as Parquet by day
    ///
    /// For engines that ask about days: DIR/events/day=2026-11-02/00000.parquet, and DIR/calls with --activity. Rows have the columns of
    /// their lines, sorted by time. Some 64 MiB of rows are held; where there are more, a day may have several files. The directory appears
    /// when it is complete.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "dry_run", "resume"], help_heading = "Output")]
    pub by_day: Option<PathBuf>,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Whether the command line itself has --output.
    #[arg(skip)]
    pub has_typed_output: bool,
}

impl RunCommand for ExtractArgs {
    fn prepare(&mut self, read: &ParsedCommandLine) -> Result<(), clap::Error> {
        self.has_typed_output = read.is_typed("output");
        Ok(())
    }

    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        if self.scan.work_list.work_list.is_some() {
            return Err(Error::usage("--work-list is for commands that read extracts")
                .hint("--keys-from names the log files that are to be extracted"));
        }
        if self.scan.verified.verified {
            return Err(Error::usage("--verified is for commands that show what was found, and not for extracts")
                .hint("tfctrail verify judges the archive itself"));
        }
        let mut scan = match &self.keys_from {
            None => Scan::new(&self.scan, None, &self.limits, context.now)?,
            Some(path) => {
                let roots = roots("--keys-from", &self.scan.sources)?;
                let sources = KeyList::read("--keys-from", path)?.sources("--keys-from", &roots)?;
                let scan = Scan::of_sources(sources, &self.scan, None, &self.limits, context.now)?;
                // Whoever names a log file wants it, whatever its day.
                let window = self.scan.time.window(context.now)?;
                let filter = Filter { window, ..scan.filter };
                Scan { filter, remote_window: window, own_aws: Vec::new(), start_is_ours: false, ..scan }
            }
        };
        refuse_sources(&scan)?;
        self.refuse_format()?;
        self.refuse_resume(&scan)?;
        scan.issuers = scan.issuers.with_look_alikes();
        if self.activity {
            // What others did with what runs wrote is told by what is noted with these.
            scan.calls = WantedCalls::SessionAndWrites;
        }
        scan.refuse_overwriting(self.out.as_deref())?;
        match (scan.dry_run, self.list) {
            (true, _) => tell(&scan, context),
            (_, true) => self.write_list(&scan, context),
            _ => self.write(&scan, context),
        }
    }
}

impl ExtractArgs {
    fn write_list(&self, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
        let mut output = Output::open(self.out.as_deref())?;
        let exclude = output.unfinished_file().map(Into::into).into_iter().chain(self.out.clone()).collect();
        let progress = Arc::new(Progress::default());
        let question = RemoteQuestion { lists_only: true, ..scan.question(false, &progress) };
        let opened = remote::open(&scan.sources, &question)?;
        context.tell(&opened.notes);
        let options = scan.limits.options(&scan.issuers, scan.reach_back(scan.filter.window), exclude);
        let listed = list(&scan.sources, &opened.remotes, &options, &progress, |key, size| {
            writeln!(output, "{}", serde_json::json!({ "key": key, "size": size }))
        });
        let listed = listed.map_err(|error| output.error(&error))?;
        output.finish()?;
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            context.say_written(out, listed.files);
        }
        ScanResult::of_list(scan, listed).verdict()
    }

    fn write(&self, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
        let file = CoverageFile::open(scan.coverage_file.as_deref())?;
        let window = scan.reach_back(scan.filter.window);
        let options =
            |own: Vec<PathBuf>| IngestOptions { calls: scan.calls, ..scan.limits.options(&scan.issuers, window, own) };
        let own = || self.out.clone().into_iter().chain(file.own_files());
        let days = self
            .by_day
            .as_deref()
            .map(|path| {
                DayFolder::create(
                    path,
                    &scan.sources,
                    &[("--out", self.out.as_deref()), ("--coverage", scan.coverage_file.as_deref())],
                )
            })
            .transpose()?;
        let (lines, past, options) = if let Some(out) = self.out.as_deref().filter(|_| self.resume) {
            let options = options(own().collect());
            let (resumed, past) = Resumed::open(out, &scan.sources, &options)?;
            (Lines::Resumed(resumed), Some(past), options)
        } else {
            let output = Output::open(self.out.as_deref())?;
            let options = options(output.unfinished_file().map(Into::into).into_iter().chain(own()).collect());
            (Lines::of(output, self.out.as_deref(), self.format())?, None, options)
        };
        if let Some(text) = scan.about_window() {
            context.talk.say(Level::Info, &text);
        }
        let progress = Arc::new(Progress::default());
        let chosen = past.as_ref().map(|past| Arc::clone(&past.done) as Arc<dyn ChosenLogs>);
        let question = RemoteQuestion { chosen, ..scan.question(false, &progress) };
        let opened = remote::open(&scan.sources, &question)?;
        context.tell(&opened.notes);
        let shown = context
            .ui
            .progress()
            .map(|show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(&progress)));
        let who = (attempt(), past);
        let mut rows = Rows::new(lines, days);
        let write = |piece: &[u8]| rows.put(piece);
        let extracted = match extract(&scan.sources, &opened.remotes, &options, who, &progress, write) {
            Ok(extracted) => extracted,
            Err(error) => return Err(rows.error(&error)),
        };
        drop(shown);
        refuse_lack(extracted.ingested.lack.as_deref())?;
        let by_day = rows.finish()?;
        let answer = ScanResult::of_extract(scan, extracted.ingested);
        file.write(&answer.coverage, context)?;
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            context.say_written(out, extracted.rows);
        }
        if let Some((folder, rows)) = self.by_day.as_deref().zip(by_day) {
            context.say_written(folder, rows);
        }
        tell_coverage_beside(Format::Ndjson, &answer.coverage, context);
        answer.verdict()
    }

    /// How rows are written.
    fn format(&self) -> Format {
        let of_file = self.out.as_deref().and_then(Format::of_file);
        self.output.or(of_file).filter(|format| FORMATS.contains(format)).unwrap_or(Format::Ndjson)
    }

    /// Refuses a format that no extract has. The environment and the config file may name one for all commands.
    fn refuse_format(&self) -> Result<(), Error> {
        let Some(format) = self.output.filter(|_| self.has_typed_output) else { return Ok(()) };
        if self.list && format != Format::Ndjson {
            return Err(Error::usage("--output: --list writes ndjson"));
        }
        if FORMATS.contains(&format) {
            return Ok(());
        }
        let message = format!("--output {}: an extract is ndjson or parquet", format.name());
        Err(Error::usage(message).hint("tfctrail events writes all formats"))
    }

    /// Refuses what cannot be gone on with.
    fn refuse_resume(&self, scan: &Scan) -> Result<(), Error> {
        if !self.resume {
            return Ok(());
        }
        if self.by_day.is_some() {
            return Err(Error::usage("--by-day cannot be used with --resume: what is there already is not read again"));
        }
        if self.out.as_ref().is_none_or(|out| out == "-") {
            return Err(Error::usage("--resume needs --out: what it goes on with is a file"));
        }
        if self.format() == Format::Parquet {
            return Err(Error::usage("--resume goes on with NDJSON: Parquet has no end that could be gone on with"));
        }
        if scan.sources.iter().any(|spec| matches!(spec, SourceSpec::Stdin)) {
            return Err(
                Error::usage("--resume: standard input cannot be read again").hint("write it into a file first")
            );
        }
        Ok(())
    }
}

/// Refuses what has no log files.
fn refuse_sources(scan: &Scan) -> Result<(), Error> {
    let is_without = |spec: &&SourceSpec| spec.is_paged() || matches!(spec, SourceSpec::Store(_));
    match scan.sources.iter().find(is_without) {
        None => Ok(()),
        Some(spec) => {
            let message = format!("source '{}': has no log files, and an extract is of log files", spec.label());
            Err(Error::usage(message).hint("name a directory, s3://BUCKET, or - for standard input"))
        }
    }
}

/// A name for this run that no other one has: its hash is seeded by the operating system.
fn attempt() -> String {
    let now = std::time::SystemTime::now();
    let part = || RandomState::new().hash_one((now, std::process::id()));
    format!("{:016x}{:016x}", part(), part())
}

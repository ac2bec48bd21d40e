//! `tfctrail extract`: rows for an engine that runs many of us.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::audit::filter::Filter;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::output::writing::tell_coverage_beside;
use crate::cli::reading::answer::{ScanResult, refuse_lack};
use crate::cli::reading::dry_run::tell;
use crate::cli::reading::keys::{KeyList, roots};
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::ingest::extract::extract;
use crate::ingest::list::list;
use crate::progress::Progress;
use crate::report::Format;
use crate::source::question::RemoteQuestion;
use crate::source::{SourceSpec, remote};

/// Rows for an engine that runs many of these side by side
///
/// There is one for each event, and a tally of each log file, as NDJSON. Nothing is deduplicated or filtered, and the
/// order of the rows says nothing. Events are kept for the form of their subject, whoever issued it; --tfe-host and
/// --all-issuers keep more. The tally of a log file comes after its events: without it, a worker was ended in the middle
/// of that file. Other commands read a directory of extracts as the log files that they are of.
#[derive(Debug, Args)]
#[command(mut_arg("work_list", |arg| arg.hide(true)))]
#[command(mut_arg("verified", |arg| arg.hide(true)))]
#[command(mut_arg("public_keys", |arg| arg.hide(true)))]
#[command(mut_arg("signatures", |arg| arg.hide(true)))]
#[command(after_help = "\
Examples:
  tfctrail extract logs/ --out extracts/all.ndjson
  tfctrail extract --keys-from keys.txt --out extracts/part-7.ndjson.gz
  find logs -name '*.json.gz' | tfctrail extract --keys-from - logs/ --out extracts/all.ndjson
  tfctrail runs extracts/ --last 7d")]
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
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Write to a file in place of standard output; .gz at the end of its name compresses it
    ///
    /// Only its owner can read the file. It appears when it is complete, and replaces an older one.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl RunCommand for ExtractArgs {
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
        scan.issuers = scan.issuers.with_look_alikes();
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
        let options = scan.limits.options(&scan.issuers, scan.filter.window, exclude);
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
        let mut output = Output::open(self.out.as_deref())?;
        let file = CoverageFile::open(scan.coverage_file.as_deref())?;
        let own = output.unfinished_file().map(Into::into).into_iter().chain(self.out.clone());
        let exclude: Vec<PathBuf> = own.chain(file.own_files()).collect();
        if let Some(text) = scan.about_window() {
            context.talk.say(Level::Info, &text);
        }
        let progress = Arc::new(Progress::default());
        let opened = remote::open(&scan.sources, &scan.question(false, &progress))?;
        context.tell(&opened.notes);
        let shown = context
            .ui
            .progress()
            .map(|show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(&progress)));
        let window = scan.filter.window;
        let options = scan.limits.options(&scan.issuers, window, exclude);
        let is_packed = self.out.as_ref().is_some_and(|out| out.extension().is_some_and(|end| end == "gz"));
        let mut lines = if is_packed {
            Lines::Packed(Box::new(GzEncoder::new(&mut output, Compression::fast())))
        } else {
            Lines::Plain(&mut output)
        };
        let written =
            extract(&scan.sources, &opened.remotes, &options, attempt(), &progress, |piece| lines.write_all(piece));
        let written = written.and_then(|extracted| lines.finish().map(|()| extracted));
        let extracted = written.map_err(|error| output.error(&error))?;
        drop(shown);
        refuse_lack(extracted.ingested.lack.as_deref())?;
        output.finish()?;
        let answer = ScanResult::of_extract(scan, extracted.ingested);
        file.write(&answer.coverage, context)?;
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            context.say_written(out, extracted.rows);
        }
        tell_coverage_beside(Format::Ndjson, &answer.coverage, context);
        answer.verdict()
    }
}

/// Rows as they are written.
enum Lines<'a> {
    Plain(&'a mut Output),
    Packed(Box<GzEncoder<&'a mut Output>>),
}

impl Lines<'_> {
    fn write_all(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.write_all(lines),
            Self::Packed(output) => output.write_all(lines),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.flush(),
            Self::Packed(output) => output.finish().and_then(Write::flush),
        }
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

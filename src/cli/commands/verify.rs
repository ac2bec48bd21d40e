//! `tfctrail verify`: whether an archive is what CloudTrail wrote.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Args;

use crate::audit::verify::digests::Evidence;
use crate::audit::verify::public_keys::PublicKeys;
use crate::audit::verify::signatures::Signatures;
use crate::audit::verify::verdict::{Verdict, VerifiedFile, VerifiedKind};
use crate::cli::args::limit;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::time::TimeArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, ErrorKind, reason};
use crate::cli::output::overwrite;
use crate::cli::output::writing::Writing;
use crate::cli::reading::source::sources;
use crate::cli::reading::words::counted;
use crate::cli::size::Size;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::ingest::verify::book::BookQuestion;
use crate::ingest::verify::{Verification, VerifyQuestion, verify};
use crate::progress::Progress;
use crate::report::row::verify::schema;
use crate::source::SourceSpec;

/// Whether a local copy of an archive is what CloudTrail wrote, by its digest files
///
/// CloudTrail writes a digest file each hour, where validation is on for the trail: it lists the log files of that hour with
/// their hashes, is signed, and names the digest before it. verify judges every chain of digests (account, region, trail),
/// and every log file of the window. A row names each file that is not valid: invalid (altered), missing (listed and not
/// there), unlisted (there and in no digest) or unchecked (it could not be told; the reason says why).
///
/// The public keys come from AWS, for the region that signed and the time of the digests:
///   aws cloudtrail list-public-keys --region REGION --start-time TIME --end-time TIME > keys.json
/// S3 keeps the signature of a digest beside it, and a copy loses it. Each digest but the newest is then judged by the
/// signature that its successor knows.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(after_help = "\
Examples:
  tfctrail verify archive/ --public-keys keys.json
  tfctrail verify archive/ --public-keys keys.json --signatures signatures.ndjson --last 30d -o json

Exit codes:
  0  every digest and log file that was checked is valid
  3  a file is invalid, missing or unlisted
  5  nothing of the kind, but a file could not be checked, or there was nothing to check")]
pub struct VerifyArgs {
    /// Directory with a copy of the archive, log files and digests below AWSLogs/ as in the bucket
    #[arg(value_name = "SOURCE", value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// Public keys: the output of aws cloudtrail list-public-keys, several regions' one behind the other
    #[arg(long, value_name = "FILE")]
    pub public_keys: Option<PathBuf>,
    /// Signatures of digests, a JSON object a line: key, signature (hex), signature_algorithm
    #[arg(long, value_name = "FILE")]
    pub signatures: Option<PathBuf>,
    /// Rows for valid files, too
    #[arg(long)]
    pub all: bool,
    /// Exit with 5 also for log files that no digest covers yet, and for digests that expired
    #[arg(long)]
    pub strict: bool,
    /// The window: digests by the end of their hour, log files by the minute of their delivery.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Threads that read files [default: one per core]
    #[arg(long, value_name = "N", value_parser = limit::threads, help_heading = "Limits")]
    pub threads: Option<NonZeroUsize>,
    /// Largest log file, inflated; a larger one is unchecked
    #[arg(long, value_name = "SIZE", default_value = "8GiB", help_heading = "Limits")]
    pub max_file: Size,
}

impl RunCommand for VerifyArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let specs = sources(&self.sources, None)?;
        let roots = roots(&specs)?;
        let beside: Vec<PathBuf> = self.public_keys.iter().chain(&self.signatures).cloned().collect();
        let read: Vec<SourceSpec> = specs.into_iter().chain(beside.iter().cloned().map(SourceSpec::Path)).collect();
        overwrite::refuse("--out", self.output.out.as_deref(), &read)?;
        let keys = read_file("--public-keys", self.public_keys.as_deref(), PublicKeys::read)?;
        let signatures = read_file("--signatures", self.signatures.as_deref(), Signatures::read)?;
        let writing = Writing::open(&self.output, schema())?;
        let question = VerifyQuestion {
            roots: &roots,
            exclude: &beside,
            digests: BookQuestion {
                window: self.time.window(context.now)?,
                evidence: Evidence { keys: &keys, signatures: &signatures },
                threads: self.threads.unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN)),
            },
            now: context.now,
            max_file: self.max_file.bytes(),
        };
        let progress = Arc::new(Progress::default());
        let start = |show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(&progress));
        let shown = context.ui.progress().map(start);
        let verification = verify(question, &progress);
        drop(shown);
        let verdict = self.verdict(&verification);
        let Verification { mut rows, failed } = verification;
        let headline = headline(&rows);
        if !self.all {
            rows.retain(|row| row.verdict != Verdict::Valid);
        }
        writing.write(rows, None, &self.time.tz, context)?;
        for unlisted in failed {
            context.talk.say(Level::Warning, &format!("{}: {}", unlisted.file, unlisted.reason));
        }
        context.talk.say(Level::Info, &headline);
        verdict
    }
}

/// The folders and files among the sources.
fn roots(specs: &[SourceSpec]) -> Result<Vec<PathBuf>, Error> {
    specs
        .iter()
        .map(|spec| match spec {
            SourceSpec::Path(path) => Ok(path.clone()),
            other => {
                let error = Error::usage(format!("'{}': verify reads local copies of archives", other.label()));
                Err(error.hint("copy the bucket, log files and digests: aws s3 sync s3://BUCKET DIR; then name DIR"))
            }
        })
        .collect()
}

/// What a file of a flag holds; nothing where it was not given.
fn read_file<T: Default, E: std::fmt::Display>(
    flag: &str,
    path: Option<&Path>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Error> {
    let Some(path) = path else { return Ok(T::default()) };
    let refuse = |wrong: String| Error::usage(format!("{flag} '{}': {wrong}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(reason(&error)))?;
    read(&text).map_err(|error| refuse(error.to_string()))
}

impl VerifyArgs {
    fn verdict(&self, verification: &Verification) -> Result<(), Error> {
        let rows = &verification.rows;
        if rows.iter().any(|row| row.verdict.is_alarm()) {
            return Err(Error::new(ErrorKind::Findings, "the archive is not as CloudTrail wrote it"));
        }
        let is_open = |row: &VerifiedFile| row.verdict.is_open() || (self.strict && row.verdict != Verdict::Valid);
        let open = rows.iter().filter(|row| is_open(row)).count();
        if rows.is_empty() {
            let error =
                Error::new(ErrorKind::Incomplete, "there is nothing to check in the window: no digest and no log file");
            return Err(error.hint("name the folder above AWSLogs, which holds CloudTrail and CloudTrail-Digest"));
        }
        if open > 0 || !verification.failed.is_empty() {
            let error =
                Error::new(ErrorKind::Incomplete, format!("{} could not be checked", counted(open.max(1), "file")));
            return Err(match &self.public_keys {
                None => error.hint("--public-keys FILE takes the output of aws cloudtrail list-public-keys"),
                Some(_) => error,
            });
        }
        Ok(())
    }
}

/// `112 of 112 digests and 4310 of 4312 log files are as CloudTrail wrote them; 1 altered, 1 missing`.
fn headline(rows: &[VerifiedFile]) -> String {
    let count = |is: &dyn Fn(&VerifiedFile) -> bool| rows.iter().filter(|row| is(row)).count();
    let of = |kind: VerifiedKind, name: &str| {
        let all = count(&|row| row.kind == kind);
        let valid = count(&|row| row.kind == kind && row.verdict == Verdict::Valid);
        format!("{valid} of {}", counted(all, name))
    };
    let mut line = format!(
        "{} and {} are as CloudTrail wrote them",
        of(VerifiedKind::Digest, "digest"),
        of(VerifiedKind::Log, "log file")
    );
    let others = [("invalid", "altered"), ("missing", "missing"), ("unlisted", "unlisted"), ("unchecked", "unchecked")];
    let others: Vec<String> = others
        .into_iter()
        .map(|(verdict, word)| (count(&|row| row.verdict.as_str() == verdict), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !others.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, "; {}", others.join(", "));
    }
    line
}

//! `tfctrail verify`: whether an archive is what CloudTrail wrote.

mod export;

mod said;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Args;

use crate::audit::verify::public_keys::PublicKeys;
use crate::cli::args::aws::AwsArgs;
use crate::cli::args::limit;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::time::TimeArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::overwrite;
use crate::cli::output::writing::Writing;
use crate::cli::reading::evidence::{read_keys, read_signatures};
use crate::cli::reading::scan::REMOTE_DAYS;
use crate::cli::reading::source::{own_aws, sources};
use crate::cli::size::Size;
use crate::cli::terminal::progress::ProgressDisplay;
use crate::cli::terminal::talk::Level;
use crate::domain::verdict::VerifiedFile;
use crate::domain::window::Window;
use crate::ingest::verify::{Verification, VerifyQuestion, verify};
use crate::progress::Progress;
use crate::report::row::verify::schema;
use crate::source::SourceSpec;
use crate::source::question::RemoteQuestion;

/// Whether an archive is what CloudTrail wrote, by its digest files
///
/// CloudTrail writes a digest file each hour, where validation is on for the trail: it lists the log files of that hour with
/// their hashes, is signed, and names the digest before it. verify judges every chain of digests (account, region, trail),
/// and every log file of the window. A row names each file that is not valid: invalid (altered), missing (listed and not
/// there), unlisted (there and in no digest) or unchecked (it could not be told; the reason says why).
///
/// For a bucket, the public keys come from CloudTrail itself (cloudtrail:ListPublicKeys in each region that signed). For a
/// local copy they are brought along; --export writes them down, and the signatures that S3 keeps beside the digests, which a
/// copy loses. Without signatures, each digest but the newest is judged by the one that its successor knows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail verify s3://BUCKET --last 30d
  tfctrail verify s3://BUCKET --last 30d --export evidence/
  tfctrail verify archive/ --public-keys evidence/public-keys.json --signatures evidence/signatures.ndjson -o json

Exit codes:
  0  every digest and log file that was checked is valid
  3  a file is invalid, missing or unlisted
  5  nothing of the kind, but a file could not be checked, or there was nothing to check")]
pub struct VerifyArgs {
    /// Archive: `s3://BUCKET[/PREFIX]`, or a directory with a copy, log files and digests below AWSLogs/ as in the bucket
    #[arg(value_name = "SOURCE", value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// Public keys: the output of aws cloudtrail list-public-keys, several regions' one behind the other; CloudTrail is not
    /// asked then
    #[arg(long, value_name = "FILE")]
    pub public_keys: Option<PathBuf>,
    /// Signatures of digests, a JSON object a line: key, signature (hex), signature_algorithm
    #[arg(long, value_name = "FILE")]
    pub signatures: Option<PathBuf>,
    /// Write public-keys.json and signatures.ndjson of a bucket into this directory, with which a copy is verified offline
    #[arg(long, value_name = "DIR", conflicts_with = "public_keys")]
    pub export: Option<PathBuf>,
    /// Rows for valid files, too
    #[arg(long)]
    pub all: bool,
    /// Exit with 5 also for log files that no digest covers yet, for digests that expired, and for chains that end before the
    /// window does
    #[arg(long)]
    pub strict: bool,
    /// The window: digests by the end of their hour, log files by the minute of their delivery.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
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
        specs.iter().try_for_each(is_archive)?;
        let beside: Vec<PathBuf> = self.public_keys.iter().chain(&self.signatures).cloned().collect();
        let read: Vec<SourceSpec> = specs.iter().cloned().chain(beside.iter().cloned().map(SourceSpec::Path)).collect();
        overwrite::refuse("--out", self.output.out.as_deref(), &read)?;
        let export = self.export.as_deref().map(|folder| export::Folder::open(folder, &specs, &read)).transpose()?;
        let keys = self.public_keys.as_deref().map(read_keys).transpose()?;
        let signatures = self.signatures.as_deref().map(read_signatures).transpose()?.unwrap_or_default();
        let writing = Writing::open(&self.output, schema())?;
        let is_remote = specs.iter().any(SourceSpec::is_remote);
        let window = self.window(is_remote, context)?;
        let progress = Arc::new(Progress::default());
        // Whoever has no keys of a bucket asks CloudTrail; a local copy alone never makes anybody go online.
        let none = PublicKeys::default();
        let question = VerifyQuestion {
            specs: &specs,
            exclude: &beside,
            remote: &self.remote(window, &progress, context),
            window,
            keys: keys.as_ref().or((!is_remote).then_some(&none)),
            signatures,
            now: context.now,
            threads: self.threads.unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN)),
            max_file: self.max_file.bytes(),
            all: self.all,
        };
        let start = |show| ProgressDisplay::start(show, Arc::clone(context.talk), Arc::clone(&progress));
        let shown = context.ui.progress().map(start);
        let verification = verify(question, &progress)?;
        drop(shown);
        context.tell(&verification.notes);
        if let Some(export) = export {
            export.write(&verification, context)?;
        }
        self.tell(verification, &specs, writing, context)
    }
}

/// Whether digests can lie beside what a source reads.
fn is_archive(spec: &SourceSpec) -> Result<(), Error> {
    if matches!(spec, SourceSpec::Path(_)) || spec.is_listed_by_day() {
        return Ok(());
    }
    let error =
        Error::usage(format!("source '{}': verify reads archives, where digests lie beside log files", spec.label()));
    Err(error.hint("name a bucket, s3://BUCKET, or a directory with a copy of one"))
}

impl VerifyArgs {
    /// The window: a bucket is not read whole by mistake.
    fn window(&self, is_remote: bool, context: &CommandContext<'_>) -> Result<Window, Error> {
        let asked = self.time.window(context.now)?;
        if !is_remote {
            return Ok(asked);
        }
        let window = asked.or_last_days(REMOTE_DAYS, context.now);
        if let (None, Some(from), Some(to)) = (asked.from, window.from, window.to) {
            let line = format!("{REMOTE_DAYS} days are verified, from {from} to {to}; --from reaches further back");
            context.talk.say(Level::Info, &line);
        }
        Ok(window)
    }

    fn remote(&self, window: Window, progress: &Arc<Progress>, context: &CommandContext<'_>) -> RemoteQuestion {
        RemoteQuestion {
            window,
            accounts: None,
            regions: None,
            // What was delivered on the next day is told by digests of that day.
            late_days: 1,
            now: context.now,
            resume: None,
            chosen: None,
            verifies: false,
            aws: self.aws.options(),
            own_aws: own_aws(&self.sources, &self.aws.options()),
            lists_only: false,
            progress: Arc::clone(progress),
        }
    }

    /// Writes the rows, and says in words what was found.
    fn tell(
        &self,
        verification: Verification,
        specs: &[SourceSpec],
        writing: Writing<'_, VerifiedFile>,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let verdict = said::verdict(&verification, self.strict, self.public_keys.is_some(), context.now);
        let remarks = said::remarks(&verification, specs, context.now);
        let Verification { rows, tally, failed, advice, .. } = verification;
        writing.write(rows, None, &self.time.tz, context)?;
        for line in said::failed(&failed).iter().chain(&advice) {
            context.talk.say(Level::Warning, line);
        }
        for line in remarks {
            context.talk.say(Level::Info, &line);
        }
        context.talk.say(Level::Info, &said::headline(&tally));
        verdict
    }
}

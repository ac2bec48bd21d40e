//! `tfctrail doctor`: whether a source can be read, and what is missing.

use std::io::Write as _;
use std::sync::Arc;

use clap::Args;

use crate::cli::args::aws::AwsArgs;
use crate::cli::args::number;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::time::TimeArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::Output;
use crate::cli::reading::scan::REMOTE_DAYS;
use crate::cli::reading::source::{own_aws, sources};
use crate::cli::terminal::talk::Level;
use crate::progress::Progress;
use crate::report::visible::visible;
use crate::source::doctor::{CheckResult, Diagnosis};
use crate::source::kinds;
use crate::source::question::RemoteQuestion;
use crate::source::remote::examine;

/// Check credentials, permissions and layout of a source in AWS
///
/// Tries each request that reading needs, estimates the number of requests and bytes for the window (the last 7 days
/// unless --from or --last says otherwise), and prints the smallest IAM policy that is enough. Exit code 4 if a
/// permission that is needed is missing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail doctor s3://BUCKET
  tfctrail doctor s3://BUCKET/AWSLogs/ --profile audit --last 30d
  tfctrail doctor s3://BUCKET --verify
  tfctrail doctor event-history:all
  tfctrail doctor cloudwatch-logs:aws-cloudtrail-logs@eu-west-1
  tfctrail doctor athena:DATABASE.TABLE")]
pub struct DoctorArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", help = format!("What to examine: {}", kinds::either()))]
    #[arg(value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// Also try what tfctrail verify takes of a bucket, the public keys of CloudTrail, and add it to the policy
    #[arg(long)]
    pub verify: bool,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Read log files that were delivered up to this many days after the window
    #[arg(long, value_name = "N", default_value = "1", value_parser = number::days, allow_negative_numbers = true)]
    #[arg(help_heading = "Limits")]
    pub late_days: u32,
}

impl RunCommand for DoctorArgs {
    /// Examines each source and writes what was found.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let window = self.time.window(context.now)?.or_last_days(REMOTE_DAYS, context.now);
        let question = RemoteQuestion {
            window,
            accounts: None,
            regions: None,
            late_days: self.late_days,
            now: context.now,
            resume: None,
            chosen: None,
            verifies: self.verify,
            aws: self.aws.options(),
            own_aws: own_aws(&self.sources, &self.aws.options()),
            lists_only: false,
            progress: Arc::new(Progress::default()),
        };
        let mut output = Output::open(None)?;
        let mut worst = None;
        for (source, spec) in sources(&self.sources, None)?.into_iter().enumerate() {
            let label = spec.label();
            let diagnosis = examine(&spec, &question.of(source))?;
            output.write_all(text(&label, &diagnosis).as_bytes()).map_err(|error| output.error(&error))?;
            for hint in &diagnosis.hints {
                context.talk.say(Level::Warning, hint);
            }
            worst = worst.or_else(|| verdict(&label, &diagnosis));
        }
        output.finish()?;
        worst.map_or(Ok(()), Err)
    }
}

fn verdict(label: &str, diagnosis: &Diagnosis) -> Option<Error> {
    if diagnosis.is_anonymous() {
        let message = format!("source '{label}': no check is possible without valid credentials");
        return Some(
            Error::new(ErrorKind::Permission, message)
                .hint("the hints above say how to get them; then run doctor again"),
        );
    }
    if diagnosis.has(CheckResult::Denied) {
        let error =
            Error::new(ErrorKind::Permission, format!("source '{label}': a permission that reading needs is missing"));
        return Some(error.hint("the policy above is enough to read it"));
    }
    let failed = diagnosis.checks.iter().find(|check| check.verdict == CheckResult::Failed)?;
    Some(Error::failure(format!("source '{label}': {}: {}", failed.name, failed.detail)))
}

fn text(label: &str, diagnosis: &Diagnosis) -> String {
    let mut text = format!("{}\n", visible(label));
    let width = diagnosis.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in &diagnosis.checks {
        let line = format!("  {:<6}  {:<width$}  {}", check.verdict.as_str(), check.name, check.detail);
        text.push_str(&visible(&line));
        text.push('\n');
    }
    if let Some(policy) = &diagnosis.policy {
        text.push_str("\nThe least IAM policy that reads it:\n");
        for line in policy.lines() {
            text.push_str(&visible(line));
            text.push('\n');
        }
    }
    text
}

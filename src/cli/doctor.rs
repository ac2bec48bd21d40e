//! `tfctrail doctor`: whether a source can be read, and what is missing.

use std::io::Write as _;
use std::sync::Arc;

use super::args::DoctorArgs;
use super::error::{Error, Kind};
use super::output::Output;
use super::reading::CommandContext;
use super::scan::REMOTE_DAYS;
use super::source::{own_aws, sources};
use super::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::progress::Progress;
use crate::report::visible::visible;
use crate::source::doctor::{Diagnosis, Verdict};
use crate::source::question::Question;
use crate::source::remote::examine;

/// Examines each source and writes what was found.
pub fn run(args: &DoctorArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    let window = args.time.window(now)?.or_last_days(REMOTE_DAYS, now);
    let question = Question {
        window,
        accounts: None,
        late_days: args.late_days,
        now,
        resume: None,
        aws: args.aws.options(),
        own_aws: own_aws(&args.sources, &args.aws.options()),
        progress: Arc::new(Progress::default()),
    };
    let mut output = Output::open(None)?;
    let mut worst = None;
    for (source, spec) in sources(&args.sources, None)?.into_iter().enumerate() {
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

fn verdict(label: &str, diagnosis: &Diagnosis) -> Option<Error> {
    if diagnosis.is_anonymous() {
        let message = format!("source '{label}': nothing can be tried without credentials that are accepted");
        return Some(
            Error::new(Kind::Permission, message).hint("the hints above say how to get them; then run doctor again"),
        );
    }
    if diagnosis.has(Verdict::Denied) {
        let error =
            Error::new(Kind::Permission, format!("source '{label}': something that reading it needs is denied"));
        return Some(error.hint("the policy above is enough to read it"));
    }
    let failed = diagnosis.checks.iter().find(|check| check.verdict == Verdict::Failed)?;
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

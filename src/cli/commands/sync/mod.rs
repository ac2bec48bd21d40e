//! `tfctrail sync`: fills the store with what is new in sources.

pub mod args;

mod pass;

mod plan;

use std::time::Duration;

use indicatif::HumanBytes;

use self::args::SyncArgs;
use self::pass::{estimate, pass};
use self::plan::SyncPlan;
use crate::cli::clock;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::overwrite;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::what_is_missing;
use crate::cli::reading::words::{counted, to_usize, was};
use crate::cli::terminal::interrupt;
use crate::cli::terminal::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::ingest::sync::Synced;
use crate::report::coverage_text::flaws;
use crate::report::row;
use crate::report::zone::Zone;
use crate::source::SourceSpec;

impl RunCommand for SyncArgs {
    /// One sync, or one after the other.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let plan = SyncPlan::new(self, context.now, context)?;
        overwrite::refuse("--store", Some(&plan.store), &plan.sources)?;
        if self.dry_run {
            return estimate(&plan, context.now, context);
        }
        if let Some(pause) = self.watch {
            return watch(&plan, Duration::from_secs(pause.seconds().unsigned_abs()), context);
        }
        let store = [SourceSpec::Store(plan.store.clone())];
        overwrite::refuse("--out", self.output.out.as_deref(), &plan.sources)?;
        overwrite::refuse("--out", self.output.out.as_deref(), &store)?;
        let writing = Writing::open(&self.output, row::sync::schema())?;
        let synced = pass(&plan, context.now, self.wait, writing.own_files(), context)?;
        tell(&synced, context);
        let coverage = writing.holds_coverage().then_some(&synced.coverage);
        writing.write(synced.outcomes.iter().collect(), coverage, &Zone::UTC, context)?;
        verdict(&synced, context)
    }
}

/// One sync in front of a report, with the arguments that `sync` itself would have, and from no later than `reach`, from when on
/// the report asks. Whoever else fills the store is waited for. An incomplete sync is an error that says so, and all else is in
/// the store.
pub fn before_report(
    args: &SyncArgs,
    reach: Option<Timestamp>,
    now: Timestamp,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let mut plan = SyncPlan::new(args, now, context)?;
    plan.reach = reach;
    if args.dry_run {
        return estimate(&plan, now, context);
    }
    let synced = pass(&plan, now, true, Vec::new(), context)?;
    tell(&synced, context);
    verdict(&synced, context)
}

/// Pass after pass, until a signal. What fails in one may work in the next, unless the command line is wrong or something
/// is not allowed.
fn watch(plan: &SyncPlan<'_>, pause: Duration, context: &CommandContext<'_>) -> Result<(), Error> {
    let stop = interrupt::stop();
    while !stop.is_asked() {
        let passed = clock::now().and_then(|now| {
            let synced = pass(plan, now, true, Vec::new(), context)?;
            tell(&synced, context);
            verdict(&synced, context)
        });
        match passed {
            Err(error) if matches!(error.kind(), ErrorKind::Usage | ErrorKind::Permission | ErrorKind::Interrupted) => {
                return Err(error);
            }
            Err(error) => context.talk.error(&error),
            Ok(()) => {}
        }
        stop.sleep(pause);
    }
    Err(interrupted())
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted; what was read is in the store")
}

/// One line on what was done, and what there is to know besides.
fn tell(synced: &Synced, context: &CommandContext<'_>) {
    let sum =
        |count: fn(&crate::domain::sync_counts::SyncCounts) -> u64| synced.outcomes.iter().map(count).sum::<u64>();
    let mut parts = vec![
        format!("{} new", sum(|it| it.new)),
        format!("{} changed", sum(|it| it.again)),
        format!("{} unchanged", sum(|it| it.unchanged)),
    ];
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    part(sum(|it| it.skipped), "skipped");
    part(sum(|it| it.failed), "failed");
    part(sum(|it| it.gone), "gone");
    let events = sum(|it| it.events);
    let text = format!(
        "log files: {}; {} kept, copies included, in {} read",
        parts.join(", "),
        counted(to_usize(events), "event"),
        HumanBytes(sum(|it| it.bytes))
    );
    context.talk.say(Level::Info, &text);
    let widened = synced.widened.min(sum(|it| it.again));
    if widened > 0 {
        let text =
            format!("{widened} of the changed ones {} read again for events that were not kept before", was(widened));
        context.talk.say(Level::Info, &text);
    }
    if synced.read_again > 0 {
        let text = format!(
            "{} {} read a second time, for calls of runs that could not be told at first",
            counted(to_usize(synced.read_again), "log file"),
            was(synced.read_again)
        );
        context.talk.say(Level::Info, &text);
    }
    if synced.read_for_writes > 0 {
        let text = format!(
            "{} {} read once more, for what others did with what runs wrote",
            counted(to_usize(synced.read_for_writes), "log file"),
            was(synced.read_for_writes)
        );
        context.talk.say(Level::Info, &text);
    }
    for file in &synced.gone {
        context.talk.say(Level::Warning, &format!("{file} failed before, and is now gone, or is not a log file"));
    }
}

/// What the exit code has to say.
fn verdict(synced: &Synced, context: &CommandContext<'_>) -> Result<(), Error> {
    if synced.interrupted {
        return Err(interrupted());
    }
    let advised = |error: Error| synced.advice.iter().cloned().fold(error, Error::hint);
    let nothing = |it: &&crate::domain::sync_counts::SyncCounts| it.forbidden > 0 && it.forbidden == it.files();
    if let Some(outcome) = synced.outcomes.iter().find(nothing) {
        let message = format!("source '{}': no permission to read anything in it", outcome.source);
        return Err(advised(Error::new(ErrorKind::Permission, message)));
    }
    let coverage = &synced.coverage;
    if coverage.is_incomplete() {
        for line in flaws(coverage, usize::MAX) {
            context.talk.say(Level::Warning, &line);
        }
        let message = format!("the coverage is incomplete: {}", what_is_missing(coverage));
        return Err(advised(Error::new(ErrorKind::Incomplete, message))
            .hint("everything else is in the store; the next sync tries again what failed"));
    }
    Ok(())
}

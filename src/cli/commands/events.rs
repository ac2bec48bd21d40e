//! `tfctrail events`: one row per role assumption.

use std::io;

use clap::Args;

use crate::audit::aside::event_bytes::{put_event, take_event};
use crate::audit::aside::ordered::Merged;
use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::cli::args::events::EventArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::aside::{AsideScan, Found, OrderedRecords, find, of_events};
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::domain::assumption::Assumption;
use crate::report::row::events::schema;

/// One row per role assumption, granted or denied
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail events logs/ --outcome denied --last 24h
  tfctrail events logs/ --run run-LMCK4SSiBfR6Y6rb -o json
  gunzip -c logs/*.gz | tfctrail events - --role 'deploy-*' -o ndjson
  tfctrail events logs/ --all-issuers --kind other --columns time,issuer,subject,role_arn")]
pub struct EventsArgs {
    /// What is asked for.
    #[command(flatten)]
    pub asked: EventArgs,
}

impl RunCommand for EventsArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        of_events(&self.asked, context, |scan| write(&self.asked, scan, context))
    }
}

/// Scans and writes the events.
fn write(args: &EventArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = match find(scan, &args.grouping, writing.own_files(), context)? {
        Found::Aside(aside) if !writing.takes_all() => return write_aside(args, *aside, writing, context),
        found => found.whole()?,
    };
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let for_people = writing.is_for_people();
    writing.write(events.clone(), Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        let runs = assign(&events, args.grouping.run_gap.seconds()).iter().max().map_or(0, |last| last + 1);
        words::tell(&Headline::of(&answer.selected.events, runs), &answer, &scan.issuers, context);
    }
    answer.verdict()
}

/// The same of events that are too many for memory: those of each part are put aside in their order, and then written.
fn write_aside(
    args: &EventArgs,
    aside: AsideScan<'_>,
    writing: Writing<'_, Assumption>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let (answer, OrderedRecords { writers, total, mut texts }) = aside.ordered(|writer, texts, events| {
        events.iter().try_for_each(|event| writer.put(|out| put_event(event, texts, out)))
    })?;
    let events = Merged::new(writers, |rest| take_event(rest, &mut texts), Assumption::order)?;
    let events = events.map(|event| event.map_err(io::Error::other));
    writing.write_each(total, events, Some(&answer.coverage), &args.scan.time.tz, context)?;
    answer.verdict()
}

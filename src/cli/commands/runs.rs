//! `tfctrail runs`: one row per Terraform run.

use std::io;

use clap::Args;

use crate::audit::aside::bytes::{Rest, put_number};
use crate::audit::aside::event_bytes::{put_event, take_event};
use crate::audit::aside::file::AsideError;
use crate::audit::aside::ordered::Merged;
use crate::audit::headline::Headline;
use crate::audit::runs::assign::assign;
use crate::audit::runs::fold::{RunsInOrder, fold, fold_one, order};
use crate::cli::args::events::EventArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::reading::aside::{AsideScan, Found, OrderedRecords, find, of_events};
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::domain::assumption::Assumption;
use crate::domain::run::Run;
use crate::report::RowWriter;
use crate::report::cell::Cell;
use crate::report::row::runs::schema;

/// One row per Terraform run
///
/// Folds the role assumptions of each Terraform run into one row: who (organization, project, workspace or Stack),
/// when, into which accounts, from which source addresses, with which roles, and how often it was denied.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail runs logs/ --last 7d
  tfctrail runs s3://BUCKET --last 24h --profile audit
  tfctrail runs logs/ --account 111122223333 --phase apply -o csv --out runs.csv
  tfctrail runs logs/ --org acme --workspace 'prod-*' --workspace '!*-sandbox'
  tfctrail runs logs/ --ip '!198.51.100.0/24' --columns run_id,workspace,source_ips,run_url")]
pub struct RunsArgs {
    /// What is asked for.
    #[command(flatten)]
    pub asked: EventArgs,
}

impl RunCommand for RunsArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        of_events(&self.asked, context, |scan| write(&self.asked, scan, context))
    }
}

/// Scans, folds events into runs and writes them.
fn write(args: &EventArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = match find(scan, &args.grouping, writing.own_files(), context)? {
        Found::Aside(aside) if !writing.takes_all() => return write_aside(args, *aside, writing, context),
        found => found.whole()?,
    };
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let runs = fold(&events, &assign(&events, args.grouping.run_gap.seconds()));
    let (count, for_people) = (runs.len(), writing.is_for_people());
    writing.write(runs, Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        words::tell(&Headline::of(&answer.selected.events, count), &answer, &scan.issuers, context);
    }
    answer.verdict()
}

/// So many runs are folded at once.
const TOGETHER: usize = 256;

/// The same of events that are too many for memory: the runs of each part are put aside in their order, and then written.
fn write_aside(
    args: &EventArgs,
    aside: AsideScan<'_>,
    writing: Writing<'_, Run<'_>>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let run_gap = args.grouping.run_gap.seconds();
    let (answer, OrderedRecords { writers, total, mut texts }) = aside.ordered(|writer, texts, events| {
        let events: Vec<&Assumption> = events.iter().collect();
        let runs = RunsInOrder::new(&events, &assign(&events, run_gap));
        runs.events().try_for_each(|events| {
            writer.put(|out| {
                put_number(events.len() as u64, out);
                for event in events {
                    put_event(event, texts, out);
                }
            })
        })
    })?;
    let decode = |rest: &mut Rest<'_>| (0..rest.number()?).map(|_| take_event(rest, &mut texts)).collect();
    let mut runs = Merged::new(writers, decode, |one: &Vec<Assumption>, other: &Vec<Assumption>| order(one, other))?;
    let fill = |names: &str, shown: usize, writer: &mut dyn RowWriter| {
        let mut left = shown;
        while left > 0 {
            let together = runs.by_ref().take(left.min(TOGETHER)).collect::<Result<Vec<Vec<Assumption>>, _>>();
            let together = together.map_err(io::Error::other)?;
            let columns = schema().select(names).map_err(io::Error::other)?;
            for events in &together {
                let events: Vec<&Assumption> = events.iter().collect();
                let run = fold_one(&events).ok_or_else(|| io::Error::other(AsideError::damaged()))?;
                let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(&run)).collect();
                writer.write(&cells)?;
            }
            if together.is_empty() {
                return Err(io::Error::other(AsideError::damaged()));
            }
            left -= together.len();
        }
        Ok(())
    };
    writing.write_by(total, fill, Some(&answer.coverage), &args.scan.time.tz, context)?;
    answer.verdict()
}

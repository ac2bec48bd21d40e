//! `tfctrail summary`: counts by any columns of events, by day or by hour.

use clap::Args;

use crate::audit::headline::HeadlineParts;
use crate::audit::runs::assign::assign;
use crate::audit::summary::{SummaryGroup, unite};
use crate::cli::args::events::EventArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::{Writing, refuse};
use crate::cli::reading::answer::count;
use crate::cli::reading::aside::{Found, find, of_events};
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::domain::assumption::Assumption;
use crate::report::row::summary::By;
use crate::store::count::CountQuestion;

/// Counts of runs, assumptions and denials, by any columns
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail summary logs/ --last 30d
  tfctrail summary logs/ --by account_id,role_arn --sort -denied
  tfctrail summary logs/ --by day,organization -o csv")]
pub struct SummaryArgs {
    /// What is asked for.
    #[command(flatten)]
    pub asked: EventArgs,
    /// Columns of events, or day or hour, that make a group
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', default_value = "organization,project,workspace")]
    #[arg(help_heading = "Grouping")]
    pub by: Vec<String>,
}

impl RunCommand for SummaryArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        of_events(&self.asked, context, |scan| write(self, scan, context))
    }
}

/// Scans, counts and writes the groups.
fn write(
    SummaryArgs { asked: args, by }: &SummaryArgs,
    scan: &Scan,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let by = By::parse(&by.join(",")).map_err(|error| refuse("--by", &error))?;
    let writing = Writing::open(&args.output, by.schema())?;
    let run_gap = args.grouping.run_gap.seconds();
    let counted = match by.keys() {
        Some(keys) if !args.grouping.whole_runs => count(scan, CountQuestion { keys: &keys, run_gap }, context)?,
        _ => None,
    };
    let (answer, groups, headline) = if let Some(counted) = counted {
        counted
    } else {
        match find(scan, &args.grouping, writing.own_files(), context)? {
            Found::Whole(answer) => {
                let mut counts = Counts::default();
                counts.add(&answer.selected.events, &by, run_gap);
                (*answer, counts.groups, counts.headline.finish())
            }
            Found::Aside(aside) => {
                let (answer, counts) = aside.visit(Counts::default, |counts: &mut Counts, events| {
                    counts.add(&events, &by, run_gap);
                    Ok(())
                })?;
                let mut headline = HeadlineParts::default();
                let mut groups = Vec::new();
                for part in counts {
                    headline.merge(part.headline);
                    groups.extend(part.groups);
                }
                (answer, unite(groups), headline.finish())
            }
        }
    };
    let for_people = writing.is_for_people();
    writing.write(groups, Some(&answer.coverage), &args.scan.time.tz, context)?;
    if for_people {
        words::tell(&headline, &answer, &scan.issuers, context);
    }
    answer.verdict()
}

/// What is counted of events that have all of their runs.
#[derive(Default)]
struct Counts {
    groups: Vec<SummaryGroup>,
    headline: HeadlineParts,
}

impl Counts {
    fn add(&mut self, events: &[Assumption], by: &By, run_gap: i64) {
        let all: Vec<&Assumption> = events.iter().collect();
        let runs = assign(&all, run_gap);
        let groups = by.rows(all.iter().copied().zip(runs.iter().copied()));
        self.groups = unite(std::mem::take(&mut self.groups).into_iter().chain(groups));
        self.headline.add(events, runs.iter().max().map_or(0, |last| last + 1));
    }
}

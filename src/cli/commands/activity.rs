//! `tfctrail activity`: which API calls runs made.

use std::io;

use clap::Args;

use crate::audit::activity::grouped_runs::GroupedRunCalls;
use crate::audit::coverage::Coverage;
use crate::cli::args::call_filter::SessionCallFilterArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::{ScanArgs, of_log_files};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::{Writing, refuse};
use crate::cli::reading::calls::{read_grouped_calls, scan_for_calls};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words::{counted, to_usize};
use crate::cli::size::Size;
use crate::cli::terminal::talk::Level;
use crate::cli::time::Length;
use crate::ingest::options::WantedCalls;
use crate::report::row::calls::CountBy;
use crate::report::row::{activity, calls};

/// The API calls that runs made, with the credentials that they got
///
/// One row for each kind of call of a run: the run, the account and region, the operation and how it ended, the role that
/// called, and how often. Roles that a run's role assumed in turn belong to the run too: hops tells how many sessions lie
/// between, and via names their roles. join tells how sure it is that the call is the run's: key (the access key of a
/// session), session (its principal and its start), principal (its principal, while it lasted) or name (the session name
/// alone). With --calls one row for each call; with --by counts.
///
/// A trail records management events only, unless it was set up for data events: reading and writing objects in S3 is not
/// here then. The records must be log files, extracts of extract --activity, or a store that sync --activity filled (for --calls:
/// --activity=calls); event history holds no calls of sessions.
#[derive(Debug, Args)]
#[command(mut_arg("sources", of_log_files))]
#[command(after_help = "\
Examples:
  tfctrail activity logs/ --last 7d --writes
  tfctrail activity logs/ --run run-LMCK4SSiBfR6Y6rb --calls
  tfctrail activity logs/ --denied --by workspace,service,event_name
  tfctrail activity s3://BUCKET --last 24h --service iam -o csv --out iam.csv
  tfctrail activity extracts/ --logs s3://BUCKET --last 7d")]
pub struct ActivityArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// One row for each call
    #[arg(long, conflicts_with = "by", help_heading = "Grouping")]
    pub calls: bool,
    /// Columns of --calls, or day or hour, that make a group
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', help_heading = "Grouping")]
    pub by: Vec<String>,
    /// Split events without a run id (Stacks) into runs where they are further apart
    #[arg(long, value_name = "LENGTH", default_value = "60m", help_heading = "Grouping")]
    pub run_gap: Length,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: SessionCallFilterArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The archive that extracts are of.
    #[command(flatten)]
    pub logs: LogsArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Most memory for the ids of calls; those beyond it go into temporary files
    ///
    /// A call takes 52 bytes. What calls have in common stands in memory once. Temporary files have no name, and are gone when the
    /// program ends; TMPDIR says where they lie.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", help_heading = "Limits")]
    pub memory: Size,
}

impl RunCommand for ActivityArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let mut scan =
            scan_for_calls("activity", Scan::new(&self.scan, None, &self.limits, context.now)?, WantedCalls::Grouped)?;
        scan = scan.with_logs(&self.logs)?;
        scan.limits.call_memory = self.memory.bytes();
        scan.shows_each_call = self.calls || self.by.iter().any(|column| column == "event_id");
        carry_out(scan, &self.output, context, |scan| self.write(scan, context))
    }
}

impl ActivityArgs {
    fn write(&self, scan: Scan, context: &CommandContext<'_>) -> Result<(), Error> {
        let zone = &self.scan.time.tz;
        if !self.by.is_empty() {
            let by = CountBy::parse(&self.by.join(",")).map_err(|error| refuse("--by", &error))?;
            let writing = Writing::open(&self.output, by.schema())?;
            let write = |writing: Writing<'_, _>, mut calls: GroupedRunCalls, coverage: &Coverage| {
                let mut failure = None;
                let rows = by.rows(calls.each().map_while(|call| call.map_err(|error| failure = Some(error)).ok()));
                failure.map_or(Ok(()), Err)?;
                writing.write(rows, Some(coverage), zone, context)
            };
            return self.rows(scan, writing, write, context);
        }
        if self.calls {
            let write = |writing: Writing<'_, _>, mut calls: GroupedRunCalls, coverage: &Coverage| {
                calls.sort();
                let total = calls.len();
                let rows = calls.in_order().map(|call| call.map_err(io::Error::other));
                writing.write_each(total, rows, Some(coverage), zone, context)
            };
            return self.rows(scan, Writing::open(&self.output, calls::schema())?, write, context);
        }
        let write = |writing: Writing<'_, _>, mut calls: GroupedRunCalls, coverage: &Coverage| {
            let mut rows = calls.rows()?;
            drop(calls);
            activity::sort(&mut rows);
            writing.write(rows, Some(coverage), zone, context)
        };
        self.rows(scan, Writing::open(&self.output, activity::schema())?, write, context)
    }

    /// Scans, and lets `write` make rows of the calls.
    fn rows<T>(
        &self,
        mut scan: Scan,
        writing: Writing<'_, T>,
        write: impl FnOnce(Writing<'_, T>, GroupedRunCalls, &Coverage) -> Result<(), Error>,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let filter = self.filter.filter(scan.filter.window);
        scan.filter = filter.run.clone();
        let (answer, found) = read_grouped_calls(&scan, &filter, self.run_gap.seconds(), writing.own_files(), context)?;
        let lines = words(&found, &answer.coverage);
        let for_people = writing.is_for_people();
        write(writing, found, &answer.coverage)?;
        for line in lines.into_iter().filter(|_| for_people) {
            context.talk.say(Level::Info, &line);
        }
        answer.verdict()
    }
}

fn words(found: &GroupedRunCalls, coverage: &Coverage) -> Vec<String> {
    let tally = found.tally;
    let mut line = format!("{} of {}", counted(to_usize(tally.attributed), "call"), counted(found.runs(), "run"));
    if tally.filtered > 0 {
        line = format!("{line}, {} more outside the window or removed by filters", tally.filtered);
    }
    let mut lines = vec![line];
    if tally.read() == 0 && coverage.kept.total() > 0 {
        lines.push(
            "the log files hold role assumptions of runs, but no call that was made with them; read the log files of the \
             accounts and regions that runs work in"
                .to_owned(),
        );
    }
    lines
}

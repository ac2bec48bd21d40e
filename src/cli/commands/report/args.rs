//! What `report` takes.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::cli::args::aws::role;
use crate::cli::args::expected::ExpectedArgs;
use crate::cli::args::filter::FilterArgs;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::args::severity::severities;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::commands::sync::args::SyncArgs;
use crate::domain::finding::Severity;
use crate::nightly::group::GroupBy;
use crate::report::page::PageFormat;

/// The report of a night: what is new, wrong and missing
///
/// Reviews a day (yesterday, UTC, unless told otherwise) against the time before it: the numbers, new organizations,
/// workspaces, roles and networks, what vanished, denials, findings and coverage. Without --out one page goes to
/// standard output; with --out DIR the directory gets report.html, report.md, report.json, runs.csv, events.csv,
/// findings.csv, report.xlsx with the rows of these three and the coverage, and manifest.json with the SHA-256 of each.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail report logs/ --out reports/today/
  tfctrail report logs/ --date 2026-11-04 -o html --out night.html
  tfctrail report logs/ --last 7d --group-by organization --out weekly/
  tfctrail report logs/ --date 2026-11-05 --activity --out reports/2026-11-05/
  tfctrail report logs/ --catch-up --out reports/
  tfctrail report logs/ --compare 2026-11-01..2026-11-08 2026-11-08..2026-11-15")]
pub struct ReportArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Which reports.
    #[command(flatten)]
    pub about: AboutArgs,
    /// What is expected.
    #[command(flatten)]
    pub expected: ExpectedArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// Where it goes.
    #[command(flatten)]
    pub output: PageArgs,
    /// Who is told.
    #[command(flatten)]
    pub tell: TellArgs,
    /// The archive that extracts are of.
    #[command(flatten)]
    pub logs: LogsArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The sync in front of it, where one was asked for.
    #[arg(skip)]
    pub synced: Option<Box<SyncArgs>>,
}

/// Which reports, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct AboutArgs {
    /// The UTC day to report on, in place of --from, --to and --last: 2026-11-01, yesterday, today
    #[arg(long, value_name = "DAY", conflicts_with_all = ["from", "to", "last"])]
    pub date: Option<String>,
    /// Compare window B with window A; each is a day or FROM..TO
    #[arg(long, value_names = ["A", "B"], num_args = 2, conflicts_with_all = ["date", "from", "to", "last", "catch_up", "baseline"])]
    pub compare: Vec<String>,
    /// SOURCE of earlier events, in place of those that the sources have from before the window; repeatable
    #[arg(long, value_name = "SOURCE", value_parser = SourceParser::default())]
    pub baseline: Vec<SourceText>,
    /// One report for each organization or account, in a directory of its own
    #[arg(long, value_name = "WHAT", value_enum)]
    pub group_by: Option<GroupBy>,
    /// Write the reports that --out lacks, one for each day from --from (or the first known day) to yesterday
    #[arg(long, conflicts_with_all = ["date", "to", "last"])]
    pub catch_up: bool,
    /// First fill the store with what is new in the sources, then report from the store
    ///
    /// If the sync cannot read something, the program says so, and writes the report from what the store has.
    #[arg(long, conflicts_with = "dry_run")]
    pub sync: bool,
    /// Report on what the runs did, too, with a page for each run
    ///
    /// What they changed, what AWS denied them, which roles they went on to, and which services a workspace used for the
    /// first time. With --out DIR each run gets a page of its own (500 at most), and activity.csv has a row for each kind of
    /// call. The sources must be log files, extracts of extract --activity, or a store that sync --activity=calls filled; event history
    /// holds no such calls. With
    /// --sync, the store keeps each call. All calls that the sources have are read, from before the window too, and take memory.
    #[arg(long)]
    pub activity: bool,
    /// Exit with 3 if a finding of this severity or higher is not suppressed: info, low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = severities())]
    pub fail_on: Option<Severity>,
}

impl ValueEnum for GroupBy {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Organization, Self::Account]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Organization => "Each organization",
            Self::Account => "Each account",
        };
        Some(PossibleValue::new(self.word()).help(help))
    }
}

/// Where the report goes, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PageArgs {
    /// Page: html, markdown or json; a directory gets all three unless one is named
    #[arg(short, long, value_name = "PAGE", value_parser = pages())]
    pub output: Option<PageFormat>,
    /// A directory, or a prefix of a bucket (`s3://…`); with -o, or named .html, .md or .json, a file
    ///
    /// Files are readable by their owner only. Each appears when it is complete, manifest.json last.
    #[arg(long, value_name = "DIR|FILE|S3")]
    pub out: Option<OsString>,
    /// Role to assume for writing to a bucket; those of --role-arn only read
    ///
    /// Without it your own credentials write: those of --profile, or as they are found.
    #[arg(long, value_name = "ARN", requires = "out", value_parser = role)]
    pub upload_role_arn: Option<String>,
}

fn pages() -> impl clap::builder::TypedValueParser<Value = PageFormat> {
    let of = |name: String| {
        PageFormat::ALL.iter().find(|(_, known, _)| *known == name).map_or(PageFormat::Html, |(page, _, _)| *page)
    };
    PossibleValuesParser::new(PageFormat::ALL.map(|(_, name, _)| name)).map(of)
}

/// Who is told, as typed.
#[derive(Debug, Clone, Args)]
pub struct TellArgs {
    /// Send a message to [notify.NAME] of the config file when the report is written; repeatable
    ///
    /// A delivery that fails is tried again a few times. If it still fails, the report stands, the program names the
    /// recipient, and the exit code is 1.
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Notifications")]
    pub notify: Vec<String>,
}

//! What `query` takes.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::cli::args::aws::AwsArgs;
use crate::cli::args::issuer::IssuerArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::number;
use crate::cli::args::output::format;
use crate::cli::args::source::{SourceParser, SourceText};
use crate::cli::args::store::StoreArgs;
use crate::cli::args::time::TimeArgs;
use crate::cli::args::verified::VerifiedArgs;
use crate::cli::time::Length;
use crate::report::Format;

/// Run SQL on the store, or on sources that are scanned for it
///
/// Runs one read-only statement. It cannot write, attach files or load extensions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail query \"SELECT workspace, count(*) FROM events GROUP BY 1\"
  tfctrail query \"SELECT * FROM runs WHERE denied > 0\" logs/ --last 7d -o csv
  tfctrail query --examples
  tfctrail query                            a prompt, with completion")]
pub struct QueryArgs {
    /// The statement, and the sources.
    #[arg(value_names = ["SQL", "SOURCE"], num_args = 0.., value_parser = SourceParser::default())]
    #[arg(help = "One read-only statement, and the sources to scan for it; without a source it runs on the store")]
    #[arg(long_help = WORDS_LONG)]
    pub words: Vec<SourceText>,
    /// Read the statement from a file
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Print ten useful statements
    #[arg(long, conflicts_with_all = ["file", "words"])]
    pub examples: bool,
    /// Whether only log files count that are as CloudTrail wrote them.
    #[command(flatten)]
    pub verified: VerifiedArgs,
    /// Give up after so long
    ///
    /// If a function still runs two seconds later, the process exits. Values and rows have at most 4 MiB, patterns
    /// 16 KiB.
    #[arg(long, value_name = "LENGTH", default_value = "30s", help_heading = "Limits")]
    pub timeout: Length,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// The window of what is scanned.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The issuers of what is scanned.
    #[command(flatten)]
    pub issuers: IssuerArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: AnswerArgs,
    /// The archive that extracts are of.
    #[command(flatten)]
    pub logs: LogsArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Write what was read and what is missing into a file, as JSON
    #[arg(long = "coverage", value_name = "FILE", help_heading = "Output")]
    pub coverage: Option<PathBuf>,
}

const WORDS_LONG: &str = "\
One read-only statement, and the sources to scan for it; without a source it runs on the store

The statement begins with SELECT, WITH, VALUES or EXPLAIN. Tables are events, runs and activity, with the columns of these \
commands; activity is there where the store keeps calls (sync --activity), and for a statement that names it. Lists are texts joined with ;. Functions, beside those of SQLite: ip_in(cidr, ip), glob(pattern, text), \
regexp(expression, text), day(time), hour(time), account_name(id). Without SQL, or with - in its place, it is read from standard input; on a \
terminal a prompt opens. With --file or --examples every word is a source.";

/// What is written of an answer, whose columns and order the statement tells.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct AnswerArgs {
    /// Format of the data, as for the other commands [default: what the name of --out ends in, else table]
    #[arg(short, long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::all().map(Format::name)).map(|name| Format::of_name(&name).unwrap_or(Format::Table)))]
    pub output: Option<Format>,
    /// Write to a file in place of standard output
    ///
    /// Only its owner can read the file. It appears when it is complete, and replaces an older one.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Show at most this many rows
    #[arg(short = 'n', long, value_name = "ROWS", value_parser = number::rows, allow_negative_numbers = true)]
    pub limit: Option<u64>,
    /// Leave out the header row of table, CSV and Markdown
    #[arg(long)]
    pub no_header: bool,
    /// Write CSV cells as they are, even where a spreadsheet would run them as formulas
    #[arg(long)]
    pub csv_raw: bool,
}

impl AnswerArgs {
    /// The format that was asked for, else the one that the name of the file says, else a table.
    #[must_use]
    pub fn format(&self) -> Format {
        format(self.output, self.out.as_deref())
    }
}

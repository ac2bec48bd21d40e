//! The arguments of `findings`.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::{FilterArgs, GroupingArgs, LimitArgs, OutputArgs, ScanArgs, SourceParser, SourceText};
use crate::audit::filter::pattern::Pattern;
use crate::cli::time::Length;
use crate::domain::finding::Severity;
use crate::report::Format;

/// What `-o` takes here.
const FORMAT_LONG: &str = "\
Format of the data

table, csv, json, ndjson, markdown: as for all commands. sarif: SARIF 2.1.0. ocsf: OCSF Detection Findings, one a line. \
asff: an array in the AWS Security Finding Format. The last three have all columns.";

/// Arguments of `findings`.
#[derive(Debug, Args)]
#[command(mut_arg("output", with_formats_of_findings))]
pub struct FindingsArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is looked for.
    #[command(flatten)]
    pub rules: RuleArgs,
    /// What is expected.
    #[command(flatten)]
    pub expected: ExpectedArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

fn with_formats_of_findings(arg: clap::Arg) -> clap::Arg {
    let names = PossibleValuesParser::new(Format::of_findings().map(Format::name));
    arg.value_parser(names.map(|name| Format::of_name(&name).unwrap_or(Format::Table))).long_help(FORMAT_LONG)
}

/// Which rules speak, and what follows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleArgs {
    /// List all rules: what they find, why it matters, what they cannot know
    #[arg(long)]
    pub rules: bool,
    /// Rules by id: glob, /regex/, or with ! in front which not to use; repeatable
    #[arg(long, value_name = "PATTERN")]
    pub rule: Vec<Pattern>,
    /// Leave out findings below: info, low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = severities())]
    pub min_severity: Option<Severity>,
    /// Exit with 3 if there is a finding at or above that is not suppressed
    #[arg(long, value_name = "LEVEL", value_parser = severities())]
    pub fail_on: Option<Severity>,
    /// What was seen before, so that what is new can be told: a SOURCE, of which events before the window count
    ///
    /// Without a window, those before the first event that is reported. Repeatable.
    #[arg(long, value_name = "SOURCE", value_parser = SourceParser::default())]
    pub baseline: Vec<SourceText>,
}

/// What an organization expects of itself; the config file has more of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Expected")]
pub struct ExpectedArgs {
    /// An organization of yours; others that get in are critical. Repeatable
    #[arg(long, value_name = "ORG", value_delimiter = ',')]
    pub expected_organization: Vec<String>,
    /// The audience that your tokens have
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Option<String>,
    /// The longest session that may be asked for
    #[arg(long, value_name = "LENGTH")]
    pub max_session: Option<Length>,
    /// How long a subject has to be away to be one that returns
    #[arg(long, value_name = "LENGTH", default_value = "90d")]
    pub silence: Length,
    /// How long after the first assumption of a run's phase another one is too late
    #[arg(long, value_name = "LENGTH", default_value = "1d")]
    pub replay_after: Length,
}

pub(super) fn severities() -> impl clap::builder::TypedValueParser<Value = Severity> {
    let words = PossibleValuesParser::new(Severity::ALL.map(Severity::as_str));
    words.map(|word| Severity::of_word(&word).unwrap_or(Severity::Info))
}

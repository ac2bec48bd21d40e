//! What every scan of logs takes.

use std::path::PathBuf;

use clap::{Arg, Args};

use super::aws::AwsArgs;
use super::issuer::IssuerArgs;
use super::source::{SourceParser, SourceText};
use super::store::StoreArgs;
use super::time::TimeArgs;
use super::verified::VerifiedArgs;
use super::work_list::WorkListArgs;
use crate::source::kinds::{self, KindHelp};

fn source_help() -> String {
    help(&kinds::forms())
}

fn help(forms: &str) -> String {
    format!("Log file, directory (read with all below it), {forms}, or - for standard input")
}

fn source_long_help() -> String {
    long_help(&source_help(), &kinds::about(), if kinds::KINDS.len() == 2 { "both" } else { "all" })
}

fn long_help(help: &str, about: &str, all: &str) -> String {
    format!(
        "{help}\n\n{about} For {all}, the last 7 days are read unless --from or --last says otherwise. @NAME is a source \
         of the config file; without SOURCE all sources of the config file are read."
    )
}

/// The sources of a command that needs calls, which not every kind of source holds.
#[must_use]
pub fn of_log_files(arg: Arg) -> Arg {
    of_some(arg, &kinds::with_calls())
}

/// The sources of a command that is about log files themselves, which not every kind of source has.
#[must_use]
pub fn with_log_files(arg: Arg) -> Arg {
    of_some(arg, &kinds::with_log_files())
}

fn of_some(arg: Arg, kinds: &KindHelp) -> Arg {
    let help = help(&kinds.forms);
    arg.long_help(long_help(&help, &kinds.about, kinds.all)).help(help)
}

/// What every scan of logs takes.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", help = source_help(), long_help = source_long_help(), value_parser = SourceParser::default())]
    pub sources: Vec<SourceText>,
    /// Print what would be listed and fetched from remote sources, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Whether only log files count that are as CloudTrail wrote them.
    #[command(flatten)]
    pub verified: VerifiedArgs,
    /// Write what was read and what is missing into a file, as JSON
    ///
    /// The file has the coverage of -o json, with every failed file, malformed record and gap, whatever the format of
    /// the rows. Only its owner can read it, and it appears when it is complete.
    #[arg(long = "coverage", value_name = "FILE", help_heading = "Output")]
    pub coverage: Option<PathBuf>,
    /// What was extracted.
    #[command(flatten)]
    pub work_list: WorkListArgs,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The issuers.
    #[command(flatten)]
    pub issuers: IssuerArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

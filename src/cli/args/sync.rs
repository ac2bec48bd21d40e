//! Arguments of `sync`.

use clap::Args;

use super::source::{SourceParser, SourceText};
use super::{AwsArgs, IssuerArgs, LimitArgs, OutputArgs, StoreArgs, TimeArgs};
use crate::cli::time::Length;
use crate::source::kinds;

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// The sources.
    #[arg(value_name = "SOURCE", value_parser = SourceParser::default())]
    #[arg(help = format!("Directory, log file, {} [default: the sources of the config file]", kinds::either()))]
    pub sources: Vec<SourceText>,
    /// Print what would be listed and fetched from remote sources, and fetch nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// List the days of a bucket again for so many days before today (UTC), since log files arrive late
    ///
    /// Days before that are left alone once they have been listed and read to the end. Log files that failed are always
    /// tried again, however old they are.
    #[arg(long, value_name = "DAYS", default_value = "3", value_parser = clap::value_parser!(u32).range(..=3650))]
    #[arg(help_heading = "Sync")]
    pub look_back: u32,
    /// List everything in the window again, whatever was listed before; read is only what is new or changed
    #[arg(long, help_heading = "Sync")]
    pub refresh: bool,
    /// Wait where another process fills the store, in place of leaving
    #[arg(long, help_heading = "Sync")]
    pub wait: bool,
    /// Go on until a signal, with such a pause after each pass: 5m, 1h
    #[arg(long, value_name = "LENGTH", help_heading = "Sync")]
    pub watch: Option<Length>,
    /// The window.
    #[command(flatten)]
    pub time: TimeArgs,
    /// The issuers.
    #[command(flatten)]
    pub issuers: IssuerArgs,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to reach AWS.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

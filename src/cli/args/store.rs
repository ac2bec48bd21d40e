//! `--store`: where the embedded store is; and the arguments of `store`.

use std::env;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArgs;

use crate::cli::error::Error;

/// Which store, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Store")]
pub struct StoreArgs {
    /// File of the embedded store [default: tfctrail/store.db in the user's data directory]
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
}

impl StoreArgs {
    /// The file.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let user = || folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
        let usual = || user().map(|user| user.join("tfctrail").join("store.db"));
        self.store.clone().or_else(usual).ok_or_else(|| {
            Error::usage("where the store is cannot be told: neither XDG_DATA_HOME nor HOME is set")
                .hint("--store FILE names it, or store = \"FILE\" in tfctrail.toml")
        })
    }
}

/// Arguments of `store`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct StoreCommandArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What can be done with a store as a whole.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// What is in the store, by source
    #[command(after_help = "\
Examples:
  tfctrail store info
  tfctrail store info --store audit.db -o json")]
    Info(StoreInfoArgs),
    /// Remove the events before a point in time
    ///
    /// Their log files stay marked as read, so that no sync brings them back, and the coverage says what was removed.
    #[command(after_help = "\
Examples:
  tfctrail store prune --before 400d
  tfctrail store prune --before 2025-01-01 --store audit.db")]
    Prune(StorePruneArgs),
    /// Read all of the store, and say whether everything in it fits together
    ///
    /// A line for each thing that does not. Exit code 1 if there is any.
    #[command(after_help = "\
Examples:
  tfctrail store check
  tfctrail store check --store audit.db")]
    Check(StoreArgs),
}

/// Arguments of `store info`.
#[derive(Debug, Args)]
pub struct StoreInfoArgs {
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Arguments of `store prune`.
#[derive(Debug, Args)]
pub struct StorePruneArgs {
    /// Events before that are removed: 2026-11-01, RFC 3339, today, or how long ago: 400d
    #[arg(long, value_name = "TIME")]
    pub before: String,
    /// Wait where another process fills the store, in place of leaving
    #[arg(long)]
    pub wait: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

//! `tfctrail store`: the store as a whole.

mod check;

mod export;

mod info;

mod prune;

mod remove;

mod unfinished;

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;

/// Show, export, prune and check what is in the store
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  tfctrail store info
  tfctrail store export --out lake/
  tfctrail store prune --before 400d
  tfctrail store check")]
pub struct StoreCommandArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StoreCommand,
}

impl RunCommand for StoreCommandArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        self.command.run(context)
    }
}

commands! {
    /// What can be done with a store as a whole.
    StoreCommand {
        Info(info::StoreInfoArgs),
        Prune(prune::StorePruneArgs),
        Remove(remove::StoreRemoveArgs),
        Check(check::StoreCheckArgs),
        Export(export::ExportArgs),
    }
}

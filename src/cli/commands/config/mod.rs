//! `tfctrail config`.

mod init;

mod show;

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;

/// Show the values in effect, or print an example of a config file
///
/// tfctrail.toml is looked for in the current directory and then as tfctrail/tfctrail.toml in the user's config
/// directory; --config FILE names another one. A flag wins over its variable, and that over the config file.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  tfctrail config init > tfctrail.toml
  tfctrail config show --origin")]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

impl RunCommand for ConfigArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        self.command.run(context)
    }
}

commands! {
    /// What can be done with the config file.
    ConfigCommand {
        Show(show::ConfigShowArgs),
        Init(init::ConfigInitArgs),
    }
}

//! `--config`, and the arguments of `config`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::OutputArgs;

/// Which config file, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "UI")]
pub struct ConfigFileArgs {
    /// Config file, in place of ./tfctrail.toml and the one in the user's config directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct ConfigArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with the config file.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every value that holds, and with --origin where it comes from
    ///
    /// Without COMMAND these are the values of the config file and the defaults of all flags. With it, what this command
    /// line would be read as. Secrets are never shown.
    #[command(after_help = "\
Examples:
  tfctrail config show --origin
  tfctrail config show --origin runs @prod --last 24h")]
    Show(ConfigShowArgs),
    /// Print an example of a config file, with every key explained
    #[command(after_help = "\
Examples:
  tfctrail config init > tfctrail.toml")]
    Init,
}

/// Arguments of `config show`.
#[derive(Debug, Args)]
pub struct ConfigShowArgs {
    /// Say where each value comes from: default, file and line, environment variable, or flag
    #[arg(long)]
    pub origin: bool,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// A command with its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<OsString>,
}

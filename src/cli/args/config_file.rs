//! `--config`.

use std::path::PathBuf;

use clap::Args;

/// Which config file, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "UI")]
pub struct ConfigFileArgs {
    /// Config file, in place of ./tfctrail.toml and the one in the user's config directory
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

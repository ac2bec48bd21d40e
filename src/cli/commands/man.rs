//! `tfctrail man DIR`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, reason};
use crate::cli::parsing::parse::with_twins;

/// Write the manual, one page per command, into a directory
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail man ~/.local/share/man/man1
  tfctrail man man && man -l man/tfctrail-runs.1")]
pub struct ManArgs {
    /// The directory; created if it is missing
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

impl RunCommand for ManArgs {
    /// Writes one page per command.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let dir = self.dir.display();
        std::fs::create_dir_all(&self.dir)
            .map_err(|error| Error::usage(format!("creating the directory '{dir}': {}", reason(&error))))?;
        clap_mangen::generate_to(with_twins((context.definition)()), &self.dir)
            .map_err(|error| Error::failure(format!("writing pages into '{dir}': {}", reason(&error))))
    }
}

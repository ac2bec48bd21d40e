//! `tfctrail completions SHELL`.

use std::io::Write as _;

use clap::Args;

use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::parsing::parse::with_twins;

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail completions bash > ~/.local/share/bash-completion/completions/tfctrail
  tfctrail completions zsh > ~/.zfunc/_tfctrail
  tfctrail completions fish > ~/.config/fish/completions/tfctrail.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

impl RunCommand for CompletionsArgs {
    /// Writes the completion script to standard output.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut with_twins((context.definition)()), "tfctrail", &mut script);
        let mut output = Output::open(None)?;
        output.write_all(&script).map_err(|error| output.error(&error))?;
        output.finish()
    }
}

//! `tfctrail config`, and what is said about the config file before any other command.

use std::io::Write as _;

use super::{example, show};
use crate::cli::args::{ConfigArgs, ConfigCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::reading::CommandContext;
use crate::cli::talk::Level;

/// Does what was asked for.
pub fn run(args: &ConfigArgs, context: &CommandContext<'_>) -> Result<(), Error> {
    match &args.command {
        ConfigCommand::Show(args) => show::run(args, context),
        ConfigCommand::Init => {
            let mut output = Output::open(None)?;
            output.write_all(example::TEXT.as_bytes()).map_err(|error| output.error(&error))?;
            output.finish()
        }
    }
}

/// Says which file is heard, and what in it nobody knows.
pub fn tell(context: &CommandContext<'_>) {
    if let Some(file) = &context.config.file {
        context.talk.say(Level::Debug, &format!("config file {}", file.display()));
    }
    for warning in &context.config.warnings {
        context.talk.say(Level::Warning, warning);
    }
}

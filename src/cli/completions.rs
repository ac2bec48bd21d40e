//! `tfctrail completions SHELL`.

use std::io::Write as _;

use super::args::{self, CompletionsArgs};
use super::error::Error;
use super::output::Output;

/// Writes the completion script to standard output.
pub fn run(args: &CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "tfctrail", &mut script);
    let mut output = Output::open(None)?;
    output.write_all(&script).map_err(|error| output.error(&error))?;
    output.finish()
}

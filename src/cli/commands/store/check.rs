//! `tfctrail store check`.

use std::io::Write as _;

use clap::Args;

use super::unfinished::verdict;
use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::terminal::talk::Level;
use crate::report::visible::visible;
use crate::store::Store;

/// Read the whole store and check that it is consistent
///
/// Reads every table, cell and event, as the other commands do, and prints a line for each defect. Exit code 1 if there
/// is one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store check
  tfctrail store check --store audit.db")]
pub struct StoreCheckArgs {
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl RunCommand for StoreCheckArgs {
    /// Reads all of the store and lists what does not fit together.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let path = self.store.path()?;
        let mut output = Output::open(None)?;
        let store = Store::open_read(&path)?;
        let problems = store.check()?;
        for problem in &problems {
            writeln!(output, "{}", visible(problem)).map_err(|error| output.error(&error))?;
        }
        output.finish()?;
        if problems.is_empty() {
            context.talk.say(Level::Info, &format!("{}: the store is consistent", path.display()));
            return verdict(&store, context);
        }
        let what =
            if problems.len() == 1 { "a thing does".to_owned() } else { format!("{} things do", problems.len()) };
        Err(Error::failure(format!("store {}: {what} not fit together", path.display()))
            .hint("move it away and fill a new one with tfctrail sync; the log files have everything that it had"))
    }
}

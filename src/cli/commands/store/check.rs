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

/// Read all of the store, and say whether everything in it fits together
///
/// Every table, cell and event is read, as the other commands read them. A line for each thing that does not. Exit code 1
/// if there is any.
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
            context.talk.say(Level::Info, &format!("{}: everything fits together", path.display()));
            return verdict(&store, context);
        }
        let what =
            if problems.len() == 1 { "a thing does".to_owned() } else { format!("{} things do", problems.len()) };
        Err(Error::failure(format!("store {}: {what} not fit together", path.display()))
            .hint("move it away and fill a new one with tfctrail sync; log files hold everything in it"))
    }
}

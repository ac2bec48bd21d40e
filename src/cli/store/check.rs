//! `tfctrail store check`.

use std::io::Write as _;

use crate::cli::args::StoreArgs;
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::reading::CommandContext;
use crate::cli::talk::Level;
use crate::report::visible::visible;
use crate::store::Store;

/// Reads all of the store and lists what does not fit together.
pub(super) fn run(args: &StoreArgs, context: &CommandContext<'_>) -> Result<(), Error> {
    let path = args.path()?;
    let mut output = Output::open(None)?;
    let store = Store::open_read(&path)?;
    let problems = store.check()?;
    for problem in &problems {
        writeln!(output, "{}", visible(problem)).map_err(|error| output.error(&error))?;
    }
    output.finish()?;
    if problems.is_empty() {
        context.talk.say(Level::Info, &format!("{}: everything fits together", path.display()));
        return super::verdict(&store, context);
    }
    let what = if problems.len() == 1 { "a thing does".to_owned() } else { format!("{} things do", problems.len()) };
    Err(Error::failure(format!("store {}: {what} not fit together", path.display()))
        .hint("move it away and fill a new one with tfctrail sync; log files hold everything in it"))
}

//! Syncs that were not read to their end.

use crate::cli::context::CommandContext;
use crate::cli::error::{Error, ErrorKind};
use crate::cli::terminal::talk::Level;
use crate::store::Store;

/// Says what is in doubt, since a sync was not read to its end. Nothing that comes out of such a store is complete.
pub(super) fn verdict(store: &Store, context: &CommandContext<'_>) -> Result<(), Error> {
    let unfinished = store.unfinished()?;
    for text in &unfinished {
        context.talk.say(Level::Warning, text);
    }
    match unfinished.len() {
        0 => Ok(()),
        1 => Err(Error::new(ErrorKind::Incomplete, "the store is incomplete: a source was not read to its end")),
        many => Err(Error::new(
            ErrorKind::Incomplete,
            format!("the store is incomplete: {many} sources were not read to their end"),
        )),
    }
}

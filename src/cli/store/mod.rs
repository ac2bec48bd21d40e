//! `tfctrail store`: the store as a whole.

mod check;

mod export;

mod info;

mod prune;

mod remove;

use super::args::{StoreCommand, StoreCommandArgs};
use super::error::{Error, Kind};
use super::reading::CommandContext;
use super::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::store::Store;

/// Does what is to be done with it.
pub fn run(args: &StoreCommandArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Info(args) => info::run(args, context),
        StoreCommand::Prune(args) => prune::run(args, now, context),
        StoreCommand::Remove(args) => remove::run(args, now, context),
        StoreCommand::Check(args) => check::run(args, context),
        StoreCommand::Export(args) => export::run(args, now, context),
    }
}

/// Says what is in doubt, since a sync was not read to its end. Nothing that comes out of such a store is complete.
fn verdict(store: &Store, context: &CommandContext<'_>) -> Result<(), Error> {
    let unfinished = store.unfinished()?;
    for text in &unfinished {
        context.talk.say(Level::Warning, text);
    }
    match unfinished.len() {
        0 => Ok(()),
        1 => Err(Error::new(Kind::Incomplete, "the store is incomplete: a source was not read to its end")),
        many => Err(Error::new(
            Kind::Incomplete,
            format!("the store is incomplete: {many} sources were not read to their end"),
        )),
    }
}

//! `tfctrail store`: the store as a whole.

mod check;

mod export;

mod info;

mod prune;

use super::args::{StoreCommand, StoreCommandArgs};
use super::error::Error;
use super::reading::Voice;
use crate::domain::timestamp::Timestamp;

/// Does what is to be done with it.
pub fn run(args: &StoreCommandArgs, now: Timestamp, voice: &Voice<'_>) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Info(args) => info::run(args, voice),
        StoreCommand::Prune(args) => prune::run(args, now, voice),
        StoreCommand::Check(args) => check::run(args, voice),
        StoreCommand::Export(args) => export::run(args, voice),
    }
}

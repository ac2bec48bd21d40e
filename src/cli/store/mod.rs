//! `tfctrail store`.

use super::args::{StoreCommand, StoreCommandArgs};
use super::error::Error;
use super::reading::Voice;

mod export;

/// Does what was asked for.
pub fn run(args: &StoreCommandArgs, voice: &Voice<'_>) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Export(args) => export::run(args, voice),
    }
}

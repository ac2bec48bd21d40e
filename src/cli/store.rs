//! `tfctrail store`: the store as a whole.

use std::io::Write as _;

use indicatif::HumanBytes;

use super::args::{StoreArgs, StoreCommand, StoreCommandArgs, StoreInfoArgs, StorePruneArgs};
use super::error::Error;
use super::hold::hold;
use super::output::Output;
use super::reading::Voice;
use super::talk::Level;
use super::time::parse_time;
use super::writing::Writing;
use crate::domain::timestamp::Timestamp;
use crate::report::row::store::schema;
use crate::report::visible::visible;
use crate::store::Store;

/// Does what is to be done with it.
pub fn run(args: &StoreCommandArgs, now: Timestamp, voice: &Voice<'_>) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Info(args) => info(args, voice),
        StoreCommand::Prune(args) => prune(args, now, voice),
        StoreCommand::Check(args) => check(args, voice),
    }
}

fn info(args: &StoreInfoArgs, voice: &Voice<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let store = Store::open_read(&args.store.path()?)?;
    let info = store.info()?;
    writing.write(info.sources, None, &jiff::tz::TimeZone::UTC, voice)?;
    let times = info.times.map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
    let path = store.path().display();
    let text = format!("{path}: {} events{times}, {}, schema {}", info.events, HumanBytes(info.bytes), info.schema);
    voice.talk.say(Level::Info, &text);
    if let Some((before, events)) = info.pruned {
        voice.talk.say(Level::Info, &format!("{events} events before {before} were removed"));
    }
    Ok(())
}

fn prune(args: &StorePruneArgs, now: Timestamp, voice: &Voice<'_>) -> Result<(), Error> {
    let refuse = |error| Error::usage(format!("--before '{}': {error}", args.before));
    let before = parse_time(&args.before, now).map_err(refuse)?;
    let path = args.store.path()?;
    // Nothing is made where there is nothing to prune.
    drop(Store::open_read(&path)?);
    let _lock = hold(&path, "store prune", now, args.wait, voice)?;
    let removed = Store::create(&path)?.prune(before)?;
    voice.talk.say(
        Level::Info,
        &format!("{removed} events before {before} are removed; their log files stay marked as read"),
    );
    Ok(())
}

fn check(args: &StoreArgs, voice: &Voice<'_>) -> Result<(), Error> {
    let path = args.path()?;
    let mut output = Output::open(None)?;
    let problems = Store::open_read(&path)?.check()?;
    for problem in &problems {
        writeln!(output, "{}", visible(problem)).map_err(|error| output.error(&error))?;
    }
    output.finish()?;
    if problems.is_empty() {
        voice.talk.say(Level::Info, &format!("{}: everything fits together", path.display()));
        return Ok(());
    }
    let what = if problems.len() == 1 { "a thing does".to_owned() } else { format!("{} things do", problems.len()) };
    Err(Error::failure(format!("store {}: {what} not fit together", path.display()))
        .hint("move it away and fill a new one with tfctrail sync; log files hold everything in it"))
}

//! `tfctrail store prune`.

use crate::cli::args::StorePruneArgs;
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::reading::CommandContext;
use crate::cli::talk::Level;
use crate::cli::time::parse_time;
use crate::domain::timestamp::Timestamp;
use crate::store::Store;

/// Removes old events.
pub(super) fn run(args: &StorePruneArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    let refuse = |error| Error::usage(format!("--before '{}': {error}", args.before));
    let before = parse_time(&args.before, now).map_err(refuse)?;
    let path = args.store.path()?;
    // Nothing is made where there is nothing to prune.
    drop(Store::open_read(&path)?);
    let _lock = hold(&path, "store prune", now, args.wait, context)?;
    let removed = Store::create(&path)?.prune(before, args.forget)?;
    context.talk.say(
        Level::Info,
        &format!("{removed} events before {before} are removed; their log files stay marked as read"),
    );
    let text = if args.forget {
        "nothing is remembered of what they show, so that it counts as new when it comes back"
    } else {
        "what they show, and when it was first and last seen, is remembered"
    };
    context.talk.say(Level::Info, text);
    Ok(())
}

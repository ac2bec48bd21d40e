//! `tfctrail store info`.

use indicatif::HumanBytes;

use crate::cli::args::StoreInfoArgs;
use crate::cli::error::Error;
use crate::cli::reading::CommandContext;
use crate::cli::talk::Level;
use crate::cli::writing::Writing;
use crate::report::row::store::schema;
use crate::report::zone::Zone;
use crate::store::Store;

/// Says what is in the store, by source.
pub(super) fn run(args: &StoreInfoArgs, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let store = Store::open_read(&args.store.path()?)?;
    let info = store.info()?;
    writing.write(info.sources, None, &Zone::UTC, context)?;
    let times = info.times.map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
    let path = store.path().display();
    let text = format!(
        "{path}: {} events kept, copies included{times}, {}, schema {}",
        info.events,
        HumanBytes(info.bytes),
        info.schema
    );
    context.talk.say(Level::Info, &text);
    if info.alikes > 0 {
        let text = format!("{} more of issuers that nobody named, for findings and report", info.alikes);
        context.talk.say(Level::Info, &text);
    }
    if let Some((before, events)) = info.pruned {
        context.talk.say(Level::Info, &format!("{events} events before {before} were removed"));
    }
    if info.stale > 0 {
        let text = format!("{} log files could not be read again; what was read of them before stands", info.stale);
        context.talk.say(Level::Warning, &text);
    }
    super::verdict(&store, context)
}

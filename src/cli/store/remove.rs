//! `tfctrail store remove`.

use crate::cli::args::StoreRemoveArgs;
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::reading::CommandContext;
use crate::cli::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::store::Store;
use crate::store::remove::Named;

/// Removes a source, or a part of one.
pub(super) fn run(args: &StoreRemoveArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    let path = args.store.path()?;
    // Nothing is made, and nobody waited for, where there is nothing to remove.
    find(&Store::open_read(&path)?, &args.source)?;
    let _lock = hold(&path, "store remove", now, args.wait, context)?;
    let mut store = Store::create(&path)?;
    let named = find(&store, &args.source)?;
    let removed = store.remove(&named)?;
    let files = if removed.files == 1 { "log file" } else { "log files" };
    let text = format!("{}: removed with {} {files} and {} events", named.label(), removed.files, removed.events);
    context.talk.say(Level::Info, &text);
    Ok(())
}

/// The source that a text names.
fn find(store: &Store, text: &str) -> Result<Named, Error> {
    if let Some(named) = store.named(text)? {
        return Ok(named);
    }
    // A folder may be called by another path than the one that it was synced by.
    if let Some(named) =
        std::fs::canonicalize(text).ok().map(|path| store.named(&path.to_string_lossy())).transpose()?
    {
        return named.ok_or_else(|| unknown(store, text));
    }
    Err(unknown(store, text))
}

fn unknown(store: &Store, text: &str) -> Error {
    let error = Error::usage(format!("source '{text}': the store has no source of that name"));
    match store.info() {
        Ok(info) if info.sources.is_empty() => error.hint("it has none at all"),
        Ok(info) => {
            let labels: Vec<&str> = info.sources.iter().map(|source| &*source.label).collect();
            error.hint(format!("it has {}", labels.join(", ")))
        }
        Err(failed) => failed.into(),
    }
}

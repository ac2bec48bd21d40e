//! `tfctrail store remove`.

use clap::Args;

use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::reading::words::{counted, to_usize};
use crate::cli::terminal::talk::Level;
use crate::platform;
use crate::store::Store;
use crate::store::remove::RemovalTarget;

/// Remove a source and everything that was read from it
///
/// The next sync of the source starts from the beginning. A prefix that was synced is removed with its log files,
/// except those that also lie in another synced prefix. The name of a bucket alone removes everything of that bucket,
/// event-history: everything of the event history, cloudwatch-logs: everything of log groups, and athena: everything
/// of tables of Athena.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store remove ./old-archive
  tfctrail store remove s3://org-trail/AWSLogs/111122223333/
  tfctrail store remove event-history: --store audit.db")]
pub struct StoreRemoveArgs {
    /// The source, as `store info` names it; a bucket or the event history may be named as a whole, or by a part that was synced
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Wait while another process writes to the store, in place of exiting
    #[arg(long)]
    pub wait: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl RunCommand for StoreRemoveArgs {
    /// Removes a source, or a part of one.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let path = self.store.path()?;
        // Nothing is made, and nobody waited for, where there is nothing to remove.
        find(&Store::open_read(&path)?, &self.source)?;
        let _lock = hold(&path, "store remove", context.now, self.wait, context)?;
        let mut store = Store::create(&path)?;
        let named = find(&store, &self.source)?;
        let removed = store.remove(&named)?;
        let (files, events) =
            (counted(to_usize(removed.files), "log file"), counted(to_usize(removed.events), "event"));
        let text = format!("{}: removed with {files} and {events}", named.label());
        context.talk.say(Level::Info, &text);
        Ok(())
    }
}

/// The source that a text names.
fn find(store: &Store, text: &str) -> Result<RemovalTarget, Error> {
    if let Some(named) = store.named(text)? {
        return Ok(named);
    }
    // A folder may be called by another path than the one that it was synced by.
    if let Some(named) = platform::canonical(text).ok().map(|path| store.named(&path.to_string_lossy())).transpose()? {
        return named.ok_or_else(|| unknown(store, text));
    }
    Err(unknown(store, text))
}

fn unknown(store: &Store, text: &str) -> Error {
    let error = Error::usage(format!("source '{text}': the store has no source of that name"));
    match store.info() {
        Ok(info) if info.sources.is_empty() => error.hint("the store has no source"),
        Ok(info) => {
            let labels: Vec<&str> = info.sources.iter().map(|source| &*source.label).collect();
            error.hint(format!("it has {}", labels.join(", ")))
        }
        Err(failed) => failed.into(),
    }
}

//! `tfctrail store prune`.

use clap::Args;

use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::terminal::talk::Level;
use crate::cli::time::parse_time;
use crate::store::Store;

/// Remove the events before a point in time
///
/// Their log files stay marked as read, so that no sync brings them back, and the coverage says what was removed. Which
/// organizations, projects, workspaces, accounts, roles, source addresses and user agents they show stays known, with
/// the first and the last time, so that findings and reports call nothing new that is not; --forget removes that too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store prune --before 400d
  tfctrail store prune --before 400d --forget
  tfctrail store prune --before 2025-01-01 --store audit.db")]
pub struct StorePruneArgs {
    /// Events before that are removed: 2026-11-01, RFC 3339, today, or how long ago: 400d
    #[arg(long, value_name = "TIME")]
    pub before: String,
    /// Remember nothing of what they show either: whatever comes back after that is new
    #[arg(long)]
    pub forget: bool,
    /// Wait where another process fills the store, in place of leaving
    #[arg(long)]
    pub wait: bool,
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
}

impl RunCommand for StorePruneArgs {
    /// Removes old events.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let refuse = |error| Error::usage(format!("--before '{}': {error}", self.before));
        let before = parse_time(&self.before, context.now).map_err(refuse)?;
        let path = self.store.path()?;
        // Nothing is made where there is nothing to prune.
        drop(Store::open_read(&path)?);
        let _lock = hold(&path, "store prune", context.now, self.wait, context)?;
        let removed = Store::create(&path)?.prune(before, self.forget)?;
        context.talk.say(
            Level::Info,
            &format!("{removed} events before {before} are removed; their log files stay marked as read"),
        );
        let text = if self.forget {
            "nothing is remembered of what they show, so that it counts as new when it comes back"
        } else {
            "what they show, and when it was first and last seen, is remembered"
        };
        context.talk.say(Level::Info, text);
        Ok(())
    }
}

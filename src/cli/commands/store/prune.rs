//! `tfctrail store prune`.

use clap::Args;

use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::hold::hold;
use crate::cli::reading::words::{counted, to_usize, was};
use crate::cli::terminal::talk::Level;
use crate::cli::time::parse_time;
use crate::store::Store;

/// Remove the events and calls before a point in time
///
/// Their log files stay marked as read, so that no sync brings the events back, and the coverage says what was removed.
/// The store remembers which organizations, projects, workspaces, accounts, roles, source addresses and user agents
/// they showed, with the first and the last time, so that findings and reports do not call them new; --forget removes
/// that too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store prune --before 400d
  tfctrail store prune --before 400d --forget
  tfctrail store prune --before 2025-01-01 --store audit.db")]
pub struct StorePruneArgs {
    /// Remove events and calls before this time: 2026-11-01, RFC 3339, today, or how long ago: 400d
    #[arg(long, value_name = "TIME")]
    pub before: String,
    /// Also forget what the removed events showed: what appears again later counts as new
    #[arg(long)]
    pub forget: bool,
    /// Wait while another process writes to the store, in place of exiting
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
        let calls = counted(to_usize(removed.calls), "call");
        let calls = if removed.calls > 0 { format!(" and {calls} of runs") } else { String::new() };
        let (events, was) = (counted(to_usize(removed.events), "event"), was(removed.events + removed.calls));
        let text = format!("{events}{calls} before {before} {was} removed; the log files stay marked as read");
        context.talk.say(Level::Info, &text);
        let text = if self.forget {
            "the store forgot what they showed, so it counts as new when it appears again"
        } else {
            "the store remembers what they showed, and when it was first and last seen"
        };
        context.talk.say(Level::Info, text);
        Ok(())
    }
}

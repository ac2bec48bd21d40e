//! `tfctrail store info`.

use clap::Args;
use indicatif::HumanBytes;

use super::unfinished::verdict;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::terminal::talk::Level;
use crate::report::row::store::schema;
use crate::report::zone::Zone;
use crate::store::Store;
use crate::store::calls::about::CallInfo;

/// What is in the store, by source
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail store info
  tfctrail store info --store audit.db -o json")]
pub struct StoreInfoArgs {
    /// Which store.
    #[command(flatten)]
    pub store: StoreArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl RunCommand for StoreInfoArgs {
    /// Says what is in the store, by source.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let writing = Writing::open(&self.output, schema())?;
        let store = Store::open_read(&self.store.path()?)?;
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
        if info.look_alikes > 0 {
            let text =
                format!("{} more events of issuers that nobody named, kept for findings and report", info.look_alikes);
            context.talk.say(Level::Info, &text);
        }
        let CallInfo { sums, each, missing, pruned } = info.calls;
        if sums + each > 0 {
            let text = format!("calls of runs are kept of {} log files: each of {each}, sums of {sums}", sums + each);
            context.talk.say(Level::Info, &text);
        }
        if missing > 0 {
            let text = format!("{missing} log files hold more calls of runs, and were not read a second time");
            context.talk.say(Level::Warning, &text);
        }
        if let Some((before, events)) = info.pruned {
            let calls = if pruned > 0 { format!(" and {pruned} calls of runs") } else { String::new() };
            context.talk.say(Level::Info, &format!("{events} events{calls} before {before} were removed"));
        }
        if info.stale > 0 {
            let text = format!(
                "{} log files could not be read again; the store keeps what it read from them before",
                info.stale
            );
            context.talk.say(Level::Warning, &text);
        }
        verdict(&store, context)
    }
}

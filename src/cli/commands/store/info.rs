//! `tfctrail store info`.

use clap::Args;
use indicatif::HumanBytes;

use super::unfinished::verdict;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::store::StoreArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::overwrite;
use crate::cli::output::writing::Writing;
use crate::cli::reading::words::{counted, to_usize, was};
use crate::cli::terminal::talk::Level;
use crate::report::row::store::schema;
use crate::report::zone::Zone;
use crate::source::SourceSpec;
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
        let path = self.store.path()?;
        overwrite::refuse("--out", self.output.out.as_deref(), &[SourceSpec::Store(path.clone())])?;
        let writing = Writing::open(&self.output, schema())?;
        let store = Store::open_read(&path)?;
        let info = store.info()?;
        writing.write(info.sources, None, &Zone::UTC, context)?;
        let times = info.times.map_or_else(String::new, |(first, last)| format!(", from {first} to {last}"));
        let path = store.path().display();
        let text = format!(
            "{path}: {} kept, copies included{times}, {}, schema {}",
            counted(to_usize(info.events), "event"),
            HumanBytes(info.bytes),
            info.schema
        );
        context.talk.say(Level::Info, &text);
        if info.look_alikes > 0 {
            let more = counted(to_usize(info.look_alikes), "more event");
            let text = format!("{more} of issuers that nobody named, kept for findings and report");
            context.talk.say(Level::Info, &text);
        }
        let CallInfo { sums, each, missing, pruned } = info.calls;
        if sums + each > 0 {
            let of = |count: u64| counted(to_usize(count), "log file");
            let text = match (each, sums) {
                (_, 0) => format!("each call of a run is kept of {}", of(each)),
                (0, _) => format!("sums of the calls of runs are kept of {}", of(sums)),
                _ => format!("each call of a run is kept of {}, sums of them of {}", of(each), of(sums)),
            };
            context.talk.say(Level::Info, &text);
        }
        if let (valid @ 1.., others) = info.verified {
            let others = if others > 0 { format!("; {others} are not, or nobody knows") } else { String::new() };
            let is = if valid == 1 { "is" } else { "are" };
            let text = format!("{} {is} as CloudTrail wrote them{others}", counted(to_usize(valid), "log file"));
            context.talk.say(Level::Info, &text);
        }
        if missing > 0 {
            let text = format!(
                "{} with more calls of runs {} not read a second time",
                counted(to_usize(missing), "log file"),
                was(missing)
            );
            context.talk.say(Level::Warning, &text);
        }
        if let Some((before, events)) = info.pruned {
            let calls = counted(to_usize(pruned), "call");
            let calls = if pruned > 0 { format!(" and {calls} of runs") } else { String::new() };
            let (text, was) = (counted(to_usize(events), "event"), was(events + pruned));
            context.talk.say(Level::Info, &format!("{text}{calls} before {before} {was} removed"));
        }
        if info.stale > 0 {
            let text = format!(
                "{} could not be read again; the store keeps what it read before",
                counted(to_usize(info.stale), "log file")
            );
            context.talk.say(Level::Warning, &text);
        }
        verdict(&store, context)
    }
}

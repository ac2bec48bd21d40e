//! What a command is, and what every one is given.

use std::path::Path;
use std::sync::Arc;

use super::args::ui::UiArgs;
use super::asked::Asked;
use super::config::Config;
use super::error::Error;
use super::parsing::parse::ParsedCommandLine;
use super::terminal::talk::{Level, Talk};
use crate::domain::timestamp::Timestamp;
use crate::report::coverage_text::grouped;
use crate::source::question::SourceNote;

/// A command: its arguments know what to do.
pub trait RunCommand {
    /// Takes out of the command line what the arguments alone do not tell. Called once, before anything is done.
    fn prepare(&mut self, read: &ParsedCommandLine) -> Result<(), clap::Error> {
        let _ = read;
        Ok(())
    }

    /// Does what was asked for.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error>;
}

/// What every command is given: how to talk while it works, the config file, the time, and what the other commands are.
#[derive(Debug, Clone)]
pub struct CommandContext<'a> {
    /// Standard error.
    pub talk: &'a Arc<Talk>,
    /// Colours and progress.
    pub ui: &'a UiArgs,
    /// The config file.
    pub config: &'a Config,
    /// What was asked, for commands that go on from there.
    pub asked: &'a Asked,
    /// When the command began.
    pub now: Timestamp,
    /// The definition of all commands, before environment and config file give any flag a default.
    pub definition: fn() -> clap::Command,
}

impl CommandContext<'_> {
    /// Says which config file is heard, and what in it nobody knows.
    pub fn tell_config(&self) {
        if let Some(file) = &self.config.file {
            self.talk.say(Level::Debug, &format!("config file {}", file.display()));
        }
        for warning in &self.config.warnings {
            self.talk.say(Level::Warning, warning);
        }
    }

    /// Whether everything that is wrong is named on standard error, whatever the format.
    #[must_use]
    pub fn names_all(&self) -> bool {
        self.talk.style().json || self.talk.style().least >= Level::Debug
    }

    /// Says what was written, and how much.
    pub fn say_written(&self, path: &Path, rows: u64) {
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(rows)) };
        self.talk.say(Level::Info, &format!("wrote {}: {rows}", path.display()));
    }

    /// Says what there is to say about sources.
    pub fn tell(&self, notes: &[SourceNote]) {
        for note in notes {
            self.talk.say(if note.detail { Level::Debug } else { Level::Info }, &note.text);
        }
    }
}

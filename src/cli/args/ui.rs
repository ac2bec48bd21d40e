//! `--quiet`, `--verbose`, `--progress`, `--color`, `--log-format`.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};

use crate::cli::terminal::pager;
use crate::cli::terminal::progress::ProgressMode;
use crate::cli::terminal::talk::{Level, Style, width};

/// How to talk, as typed.
#[derive(Debug, Args)]
#[command(next_help_heading = "UI")]
pub struct UiArgs {
    /// Print only warnings and errors
    #[arg(short, long, global = true, overrides_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, overrides_with = "quiet")]
    pub verbose: bool,
    /// Show progress; auto shows it on a terminal, always also prints lines into a log
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = TerminalChoice::Auto, hide_possible_values = true)]
    pub progress: TerminalChoice,
    /// Use colours: auto, always, never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = TerminalChoice::Auto, hide_possible_values = true)]
    pub color: TerminalChoice,
    /// Show what is longer than the screen with this command, in place of PAGER or less
    ///
    /// Only on a terminal. An empty command means none.
    #[arg(long, global = true, value_name = "COMMAND", overrides_with = "no_pager")]
    pub pager: Option<OsString>,
    /// Use no pager
    #[arg(long, global = true, overrides_with = "pager")]
    pub no_pager: bool,
    /// Format of messages on standard error: text, or json with one object per line
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text, hide_possible_values = true)]
    pub log_format: LogFormat,
}

/// When to do something that only a terminal likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TerminalChoice {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// How messages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One object per line
    Json,
}

/// Whether nothing speaks against colours on a terminal: `NO_COLOR`, or a terminal that has none.
#[must_use]
pub fn colors_are_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

impl UiArgs {
    /// From now on what is longer than the screen goes through a pager.
    pub fn install_pager(&self) {
        pager::install(self.pager.as_deref(), self.no_pager);
    }

    /// The style of standard error.
    #[must_use]
    pub fn style(&self) -> Style {
        let least = match (self.quiet, self.verbose) {
            (true, _) => Level::Warning,
            (false, true) => Level::Debug,
            (false, false) => Level::Info,
        };
        let color = self.colors(std::io::stderr().is_terminal());
        Style { least, json: self.log_format == LogFormat::Json, color, width: width() }
    }

    /// Whether to use colours on a stream. `NO_COLOR` and `TERM=dumb` count unless the flag says otherwise.
    #[must_use]
    pub fn colors(&self, is_terminal: bool) -> bool {
        match self.color {
            TerminalChoice::Always => true,
            TerminalChoice::Never => false,
            TerminalChoice::Auto => is_terminal && colors_are_wanted(),
        }
    }

    /// How to show progress, if at all.
    #[must_use]
    pub fn progress(&self) -> Option<ProgressMode> {
        let bar = std::io::stderr().is_terminal() && self.log_format == LogFormat::Text;
        match self.progress {
            TerminalChoice::Never => None,
            TerminalChoice::Auto => (bar && !self.quiet).then_some(ProgressMode::Bar),
            TerminalChoice::Always => Some(if bar { ProgressMode::Bar } else { ProgressMode::Lines }),
        }
    }
}

//! What the program says on standard error: for people as text, for machines as one JSON object per line. Talking
//! never fails: nobody need listen.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;

use super::fold::folded;
use crate::cli::error::{Error, ErrorKind};
use crate::report::visible::visible;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Ends the command. Always shown.
    Error,
    /// Something is missing or surprising. Always shown.
    Warning,
    /// What is going on. Not shown with `--quiet`.
    Info,
    /// Details. Shown with `--verbose`.
    Debug,
}

impl Level {
    /// The word in JSON lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// How to talk.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The least important level that is shown.
    pub least: Level,
    /// JSON lines in place of text.
    pub json: bool,
    /// Colours in text.
    pub color: bool,
    /// Characters per line of the terminal; nothing where there is none.
    pub width: Option<usize>,
}

/// Characters per line of the terminal that standard error is; nothing where it is none.
#[must_use]
pub fn width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stderr())
        .map(|(width, _)| usize::from(width.0))
        .filter(|width| *width > 20)
}

/// Standard error.
#[derive(Debug)]
pub struct Talk {
    style: Style,
    bar: Mutex<Option<ProgressBar>>,
}

impl Talk {
    /// Talks in that style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style, bar: Mutex::new(None) }
    }

    /// Its style.
    #[must_use]
    pub fn style(&self) -> Style {
        self.style
    }

    /// Says something, if its level is shown.
    pub fn say(&self, level: Level, message: &str) {
        if level <= self.style.least {
            self.write(&self.style.line(level, message, []));
        }
    }

    /// Shows a block of several lines; as JSON, one line with `message` and the `value` under the name `key`.
    pub fn block(&self, level: Level, text: &str, message: &str, key: &str, value: &impl Serialize) {
        if level > self.style.least {
            return;
        }
        if self.style.json {
            let value = serde_json::to_value(value).unwrap_or_default();
            self.write(&self.style.line(level, message, [(key, value)]));
        } else {
            let lines: Vec<String> = text.lines().map(|line| visible(line).into_owned() + "\n").collect();
            self.write(&lines.concat());
        }
    }

    /// Shows what ended the command, with its hints. A broken pipe is not shown.
    pub fn error(&self, error: &Error) {
        if error.kind() == ErrorKind::BrokenPipe {
            return;
        }
        if self.style.json {
            let hints: Vec<String> = error.hints().iter().map(|hint| visible(hint).into_owned()).collect();
            let hints = (!hints.is_empty()).then(|| ("hints", Value::from(hints)));
            self.write(&self.style.line(Level::Error, error.message(), hints));
        } else {
            let hints = error.hints().iter().map(|hint| format!("hint: {}\n", self.style.folded(&visible(hint), 6)));
            let lines: String = hints.collect();
            self.write(&(self.style.line(Level::Error, error.message(), []) + &lines));
        }
    }

    /// Of several results the one that decides the exit code; what else went wrong is said.
    pub fn gravest(&self, results: impl IntoIterator<Item = Result<(), Error>>) -> Result<(), Error> {
        let (result, others) = Error::gravest(results);
        for error in &others {
            self.error(error);
        }
        result
    }

    /// From now on messages appear above that bar.
    pub(in crate::cli) fn attach(&self, bar: Option<ProgressBar>) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    fn write(&self, text: &str) {
        let write = || drop(std::io::stderr().write_all(text.as_bytes()));
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Style {
    fn line<'a>(self, level: Level, message: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) -> String {
        if self.json {
            let head = [("level", Value::from(level.as_str())), ("message", Value::from(visible(message)))];
            let members = head.into_iter().chain(fields).map(|(name, value)| format!("{}:{value}", Value::from(name)));
            // Outside of texts JSON has nothing hidden, and inside the escape says the same.
            return format!("{}\n", visible(&format!("{{{}}}", members.collect::<Vec<_>>().join(","))));
        }
        let prefix = match (level, self.color) {
            (Level::Error, true) => "\u{1b}[1;31merror:\u{1b}[0m ",
            (Level::Error, false) => "error: ",
            (Level::Warning, true) => "\u{1b}[1;33mwarning:\u{1b}[0m ",
            (Level::Warning, false) => "warning: ",
            (Level::Info | Level::Debug, _) => "",
        };
        let word = match level {
            Level::Error => "error: ".len(),
            Level::Warning => "warning: ".len(),
            Level::Info | Level::Debug => 0,
        };
        format!("tfctrail: {prefix}{}\n", self.folded(&visible(message), "tfctrail: ".len() + word))
    }

    /// A text behind so many characters, as it fits the terminal.
    fn folded(self, text: &str, before: usize) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| folded(text, before, width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: bool, color: bool, level: Level, message: &str, expected: &str) {
        let style = Style { least: Level::Debug, json, color, width: None };
        assert_eq!(style.line(level, message, []), expected);
    }

    #[test]
    fn messages_take_one_line() {
        check(false, false, Level::Error, "no such file", "tfctrail: error: no such file\n");
        check(false, false, Level::Warning, "a\nb\u{1b}[2J", "tfctrail: warning: a\\u000ab\\u001b[2J\n");
        check(false, true, Level::Info, "12 files", "tfctrail: 12 files\n");
        check(false, true, Level::Error, "x", "tfctrail: \u{1b}[1;31merror:\u{1b}[0m x\n");
        let style = Style { least: Level::Debug, json: true, color: false, width: None };
        let value = Value::from("\u{9b}2J\u{202e}\u{2028}\u{2029}\u{85}é");
        let line = style.line(Level::Info, "x", [("coverage", value.clone())]);
        assert!(!line.trim_end().chars().any(crate::report::visible::is_hidden), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["coverage"], value);
        check(true, true, Level::Info, "\"a\"\u{202e}", "{\"level\":\"info\",\"message\":\"\\\"a\\\"\\\\u202e\"}\n");
    }
}

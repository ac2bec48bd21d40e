//! What was asked, in words that can be asked again: hints are commands that run when pasted.

use clap::ArgAction;

use super::parsing::parse::{ParsedCommandLine, deepest};
use crate::platform::quoted;

/// Headings of the flags that say what is read and what is kept of it. All others say how it is shown.
const OF_QUESTION: [&str; 6] = ["Time", "Issuers", "AWS", "Store", "Filters (repeatable)", "Limits"];

/// Flags under these that change nothing of the answer.
const SPEED: [&str; 2] = ["threads", "concurrency"];

/// The id of the sources of a scan.
const SOURCES: &str = "sources";

/// The words about sources, window and filters that were typed. What the environment and the config file say holds for the
/// next command too.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The name of the command.
    pub name: String,
    sources: Vec<String>,
    /// Long name and what was typed behind it.
    flags: Vec<(String, Option<String>)>,
}

impl Asked {
    /// Takes them out of the command line.
    #[must_use]
    pub fn of(read: &ParsedCommandLine, definition: &clap::Command) -> Self {
        let given = deepest(&read.matches);
        let command = read.matches.subcommand_name().and_then(|name| definition.find_subcommand(name));
        let name = read.matches.subcommand_name().unwrap_or_default().to_owned();
        let mut asked = Self { name, ..Self::default() };
        for arg in command.map(clap::Command::get_arguments).into_iter().flatten() {
            let id = arg.get_id().as_str();
            if !read.is_typed(id) {
                continue;
            }
            let values = || given.get_raw(id).into_iter().flatten().map(quoted);
            match arg.get_long() {
                None if id == SOURCES => asked.sources = values().collect(),
                Some(long) if SPEED.contains(&long) => {}
                Some(long) if arg.get_help_heading().is_some_and(|heading| OF_QUESTION.contains(&heading)) => {
                    if matches!(arg.get_action(), ArgAction::SetTrue) {
                        asked.flags.push((long.to_owned(), None));
                    } else {
                        asked.flags.extend(values().map(|value| (long.to_owned(), Some(value))));
                    }
                }
                _ => {}
            }
        }
        asked
    }

    /// Whether a flag of that long name was typed.
    #[must_use]
    pub fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|(known, _)| known == long)
    }

    /// Another command about the same, with more words at its end. Flags that it would contradict are left out by their long
    /// names.
    #[must_use]
    pub fn command(&self, name: &str, without: &[&str], more: &str) -> String {
        let flags = self.flags.iter().filter(|(long, _)| !without.contains(&long.as_str()));
        let flags = flags.map(|(long, value)| match value {
            Some(value) => format!("--{long} {value}"),
            None => format!("--{long}"),
        });
        let words = [format!("tfctrail {name}")].into_iter().chain(self.sources.iter().cloned()).chain(flags);
        let words = words.chain([more.to_owned()]).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::Cli;
    use crate::cli::parsing::parse::read_words;

    fn check(words: &str, expected: &str) {
        let definition = Cli::definition();
        let words: Vec<std::ffi::OsString> = words.split(' ').map(Into::into).collect();
        let read = read_words(&definition, &words).unwrap();
        assert_eq!(Asked::of(&read, &definition).command("events", &["outcome"], "--outcome denied"), expected);
    }

    #[test]
    fn what_was_asked_is_asked_again() {
        check("tfctrail runs logs/", "tfctrail events logs/ --outcome denied");
        check(
            "tfctrail runs s3://b logs/it's --last 7d --org acme --org !x* -o csv --limit 3 --strict --threads 2 -q",
            &format!(
                "tfctrail events s3://b {} --last 7d --org acme --org '!x*' --strict --outcome denied",
                quoted("logs/it's".as_ref())
            ),
        );
        check("tfctrail summary --outcome granted --by day a", "tfctrail events a --outcome denied");
    }
}

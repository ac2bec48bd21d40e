//! Where the value of a flag comes from that nobody typed. An error that names the flag says so: the variable, or the file and
//! line of the config file.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::parse::variable;
use crate::cli::config::Config;
use crate::cli::error::Error;

/// The words that were typed, and what else there is.
pub struct Origins<'a> {
    words: &'a [OsString],
    config: &'a Config,
    /// A variable's value.
    variable: fn(&str) -> Option<OsString>,
}

impl<'a> Origins<'a> {
    /// Those of these words, with the variables of this process.
    #[must_use]
    pub fn new(words: &'a [OsString], config: &'a Config) -> Self {
        Self { words, config, variable: |name| std::env::var_os(name).filter(|value| !value.is_empty()) }
    }

    /// The error, with a hint for each flag in it that was not typed and has a value all the same.
    #[must_use]
    pub fn explain(&self, mut error: Error) -> Error {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for flag in flags(error.message()) {
            if let Some(origin) = self.of(&flag) {
                found.insert(flag, origin);
            }
        }
        for (flag, origin) in found {
            let hint = format!("--{flag} is not on the command line: its value comes from {origin}");
            if !error.hints().contains(&hint) {
                error = error.hint(hint);
            }
        }
        error
    }

    fn of(&self, flag: &str) -> Option<String> {
        let long = format!("--{flag}");
        let is_typed = |word: &OsString| {
            let word = word.to_string_lossy();
            word == long || word.strip_prefix(&long).is_some_and(|rest| rest.starts_with('='))
        };
        let short = self.words.iter().any(|word| flag == "output" && word.to_string_lossy().starts_with("-o"));
        if short || self.words.iter().any(is_typed) {
            return None;
        }
        let name = variable(flag);
        if (self.variable)(&name).is_some() {
            return Some(name);
        }
        let command = self.words.iter().skip(1).find(|word| !word.to_string_lossy().starts_with('-'));
        let command = command.map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let default = self.config.defaults.iter().rev().find(|default| default.is_for(&command, flag));
        let of_source = || {
            let key = format!(".{}", flag.replace('-', "_"));
            self.config.said.iter().find(|said| said.key.starts_with("sources.") && said.key.ends_with(&key))
        };
        let place = default.map(|default| &default.place).or_else(|| Some(&of_source()?.place));
        place.map(ToString::to_string)
    }
}

/// The long flags that a message names, without their dashes.
fn flags(message: &str) -> Vec<String> {
    let is_name = |character: char| character.is_ascii_lowercase() || character == '-';
    let parts = message.split("--").skip(1);
    let names = parts.map(|part| part.chars().take_while(|character| is_name(*character)).collect::<String>());
    names.map(|name| name.trim_end_matches('-').to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::Cli;

    #[test]
    fn what_nobody_typed_is_blamed_on_its_place() {
        let text = "[defaults]\nlast = \"7d\"\n[sources.a]\nsource = \"event-history:\"\nno_sign_request = true\n";
        let config = Config::read("x.toml".as_ref(), text, &Cli::definition()).unwrap();
        let words: Vec<OsString> = ["tfctrail", "runs", "--from=2026-11-01"].map(OsString::from).to_vec();
        let origins = Origins {
            words: &words,
            config: &config,
            variable: |name| (name == "TFCTRAIL_TO").then(|| "2026-10-01".into()),
        };
        let told = |message: &str| origins.explain(Error::usage(message)).hints().to_vec();
        assert_eq!(
            told("--from 2026-11-01 is not before --to 2026-10-01"),
            ["--to is not on the command line: its value comes from TFCTRAIL_TO"]
        );
        assert_eq!(
            told("--last does not go with it"),
            ["--last is not on the command line: its value comes from x.toml:2"]
        );
        assert_eq!(
            told("--no-sign-request"),
            ["--no-sign-request is not on the command line: its value comes from x.toml:5"]
        );
        assert!(told("--from and --late-days are fine, -- too").is_empty());
    }
}

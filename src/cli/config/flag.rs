//! Defaults of flags: `[defaults]` by long name, `[defaults.COMMAND]` for one command, and the keys that a flag has
//! a twin of.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

use super::document::{ConfigDocument, ConfigEntry, ConfigSection};
use crate::cli::config_position::ConfigPosition;
use crate::cli::error::Error;

/// The default of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagDefault {
    /// The command that it is for; all where there is none.
    pub command: Option<String>,
    /// The long name.
    pub long: String,
    /// As they would be typed.
    pub values: Vec<String>,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// What a config file cannot answer, since it is read for the answer.
const NEVER: [&str; 3] = ["config", "help", "version"];

impl FlagDefault {
    /// Whether it holds for a flag of a command.
    #[must_use]
    pub fn is_for(&self, command: &str, long: &str) -> bool {
        self.long == long && self.command.as_deref().is_none_or(|name| name == command)
    }
}

/// Reads `[defaults]`. `root` is the definition of all commands.
pub(super) fn read(
    section: &mut ConfigSection<'_, '_>,
    root: &Command,
    document: &ConfigDocument<'_>,
) -> Result<Vec<FlagDefault>, Error> {
    let (mut defaults, mut of_commands) = (Vec::new(), Vec::new());
    for entry in section.rest() {
        if !entry.is_table() {
            defaults.extend(one(&entry, None, root, document)?);
            continue;
        }
        let Some(command) = root.get_subcommands().find(|command| command.get_name() == entry.name) else {
            document.warn(&entry.place, format!("no command is called '{}'", entry.name));
            continue;
        };
        for entry in entry.table()?.rest() {
            of_commands.extend(one(&entry, Some(command), root, document)?);
        }
    }
    // What is said of one command wins.
    defaults.extend(of_commands);
    Ok(defaults)
}

/// The default that a key outside `[defaults]` is for the flag of that name, where a command has one.
pub(super) fn twin(long: &str, values: Vec<String>, place: &ConfigPosition, root: &Command) -> Option<FlagDefault> {
    let known = !flags(root, long).is_empty();
    known.then(|| FlagDefault { command: None, long: long.to_owned(), values, place: place.clone() })
}

fn one(
    entry: &ConfigEntry<'_, '_>,
    command: Option<&Command>,
    root: &Command,
    document: &ConfigDocument<'_>,
) -> Result<Option<FlagDefault>, Error> {
    // Both are written: late-days as on the command line, late_days as elsewhere in the file.
    let long = entry.name.replace('_', "-");
    let known = if NEVER.contains(&long.as_str()) { Vec::new() } else { flags(command.unwrap_or(root), &long) };
    if known.is_empty() {
        let of = command.map_or_else(|| "no command has".to_owned(), |it| format!("{} has no", it.get_name()));
        document.warn(&entry.place, format!("{of} flag --{long} that could have a default"));
        return Ok(None);
    }
    let values = entry.values()?;
    // A flag of one name may take other values elsewhere.
    let refusals: Vec<String> = known.iter().filter_map(|flag| refusal(flag, &values)).collect();
    if refusals.len() == known.len() {
        return Err(entry.refuse(&values.join(","), refusals.first().map_or("", String::as_str)));
    }
    let command = command.map(|command| command.get_name().to_owned());
    Ok(Some(FlagDefault { command, long, values, place: entry.place.clone() }))
}

/// The flags of that name, of a command and all below it.
pub(super) fn flags<'c>(command: &'c Command, long: &str) -> Vec<&'c Arg> {
    let own = command.get_arguments().filter(|arg| arg.get_long() == Some(long));
    own.chain(command.get_subcommands().flat_map(|command| flags(command, long))).collect()
}

/// Why a flag does not take the values; nothing where it does.
pub(super) fn refusal(flag: &Arg, values: &[String]) -> Option<String> {
    if values.len() > 1 && !matches!(flag.get_action(), ArgAction::Append) {
        return Some("it takes one value".to_owned());
    }
    let switch = matches!(flag.get_action(), ArgAction::SetTrue);
    let parser = if switch { clap::builder::BoolishValueParser::new().into() } else { flag.get_value_parser().clone() };
    let mut probe = Arg::new("value").long("value").action(ArgAction::Append).value_parser(parser).require_equals(true);
    if let Some(delimiter) = flag.get_value_delimiter() {
        probe = probe.value_delimiter(delimiter);
    }
    let words = values.iter().map(|value| format!("--value={value}"));
    let read = Command::new("flag").no_binary_name(true).arg(probe).try_get_matches_from(words);
    read.err().map(|error| reason_of(&error))
}

/// What a parser has against a value, in a part of a line.
pub(super) fn reason_of(error: &clap::Error) -> String {
    if let Some(reason) = error.source() {
        return reason.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(known)) if !known.is_empty() => format!("it is one of {}", known.join(", ")),
        _ => {
            let text = error.render().to_string();
            let first: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            let first = first.join(" ");
            first.strip_prefix("error: ").unwrap_or(&first).to_owned()
        }
    }
}

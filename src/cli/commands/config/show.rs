//! `tfctrail config show`: every value that holds, and where it comes from.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command};

use crate::cli::args::output::OutputArgs;
use crate::cli::config::Config;
use crate::cli::config::document::without_password;
use crate::cli::config::flag::FlagDefault;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::parsing::parse::{ParseError, ParsedCommandLine, deepest, read, variable, with_twins};
use crate::cli::parsing::usage;
use crate::report::cell::{Cell, Shape};
use crate::report::schema::{Column, Schema};
use crate::report::zone::Zone;

/// Print every value in effect, and with --origin where it comes from
///
/// Without COMMAND, these are the values of the config file and the defaults of all flags. With it, they are the values
/// that this command line would use. Secrets are never shown.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail config show --origin
  tfctrail config show --origin runs @prod --last 24h")]
pub struct ConfigShowArgs {
    /// Say where each value comes from: default, file and line, environment variable, or flag
    #[arg(long)]
    pub origin: bool,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// A command with its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<OsString>,
}

/// A value, and where it comes from.
#[derive(Debug)]
struct EffectiveValue {
    key: String,
    text: String,
    origin: String,
}

const COLUMNS: [Column<EffectiveValue>; 3] = [
    Column::new("key", Shape::Text, |line| Cell::text(Some(&line.key))),
    Column::new("value", Shape::Text, |line| Cell::text(Some(&line.text))),
    Column::new("origin", Shape::Text, |line| Cell::text(Some(&line.origin))),
];

/// The origin of what nobody asked for.
const DEFAULT: &str = "default";

impl RunCommand for ConfigShowArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let columns = if self.origin { &COLUMNS[..] } else { &COLUMNS[..2] };
        let writing = Writing::open(&self.output, Schema::new(columns.to_vec(), &[]))?;
        let values = match self.words.as_slice() {
            [] => all(context),
            words => match of_command(words, context)? {
                Some(values) => values,
                // Its help was asked for, and has been shown.
                None => return Ok(()),
            },
        };
        writing.write(values, None, &Zone::UTC, context)
    }
}

/// What the file says, and then every flag with its default.
fn all(context: &CommandContext<'_>) -> Vec<EffectiveValue> {
    let config = context.config;
    let said = config.said.iter().filter(|said| !said.key.starts_with("defaults."));
    let said = said.map(|said| EffectiveValue::new(said.key.clone(), [OsStr::new(&said.value)], &said.place));
    let mut values: Vec<EffectiveValue> = said.collect();
    let (mut seen, root) = (BTreeSet::new(), built(context));
    for arg in flags(&root) {
        let Some(long) = arg.get_long().filter(|long| seen.insert((*long).to_owned())) else { continue };
        let of_flag = || config.defaults.iter().filter(|default| default.long == long);
        let of_all = of_flag().rfind(|default| default.command.is_none());
        values.push(without_words(format!("defaults.{long}"), arg, of_all, config));
        let of_one = of_flag().filter_map(|default| Some((default.command.as_ref()?, default)));
        values.extend(
            of_one.map(|(name, default)| without_words(format!("defaults.{name}.{long}"), arg, Some(default), config)),
        );
    }
    values
}

fn without_words(key: String, arg: &Arg, default: Option<&FlagDefault>, config: &Config) -> EffectiveValue {
    let name = variable(arg.get_long().unwrap_or_default());
    match (env::var_os(&name).filter(|value| !value.is_empty()), default) {
        (Some(value), _) => EffectiveValue::new(key, [&*value], &name),
        (None, Some(default)) => EffectiveValue::new(key, default.values.iter().map(OsStr::new), &default.place),
        (None, None) if arg.get_long() == Some("config") => {
            EffectiveValue::new(key, config.file.iter().map(|file| file.as_os_str()), &DEFAULT)
        }
        (None, None) => EffectiveValue::new(key, own_default(arg).iter().map(OsString::as_os_str), &DEFAULT),
    }
}

fn own_default(arg: &Arg) -> Vec<OsString> {
    match arg.get_default_values() {
        [] if matches!(arg.get_action(), ArgAction::SetTrue) => vec!["false".into()],
        values => values.iter().map(clap::builder::OsStr::to_os_string).collect(),
    }
}

/// What a command line is read as; nothing where it asked for help.
fn of_command(words: &[OsString], context: &CommandContext<'_>) -> Result<Option<Vec<EffectiveValue>>, Error> {
    let args: Vec<OsString> = [OsString::from("tfctrail")].into_iter().chain(words.iter().cloned()).collect();
    let ParsedCommandLine { matches, config, unheard, .. } = match read(&(context.definition)(), &args) {
        Ok(read) => read,
        Err(ParseError::Config(error) | ParseError::Refused(error)) => return Err(error),
        Err(ParseError::Words(error)) => return usage::answer(&error, &args, (context.definition)()).map(|()| None),
    };
    let (root, mut path) = (built(context), vec!["tfctrail"]);
    let (mut definition, mut rest): (&Command, &ArgMatches) = (&root, &matches);
    while let Some((name, matches)) = rest.subcommand() {
        path.push(name);
        definition = definition.find_subcommand(name).unwrap_or(definition);
        rest = matches;
    }
    let matches = deepest(&matches);
    let values = definition.get_arguments().filter(|arg| !is_talk(arg)).map(|arg| {
        let id = arg.get_id().as_str();
        let long = arg.get_long();
        let name = arg.get_value_names().and_then(<[_]>::first).map_or(id, |name| name.as_str());
        let key = long.unwrap_or(name).to_owned();
        let found = config.file.iter().filter(|_| id == "config").map(|file| file.as_os_str());
        let raw: Vec<&OsStr> = matches.get_raw(id).map_or_else(|| found.collect(), Iterator::collect);
        let in_file = || match long {
            Some(long) => {
                let holds = |default: &&FlagDefault| path.iter().any(|name| default.is_for(name, long));
                let default = config.defaults.iter().rev().filter(|_| !unheard.contains(long)).find(holds);
                default.map(|default| default.place.to_string())
            }
            None => config.sources.first().filter(|_| id == "sources").map(|source| source.place.to_string()),
        };
        let origin = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => if long.is_some() { "flag" } else { "argument" }.to_owned(),
            Some(ValueSource::EnvVariable) => variable(long.unwrap_or_default()),
            _ => in_file().unwrap_or_else(|| DEFAULT.to_owned()),
        };
        EffectiveValue::new(key, raw, &origin)
    });
    Ok(Some(values.collect()))
}

impl EffectiveValue {
    fn new<'a>(key: String, values: impl IntoIterator<Item = &'a OsStr>, origin: &impl ToString) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| without_password(&value.to_string_lossy())).collect();
        Self { key, text: values.join(","), origin: origin.to_string() }
    }
}

/// The definition, where each command also has the flags of all.
fn built(context: &CommandContext<'_>) -> Command {
    let mut root = with_twins((context.definition)());
    root.build();
    root
}

/// The flags of all commands.
fn flags(command: &Command) -> Vec<&Arg> {
    let own = command.get_arguments().filter(|arg| arg.get_long().is_some() && !is_talk(arg));
    own.chain(command.get_subcommands().filter(|command| command.get_name() != "help").flat_map(flags)).collect()
}

/// Flags that ask for a text, and have no value.
fn is_talk(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

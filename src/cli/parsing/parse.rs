//! From words, environment and config file to the values of a command. Here each flag gets its twins.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{BoolishValueParser, ValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};

use crate::cli::args::account::AccountParser;
use crate::cli::args::named_source::NamedSource;
use crate::cli::args::source::SourceParser;
use crate::cli::config::Config;
use crate::cli::error::Error;
use crate::report::account_names::AccountNames;

/// Flags that speak about one thing: one on the command line silences the environment and the config file on all of
/// its group, and one in the environment silences the config file.
const GROUPS: [&[&str]; 2] = [&["from", "to", "last"], &["quiet", "verbose"]];

/// The id of the argument that the sources of the config file stand for.
const SOURCES: &str = "sources";

/// The id of the argument whose values may be names of the config file.
const ACCOUNT: &str = "account";

/// Why nothing can be done.
#[derive(Debug)]
pub enum ParseError {
    /// The command line or the environment, or help was asked for.
    Words(clap::Error),
    /// The config file.
    Config(Error),
    /// Words that were understood, and that together say nothing.
    Refused(Error),
}

impl From<clap::Error> for ParseError {
    fn from(error: clap::Error) -> Self {
        Self::Words(error)
    }
}

/// The definition that help, completions and man pages come from, out of that of the commands alone.
#[must_use]
pub fn with_twins(definition: clap::Command) -> clap::Command {
    fill(definition, &FlagDefaults::default())
}

/// A command line that was understood.
#[derive(Debug)]
pub struct ParsedCommandLine {
    /// The definition of all commands, without twins.
    definition: clap::Command,
    /// The values, with what they come from.
    pub matches: ArgMatches,
    /// The config file.
    pub config: Config,
    /// Flags of which the config file is not heard; by long names.
    pub unheard: BTreeSet<&'static str>,
}

impl ParsedCommandLine {
    /// Whether the command line itself has that flag, by its id.
    #[must_use]
    pub fn is_typed(&self, id: &str) -> bool {
        let given = deepest(&self.matches);
        given.ids().any(|known| known == id) && given.value_source(id) == Some(ValueSource::CommandLine)
    }

    /// What another command is asked by the same words, the same environment and the same config file, behind its name and
    /// the words of `first`. The words about time are left out, and so are the flags of `own`, by long names, about which neither
    /// environment nor config file are asked.
    pub fn words_for(&self, command: &str, first: &[&str], own: &[&'static str]) -> Result<ArgMatches, clap::Error> {
        let given = deepest(&self.matches);
        let mut words: Vec<OsString> = ["tfctrail", command].iter().chain(first).map(Into::into).collect();
        let definition = with_twins(self.definition.clone());
        let flags = definition.find_subcommand(command).map(clap::Command::get_arguments).into_iter().flatten();
        let [time, _] = GROUPS;
        for arg in flags.filter(|arg| !time.contains(&arg.get_id().as_str())) {
            let id = arg.get_id().as_str();
            if !self.is_typed(id) {
                continue;
            }
            let values = given.get_raw(id).into_iter().flatten();
            match arg.get_long() {
                _ if id == SOURCES => words.extend(values.map(ToOwned::to_owned)),
                Some(long) if own.contains(&long) => {}
                None => {}
                Some(long) if arg.get_action().takes_values() => words.extend(values.map(|value| {
                    let mut word = OsString::from(format!("--{long}="));
                    word.push(value);
                    word
                })),
                Some(long) => words.push(format!("--{long}").into()),
            }
        }
        let own = || own.iter().copied().collect::<BTreeSet<_>>();
        let silent = FlagDefaults { unread: own(), unheard: own(), ..FlagDefaults::default() };
        let matches = fill(self.definition.clone(), &silent).try_get_matches_from(&words)?;
        let mut filling = GivenFlags::of(&matches).filling(&self.config);
        filling.unread.extend(own());
        filling.unheard.extend(own());
        fill(self.definition.clone(), &filling).try_get_matches_from(&words)
    }
}

/// What the command line alone says.
#[cfg(test)]
pub fn read_words(definition: &clap::Command, args: &[OsString]) -> Result<ParsedCommandLine, ParseError> {
    let matches = definition.clone().try_get_matches_from(args)?;
    let definition = definition.clone();
    Ok(ParsedCommandLine { definition, matches, config: Config::default(), unheard: BTreeSet::new() })
}

/// Reads the command line; where it is silent, the environment; and where that is silent too, the config file.
pub fn read(definition: &clap::Command, args: &[OsString]) -> Result<ParsedCommandLine, ParseError> {
    let matches = with_twins(definition.clone()).try_get_matches_from(args)?;
    let config = if needs_config(&matches) {
        config(definition, &matches).map_err(ParseError::Config)?
    } else {
        Config::default()
    };
    let given = GivenFlags::of(&matches);
    let filling = given.filling(&config);
    let unheard = filling.unheard.clone();
    // Only now is it known which names there are.
    let matches = if filling.is_empty() && !given.all.contains(ACCOUNT) {
        matches
    } else {
        fill(definition.clone(), &filling).try_get_matches_from(args)?
    };
    Ok(ParsedCommandLine { definition: definition.clone(), matches, config, unheard })
}

/// These take nothing from it, and have to work where it is broken.
fn needs_config(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some(("completions" | "man", _)) => false,
        Some(("config", matches)) => matches.subcommand_name() != Some("init"),
        _ => true,
    }
}

fn config(definition: &clap::Command, matches: &ArgMatches) -> Result<Config, Error> {
    let deepest = deepest(matches);
    let from_environment = deepest.value_source("config") == Some(ValueSource::EnvVariable);
    let named_by = if from_environment { variable("config") } else { "--config".to_owned() };
    let named = deepest.get_one::<PathBuf>("config");
    Config::load(named.map(PathBuf::as_path), &named_by, definition)
}

/// The values of the command itself, those that hold for all commands among them.
#[must_use]
pub fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| deepest(matches))
}

/// The flags that the command line and the environment have given; by ids.
struct GivenFlags {
    typed: BTreeSet<String>,
    all: BTreeSet<String>,
}

impl GivenFlags {
    fn of(matches: &ArgMatches) -> Self {
        let matches = deepest(matches);
        let from = |sources: &[ValueSource]| {
            let ids = matches.ids().map(clap::Id::as_str);
            ids.filter(|id| matches.value_source(id).is_some_and(|source| sources.contains(&source)))
                .map(str::to_owned)
                .collect()
        };
        Self {
            typed: from(&[ValueSource::CommandLine]),
            all: from(&[ValueSource::CommandLine, ValueSource::EnvVariable]),
        }
    }

    fn filling<'c>(&self, config: &'c Config) -> FlagDefaults<'c> {
        let silent = |given: &BTreeSet<String>| {
            let groups = GROUPS.into_iter().filter(|group| group.iter().any(|id| given.contains(*id)));
            groups.flatten().copied().filter(|id| !given.contains(*id)).collect()
        };
        // What was asked for on the spot holds for named sources too.
        let asked: BTreeSet<String> = self.all.iter().map(|id| id.replace('_', "-")).collect();
        let own = |source: &Arc<NamedSource>| {
            let aws = source.aws.clone().without(&asked);
            Arc::new(NamedSource { aws, ..NamedSource::clone(source) })
        };
        FlagDefaults {
            unread: silent(&self.typed),
            unheard: silent(&self.all),
            config: config.file.is_some().then_some(config),
            sources: config.sources.iter().map(own).collect(),
            accounts: Some(config.accounts.clone()),
        }
    }
}

/// What the definition of the commands is filled with.
#[derive(Default)]
struct FlagDefaults<'c> {
    /// Flags of which the environment is not read.
    unread: BTreeSet<&'static str>,
    /// Flags of which the config file is not heard.
    unheard: BTreeSet<&'static str>,
    config: Option<&'c Config>,
    sources: Vec<Arc<NamedSource>>,
    /// Names of accounts, once they are known.
    accounts: Option<AccountNames>,
}

impl FlagDefaults<'_> {
    fn is_empty(&self) -> bool {
        self.unread.is_empty() && self.config.is_none()
    }
}

fn fill(command: clap::Command, filling: &FlagDefaults<'_>) -> clap::Command {
    let name = command.get_name().to_owned();
    let command = command.mut_subcommands(|command| fill(command, filling));
    command.mut_args(|arg| with_config(twin(arg, filling), &name, filling))
}

/// The variable of a flag, given by its long name.
#[must_use]
pub fn variable(long: &str) -> String {
    format!("TFCTRAIL_{}", long.to_uppercase().replace('-', "_"))
}

/// `--late-days` has `TFCTRAIL_LATE_DAYS`. An empty variable counts as none.
fn twin(arg: Arg, filling: &FlagDefaults<'_>) -> Arg {
    let Some(long) = arg.get_long().filter(|long| !filling.unread.contains(long)) else {
        return arg;
    };
    let name = variable(long);
    let arg =
        if matches!(arg.get_action(), ArgAction::SetTrue) { arg.value_parser(BoolishValueParser::new()) } else { arg };
    match std::env::var_os(&name) {
        Some(value) if value.is_empty() => arg,
        _ => arg.env(name).hide_env(true),
    }
}

/// What the config file says is the default, so that it is asked last.
fn with_config(arg: Arg, command: &str, filling: &FlagDefaults<'_>) -> Arg {
    let of_account = ValueParser::new(AccountParser::default()).type_id();
    let arg = match &filling.accounts {
        Some(names) if arg.get_id() == ACCOUNT && arg.get_value_parser().type_id() == of_account => {
            arg.value_parser(AccountParser::new(names.clone()))
        }
        _ => arg,
    };
    let Some(config) = filling.config else { return arg };
    if arg.get_id() == SOURCES
        && arg.get_value_parser().type_id() == ValueParser::new(SourceParser::default()).type_id()
    {
        let names: Vec<String> = filling.sources.iter().map(|source| format!("@{}", source.name)).collect();
        let arg = arg.value_parser(SourceParser::new(filling.sources.clone(), config.athena.clone()));
        // Elsewhere no source means the store.
        return if names.is_empty() || arg.get_id() != SOURCES { arg } else { arg.default_values(names) };
    }
    let Some(long) = arg.get_long().filter(|long| !filling.unheard.contains(long)).map(str::to_owned) else {
        return arg;
    };
    match config.defaults.iter().rev().find(|default| default.is_for(command, &long)) {
        Some(default) => arg.default_values(default.values.clone()),
        None => arg,
    }
}

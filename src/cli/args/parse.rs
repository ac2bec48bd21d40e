//! From words and environment to [`Cli`]. Here each flag gets its twin in the environment.

use std::ffi::OsString;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::Cli;

/// Flags that speak about one thing: one on the command line silences the environment on all of its group.
const GROUPS: [&[&str]; 2] = [&["from", "to", "last"], &["quiet", "verbose"]];

/// The definition that help, completions and man pages come from.
#[must_use]
pub fn command() -> clap::Command {
    with_environment(Cli::command(), &[])
}

/// Reads the command line; where it is silent, the environment.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut matches = command().try_get_matches_from(&args)?;
    let silenced = silenced(&matches);
    if !silenced.is_empty() {
        matches = with_environment(Cli::command(), &silenced).try_get_matches_from(&args)?;
    }
    Cli::from_arg_matches(&matches)
}

fn with_environment(command: clap::Command, silenced: &[&str]) -> clap::Command {
    command.mut_args(|arg| twin(arg, silenced)).mut_subcommands(|command| command.mut_args(|arg| twin(arg, silenced)))
}

/// The variable of a flag, given by its long name.
#[must_use]
pub fn variable(long: &str) -> String {
    format!("TFCTRAIL_{}", long.to_uppercase().replace('-', "_"))
}

/// `--late-days` has `TFCTRAIL_LATE_DAYS`. An empty variable counts as none.
fn twin(arg: Arg, silenced: &[&str]) -> Arg {
    let Some(long) = arg.get_long().filter(|long| !silenced.contains(long)) else {
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

fn silenced(matches: &ArgMatches) -> Vec<&'static str> {
    let matches = matches.subcommand().map_or(matches, |(_, matches)| matches);
    let typed =
        |id: &&str| matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine);
    GROUPS.into_iter().filter(|group| group.iter().any(typed)).flatten().copied().filter(|id| !typed(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }
}

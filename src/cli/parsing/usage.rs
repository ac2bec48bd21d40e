//! Mistakes that the argument parser finds, in the words and the form of all other errors.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::help::{named, summary};
use super::parse::variable;
use crate::cli::args::ui::colors_are_wanted;
use crate::cli::error::Error;
use crate::cli::near::near;
use crate::cli::output::Output;
use crate::cli::reading::meant::of_kind;
use crate::cli::terminal::pager;
use crate::cli::terminal::talk::{Level, Style, width};
use crate::platform::quoted;

/// Shows help or version, which are no errors; anything else is a usage error. `definition` is that of all commands.
pub fn answer(error: &clap::Error, args: &[OsString], definition: clap::Command) -> Result<(), Error> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            pager::install(None, args.iter().any(|arg| arg == "--no-pager"));
            let mut output = Output::open(None)?;
            let is_short = args.iter().any(|arg| arg == "-h");
            let text = if is_short { summary(definition, args) } else { error.render() };
            let text =
                if output.is_terminal() && colors_are_wanted() { text.ansi().to_string() } else { text.to_string() };
            writeln!(output, "{}", text.trim_end()).map_err(|error| output.error(&error))?;
            output.finish()
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Err(no_command(args, definition))
        }
        ErrorKind::InvalidSubcommand if source(error).is_some() => {
            let source = source(error).unwrap_or_default();
            Err(Error::usage(format!("'{source}' is a source, and no command")).hint(runs_of(&source, args)))
        }
        ErrorKind::InvalidSubcommand if slip(error).is_some() => {
            let word = slip(error).unwrap_or_default();
            Err(Error::usage(format!("there is no command '{word}'")).hint(runs_of(word, args)))
        }
        ErrorKind::InvalidSubcommand if word(error, ContextKind::InvalidSubcommand) == Some("version") => {
            Err(Error::usage("there is no command 'version'").hint("tfctrail --version shows it"))
        }
        ErrorKind::UnknownArgument => Err(unknown_flag(error)),
        _ => {
            let hint = environment(error).map(|name| format!("{name} has that value"));
            Err(hint.into_iter().fold(convert(&error.render().to_string()), Error::hint))
        }
    }
}

/// That a command lacks the command that it is a name of.
fn no_command(args: &[OsString], definition: clap::Command) -> Error {
    let root = definition.get_name().to_owned();
    let command = named(definition, args);
    let error = Error::usage("no command given");
    if command.get_name() == root {
        return error.hint("tfctrail --help lists the commands");
    }
    let names = command.get_subcommands().map(clap::Command::get_name);
    let inner: Vec<&str> = names.filter(|name| *name != "help").collect();
    let (name, inner) = (command.get_name(), inner.join(", "));
    error.hint(format!("there are {inner}: tfctrail {name} --help says what they do"))
}

/// How the runs of a source are shown that was typed in the place of a command.
fn runs_of(source: &str, args: &[OsString]) -> String {
    let meant = if Path::new(source).exists() { None } else { of_kind(source) };
    let words = args.iter().skip(1).map(|word| match &meant {
        Some(meant) if word == source => quoted(meant.as_ref()),
        _ => quoted(word),
    });
    format!("tfctrail runs {} shows its runs", words.collect::<Vec<_>>().join(" "))
}

/// A word in the place of a command that is a slip of a source.
fn slip(error: &clap::Error) -> Option<&str> {
    let is_slip = |word: &&str| word.contains('-') && of_kind(word).is_some();
    word(error, ContextKind::InvalidSubcommand).filter(is_slip)
}

/// What flags of other programs are called here.
const OTHER_NAMES: [(&str, &str); 13] = [
    ("--denied", "--outcome denied keeps denied role assumptions"),
    ("--since", "--from TIME is the first second of the window"),
    ("--start", "--from TIME is the first second of the window"),
    ("--until", "--to TIME is the first second after the window"),
    ("--end", "--to TIME is the first second after the window"),
    ("--days", "--last 7d is the time up to now"),
    ("--format", "-o FORMAT is the format: -o csv"),
    ("--json", "-o json writes JSON"),
    ("--csv", "-o csv writes CSV"),
    ("--file", "--out FILE writes to a file"),
    ("--user", "--role takes the name of a role, with * for any text"),
    ("--store-path", "--store FILE names the store"),
    ("--filter", "--org, --workspace, --account and others are the filters; --help lists them"),
];

/// That there is no such flag. The parser's suggestion stands only where it is near.
fn unknown_flag(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let typed = word(error, ContextKind::InvalidArg).unwrap_or_default();
    if let Some((_, hint)) = OTHER_NAMES.iter().find(|(name, _)| *name == typed) {
        return convert(text.split("\n\n").next().unwrap_or_default()).hint(*hint);
    }
    let suggested = word(error, ContextKind::SuggestedArg).map(|arg| arg.split([' ', '=']).next().unwrap_or(arg));
    let is_far = |arg: &str| {
        let (typed, arg) = (typed.trim_start_matches('-'), arg.trim_start_matches('-'));
        !typed.starts_with(arg) && !arg.starts_with(typed) && near(typed, [arg]).is_empty()
    };
    if suggested.is_some_and(is_far) {
        return convert(text.split("\n\n").next().unwrap_or_default()).hint("for all flags, try '--help'");
    }
    convert(&text)
}

/// The word that is wrong.
fn word(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    }
}

/// What stands in the place of a command, if it is something that can be read.
fn source(error: &clap::Error) -> Option<String> {
    let word = word(error, ContextKind::InvalidSubcommand)?;
    let is_source =
        word.contains(|character| character == ':' || std::path::is_separator(character)) || Path::new(word).exists();
    is_source.then(|| word.to_owned())
}

/// The parser's first paragraph is the message; its tips and the usage line are hints.
fn convert(text: &str) -> Error {
    let (head, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let message: Vec<&str> = head.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let message = message.join(" ");
    let error = Error::usage(message.strip_prefix("error: ").unwrap_or(&message));
    let hints = rest.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| match line.split_once(' ') {
        Some(("tip:", tip)) => tip.to_owned(),
        Some(("Usage:", usage)) => format!("usage: {usage}"),
        Some(("For", rest)) => format!("for {}", rest.trim_end_matches('.')),
        _ => line.to_owned(),
    });
    hints.fold(error, Error::hint)
}

/// The variable that a wrong value comes from.
fn environment(error: &clap::Error) -> Option<String> {
    let flag = word(error, ContextKind::InvalidArg)?.strip_prefix("--")?;
    let name = variable(flag.split([' ', '=']).next()?);
    (std::env::var(&name).ok()? == word(error, ContextKind::InvalidValue)?).then_some(name)
}

/// The style of standard error while the command line is not understood.
#[must_use]
pub fn style(args: &[OsString]) -> Style {
    let flag = args.windows(2).any(|pair| pair[0] == "--log-format" && pair[1] == "json");
    let json = flag
        || args.iter().any(|arg| arg == "--log-format=json")
        || std::env::var_os("TFCTRAIL_LOG_FORMAT").is_some_and(|value| value == "json");
    Style { least: Level::Info, json, color: std::io::stderr().is_terminal() && colors_are_wanted(), width: width() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_speaks_like_the_rest() {
        let text = "error: the following required arguments were not provided:\n  <DIR>\n\n  tip: look up\n\nUsage: tfctrail man <DIR>\n\nFor more information, try '--help'.\n";
        let error = convert(text);
        assert_eq!(error.message(), "the following required arguments were not provided: <DIR>");
        assert_eq!(error.hints(), ["look up", "usage: tfctrail man <DIR>", "for more information, try '--help'"]);
    }
}

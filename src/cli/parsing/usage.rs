//! Mistakes that the argument parser finds, in the words and the form of all other errors.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::parse::variable;
use crate::cli::args::ui::colors_are_wanted;
use crate::cli::asked::quoted;
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::terminal::pager;
use crate::cli::terminal::talk::{Level, Style};

/// Shows help or version, which are no errors; anything else is a usage error.
pub fn answer(error: &clap::Error, args: &[OsString]) -> Result<(), Error> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            pager::install(None, args.iter().any(|arg| arg == "--no-pager"));
            let mut output = Output::open(None)?;
            let text = error.render();
            let text =
                if output.is_terminal() && colors_are_wanted() { text.ansi().to_string() } else { text.to_string() };
            writeln!(output, "{}", text.trim_end()).map_err(|error| output.error(&error))?;
            output.finish()
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Err(Error::usage("no command given").hint("tfctrail --help lists the commands"))
        }
        ErrorKind::InvalidSubcommand if source(error).is_some() => {
            let source = source(error).unwrap_or_default();
            let words: Vec<String> = args.iter().skip(1).map(|word| quoted(word)).collect();
            Err(Error::usage(format!("'{source}' is a source, and no command"))
                .hint(format!("tfctrail runs {} shows its runs", words.join(" "))))
        }
        ErrorKind::InvalidSubcommand if word(error, ContextKind::InvalidSubcommand) == Some("version") => {
            Err(Error::usage("there is no command 'version'").hint("tfctrail --version shows it"))
        }
        ErrorKind::UnknownArgument if word(error, ContextKind::InvalidArg) == Some("--denied") => {
            Err(convert(&error.render().to_string()).hint("--outcome denied keeps denied role assumptions"))
        }
        _ => {
            let hint = environment(error).map(|name| format!("{name} has that value"));
            Err(hint.into_iter().fold(convert(&error.render().to_string()), Error::hint))
        }
    }
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
    let is_source = word.contains(['/', ':']) || Path::new(word).exists();
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
    Style { least: Level::Info, json, color: std::io::stderr().is_terminal() && colors_are_wanted() }
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

//! What the prompt understands besides statements.

use super::args::AnswerArgs;
use crate::cli::error::Error;
use crate::cli::near::near;
use crate::report::Format;

/// Commands with what they do, as `.help` lists them.
pub(super) const HELP: &str = "\
Type one read-only statement, ended by a semicolon; TAB completes, the arrow keys bring back earlier ones.
.tables          the tables and their columns   .mode FORMAT     table, vertical, csv, json, ndjson, markdown …
.schema [TABLE]  a column a line                .output [FILE]   where the next answers go; without FILE here
.functions       beside those of SQLite         .timer on|off    how long each answer takes
.examples        statements that work           .quit, or exit   leaves, and so does Ctrl-D
";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PromptCommand {
    Quit,
    Help,
    Tables,
    Schema(Option<String>),
    Functions,
    Examples,
    Mode(Option<String>),
    Output(Option<String>),
    Timer(bool),
    /// Nothing that is known; with what was meant.
    Unknown(String),
}

/// The names, as they are typed.
const NAMES: [&str; 10] =
    [".quit", ".exit", ".help", ".tables", ".schema", ".functions", ".examples", ".mode", ".output", ".timer"];

impl PromptCommand {
    /// Reads a line that begins a statement; nothing where it is one.
    pub(super) fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        if ["exit", "quit"].contains(&line.trim_end_matches(';').trim_end().to_ascii_lowercase().as_str()) {
            return Some(Self::Quit);
        }
        if !line.starts_with('.') {
            return None;
        }
        let line = line.trim_end_matches(';').trim_end();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = Some(rest.trim()).filter(|rest| !rest.is_empty()).map(str::to_owned);
        Some(match name {
            ".quit" | ".exit" | ".q" => Self::Quit,
            ".help" => Self::Help,
            ".tables" => Self::Tables,
            ".schema" => Self::Schema(rest),
            ".functions" => Self::Functions,
            ".examples" => Self::Examples,
            ".mode" => Self::Mode(rest),
            ".output" | ".once" => Self::Output(rest),
            ".timer" => Self::Timer(rest.as_deref() != Some("off")),
            _ => Self::Unknown(name.to_owned()),
        })
    }
}

/// Sets the format of the next answers, or says which it is.
pub(super) fn set_mode(args: &mut AnswerArgs, name: Option<&str>) -> Result<Option<String>, Error> {
    let names: Vec<&str> = Format::all().map(Format::name).collect();
    let Some(name) = name else {
        return Ok(Some(format!("{}; there are {}\n", args.format().name(), names.join(", "))));
    };
    match Format::of_name(name).filter(|format| !format.needs_findings()) {
        Some(format) => {
            args.output = Some(format);
            Ok(None)
        }
        None => Err(Error::usage(format!(".mode {name}: no such format; there are {}", names.join(", ")))),
    }
}

/// What to say of a command that nobody knows.
pub(super) fn unknown(name: &str) -> Error {
    let refused = Error::usage(format!("{name}: no such command"));
    match near(name, NAMES).first() {
        Some(meant) => refused.hint(format!("did you mean {meant}?")),
        None => refused.hint(".help lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_statements() {
        let check =
            |line: &str, expected: Option<PromptCommand>| assert_eq!(PromptCommand::read(line), expected, "{line}");
        check("SELECT 1;", None);
        check("exit", Some(PromptCommand::Quit));
        check("QUIT;", Some(PromptCommand::Quit));
        check(" .quit ", Some(PromptCommand::Quit));
        check("exit_code", None);
        check(".schema  runs;", Some(PromptCommand::Schema(Some("runs".to_owned()))));
        check(".schema", Some(PromptCommand::Schema(None)));
        check(".mode csv", Some(PromptCommand::Mode(Some("csv".to_owned()))));
        check(".output a b.csv", Some(PromptCommand::Output(Some("a b.csv".to_owned()))));
        check(".timer off", Some(PromptCommand::Timer(false)));
        check(".timer", Some(PromptCommand::Timer(true)));
        check(".tabels", Some(PromptCommand::Unknown(".tabels".to_owned())));
        assert_eq!(unknown(".tabels").hints(), ["did you mean .tables?"]);
        assert_eq!(unknown(".dump").hints(), [".help lists them"]);
    }
}

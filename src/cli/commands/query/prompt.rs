//! The prompt: statement after statement, with history and completion.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::answer::{answer, refuse};
use super::args::AnswerArgs;
use super::complete::SqlNames;
use super::example;
use crate::audit::coverage::Coverage;
use crate::cli::context::CommandContext;
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::Output;
use crate::cli::terminal::interrupt;
use crate::store::sql::{StoreReader, function, word};

const HELP: &str = "\
Type one read-only statement, ended by a semicolon; TAB completes, the arrow keys bring back earlier ones.
.tables     tables and their columns       .functions  functions beside those of SQLite
.examples   statements that work           .quit       leaves, and so does Ctrl-D
";

/// Statements that are remembered.
const REMEMBERED: usize = 1_000;

/// Asks until there is nothing more to ask.
pub(super) fn prompt(
    reader: &StoreReader,
    args: &AnswerArgs,
    coverage: Option<&Coverage>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let names = SqlNames::new(reader.tables().map_err(refuse)?);
    let mut editor = editor(names).map_err(|error| failed(&error))?;
    let history = history_file();
    if let Some(path) = &history {
        // The first time there is none.
        drop(editor.load_history(path));
    }
    show("tfctrail query: .help explains, .quit leaves\n")?;
    let ended = ask(&mut editor, reader, args, coverage, context);
    if let Some(path) = &history
        && let Some(folder) = path.parent()
        && std::fs::create_dir_all(folder).is_ok()
    {
        // What cannot be remembered is no reason to fail.
        drop(editor.save_history(path));
    }
    ended
}

fn ask(
    editor: &mut Editor<SqlNames, DefaultHistory>,
    reader: &StoreReader,
    args: &AnswerArgs,
    coverage: Option<&Coverage>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let mut statement = String::new();
    loop {
        let line = match editor.readline(if statement.is_empty() { "sql> " } else { "...> " }) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                statement.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(failed(&error)),
        };
        if statement.is_empty() && line.trim_start().starts_with('.') {
            match line.trim() {
                ".quit" | ".exit" => return Ok(()),
                ".tables" => show(&tables(editor))?,
                ".functions" => show(&functions())?,
                ".examples" => show(&example::text())?,
                _ => show(HELP)?,
            }
            continue;
        }
        statement.push_str(&line);
        statement.push('\n');
        if statement.trim().is_empty() {
            statement.clear();
        } else if word::is_complete(&statement) {
            let sql = std::mem::take(&mut statement);
            // Without a line in the history nothing is lost but the history.
            drop(editor.add_history_entry(sql.trim()));
            let stopper = reader.stopper();
            let asked = interrupt::instead(
                move || stopper.stop(),
                || answer(reader, &sql, args, Output::open(None)?, coverage, context),
            );
            match asked {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(error),
                Err(error) => context.talk.error(&error),
                Ok(()) => {}
            }
        }
    }
}

fn editor(names: SqlNames) -> rustyline::Result<Editor<SqlNames, DefaultHistory>> {
    let config = Config::builder()
        .max_history_size(REMEMBERED)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(names));
    Ok(editor)
}

fn tables(editor: &Editor<SqlNames, DefaultHistory>) -> String {
    let tables = editor.helper().map(SqlNames::tables).unwrap_or_default();
    let lines: Vec<String> =
        tables.iter().map(|(table, columns)| format!("{table}: {}\n", columns.join(", "))).collect();
    lines.concat()
}

fn functions() -> String {
    let lines: Vec<String> = function::ALL.iter().map(|(_, call, what)| format!("{call:26} {what}\n")).collect();
    lines.concat()
}

/// In the user's state directory (XDG base directories), readable by its owner only.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("tfctrail").join("query_history"))
}

fn show(text: &str) -> Result<(), Error> {
    let mut output = Output::open(None)?;
    output.write_all(text.as_bytes()).map_err(|error| output.error(&error))?;
    output.finish()
}

fn failed(error: &ReadlineError) -> Error {
    Error::failure(format!("the prompt: {error}")).hint("give the statement as an argument, or on standard input")
}

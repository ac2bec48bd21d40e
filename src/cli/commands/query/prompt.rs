//! The prompt: statement after statement, with history and completion.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::answer::{answer, refuse};
use super::args::AnswerArgs;
use super::complete::SqlNames;
use super::prompt_command::{self, PromptCommand};
use super::{example, meant};
use crate::audit::coverage::Coverage;
use crate::cli::context::CommandContext;
use crate::cli::error::{Error, ErrorKind};
use crate::cli::output::{Output, overwrite};
use crate::cli::terminal::interrupt;
use crate::cli::terminal::talk::Level;
use crate::platform::{self, UserFolder};
use crate::source::SourceSpec;
use crate::store::sql::{StoreReader, function, word};

/// Statements that are remembered.
const REMEMBERED: usize = 1_000;

/// Asks until there is nothing more to ask.
pub(super) fn prompt(
    reader: &StoreReader,
    args: &AnswerArgs,
    read: &[SourceSpec],
    coverage: Option<&Coverage>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let names = SqlNames::new(meant::documented(reader.tables().map_err(refuse)?));
    let mut editor = editor(names).map_err(|error| failed(&error))?;
    let history = history_file();
    if let Some(path) = &history {
        // The first time there is none.
        drop(editor.load_history(path));
    }
    show("tfctrail query: .help explains, .quit leaves\n")?;
    let mut prompt = Prompt { reader, args: args.clone(), read, coverage, context, timer: false };
    let ended = prompt.ask(&mut editor);
    if let Some(path) = &history
        && let Some(folder) = path.parent()
        && std::fs::create_dir_all(folder).is_ok()
    {
        // What cannot be remembered is no reason to fail.
        drop(editor.save_history(path));
    }
    ended
}

/// What is asked, and how it is answered.
struct Prompt<'a> {
    reader: &'a StoreReader,
    args: AnswerArgs,
    /// What no output may take the place of.
    read: &'a [SourceSpec],
    coverage: Option<&'a Coverage>,
    context: &'a CommandContext<'a>,
    /// Whether to say how long an answer takes.
    timer: bool,
}

impl Prompt<'_> {
    fn ask(&mut self, editor: &mut Editor<SqlNames, DefaultHistory>) -> Result<(), Error> {
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
            if statement.is_empty()
                && let Some(command) = PromptCommand::read(&line)
            {
                drop(editor.add_history_entry(line.trim()));
                if command == PromptCommand::Quit {
                    return Ok(());
                }
                let tables = editor.helper().map(SqlNames::tables).unwrap_or_default();
                let done = self.obey(command, tables);
                self.tell(done)?;
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
                let answered = self.answer(&sql);
                self.tell(answered)?;
            }
        }
    }

    /// An error ends nothing, unless nobody reads any more.
    fn tell(&self, done: Result<(), Error>) -> Result<(), Error> {
        match done {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(error),
            Err(error) => {
                self.context.talk.error(&error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn answer(&self, sql: &str) -> Result<(), Error> {
        let begun = Instant::now();
        let stopper = self.reader.stopper();
        let asked = interrupt::instead(
            move || stopper.stop(),
            || {
                let output = Output::open(self.args.out.as_deref())?;
                output.refuse_terminal(self.args.format())?;
                answer(self.reader, sql, &self.args, output, self.coverage, self.context)
            },
        );
        if self.timer {
            let text = format!("took {:.3} s", begun.elapsed().as_secs_f64());
            self.context.talk.say(Level::Info, &text);
        }
        asked.map_err(|error| meant::explained(error, self.reader))
    }

    fn obey(&mut self, command: PromptCommand, known: &[(String, Vec<String>)]) -> Result<(), Error> {
        match command {
            PromptCommand::Quit => Ok(()),
            PromptCommand::Help => show(prompt_command::HELP),
            PromptCommand::Tables => show(&tables(known)),
            PromptCommand::Schema(table) => show(&schema(known, table.as_deref())?),
            PromptCommand::Functions => show(&functions()),
            PromptCommand::Examples => show(&example::text()),
            PromptCommand::Mode(name) => {
                let said = prompt_command::set_mode(&mut self.args, name.as_deref())?;
                said.map_or(Ok(()), |said| show(&said))
            }
            PromptCommand::Output(path) => {
                let path = path.map(PathBuf::from);
                overwrite::refuse(".output", path.as_deref(), self.read)?;
                self.args.out = path;
                Ok(())
            }
            PromptCommand::Timer(timer) => {
                self.timer = timer;
                Ok(())
            }
            PromptCommand::Unknown(name) => Err(prompt_command::unknown(&name)),
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

fn tables(known: &[(String, Vec<String>)]) -> String {
    let lines: Vec<String> =
        known.iter().map(|(table, columns)| format!("{table}: {}\n", columns.join(", "))).collect();
    lines.concat()
}

/// The columns of a table, or of all, a line each.
fn schema(known: &[(String, Vec<String>)], table: Option<&str>) -> Result<String, Error> {
    let wanted = known.iter().filter(|(name, _)| table.is_none_or(|table| table == name));
    let texts: Vec<String> =
        wanted.map(|(name, columns)| format!("{name}\n    {}\n", columns.join("\n    "))).collect();
    match table.filter(|_| texts.is_empty()) {
        Some(table) => {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            Err(Error::usage(format!(".schema {table}: no such table; there are {}", names.join(", "))))
        }
        None => Ok(texts.concat()),
    }
}

fn functions() -> String {
    let lines: Vec<String> = function::ALL.iter().map(|(_, call, what)| format!("{call:26} {what}\n")).collect();
    lines.concat()
}

/// In the user's state directory, readable by its owner only.
fn history_file() -> Option<PathBuf> {
    platform::user_folder(UserFolder::State).map(|state| state.join("tfctrail").join("query_history"))
}

fn show(text: &str) -> Result<(), Error> {
    let mut output = Output::open(None)?;
    output.write_all(text.as_bytes()).map_err(|error| output.error(&error))?;
    output.finish()
}

fn failed(error: &ReadlineError) -> Error {
    Error::failure(format!("the prompt: {error}")).hint("give the statement as an argument, or on standard input")
}

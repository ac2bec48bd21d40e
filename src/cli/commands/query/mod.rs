//! `tfctrail query`: Run SQL on the store, or on sources that are scanned for it.

use std::io::{ErrorKind, IsTerminal as _, Read, Write as _};
use std::time::Duration;

use self::args::QueryArgs;
use crate::audit::activity::call_filter::CallFilter;
use crate::audit::runs::assign::assign;
use crate::audit::runs::fold::fold;
use crate::cli::args::scan::ScanArgs;
use crate::cli::args::source::SourceText;
use crate::cli::args::work_list::WorkListArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::{Error, reason};
use crate::cli::output::Output;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::output::overwrite;
use crate::cli::output::writing::tell_coverage_beside;
use crate::cli::reading::answer::{ScanResult, read};
use crate::cli::reading::calls::{read_calls, scan_for_calls};
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::interrupt;
use crate::cli::terminal::talk::Level;
use crate::decode::pack::marked;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::ingest::options::WantedCalls;
use crate::source::SourceSpec;
use crate::store::Store;
use crate::store::sql::{StatementLimits, StoreReader};

pub mod activity;

mod answer;

pub mod args;

mod complete;

mod example;

mod meant;

mod prompt;

mod prompt_command;

pub mod scanned;

/// The most memory that SQLite may hold for a query.
const MEMORY: u64 = 512 << 20;

/// The longest statement that is read.
const MAX_SQL: u64 = 1 << 20;

/// Events without a run id that are further apart belong to different runs, as by default everywhere.
const RUN_GAP_SECONDS: i64 = 3_600;

/// A statement that has come to the end of its time ends within milliseconds, unless it is in a call of a function that
/// takes longer. Then the process ends.
const GRACE: Duration = Duration::from_secs(2);

/// What is asked.
enum QueryInput {
    Statement(String),
    Prompt,
}

impl RunCommand for QueryArgs {
    /// Answers.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        if self.examples {
            let mut output = Output::open(None)?;
            output.write_all(example::text().as_bytes()).map_err(|error| output.error(&error))?;
            return output.finish();
        }
        let (question, sources) = question(self)?;
        if let QueryInput::Statement(sql) = &question {
            // Before any work.
            crate::store::sql::word::check(sql)
                .map_err(|message| answer::refuse(crate::store::sql::QueryError::Refused(message)))?;
        }
        let read = self.read_files(sources.is_empty())?;
        overwrite::refuse("--out", self.output.out.as_deref(), &read)?;
        overwrite::refuse("--coverage", self.coverage.as_deref(), &read)?;
        let output = Output::open(self.output.out.as_deref())?;
        output.refuse_terminal(self.output.format())?;
        let seconds = u64::try_from(self.timeout.seconds()).unwrap_or(u64::MAX);
        let limits = StatementLimits { time: Duration::from_secs(seconds), memory_bytes: MEMORY };
        let time = &self.time;
        if sources.is_empty() && [&time.from, &time.to, &time.last].iter().any(|flag| flag.is_some()) {
            let text = "--from, --to and --last hold for sources that are scanned; the store is asked as a whole";
            context.talk.say(Level::Info, text);
        }
        let (reader, scanned) = if sources.is_empty() {
            let file = CoverageFile::open(self.coverage.as_deref())?;
            let (reader, scanned) = of_store(self, &question, limits, context.now, context)?;
            file.write(&scanned.coverage, context)?;
            (reader, scanned)
        } else {
            of_sources(self, &question, sources, &output, limits, context.now, context)?
        };
        let names = context.config.accounts.pairs().map(|(id, name)| (id.into(), name.into())).collect();
        reader.name_accounts(names).map_err(answer::refuse)?;
        let style = context.talk.style();
        reader.watch(GRACE, move |error| interrupt::give_up(style, &answer::refuse(error)));
        let coverage = &scanned.coverage;
        let tell = || tell_coverage_beside(self.output.format(), coverage, context);
        match question {
            QueryInput::Statement(sql) => {
                let answered = answer::answer(&reader, &sql, &self.output, output, Some(coverage), context);
                answered.map_err(|error| meant::explained(error, &reader))?;
                tell();
            }
            QueryInput::Prompt => {
                drop(output);
                tell();
                prompt::prompt(&reader, &self.output, &read, Some(coverage), context)?;
            }
        }
        scanned.verdict()
    }
}

/// The statement, and the words that are sources.
impl QueryArgs {
    /// The file of the statement, and the store, if that is asked: what is written must not take their place.
    fn read_files(&self, asks_store: bool) -> Result<Vec<SourceSpec>, Error> {
        let store = asks_store.then(|| self.store.path()).transpose()?.map(SourceSpec::Store);
        Ok(self.file.iter().cloned().map(SourceSpec::Path).chain(store).collect())
    }
}

fn question(args: &QueryArgs) -> Result<(QueryInput, Vec<SourceText>), Error> {
    if let Some(path) = &args.file {
        let doing = format!("--file '{}'", path.display());
        let file = std::fs::File::open(path).map_err(|error| Error::usage(format!("{doing}: {}", reason(&error))))?;
        return Ok((QueryInput::Statement(text(file, &doing)?), args.words.clone()));
    }
    match args.words.split_first() {
        Some((first, sources)) if first.text != "-" => {
            let sql = first.text.to_str().ok_or_else(|| Error::usage("the query is refused: it is not UTF-8"))?;
            Ok((QueryInput::Statement(sql.to_owned()), sources.to_vec()))
        }
        given => {
            let sources = given.map_or(&[][..], |(_, sources)| sources);
            if sources.iter().any(|source| source.text == "-") {
                return Err(Error::usage("standard input (-) cannot be the statement and a source at once"));
            }
            let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
            let question = if is_terminal {
                QueryInput::Prompt
            } else {
                QueryInput::Statement(text(std::io::stdin().lock(), "standard input")?)
            };
            Ok((question, sources.to_vec()))
        }
    }
}

fn text(from: impl Read, name: &str) -> Result<String, Error> {
    marked::read(from, MAX_SQL).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => Error::usage(format!("{name}: {}", reason(&error))),
        _ => Error::stream(format!("reading {name}"), &error),
    })
}

/// The store, as it is, and what its tables rest on. A statement is answered from the same moment.
fn of_store(
    args: &QueryArgs,
    question: &QueryInput,
    limits: StatementLimits,
    now: Timestamp,
    context: &CommandContext<'_>,
) -> Result<(StoreReader, ScanResult), Error> {
    let path = args.store.path()?;
    let store = if args.verified.verified { Store::open_verified(&path)? } else { Store::open_read(&path)? };
    store.put_temporary_on_disk()?;
    if matches!(question, QueryInput::Statement(_)) {
        store.stay()?;
    }
    let contents = store.about_all()?;
    contents.notes.iter().for_each(|note| context.talk.say(Level::Warning, note));
    let mut answer = ScanResult::of_tables(contents, now.day(), args.limits.strict);
    let sql = if let QueryInput::Statement(sql) = question { Some(sql.as_str()) } else { None };
    if activity::is_wanted(&store, sql)? {
        let rows = activity::of_store(&store, RUN_GAP_SECONDS, &mut answer.coverage)?;
        scanned::put_beside(&store, &rows, scanned::joined)?;
    }
    Ok((StoreReader::of(store, limits).map_err(answer::refuse)?, answer))
}

/// Every call in the window.
fn window_alone(scan: &Scan) -> CallFilter {
    CallFilter { run: scan.filter.clone(), ..CallFilter::default() }
}

/// Scans the sources; every event in the window is there to be asked about.
fn of_sources(
    args: &QueryArgs,
    question: &QueryInput,
    sources: Vec<SourceText>,
    output: &Output,
    limits: StatementLimits,
    now: Timestamp,
    context: &CommandContext<'_>,
) -> Result<(StoreReader, ScanResult), Error> {
    let scan = ScanArgs {
        work_list: WorkListArgs::default(),
        sources,
        store: args.store.clone(),
        dry_run: false,
        coverage: args.coverage.clone(),
        time: args.time.clone(),
        issuers: args.issuers.clone(),
        aws: args.aws.clone(),
        verified: args.verified.clone(),
    };
    let scan = Scan::new(&scan, None, &args.limits, now)?;
    scan.refuse_overwriting(args.output.out.as_deref())?;
    let own_files = output.unfinished_file().map(Into::into).into_iter().chain(args.output.out.clone()).collect();
    let is_about_calls = matches!(question, QueryInput::Statement(sql) if activity::is_named(sql));
    let (answer, rows) = if is_about_calls {
        let scan =
            scan_for_calls("activity", scan, WantedCalls::Session { parameters: false })?.with_logs(&args.logs)?;
        let (answer, found) = read_calls(&scan, &window_alone(&scan), RUN_GAP_SECONDS, own_files, context)?;
        (answer, Some(activity::rows(&found.calls)))
    } else {
        (read(&scan, None, own_files, context)?, None)
    };
    let events: Vec<&Assumption> = answer.selected.events.iter().collect();
    let runs = fold(&events, &assign(&events, RUN_GAP_SECONDS));
    let failed = |error: &dyn std::fmt::Display| Error::failure(format!("keeping what was scanned: {error}"));
    let connection = scanned::of_scan(&events, &runs, rows.as_deref()).map_err(|error| failed(&error))?;
    let reader = StoreReader::new(connection, limits).map_err(|error| failed(&error))?;
    Ok((reader, answer))
}

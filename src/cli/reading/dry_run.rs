//! `--dry-run`: what reading the remote sources would take, without fetching anything.

use std::sync::Arc;

use indicatif::HumanBytes;

use super::scan::Scan;
use super::words::{counted, to_usize};
use crate::cli::args::output::OutputArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::cli::terminal::talk::Level;
use crate::domain::work::SourceWork;
use crate::progress::Progress;
use crate::report::Format;
use crate::report::row::work::schema;
use crate::report::zone::Zone;
use crate::source::remote;

/// The same for a command that writes no rows: a table on standard output.
pub fn tell(scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let output = OutputArgs {
        output: Some(Format::Table),
        out: None,
        columns: Vec::new(),
        sort: None,
        limit: None,
        no_header: false,
        csv_raw: false,
    };
    list(&output, scan, context)
}

/// Does what a command does with its scan, which must not overwrite what it reads. With `--dry-run` only what reading would
/// take is listed, in the format of `output`.
pub fn carry_out(
    scan: Scan,
    output: &OutputArgs,
    context: &CommandContext<'_>,
    run: impl FnOnce(Scan) -> Result<(), Error>,
) -> Result<(), Error> {
    scan.refuse_overwriting(output.out.as_deref())?;
    if scan.dry_run { list(output, &scan, context) } else { run(scan) }
}

/// Lists, and writes a row for each prefix.
fn list(output: &OutputArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let output = output_of(output);
    let writing = Writing::open(&output, schema())?;
    if let Some(text) = scan.about_window() {
        context.talk.say(Level::Info, &text);
    }
    let (work, notes) = remote::estimate(&scan.sources, &scan.question(false, &Arc::new(Progress::default())))?;
    context.tell(&notes);
    write(work, writing, context)
}

/// How the list is written: its columns and order are not those of the rows that are not made.
#[must_use]
pub fn output_of(output: &OutputArgs) -> OutputArgs {
    OutputArgs { columns: Vec::new(), sort: None, ..output.clone() }
}

/// Writes the list, and says its sum.
pub fn write(
    work: Vec<SourceWork>,
    writing: Writing<'_, SourceWork>,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let sum = |count: fn(&SourceWork) -> u64| work.iter().map(count).sum::<u64>();
    let total = format!(
        "{}, {} of {} would be fetched",
        counted(to_usize(sum(|work| work.list_requests)), "list request"),
        counted(to_usize(sum(|work| work.get_requests)), "object"),
        HumanBytes(sum(|work| work.bytes)),
    );
    writing.write(work, None, &Zone::UTC, context)?;
    context.talk.say(Level::Info, &total);
    Ok(())
}

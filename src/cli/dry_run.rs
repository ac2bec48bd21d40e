//! `--dry-run`: what reading the remote sources would take, without fetching anything.

use std::sync::Arc;

use indicatif::HumanBytes;

use super::args::OutputArgs;
use super::error::Error;
use super::reading::CommandContext;
use super::scan::Scan;
use super::talk::Level;
use super::writing::Writing;
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
    run(&output, scan, context)
}

/// Lists, and writes a row for each prefix. Columns and order are those of the report, which is not made.
pub fn run(output: &OutputArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let output = OutputArgs { columns: Vec::new(), sort: None, ..output.clone() };
    let writing = Writing::open(&output, schema())?;
    if let Some(text) = scan.about_window() {
        context.talk.say(Level::Info, &text);
    }
    let (work, notes) = remote::estimate(&scan.sources, &scan.question(false, &Arc::new(Progress::default())))?;
    context.tell(&notes);
    let sum = |count: fn(&crate::domain::work::Work) -> u64| work.iter().map(count).sum::<u64>();
    let total = format!(
        "{} list requests, {} objects of {} would be fetched",
        sum(|work| work.list_requests),
        sum(|work| work.get_requests),
        HumanBytes(sum(|work| work.bytes)),
    );
    writing.write(work, None, &Zone::UTC, context)?;
    context.talk.say(Level::Info, &total);
    Ok(())
}

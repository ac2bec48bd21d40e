//! Reads what rules see: all events of the window and the accounts asked for, whoever they are about.

use std::path::PathBuf;

use super::answer::{ScanResult, read, read_whole};
use super::scan::Scan;
use crate::cli::args::grouping::GroupingArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::coverage_file::CoverageFile;
use crate::domain::assumption::Assumption;

/// Scans, writes the file of `--coverage`, and gives beside the events that pass the filters those that rules see; nothing
/// where these are the same.
pub fn read_for_rules(
    scan: &Scan,
    grouping: Option<&GroupingArgs>,
    mut exclude: Vec<PathBuf>,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, Option<Vec<Assumption>>), Error> {
    if scan.filter.takes_all_of_place() {
        return Ok((read(scan, grouping, exclude, context)?, None));
    }
    let file = CoverageFile::open(scan.coverage_file.as_deref())?;
    exclude.extend(file.own_files());
    let (answer, whole) = read_whole(scan, grouping, exclude, context)?;
    file.write(&answer.coverage, context)?;
    Ok((answer, whole.map(|events| seen_by_rules(scan, events))))
}

/// Those of all events that rules see.
#[must_use]
pub fn seen_by_rules(scan: &Scan, mut events: Vec<Assumption>) -> Vec<Assumption> {
    let place = scan.filter.place();
    events.retain(|event| place.removes(event).is_none());
    events
}

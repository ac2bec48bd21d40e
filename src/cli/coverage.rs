//! `tfctrail coverage`: what was and was not seen, by account, region and day.

use super::args::CoverageArgs;
use super::error::Error;
use super::reading::{CommandContext, read};
use super::scan::Scan;
use super::writing::Writing;
use crate::report::row::coverage::{rows, schema};

/// Scans and writes a row for each day of each account's region.
pub fn run(args: &CoverageArgs, scan: &Scan, context: &CommandContext<'_>) -> Result<(), Error> {
    let writing = Writing::open(&args.output, schema())?;
    let answer = read(scan, None, writing.own_files(), context)?;
    writing.write(rows(&answer.coverage), Some(&answer.coverage), &args.scan.time.tz, context)?;
    answer.verdict()
}

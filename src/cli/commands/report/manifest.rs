//! `manifest.json`: what a report is about, what it rests on, and the SHA-256 of every file.

use std::io::{self, Write};

use serde::Serialize;

use super::folder::WrittenFile;
use crate::audit::review::Review;
use crate::report::coverage_json;
use crate::report::index::{MissingAnswer, ReportNumbers};

#[derive(Serialize)]
struct ManifestObject<'a, C> {
    schema_version: u64,
    tool: &'static str,
    window: Span,
    about: Option<&'a str>,
    compared_with: &'a str,
    sources: Vec<&'a str>,
    complete: bool,
    numbers: Option<ReportNumbers>,
    missing: MissingAnswer,
    files: &'a [WrittenFile],
    coverage: C,
}

#[derive(Serialize)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

/// Writes it.
pub(super) fn write(
    mut out: &mut dyn Write,
    review: &Review<'_>,
    about: &str,
    compared_with: &str,
    files: &[WrittenFile],
) -> io::Result<()> {
    let (window, coverage) = (review.window.shown(), review.coverage);
    let manifest = ManifestObject {
        schema_version: crate::report::row::SCHEMA_VERSION,
        tool: concat!("tfctrail ", env!("CARGO_PKG_VERSION")),
        window: Span { from: window.from.map(|from| from.to_string()), to: window.to.map(|to| to.to_string()) },
        about: Some(about).filter(|about| !about.is_empty()),
        compared_with,
        sources: coverage.sources.iter().map(|source| source.source.as_str()).collect(),
        complete: !coverage.is_incomplete(),
        numbers: ReportNumbers::of(review),
        missing: MissingAnswer::of(review),
        files,
        coverage: coverage_json::value(coverage),
    };
    serde_json::to_writer_pretty(&mut out, &manifest)?;
    out.write_all(b"\n")
}

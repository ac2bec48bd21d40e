//! The index of several reports as a page like theirs, without a script. It stays below two million bytes.

use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::budget::{Budget, clip};
use crate::domain::finding::Severity;
use crate::report::coverage_text::grouped;
use crate::report::index::{Entry, Index};

const STYLE: &str = concat!(include_str!("style.css"), include_str!("index.css"));

/// So many reports are in the page, and so many bytes of their names and paths.
const ROWS: usize = 2_000;
const BYTES: usize = 1_200_000;

/// What else a row takes, at most.
const ROW_BYTES: usize = 700;

#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    style: &'static str,
    policy: String,
    title: &'a str,
    window: String,
    coverage: &'a str,
    summary: String,
    by: &'static str,
    /// Whether each row says what it rests on.
    by_row: bool,
    rows: Vec<Row>,
    rest: String,
    is_day: bool,
    version: &'a str,
}

struct Row {
    name: String,
    href: String,
    runs: String,
    assumptions: String,
    denied: String,
    is_denied: bool,
    new: String,
    /// Severity and count, the gravest first.
    findings: Option<Vec<(&'static str, String)>>,
    coverage: String,
    complete: bool,
}

/// Writes the page.
pub(in crate::report) fn write(out: &mut dyn Write, index: &Index) -> io::Result<()> {
    let coverage = index.coverage();
    let mut budget = Budget::new(BYTES);
    let escaped = |text: &str| text.len() * 5;
    let rows = index.reports.iter().take(ROWS).map(Row::of).take_while(|row| {
        budget.takes(2 * escaped(&row.name) + escaped(&row.href) + escaped(&row.coverage) + ROW_BYTES)
    });
    let rows: Vec<Row> = rows.collect();
    let (shown, all) = (rows.len() as u64, index.reports.len() as u64);
    let rest =
        format!("The first {} of {}; index.json beside this file has all of them.", grouped(shown), grouped(all));
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let page = Page {
        style: STYLE,
        policy: format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'"
        ),
        title: &index.title,
        window: index.window.as_ref().map_or_else(String::new, |(from, to)| format!("{from} to {to}")),
        coverage: coverage.unwrap_or_default(),
        summary: index.summary(),
        by: index.by,
        by_row: coverage.is_none(),
        rows,
        rest: if shown < all { rest } else { String::new() },
        is_day: index.by == "day",
        version: env!("CARGO_PKG_VERSION"),
    };
    let text = page.render().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

impl Row {
    fn of(entry: &Entry) -> Self {
        let unknown = || "–".to_owned();
        let number = |count: Option<u64>| count.map_or_else(unknown, grouped);
        let numbers = entry.numbers.as_ref();
        let findings = numbers.map(|numbers| {
            let mut findings = numbers.findings;
            let counts = Severity::ALL.into_iter().rev().map(|severity| (severity.as_str(), *findings.of(severity)));
            counts.filter(|(_, count)| *count > 0).map(|(name, count)| (name, grouped(count))).collect()
        });
        Self {
            name: clip(&entry.name),
            href: entry.path.clone(),
            runs: number(numbers.and_then(|it| it.runs)),
            assumptions: number(numbers.map(|it| it.assumptions)),
            denied: number(numbers.map(|it| it.denied)),
            is_denied: numbers.is_some_and(|it| it.denied > 0),
            new: number(numbers.and_then(|it| it.new)),
            findings,
            coverage: clip(&entry.coverage),
            complete: entry.complete,
        }
    }
}

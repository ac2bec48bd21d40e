//! The index of several reports as a page like theirs, which sorts and filters where scripts run. It stays below two million bytes.

use std::io::{self, Write};

use askama::Template;

use super::budget::{Budget, clip};
use super::trend::Trend;
use super::{SCRIPT, policy};
use crate::domain::finding::Severity;
use crate::report::coverage_text::grouped;
use crate::report::index::{IndexEntry, MissingAnswer, ReportIndex};
use crate::report::review::words::window_ends;
use crate::report::trend;

const STYLE: &str = concat!(include_str!("style.css"), include_str!("index.css"));

/// So many reports are in the page, and so many bytes of their names and paths.
const ROWS: usize = 2_000;
const BYTES: usize = 1_200_000;

/// Where there is no number.
const UNKNOWN: &str = "–";

/// What else a row takes, at most.
const ROW_BYTES: usize = 850;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    style: &'static str,
    script: &'static str,
    policy: String,
    title: &'a str,
    window: String,
    missing: String,
    summary: String,
    /// Whether any cell is without a number.
    has_unknown: bool,
    /// Whether each row says what is missing.
    by_row: bool,
    /// Of an index of days.
    trend: Option<Trend>,
    rows: Vec<IndexRow>,
    rest: String,
    is_day: bool,
    version: &'a str,
}

struct IndexRow {
    name: String,
    href: String,
    /// What it is sorted by: a day by its date.
    order: String,
    runs: String,
    assumptions: String,
    denied: String,
    is_denied: bool,
    new: String,
    /// Severity and count, the gravest first.
    findings: Option<Vec<(&'static str, String)>>,
    /// What findings are sorted by.
    gravity: String,
    missing: String,
    /// `fine`, `look` or `act`.
    tone: &'static str,
}

impl ReportIndex {
    /// Writes it as one self-contained HTML file.
    pub fn write_html(&self, out: &mut dyn Write) -> io::Result<()> {
        let missing = self.missing();
        let mut budget = Budget::new(BYTES);
        let escaped = |text: &str| text.len() * 5;
        let rows = self.reports.iter().take(ROWS).map(IndexRow::of).take_while(|row| {
            budget.takes(
                2 * escaped(&row.name) + escaped(&row.order) + escaped(&row.href) + escaped(&row.missing) + ROW_BYTES,
            )
        });
        let rows: Vec<IndexRow> = rows.collect();
        let (shown, all) = (rows.len() as u64, self.reports.len() as u64);
        let rest =
            format!("The first {} of {}; index.json beside this file has all of them.", grouped(shown), grouped(all));
        let page = IndexPage {
            style: STYLE,
            script: SCRIPT,
            policy: policy(STYLE),
            trend: trend::of_index(self).map(|days| Trend::of(&days)),
            title: &self.title,
            window: self.window.map_or_else(String::new, window_ends),
            missing: missing.map_or_else(String::new, |missing| clip(&missing.verdict)),
            summary: self.summary(),
            has_unknown: rows.iter().any(IndexRow::has_unknown),
            by_row: missing.is_none(),
            rows,
            rest: if shown < all { rest } else { String::new() },
            is_day: self.by == "day",
            version: env!("CARGO_PKG_VERSION"),
        };
        let text = page.render().map_err(io::Error::other)?;
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

impl IndexRow {
    fn has_unknown(&self) -> bool {
        [&self.runs, &self.new, &self.assumptions].into_iter().any(|cell| cell == UNKNOWN)
    }

    fn of(entry: &IndexEntry) -> Self {
        let unknown = || UNKNOWN.to_owned();
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
            order: entry.day.map_or_else(|| clip(&entry.name), |day| day.to_string()),
            gravity: numbers.map_or_else(String::new, |numbers| {
                let mut findings = numbers.findings;
                let counts = Severity::ALL.into_iter().rev().map(|severity| format!("{:020}", findings.of(severity)));
                counts.collect::<Vec<_>>().join(" ")
            }),
            runs: number(numbers.and_then(|it| it.runs)),
            assumptions: number(numbers.map(|it| it.assumptions)),
            denied: number(numbers.map(|it| it.denied)),
            is_denied: numbers.is_some_and(|it| it.denied > 0),
            new: number(numbers.and_then(|it| it.new)),
            findings,
            missing: entry.missing.as_ref().map_or_else(unknown, |missing| clip(&missing.verdict)),
            tone: match entry.missing.as_ref().map(MissingAnswer::weight) {
                Some(0) => "fine",
                Some(1) => "look",
                Some(_) => "act",
                None => "unknown",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::index::ReportNumbers;

    #[test]
    fn a_page_stays_small_and_says_what_it_leaves_out() {
        let report = |number: usize| IndexEntry {
            name: format!("organization {}{number}", "\"'<&>".repeat(2_000)),
            path: format!("organization-{}-{number}/report.html", "x".repeat(200)),
            day: None,
            numbers: Some(ReportNumbers::default()),
            missing: None,
        };
        let check = |count: usize, rest: &str| {
            let title = "Monday, 2 November 2026".to_owned();
            let reports = (0..count).map(report).collect();
            let mut page = Vec::new();
            ReportIndex { by: "organization", window: None, title, reports }.write_html(&mut page).unwrap();
            assert!(page.len() < 2_000_000, "{}", page.len());
            assert_eq!(String::from_utf8(page).unwrap().contains(rest), count > 3, "{count}");
        };
        check(3, "The first");
        check(5_000, " of 5,000; index.json beside this file has all of them.");
    }
}

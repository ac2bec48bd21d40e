//! The index of several reports, the gravest first or by day: values, their order, and the same as JSON. The page is made
//! in `html`.

use std::cmp::Reverse;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::coverage_text::grouped;
use super::review::words::answers;
use crate::audit::baseline::past::BaselineOrigin;
use crate::audit::review::Review;
use crate::domain::finding::Severity;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What one report says in numbers. What cannot be said is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportNumbers {
    /// Runs.
    pub runs: Option<u64>,
    /// Assumptions, denied ones among them.
    pub assumptions: u64,
    /// Denied assumptions.
    pub denied: u64,
    /// Things never seen before.
    pub new: Option<u64>,
    /// Findings that are not suppressed, by severity.
    pub findings: FindingCounts,
}

/// Whether anything is missing, as the report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingAnswer {
    /// `no`, `perhaps` or `yes`.
    pub word: String,
    /// The same in a sentence.
    pub verdict: String,
}

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Those that are only good to know.
    pub info: u64,
}

impl ReportNumbers {
    /// The numbers of a review; nothing where no log file of its window was read, since nobody counted anything then.
    #[must_use]
    pub fn of(review: &Review<'_>) -> Option<Self> {
        if review.coverage.is_unread() {
            return None;
        }
        let mut findings = FindingCounts::default();
        for finding in review.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            *findings.of(finding.severity) += 1;
        }
        Some(Self {
            runs: Some(review.count("runs")),
            assumptions: review.count("assumptions"),
            denied: review.count("denied"),
            new: (review.changes.origin != BaselineOrigin::Nothing).then_some(review.changes.new.len() as u64),
            findings,
        })
    }

    /// Adds those of another group of the same window. A run can be in several groups, and what is new to one need not be
    /// new to all, so of these there is no sum.
    pub fn add(&mut self, other: &Self) {
        (self.runs, self.new) = (None, None);
        self.assumptions = self.assumptions.saturating_add(other.assumptions);
        self.denied = self.denied.saturating_add(other.denied);
        for severity in Severity::ALL {
            let (mut others, count) = (other.findings, self.findings.of(severity));
            *count = count.saturating_add(*others.of(severity));
        }
    }
}

impl MissingAnswer {
    /// What a review says.
    #[must_use]
    pub fn of(review: &Review<'_>) -> Self {
        let [_, _, answer] = answers(review);
        Self { word: answer.word.to_owned(), verdict: answer.verdict }
    }

    /// The more is missing, the more.
    #[must_use]
    pub fn weight(&self) -> u8 {
        match self.word.as_str() {
            "no" => 0,
            "perhaps" => 1,
            _ => 2,
        }
    }
}

impl FindingCounts {
    /// The count of a severity.
    pub fn of(&mut self, severity: Severity) -> &mut u64 {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        }
    }
}

/// A report, or the reports of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexEntry {
    /// What it is about: `organization acme`, or the day.
    pub name: String,
    /// The day it is about, in an index of days.
    #[serde(skip)]
    pub day: Option<Day>,
    /// Where it is, below the index, with `/` between names.
    pub path: String,
    /// Its numbers; absent where the tool that wrote it did not note them.
    pub numbers: Option<ReportNumbers>,
    /// Whether anything is missing of what it rests on.
    pub missing: Option<MissingAnswer>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportIndex {
    /// What it lists: `organization`, `account` or `day`.
    pub by: &'static str,
    /// The window of all of its reports, if they have the same.
    pub window: Option<Window>,
    /// What it is called.
    pub title: String,
    /// The reports, in order.
    pub reports: Vec<IndexEntry>,
}

impl ReportIndex {
    /// Puts the gravest first; what has no numbers comes last, and names settle the rest.
    pub fn rank(&mut self) {
        let grave = |entry: &IndexEntry| {
            let numbers = entry.numbers.as_ref();
            numbers.map(|it| (it.findings, it.denied, it.new.unwrap_or(0)))
        };
        self.reports.sort_by(|one, other| {
            Reverse(grave(one))
                .cmp(&Reverse(grave(other)))
                .then_with(|| (&one.name, &one.path).cmp(&(&other.name, &other.path)))
        });
    }

    /// What all of its reports say of what is missing, if that is the same.
    #[must_use]
    pub fn missing(&self) -> Option<&MissingAnswer> {
        let first = self.reports.first()?.missing.as_ref();
        first.filter(|first| self.reports.iter().all(|entry| entry.missing.as_ref() == Some(first)))
    }

    /// How many there are, and how many need a reader, in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted = |count: usize| {
            let ending = if count == 1 { "" } else { "s" };
            format!("{} {}{ending}", grouped(count as u64), self.by)
        };
        let is_grave =
            |entry: &&IndexEntry| entry.numbers.as_ref().is_some_and(|it| it.findings.critical + it.findings.high > 0);
        let is_missing = |entry: &&IndexEntry| entry.missing.as_ref().is_some_and(|missing| missing.weight() > 1);
        let missing = match self.reports.iter().filter(is_missing).count() {
            0 => String::new(),
            missing => format!("; {} with something missing", grouped(missing as u64)),
        };
        match (self.reports.len(), self.reports.iter().filter(is_grave).count()) {
            (0, _) => "Nothing to report on.".to_owned(),
            (all, 0) => format!("{}, none with a high or critical finding{missing}.", counted(all)),
            (all, grave) => {
                format!("{}, {} with high or critical findings{missing}.", counted(all), grouped(grave as u64))
            }
        }
    }

    /// Writes it as JSON.
    pub fn write_json(&self, mut out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct IndexObject<'a> {
            schema_version: u64,
            tool: &'static str,
            by: &'static str,
            window: Option<Span>,
            reports: &'a [IndexEntry],
        }
        #[derive(Serialize)]
        struct Span {
            from: Option<String>,
            to: Option<String>,
        }
        let show = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let document = IndexObject {
            schema_version: super::row::SCHEMA_VERSION,
            tool: concat!("tfctrail ", env!("CARGO_PKG_VERSION")),
            by: self.by,
            window: self.window.map(Window::shown).map(|window| Span { from: show(window.from), to: show(window.to) }),
            reports: &self.reports,
        };
        serde_json::to_writer_pretty(&mut out, &document)?;
        out.write_all(b"\n")
    }
}

//! A review as one self-contained HTML file. It fetches nothing and runs no script but its own, by its own policy; its
//! text is escaped by the template engine; it stays below two million bytes whatever is in the log.

mod budget;

mod chart;

pub(super) mod index;

mod matrix;

pub(super) mod run;

mod trend;

mod verified;

use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use self::budget::{Budget, clip};
use self::chart::{ActivityChart, Bars};
use self::matrix::Matrix;
use self::trend::Trend;
use self::verified::VerifiedSection;
use super::coverage_text;
use super::index::ReportNumbers;
use super::review::PageContext;
use super::review::place::ReportPlace;
use super::review::run_links::{self, RUNS_SHOWN};
use super::review::table::{ColumnHead, ReviewTable, TableCell};
use super::review::tables::{gone, leading, runs};
use super::review::words::{NO_PAST, ReviewAnswer, answers, compared_with, summary, window_ends, window_name};
use super::trend::{self as trend_days, TrendDay};
use super::visible::visible;
use crate::audit::baseline::past::BaselineOrigin;
use crate::audit::review::Review;
use crate::audit::review::figures::Figure;
use crate::domain::timestamp::Day;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Bytes of cells: of the table of runs, and of each other table. Together with the frame they stay below two million.
const RUNS_BYTES: usize = 900_000;
const TABLE_BYTES: usize = 150_000;

/// So many rows of each table but that of runs are in the page.
const TABLE_ROWS: usize = 200;

#[derive(Template)]
#[template(path = "page.html")]
struct ReviewPage<'a> {
    style: &'static str,
    script: &'static str,
    policy: String,
    title: String,
    place: ReportPlace,
    about: String,
    window: String,
    sources: Vec<String>,
    summary: String,
    answers: Vec<ReviewAnswer>,
    /// Whether anything is known of the time before.
    has_past: bool,
    no_past: &'static str,
    compared: String,
    figures: Vec<FigureView>,
    tables: Vec<TableView>,
    /// Of a report on a day.
    trend: Option<Trend>,
    activity: ActivityChart,
    matrix: Matrix,
    bars: Vec<Bars>,
    runs: TableView,
    /// What vanished, folded.
    gone: TableView,
    /// Where digests were read.
    verified: Option<VerifiedSection>,
    coverage: Vec<String>,
    gaps: bool,
    quiet: Vec<String>,
    version: &'a str,
}

/// One number, as it is shown.
struct FigureView {
    name: &'static str,
    value: String,
    has_past: bool,
    before: String,
    usual: String,
    /// `up`, `down` or `same` against the usual, else against the window before.
    trend: &'static str,
}

#[derive(Template)]
#[template(path = "table.html")]
struct TableView {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    empty: String,
    columns: &'static [ColumnHead],
    rows: Vec<Vec<TableCell>>,
    total: String,
    rest: String,
    /// Whether its rows are shown only when somebody asks for them.
    is_folded: bool,
}

/// Writes the page.
pub(super) fn write(out: &mut dyn Write, review: &Review<'_>, setting: &PageContext<'_>) -> io::Result<()> {
    let mut answers = answers(review);
    for answer in &mut answers {
        answer.verdict = clip(&answer.verdict);
        for point in &mut answer.points {
            *point = clip(point);
        }
    }
    let mut lines = Budget::new(TABLE_BYTES);
    let coverage = coverage_text::lines(review.coverage);
    let sources = review.coverage.sources.iter().take(8).map(|source| clip(&source.source));
    let runs = TableView::of(runs(review, setting), RUNS_SHOWN, RUNS_BYTES);
    let tables = leading(review, setting).into_iter();
    let tables = tables.map(|table| TableView::of(table, TABLE_ROWS, TABLE_BYTES).leading_to(runs.rows.len()));
    let page = ReviewPage {
        style: STYLE,
        script: SCRIPT,
        policy: policy(STYLE),
        title: window_name(review.window),
        place: setting.place.clone(),
        about: clip(setting.about),
        window: window_ends(review.window),
        sources: sources.collect(),
        summary: summary(review),
        answers: answers.into(),
        has_past: review.changes.origin != BaselineOrigin::Nothing,
        no_past: NO_PAST,
        compared: clip(&compared_with(&review.changes.origin)),
        figures: review.figures.iter().map(FigureView::of).collect(),
        tables: tables.collect(),
        trend: trend_of(review, &setting.place.earlier).map(|days| Trend::of(&days)),
        activity: ActivityChart::of(&review.activity),
        matrix: Matrix::of(&review.access, setting.account_names),
        bars: vec![
            Bars::of("networks", "Source networks", "Network", &review.networks),
            Bars::of("terraform", "Terraform versions", "Terraform", &review.terraform_versions),
            Bars::of("provider", "AWS provider versions", "AWS provider", &review.provider_versions),
        ],
        runs,
        gone: TableView { is_folded: true, ..TableView::of(gone(review, setting), TABLE_ROWS, TABLE_BYTES) },
        verified: VerifiedSection::of(review.coverage),
        coverage: coverage.iter().map(|line| clip(line)).take_while(|line| lines.takes(line.len())).collect(),
        gaps: !review.coverage.gaps.is_empty(),
        quiet: review
            .quiet
            .iter()
            .take(TABLE_ROWS)
            .map(|quiet| clip(&format!("{} {}, last log file on {}", quiet.account_id, quiet.region, quiet.last)))
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let text = page.render().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The days up to that of the report: what its sources say of those before, and what the reports of these days say.
fn trend_of(review: &Review<'_>, earlier: &[(Day, ReportNumbers)]) -> Option<Vec<TrendDay>> {
    let (from, to) = review.window.from.zip(review.window.to)?;
    let last = from.day();
    if (from, to) != (last.start(), last.end()) {
        return None;
    }
    let known = |day: Day| {
        if day == last {
            return ReportNumbers::of(review).map(|numbers| TrendDay::of(day, &numbers));
        }
        let of_report = earlier.iter().find(|(date, _)| *date == day).map(|(_, numbers)| TrendDay::of(day, numbers));
        let place = usize::try_from(last.number() - day.number() - 1).ok()?;
        let Some(counts) = review.before.get(place) else { return of_report };
        let findings = of_report.and_then(|day| day.findings);
        Some(TrendDay { day, runs: Some(counts.runs), denied: Some(counts.denied), findings })
    };
    Some(trend_days::days(last, known))
}

/// Only the style and the script of the page, by their hashes (<https://www.w3.org/TR/CSP3/>).
fn policy(style: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

impl FigureView {
    fn of(figure: &Figure) -> Self {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let against = figure.usual.map(|usual| usual.compare(figure.value));
        let against = against.or(figure.before.map(|before| figure.value.cmp(&before)));
        Self {
            name: figure.name,
            value: coverage_text::grouped(figure.value),
            has_past: figure.before.is_some() || figure.usual.is_some(),
            before: figure.before.map_or("–".to_owned(), coverage_text::grouped),
            usual: figure.usual.map_or("–".to_owned(), |usual| usual.to_string()),
            trend: match against {
                Some(Greater) => "up",
                Some(Less) => "down",
                Some(Equal) => "same",
                None => "",
            },
        }
    }

    fn arrow(&self) -> &'static str {
        match self.trend {
            "up" => "▲",
            "down" => "▼",
            "same" => "=",
            _ => "",
        }
    }

    fn trend_words(&self) -> &'static str {
        match self.trend {
            "up" => "more than usual",
            "down" => "less than usual",
            "same" => "as usual",
            _ => "",
        }
    }
}

impl TableView {
    /// Whether there is anything to show or to name.
    fn has_rows(&self) -> bool {
        !self.rows.is_empty() || !self.rest.is_empty()
    }

    /// The same without links to rows of runs that are not in the page, which has so many.
    fn leading_to(mut self, runs: usize) -> Self {
        let is_there = |href: &String| {
            href.strip_prefix(run_links::ANCHOR)
                .is_none_or(|place| place.parse().is_ok_and(|place: usize| place <= runs))
        };
        for cell in self.rows.iter_mut().flatten() {
            cell.href = cell.href.take().filter(is_there);
        }
        self
    }

    /// Whether a line is a run id of the usual kind, which is short enough to stand in one piece.
    fn is_run_id(line: &str) -> bool {
        let id = line.strip_prefix("run-").filter(|id| (1..=24).contains(&id.len()));
        id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    }

    fn of(table: ReviewTable<'_>, most: usize, bytes: usize) -> Self {
        let elsewhere = format!("{} beside this report", table.file.unwrap_or("report.json"));
        Self::of_part(table, most, bytes, &elsewhere)
    }

    /// The same; `elsewhere` has the rows for which there is no room.
    fn of_part(table: ReviewTable<'_>, most: usize, bytes: usize, elsewhere: &str) -> Self {
        let mut budget = Budget::new(bytes);
        let rows = table.rows.take(most).map(|row| row.into_iter().map(fitted).collect::<Vec<TableCell>>());
        let cost = |row: &[TableCell]| row.iter().map(budget::cost).sum();
        let rows: Vec<Vec<TableCell>> = rows.take_while(|row| budget.takes(cost(row))).collect();
        let shown = rows.len();
        let [first, all] = [shown, table.total].map(|count| coverage_text::grouped(count as u64));
        let rest = format!("The first {first} of {all} rows; {elsewhere} has all of them.");
        let rest = if shown < table.total { rest } else { String::new() };
        Self {
            id: table.id,
            title: table.title,
            note: table.note,
            empty: clip(&table.empty),
            columns: table.columns,
            total: coverage_text::grouped(table.total as u64),
            rows,
            rest,
            is_folded: false,
        }
    }
}

/// So many lines of a cell are shown.
const LINES: usize = 6;

fn fitted(cell: TableCell) -> TableCell {
    let more = cell.lines.len().saturating_sub(LINES);
    let show = |line: &String| if cell.is_whole { visible(line).into_owned() } else { clip(line) };
    let mut lines: Vec<String> = cell.lines.iter().take(LINES).map(show).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    // A link of that length leads to a name of that length, and no console has one.
    let href = cell.href.filter(|href| href.len() <= 2_000);
    TableCell { lines, href, ..cell }
}

#[cfg(test)]
mod tests;

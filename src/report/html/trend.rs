//! The last days as small charts: runs, denials and findings, a bar for each day.

use askama::Template;

use super::chart::{place, real};
use crate::domain::timestamp::Day;
use crate::report::coverage_text::grouped;
use crate::report::trend::{TrendDay, in_words};

/// What a day takes, and how high the highest bar is.
const STEP: f64 = 10.0;
const HEIGHT: f64 = 56.0;

/// The charts.
#[derive(Template)]
#[template(path = "trend.html")]
pub(super) struct Trend {
    days: usize,
    first: String,
    last: String,
    width: String,
    charts: Vec<TrendChart>,
    /// What is not known, in sentences.
    unknown: Vec<String>,
}

/// One chart.
struct TrendChart {
    id: &'static str,
    title: &'static str,
    /// The number of the last day.
    now: String,
    /// The same chart in words.
    words: String,
    bars: Vec<TrendBar>,
}

/// What is drawn of a day, and what it means.
struct TrendBar {
    x: String,
    title: String,
    /// Where each part begins, its height, and a word of the style sheet; none where nothing is known.
    parts: Option<Vec<(String, String, &'static str)>>,
}

/// What a chart shows of a day: counts that stand on each other, from below.
type Counts = Option<[(u64, &'static str); 2]>;

impl Trend {
    /// So wide is a bar, for the template.
    const BAR: f64 = STEP - 3.0;
    const BOTTOM: f64 = HEIGHT;

    /// Draws these days, which follow each other.
    pub(super) fn of(days: &[TrendDay]) -> Self {
        let runs = |day: &TrendDay| day.runs.map(|count| [(count, "p0"), (0, "p0")]);
        let denied = |day: &TrendDay| day.denied.map(|count| [(count, "alarming"), (0, "alarming")]);
        let findings = |day: &TrendDay| {
            let found = day.findings?;
            let rest = found.medium.saturating_add(found.low).saturating_add(found.info);
            Some([(found.critical.saturating_add(found.high), "alarming"), (rest, "mild")])
        };
        Self {
            days: days.len(),
            first: days.first().map_or_else(String::new, |day| day.day.to_string()),
            last: days.last().map_or_else(String::new, |day| day.day.to_string()),
            width: place(real(days.len() as u64) * STEP),
            unknown: unknown(days),
            charts: vec![
                TrendChart::of(("trend-runs", "Runs"), days, runs),
                TrendChart::of(("trend-denied", "Denials"), days, denied),
                TrendChart::of(("trend-findings", "Findings"), days, findings),
            ],
        }
    }
}

impl TrendChart {
    fn of((id, title): (&'static str, &'static str), days: &[TrendDay], counts: impl Fn(&TrendDay) -> Counts) -> Self {
        let total = |day: &TrendDay| counts(day).map(|[one, other]| one.0.saturating_add(other.0));
        let most = days.iter().filter_map(|day| Some((total(day)?, day.day))).max_by_key(|(count, _)| *count);
        let top = most.map_or(1, |(count, _)| count.max(1));
        let bars = days.iter().enumerate().map(|(at, day)| TrendBar {
            x: place(real(at as u64) * STEP + 1.5),
            title: match (total(day), counts(day)) {
                (Some(count), Some([(grave, _), (_, "mild")])) if grave > 0 => {
                    format!("{}: {}, {} high or critical", day.day, grouped(count), grouped(grave))
                }
                (Some(count), _) => format!("{}: {}", day.day, grouped(count)),
                (None, _) => format!("{}: not known", day.day),
            },
            parts: counts(day).map(|counts| parts(counts, top)),
        });
        let known = days.iter().filter(|day| total(day).is_some()).count();
        Self {
            id,
            title,
            now: days.last().and_then(total).map_or("–".to_owned(), grouped),
            words: most.map_or("No day is known.".to_owned(), |(count, day)| {
                format!("{known} of {} days are known; the highest count is {} on {day}.", days.len(), grouped(count))
            }),
            bars: bars.collect(),
        }
    }
}

/// Bars that stand on each other. What is not zero is seen.
fn parts(counts: [(u64, &'static str); 2], top: u64) -> Vec<(String, String, &'static str)> {
    let mut bottom = HEIGHT;
    let mut parts = Vec::new();
    for (count, class) in counts.into_iter().filter(|(count, _)| *count > 0) {
        let height = (real(count) / real(top) * HEIGHT).max(1.5);
        bottom -= height;
        parts.push((place(bottom.max(0.0)), place(height), class));
    }
    parts
}

/// Which days are not known, in sentences.
fn unknown(days: &[TrendDay]) -> Vec<String> {
    let of = |is_known: fn(&TrendDay) -> bool| -> Vec<Day> {
        days.iter().filter(|day| !is_known(day)).map(|day| day.day).collect()
    };
    let [runs, denied, findings] =
        [of(|day| day.runs.is_some()), of(|day| day.denied.is_some()), of(|day| day.findings.is_some())];
    if runs == denied && denied == findings {
        let days = in_words(runs);
        return if days.is_empty() { Vec::new() } else { vec![format!("Nothing is known of {days}.")] };
    }
    let each = [("Runs", runs), ("Denials", denied), ("Findings", findings)];
    let each = each.into_iter().filter(|(_, days)| !days.is_empty());
    each.map(|(what, days)| format!("{what} are not known of {}.", in_words(days))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::index::FindingCounts;
    use crate::report::trend;

    #[test]
    fn days_are_bars_and_unknown_ones_are_none() {
        let last = Day::parse("2026-11-05").unwrap();
        let days = trend::days(last, |day| {
            let findings = Some(FindingCounts { high: 1, low: 3, ..FindingCounts::default() });
            let known = TrendDay { day, runs: Some(10), denied: Some(0), findings };
            match last.number() - day.number() {
                0 => Some(known),
                1 => Some(TrendDay { runs: Some(1_000_000), findings: None, ..known }),
                _ => None,
            }
        });
        let trend = Trend::of(&days);
        let [runs, denied, findings] = trend.charts.as_slice() else { panic!("three charts") };
        assert_eq!((&*runs.now, &*denied.now, &*findings.now), ("10", "0", "4"));
        assert_eq!(runs.words, "2 of 30 days are known; the highest count is 1,000,000 on 2026-11-04.");
        assert_eq!(runs.bars[29].parts.as_deref(), Some(&[("54.5".to_owned(), "1.5".to_owned(), "p0")][..]));
        assert_eq!(denied.bars[29].parts.as_deref(), Some(&[][..]));
        assert_eq!(findings.bars[28].parts, None);
        assert_eq!(findings.bars[29].title, "2026-11-05: 4, 1 high or critical");
        assert_eq!(findings.bars[29].parts.as_ref().map(Vec::len), Some(2));
        assert_eq!(
            trend.unknown,
            [
                "Runs are not known of 2026-10-07 to 2026-11-03.",
                "Denials are not known of 2026-10-07 to 2026-11-03.",
                "Findings are not known of 2026-10-07 to 2026-11-04.",
            ]
        );
        assert_eq!(Trend::of(&days[..28]).unknown, ["Nothing is known of 2026-10-07 to 2026-11-03."]);
    }
}

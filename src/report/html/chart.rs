//! Charts: where everything lies in them. Drawing and escaping is the templates' part.

use askama::Template;

use super::budget::clip;
use crate::audit::review::activity::{Bar, BarSpan, RunsOverTime};
use crate::audit::review::shares::Share;
use crate::report::coverage_text::grouped;

/// Size of the drawing, and where its plot begins and ends.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 40.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 180.0;

/// Runs over time as stacked bars.
#[derive(Template)]
#[template(path = "activity.html")]
pub(super) struct ActivityChart {
    span: &'static str,
    phases: Vec<String>,
    words: String,
    rects: Vec<ChartRect>,
    grid: Vec<ChartLine>,
    labels: Vec<ChartLabel>,
    rows: Vec<(String, Vec<String>)>,
}

struct ChartRect {
    x: String,
    y: String,
    width: String,
    height: String,
    phase: usize,
    title: String,
}

struct ChartLine {
    y: String,
    text: String,
}

struct ChartLabel {
    x: String,
    text: String,
}

pub(super) fn place(value: f64) -> String {
    format!("{value:.1}")
}

#[expect(clippy::cast_precision_loss, reason = "a drawing has fewer than 2^52 places")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

impl ActivityChart {
    pub(super) fn of(activity: &RunsOverTime) -> Self {
        let phases: Vec<String> = activity.phases.iter().map(|phase| clip(phase)).collect();
        let total = |bar: &Bar| bar.runs.iter().sum::<u64>();
        let most = activity.bars.iter().map(total).max().unwrap_or(0);
        let top = round_up(most);
        let height = |count: u64| real(count) / real(top) * (BOTTOM - TOP);
        let step = (WIDTH - LEFT) / real(activity.bars.len().max(1) as u64);
        let left = |at: usize| LEFT + real(at as u64) * step;
        let mut rects = Vec::new();
        for (at, bar) in activity.bars.iter().enumerate() {
            let mut below = 0;
            for (phase, count) in bar.runs.iter().enumerate().filter(|(_, count)| **count > 0) {
                below += count;
                let title = format!("{}: {} {}", start(bar, activity.span), grouped(*count), phases[phase]);
                rects.push(ChartRect {
                    x: place(left(at) + step * 0.12),
                    y: place(BOTTOM - height(below)),
                    width: place(step * 0.76),
                    height: place(height(*count)),
                    phase,
                    title,
                });
            }
        }
        let every = activity.bars.len().div_ceil(12).max(1);
        let label =
            |(at, bar): (usize, &Bar)| ChartLabel { x: place(left(at) + step / 2.0), text: start(bar, activity.span) };
        let busiest = activity.bars.iter().rev().max_by_key(|bar| total(bar)).filter(|_| most > 0);
        Self {
            span: activity.span.as_str(),
            words: busiest.map_or("No run.".to_owned(), |bar| {
                format!("The highest count is {} from {}.", grouped(most), bar.start)
            }),
            rects,
            grid: [top, top / 2, 0]
                .into_iter()
                .filter(|count| *count > 0 || most == 0)
                .map(|count| ChartLine { y: place(BOTTOM - height(count)), text: grouped(count) })
                .collect(),
            labels: activity.bars.iter().enumerate().step_by(every).map(label).collect(),
            rows: activity
                .bars
                .iter()
                .filter(|bar| total(bar) > 0)
                .map(|bar| (bar.start.to_string(), bar.runs.iter().map(|count| grouped(*count)).collect()))
                .collect(),
            phases,
        }
    }
}

/// The upper end of the axis: an even number with one digit that is not zero, or two.
fn round_up(most: u64) -> u64 {
    let mut unit = 1;
    while most / unit >= 20 {
        unit *= 10;
    }
    (most.div_ceil(unit * 2) * unit * 2).max(2)
}

fn start(bar: &Bar, span: BarSpan) -> String {
    let text = bar.start.to_string();
    match span {
        BarSpan::Hour => text[11..16].to_owned(),
        BarSpan::Day | BarSpan::Week => text[5..10].to_owned(),
    }
}

/// How often each network or version was seen, as bars beside their numbers.
#[derive(Template)]
#[template(path = "bars.html")]
pub(super) struct Bars {
    id: &'static str,
    title: &'static str,
    head: &'static str,
    rows: Vec<BarRow>,
    more: String,
}

struct BarRow {
    name: String,
    runs: String,
    width: String,
    denied: String,
    new: bool,
}

/// So many bars of a kind.
const BARS: usize = 20;

impl Bars {
    pub(super) fn of(id: &'static str, title: &'static str, head: &'static str, shares: &[Share]) -> Self {
        let most = shares.first().map_or(1, |share| share.runs.max(1));
        let row = |share: &Share| BarRow {
            name: clip(&share.name),
            runs: grouped(share.runs),
            width: place(real(share.runs) / real(most) * 100.0),
            denied: if share.denied > 0 { grouped(share.denied) } else { String::new() },
            new: share.new,
        };
        let more = shares.len().saturating_sub(BARS);
        Self {
            id,
            title,
            head,
            rows: shares.iter().take(BARS).map(row).collect(),
            more: if more > 0 { format!("and {} less used", grouped(more as u64)) } else { String::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        let check = |most, expected| assert_eq!(round_up(most), expected, "{most}");
        check(0, 2);
        check(1, 2);
        check(7, 8);
        check(19, 20);
        check(21, 40);
        check(1_999, 2_000);
        check(100_000, 100_000);
    }
}

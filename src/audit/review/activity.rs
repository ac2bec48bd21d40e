//! Runs over time, by phase.

use std::collections::BTreeMap;

use hashbrown::HashSet;

use crate::audit::baseline::encoded::{EncodedEvents, RunPhase};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarSpan {
    /// An hour (UTC).
    Hour,
    /// A day (UTC).
    Day,
    /// Seven days from the first day of the window.
    Week,
}

impl BarSpan {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        }
    }
}

/// So many phases have a colour of their own; the rest share one.
const PHASES: usize = 4;

/// So many bars at most; a window of years ends in weeks that stand for more than one.
const BARS: usize = 120;

/// Runs over time: a run counts once per phase, when that phase was first seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOverTime {
    /// What a bar stands for.
    pub span: BarSpan,
    /// The phases, from the most frequent; what is beyond is [`RunsOverTime::OTHER`].
    pub phases: Vec<Box<str>>,
    /// The bars, in the order of time.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its first second.
    pub start: Timestamp,
    /// Runs by phase, in the order of [`RunsOverTime::phases`].
    pub runs: Vec<u64>,
}

impl RunsOverTime {
    /// Stands for all phases that have no place of their own, and for events without one.
    pub const OTHER: &'static str = "other";

    /// Counts the runs of a window.
    #[must_use]
    pub fn new(window: Window, events: &EncodedEvents<'_>) -> Self {
        fn phase<'a>(step: &RunPhase<'a>) -> &'a str {
            step.first.subject.phase().unwrap_or(RunsOverTime::OTHER)
        }
        // A run of events without a phase has a step of them, and may have one of a phase of that name.
        let mut others = HashSet::new();
        let is_first = |step: &&RunPhase<'_>| phase(step) != Self::OTHER || others.insert(step.run);
        let firsts: Vec<(Timestamp, &str)> =
            events.steps.iter().filter(is_first).map(|step| (step.first.time, phase(step))).collect();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, phase) in &firsts {
            *counts.entry(phase).or_default() += 1;
        }
        let mut ranked: Vec<(&str, u64)> = counts.into_iter().collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut phases: Vec<Box<str>> = ranked.iter().map(|(phase, _)| (*phase).into()).collect();
        if phases.len() > PHASES {
            phases.truncate(PHASES - 1);
            phases.retain(|phase| **phase != *Self::OTHER);
            phases.push(Self::OTHER.into());
        }
        let (span, mut bars) = frame(window, phases.len());
        for (time, phase) in &firsts {
            let at = bars.partition_point(|bar| bar.start <= *time).checked_sub(1);
            let place = phases.iter().position(|known| **known == **phase).or(phases.len().checked_sub(1));
            if let (Some(bar), Some(place)) = (at.and_then(|at| bars.get_mut(at)), place) {
                bar.runs[place] += 1;
            }
        }
        Self { span, phases, bars }
    }
}

/// The empty bars of a window.
fn frame(window: Window, phases: usize) -> (BarSpan, Vec<Bar>) {
    let (Some(from), Some(to)) = (window.from, window.to) else { return (BarSpan::Day, Vec::new()) };
    let length = to.seconds() - from.seconds();
    // Two days in hours, 93 days in days.
    let span = match length {
        ..=172_800 => BarSpan::Hour,
        172_801..=8_035_200 => BarSpan::Day,
        _ => BarSpan::Week,
    };
    let start = if span == BarSpan::Hour { from.hour() } else { from.day().start() };
    let step = (span.seconds()).max(length / i64::try_from(BARS).unwrap_or(i64::MAX));
    // Whole spans, so that a bar begins where one of the calendar does.
    let step = (step + span.seconds() - 1) / span.seconds() * span.seconds();
    let starts = (0..).map_while(|at: i64| {
        Timestamp::from_seconds(start.seconds().checked_add(at.checked_mul(step)?)?).filter(|start| *start < to)
    });
    (span, starts.map(|start| Bar { start, runs: vec![0; phases] }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, event};
    use super::*;
    use crate::domain::assumption::Assumption;

    #[test]
    fn a_run_counts_once_per_phase_when_it_was_first_seen() {
        let events = [
            event("2026-11-02T10:59:59Z", "web", true),
            event("2026-11-02T11:00:00Z", "web", true),
            event("2026-11-02T11:30:00Z", "net", true),
        ];
        let events: Vec<&Assumption> = events.iter().collect();
        let window = Window { from: Some(at("2026-11-02T00:00:00Z")), to: Some(at("2026-11-03T00:00:00Z")) };
        let activity = RunsOverTime::new(window, &EncodedEvents::new(events, 3_600));
        assert_eq!((activity.span, activity.bars.len()), (BarSpan::Hour, 24));
        assert_eq!(activity.phases, [Box::<str>::from("plan")]);
        let counts: Vec<u64> = activity.bars.iter().map(|bar| bar.runs[0]).collect();
        assert_eq!((counts[10], counts[11], counts.iter().sum::<u64>()), (1, 1, 2));
    }

    #[test]
    fn long_windows_have_wider_bars() {
        let check = |to: &str, span, bars| {
            let window = Window { from: Some(at("2026-01-01T06:30:00Z")), to: Some(at(to)) };
            let activity = RunsOverTime::new(window, &EncodedEvents::new(Vec::new(), 3_600));
            assert_eq!((activity.span, activity.bars.len()), (span, bars), "{to}");
        };
        check("2026-01-01T06:30:01Z", BarSpan::Hour, 1);
        check("2026-01-02T06:30:00Z", BarSpan::Hour, 25);
        check("2026-01-08T00:00:00Z", BarSpan::Day, 7);
        check("2026-12-31T00:00:00Z", BarSpan::Week, 52);
        check("2999-12-31T00:00:00Z", BarSpan::Week, 120);
    }

    #[test]
    fn rare_phases_share_a_place() {
        let phases = ["plan", "apply", "a", "b", "c", "other"];
        let events: Vec<Assumption> = phases
            .iter()
            .map(|phase| {
                let mut event = event("2026-11-02T10:00:00Z", "web", true);
                let subject = format!("organization:o:project:p:workspace:w:run_phase:{phase}");
                event.subject = crate::domain::subject::Subject::parse(&subject);
                event
            })
            .collect();
        let events: Vec<&Assumption> = events.iter().collect();
        let window = Window { from: Some(at("2026-11-02T00:00:00Z")), to: Some(at("2026-11-03T00:00:00Z")) };
        let activity = RunsOverTime::new(window, &EncodedEvents::new(events, 3_600));
        assert_eq!(activity.phases.last().map(|phase| &**phase), Some("other"));
        assert_eq!(activity.bars.iter().flat_map(|bar| &bar.runs).sum::<u64>(), 6);
    }
}

//! What a window is held against, and what the rules find in it.

use std::rc::Rc;

use super::Material;
use super::plan::{Plan, can_be};
use crate::audit::baseline::Baseline;
use crate::audit::baseline::earlier::{Earlier, is_shown};
use crate::audit::baseline::encoded::Encoded;
use crate::audit::baseline::past::{Origin, Past, USUAL, windows_before, within};
use crate::audit::coverage::Coverage;
use crate::audit::network::Networks;
use crate::audit::rules::suppress::suppress;
use crate::audit::rules::{Context, RULES, detect};
use crate::cli::args::source::SourceText;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::answer::{read, recollect, seen_before};
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::store::recollect::Recollection;

/// What `--baseline` knows.
pub(super) struct NamedBaseline {
    /// What it is called in a report.
    name: String,
    /// What the reports hold a window against.
    pub(super) known: Baseline,
    /// The same with what only the rules see, where there is any.
    with_look_alikes: Option<Baseline>,
}

impl NamedBaseline {
    /// Reads what `past` asks of the sources that were named.
    pub(super) fn read(
        sources: &[SourceText],
        scan: &Scan,
        past: &Scan,
        networks: &Networks,
        context: &CommandContext<'_>,
    ) -> Result<Self, Error> {
        let texts = sources.iter().map(|source| source.text.to_string_lossy().into_owned());
        let name = texts.collect::<Vec<_>>().join(", ");
        let end = past.filter.window.to;
        let found = end.map(|end| seen_before(past, end, networks, context)).transpose()?.flatten();
        if let Some((answer, earlier)) = found {
            answer.verdict_of_baseline()?;
            return Ok(Self::of(name, &earlier));
        }
        let mut before = read(past, None, Vec::new(), context)?;
        let remembered = recollect(past, networks)?;
        remembered.excuse(&mut before.coverage, end);
        before.verdict_of_baseline()?;
        Ok(Self::new(name, scan, &before.selected.events, &remembered))
    }

    fn new(name: String, scan: &Scan, events: &[Assumption], remembered: &Recollection) -> Self {
        let shown = shown(scan, events);
        let known = |events: &[&Assumption], remembered: &Baseline| {
            let mut known = Baseline::of(events, remembered.networks().clone());
            known.take(remembered);
            known
        };
        let has_look_alikes = shown.len() < events.len() || !remembered.look_alikes.is_empty();
        let all = || known(&events.iter().collect::<Vec<_>>(), &remembered.everything());
        let with_look_alikes = has_look_alikes.then(all);
        Self { name, known: known(&shown, &remembered.known), with_look_alikes }
    }
}

impl NamedBaseline {
    /// What a store tells without its events.
    fn of(name: String, earlier: &Earlier) -> Self {
        let with_look_alikes = earlier.look_alikes.is_some().then(|| earlier.known().into_owned());
        Self { name, known: earlier.past.known().clone(), with_look_alikes }
    }
}

/// The events of the issuers asked for.
pub(super) fn shown<'a>(scan: &Scan, events: &'a [Assumption]) -> Vec<&'a Assumption> {
    events.iter().filter(|event| is_shown(event, &scan.issuers)).collect()
}

/// The first day of which anything is known, out of the log files that were read and the events: one date that cannot be
/// does not decide where the past begins. What was pruned and is not remembered is not known.
pub(super) fn known_since(
    coverage: &Coverage,
    events: &[&Assumption],
    of_moment: Option<Timestamp>,
    remembered: &Recollection,
    now: Timestamp,
) -> Option<Timestamp> {
    let can_be = |day: &Day| can_be(*day, now);
    let read = coverage.days.iter().filter(|(_, day)| day.files > 0);
    let folder = read.filter_map(|(key, _)| key.date).filter(can_be).min();
    let event = events.iter().map(|event| event.time.day()).find(can_be);
    let event = event.or(of_moment.map(Timestamp::day).filter(can_be));
    let first = remembered.first.map(Timestamp::day).filter(can_be);
    let since = folder.into_iter().chain(event).chain(first).min().map(Day::start)?;
    Some(remembered.forgotten.map_or(since, |forgotten| since.max(forgotten)))
}

impl Material<'_> {
    /// What the rules find in a window, whatever its reports are limited to: the same as `findings` does. `made` are the
    /// events of the window and what those before it show, with what only the rules see, where that is there already.
    pub(super) fn found(&self, window: Window, made: Option<(&Encoded<'_>, &Baseline)>) -> Rc<[Finding]> {
        let found = self.found.borrow().iter().find(|(done, _)| *done == window).map(|(_, found)| Rc::clone(found));
        if let Some(found) = found {
            return found;
        }
        let (known_before, encoded);
        let known = match (&self.baseline, made) {
            _ if self.origin(window) == Origin::Nothing => None,
            (Some(NamedBaseline { with_look_alikes: Some(all), .. }), _) => Some(all),
            (Some(baseline), _) => Some(&baseline.known),
            (None, Some((_, known))) => Some(known),
            _ => {
                known_before = self.known_before(window, true);
                Some(&*known_before)
            }
        };
        let rules_context = Context { settings: &self.settings, known };
        let events = if let Some((events, _)) = made {
            events
        } else {
            let run_gap = self.args.grouping.run_gap.seconds();
            encoded = Encoded::new(self.everything(window).iter().collect(), run_gap);
            &encoded
        };
        // Not beside the review: both are quick, and together they take the memory of both.
        let mut found = detect(&RULES, events, rules_context);
        let today = window.to.unwrap_or(self.scan.now).day();
        for decision in suppress(&mut found, &self.decisions, today) {
            let text =
                format!("a suppression expired on {}, and would still hold: {}", decision.expires, decision.reason);
            self.context.talk.say(Level::Warning, &text);
        }
        let found: Rc<[Finding]> = found.into();
        // Nobody else asks again.
        if self.args.about.group_by.is_some() {
            self.found.borrow_mut().push((window, Rc::clone(&found)));
        }
        found
    }

    /// What was seen before a window, or in the one that it is compared with: the one definition of what is not new. All
    /// events of the selected issuers count, whatever the report is limited to, so that a filter makes nothing old new; with
    /// `look_alikes`, those too that only the rules see. `findings` holds its window against the same
    /// (`crate::cli::commands::findings::past`).
    pub(super) fn known_before(&self, window: Window, look_alikes: bool) -> Rc<Baseline> {
        let same = |(of, with, _): &&(Window, bool, Rc<Baseline>)| (*of, *with) == (window, look_alikes);
        if let Some((_, _, known)) = self.known.borrow().as_ref().filter(same) {
            return Rc::clone(known);
        }
        let before = match self.plan {
            Plan::Compare(one, _) => one,
            _ => Window { from: None, to: window.from },
        };
        let all = self.whole.as_deref().unwrap_or(&self.answer.selected.events);
        let all = if look_alikes { all.iter().collect() } else { shown(self.scan, all) };
        let mut known = Baseline::of(within(&all, before), self.settings.networks.clone());
        if !matches!(self.plan, Plan::Compare(..)) {
            known.take(&if look_alikes { self.remembered.everything() } else { self.remembered.known.clone() });
        }
        let known = Rc::new(known);
        self.known.replace(Some((window, look_alikes, Rc::clone(&known))));
        known
    }

    /// The events of a window, with those that only the rules see.
    pub(super) fn everything(&self, window: Window) -> &[Assumption] {
        let events = &self.answer.selected.events;
        let start = events.partition_point(|event| window.from.is_some_and(|from| event.time < from));
        let end = events.partition_point(|event| window.to.is_none_or(|to| event.time < to));
        events.get(start..end).unwrap_or_default()
    }

    /// What a window is held against.
    pub(super) fn origin(&self, window: Window) -> Origin {
        match (self.plan, &self.baseline) {
            (Plan::Compare(one, _), _) => Origin::Window(one),
            (_, Some(baseline)) => Origin::Baseline(baseline.name.clone()),
            _ => self.since_before(window).map_or(Origin::Nothing, Origin::Since),
        }
    }

    /// Since when anything is known of the time before a window.
    pub(super) fn since_before(&self, window: Window) -> Option<Timestamp> {
        self.since.filter(|since| window.from.is_some_and(|from| *since < from))
    }

    /// The windows before that are there to be counted.
    pub(super) fn windows_before(&self, window: Window) -> Vec<Window> {
        let since = self.since_before(window);
        since.map_or_else(Vec::new, |since| windows_before(window, USUAL, Some(since).max(self.remembered.before)))
    }

    /// The past of the events `all`, which are a part of everything where `is_part`. Its numbers are those of the part;
    /// what is new is what nobody was ever seen with.
    pub(super) fn past(&self, window: Window, all: &[&Assumption], is_part: bool) -> Past {
        let run_gap = self.args.grouping.run_gap.seconds();
        let networks = self.settings.networks.clone();
        let origin = self.origin(window);
        if let Plan::Compare(one, _) = self.plan {
            let past = Past::of(within(all, one), &[one], origin, run_gap, networks);
            return if is_part { past.against(Baseline::clone(&self.known_before(window, false))) } else { past };
        }
        let windows = self.windows_before(window);
        let before = within(all, Window { from: None, to: window.from });
        let mut past = Past::of(before, &windows, origin, run_gap, networks);
        past.recall(&self.remembered.known);
        if let Some(baseline) = &self.baseline {
            past = past.against(baseline.known.clone());
        } else if is_part {
            past = past.against(Baseline::clone(&self.known_before(window, false)));
        }
        past
    }
}

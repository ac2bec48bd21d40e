//! What a window is held against, and what the rules find in it.

use std::rc::Rc;

use super::Material;
use super::plan::Plan;
use crate::audit::detect::{Context, RULES, detect};
use crate::audit::encoded::Encoded;
use crate::audit::known::Known;
use crate::audit::review::past::{Origin, Past, USUAL, windows_before, within};
use crate::audit::suppress::suppress;
use crate::cli::scan::Scan;
use crate::cli::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::issuer::IssuerRole;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::store::past::Earlier;
use crate::store::recollect::Recollection;

/// What `--baseline` knows.
pub(super) struct Baseline {
    /// What it is called in a report.
    name: String,
    /// What the reports hold a window against.
    pub(super) known: Known,
    /// The same with what only the rules see, where there is any.
    with_look_alikes: Option<Known>,
}

impl Baseline {
    pub(super) fn new(name: String, scan: &Scan, events: &[Assumption], remembered: &Recollection) -> Self {
        let shown = shown(scan, events);
        let known = |events: &[&Assumption], remembered: &Known| {
            let mut known = Known::of(events, remembered.networks().clone());
            known.take(remembered);
            known
        };
        let has_look_alikes = shown.len() < events.len() || !remembered.look_alikes.is_empty();
        let all = || known(&events.iter().collect::<Vec<_>>(), &remembered.everything());
        let with_look_alikes = has_look_alikes.then(all);
        Self { name, known: known(&shown, &remembered.known), with_look_alikes }
    }
}

impl Baseline {
    /// What a store tells without its events.
    pub(super) fn of(name: String, earlier: &Earlier) -> Self {
        let with_look_alikes = earlier.look_alikes.is_some().then(|| earlier.known().into_owned());
        Self { name, known: earlier.past.known().clone(), with_look_alikes }
    }
}

/// The events of the issuers asked for.
pub(super) fn shown<'a>(scan: &Scan, events: &'a [Assumption]) -> Vec<&'a Assumption> {
    let is_shown = |event: &&Assumption| {
        // What was decoded is of a named issuer.
        !matches!(event.subject, Subject::Other(_))
            || scan.issuers.role(event.issuer.as_deref().unwrap_or_default()) != IssuerRole::Foreign
    };
    events.iter().filter(is_shown).collect()
}

impl Material<'_> {
    /// What the rules find in a window, whatever its reports are limited to: the same as `findings` does. `made` are the
    /// events of the window and what those before it show, with what only the rules see, where that is there already.
    pub(super) fn found(&self, window: Window, made: Option<(&Encoded<'_>, &Known)>) -> Rc<[Finding]> {
        let found = self.found.borrow().iter().find(|(done, _)| *done == window).map(|(_, found)| Rc::clone(found));
        if let Some(found) = found {
            return found;
        }
        let (known_before, encoded);
        let known = match (&self.baseline, made) {
            _ if self.origin(window) == Origin::Nothing => None,
            (Some(Baseline { with_look_alikes: Some(all), .. }), _) => Some(all),
            (Some(baseline), _) => Some(&baseline.known),
            (None, Some((_, known))) => Some(known),
            _ => {
                let before = match self.plan {
                    Plan::Compare(one, _) => one,
                    _ => Window { from: None, to: window.from },
                };
                let before: Vec<_> = self.everything(before).iter().collect();
                let mut known = Known::of(&before, self.settings.networks.clone());
                if !matches!(self.plan, Plan::Compare(..)) {
                    known.take(&self.remembered.everything());
                }
                known_before = known;
                Some(&known_before)
            }
        };
        let context = Context { settings: &self.settings, known };
        let events = if let Some((events, _)) = made {
            events
        } else {
            let run_gap = self.args.grouping.run_gap.seconds();
            encoded = Encoded::new(self.everything(window).iter().collect(), run_gap);
            &encoded
        };
        // Not beside the review: both are quick, and together they take the memory of both.
        let mut found = detect(&RULES, events, context);
        let today = window.to.unwrap_or(self.scan.now).day();
        for decision in suppress(&mut found, &self.decisions, today) {
            let text =
                format!("a suppression expired on {}, and would still hold: {}", decision.expires, decision.reason);
            self.voice.talk.say(Level::Warning, &text);
        }
        let found: Rc<[Finding]> = found.into();
        // Nobody else asks again.
        if self.args.about.group_by.is_some() {
            self.found.borrow_mut().push((window, Rc::clone(&found)));
        }
        found
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

    pub(super) fn past(&self, window: Window, all: &[&Assumption]) -> Past {
        let run_gap = self.args.grouping.run_gap.seconds();
        let networks = self.settings.networks.clone();
        let origin = self.origin(window);
        if let Plan::Compare(one, _) = self.plan {
            return Past::of(within(all, one), &[one], origin, run_gap, networks);
        }
        let windows = self.windows_before(window);
        let before = within(all, Window { from: None, to: window.from });
        let mut past = Past::of(before, &windows, origin, run_gap, networks);
        past.recall(&self.remembered.known);
        if let Some(baseline) = &self.baseline {
            past = past.against(baseline.known.clone());
        }
        past
    }
}

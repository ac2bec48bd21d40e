//! The windows of one call: what each is held against, and what is found in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::baseline::{NamedBaseline, shown};
use super::calls::ReportCalls;
use super::carried::CarriedHistory;
use super::group::{GroupBy, ReportGroup};
use super::plan::WindowRequest;
use super::window_calls::{WindowCalls, reach_of};
use crate::audit::activity::run_call_group::group;
use crate::audit::activity::runs_activity::RunsActivity;
use crate::audit::baseline::Baseline;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::{BaselineOrigin, USUAL, WindowHistory, windows_before, within};
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::review::Review;
use crate::audit::rules::asked::{Asked, AskedEvents};
use crate::audit::rules::settings::Settings;
use crate::audit::rules::suppress::{Suppression, suppress};
use crate::audit::rules::{RULES, RuleContext, detect};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::store::StoreError;
use crate::store::past::StoreSnapshot;
use crate::store::recollect::Recollection;

/// Everything that the reports of one call are made of.
pub struct ReportMaterial<'a> {
    /// Which windows are reported on.
    pub plan: WindowRequest,
    /// What everything rests on.
    pub coverage: &'a Coverage,
    /// The issuers that were asked for.
    pub issuers: &'a Issuers,
    /// `--run-gap`, in seconds.
    pub run_gap: i64,
    /// The time of the call.
    pub now: Timestamp,
    /// The events that pass the filters, in their order, with those that only the rules see: of Terraform's form, by an issuer
    /// that nobody named. Where there is a snapshot, they are those of windows that are compared.
    pub events: &'a [Assumption],
    /// All events that were read, where filters removed some.
    pub whole: Option<Vec<Assumption>>,
    /// The accounts that rules look at, whoever got in there.
    pub place: Filter,
    /// Where events come from window by window, in place of `events`.
    pub snapshot: Option<&'a StoreSnapshot<'a>>,
    /// The same without filters, where there are any.
    pub snapshot_of_all: Option<&'a StoreSnapshot<'a>>,
    /// The first day of which anything is known.
    pub since: Option<Timestamp>,
    /// What is known of events that were pruned.
    pub remembered: Recollection,
    /// The calls of runs, where these were asked for.
    pub calls: Option<ReportCalls>,
    /// What the rules are told.
    pub settings: Settings,
    /// Findings that nobody acts upon.
    pub decisions: Vec<Suppression>,
    /// What the windows are held against in place of their past.
    pub baseline: Option<NamedBaseline>,
    /// What gets a report of its own within a window.
    pub group_by: Option<GroupBy>,
    /// Is told what a person should know, a line each.
    pub warn: &'a dyn Fn(&str),
}

/// What rules look at in a window.
#[derive(Clone, Copy)]
pub(super) struct RuleInput<'a> {
    /// The events, with those that only the rules see.
    pub(super) events: &'a EncodedEvents<'a>,
    /// What was seen before.
    pub(super) known: &'a Baseline,
    /// Of which events findings are shown.
    pub(super) asked: Asked<'a>,
}

/// The windows of one call.
pub struct Windows<'a> {
    pub(super) material: ReportMaterial<'a>,
    /// The events that the reports show: those of the issuers asked for.
    shown: Vec<&'a Assumption>,
    /// What was seen before the window that was asked for last, and whether with what only the rules see.
    known: RefCell<Option<(Window, bool, Rc<Baseline>)>>,
    /// What was before the window that comes next.
    pub(super) rolling: RefCell<Option<CarriedHistory>>,
    /// What the rules found in each window that has several reports.
    found: RefCell<Vec<(Window, Rc<[Finding]>)>>,
}

impl<'a> Windows<'a> {
    /// Nothing is worked out yet.
    #[must_use]
    pub fn new(material: ReportMaterial<'a>) -> Self {
        let shown = shown(material.issuers, material.events);
        Self { material, shown, known: RefCell::default(), rolling: RefCell::default(), found: RefCell::default() }
    }

    /// What they are made of.
    #[must_use]
    pub fn material(&self) -> &ReportMaterial<'a> {
        &self.material
    }

    /// The events that the reports show: those of the issuers asked for, in their order.
    pub(super) fn shown(&self) -> &[&'a Assumption] {
        &self.shown
    }

    /// Reviews the events of a window, or of one group of them, and hands that over. `coverage` tells what so many events of
    /// the window rest on.
    pub fn review<T, E: From<StoreError>>(
        &self,
        window: Window,
        group: Option<&ReportGroup>,
        coverage: impl FnOnce(u64) -> Result<Coverage, E>,
        then: impl FnOnce(&Review<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let ReportMaterial { snapshot, whole, remembered, run_gap, .. } = &self.material;
        if let Some(snapshot) = snapshot {
            return self.review_snapshot(snapshot, window, coverage, then);
        }
        let wanted = |event: &&Assumption| group.is_none_or(|group| group.has_event(event));
        let all: Vec<&Assumption> = self.shown.iter().copied().filter(wanted).collect();
        let events = within(&all, window);
        let before = self.past(window, &all, group.is_some() || whole.is_some());
        let encoded = EncodedEvents::new(events.to_vec(), *run_gap);
        let has_look_alikes = self.shown.len() < self.material.events.len() || !remembered.look_alikes.is_empty();
        let is_all = group.is_none() && !has_look_alikes && whole.is_none();
        let made = is_all.then(|| RuleInput { events: &encoded, known: before.known(), asked: Asked::ALL });
        let coverage = coverage(encoded.events.len() as u64)?;
        let found = self.found(window, made);
        let review = Review::new(window, &encoded, &before, &coverage);
        let mut findings = found.to_vec();
        findings.retain(|finding| group.is_none_or(|group| group.has_finding(finding)));
        let calls = self.calls_of(window);
        let deeds = self.deeds(window, group, &findings, calls.as_deref());
        then(&Review { findings, deeds, ..review })
    }

    /// The groups of a window that an event or a call that is told belongs to, and those that only a finding belongs to, each in order of names.
    /// `is_wanted` tells those that are asked for: where no event's group is, nobody looks for others.
    #[must_use]
    pub fn groups(
        &self,
        by: GroupBy,
        window: Window,
        is_wanted: impl Fn(&str) -> bool,
    ) -> (Vec<Box<str>>, Vec<Box<str>>) {
        let mut names: BTreeSet<&str> = self.everything(window).iter().map(|event| by.of_event(event)).collect();
        let calls = self.calls_of(window);
        names.extend(calls.iter().flat_map(|calls| calls.told_or_shown()).map(|call| by.of_call(call)));
        let wanted = |names: &mut dyn Iterator<Item = &&str>| -> Vec<Box<str>> {
            names.filter(|name| is_wanted(name)).map(|name| Box::from(*name)).collect()
        };
        let of_events = wanted(&mut names.iter());
        // Whoever has all of these has the others, which are written first.
        if of_events.is_empty() {
            return (of_events, Vec::new());
        }
        let found = self.found(window, None);
        let others: BTreeSet<&str> = found.iter().map(|finding| by.of_finding(finding)).collect();
        let of_findings = wanted(&mut others.difference(&names));
        (of_events, of_findings)
    }

    /// What the rules find in a window: the same as `findings` does. `made` is what they look at, where that is there
    /// already.
    pub(super) fn found(&self, window: Window, made: Option<RuleInput<'_>>) -> Rc<[Finding]> {
        let found = self.found.borrow().iter().find(|(done, _)| *done == window).map(|(_, found)| Rc::clone(found));
        if let Some(found) = found {
            return found;
        }
        let (known_before, encoded);
        let known = match (&self.material.baseline, made) {
            _ if self.origin(window) == BaselineOrigin::Nothing => None,
            (Some(NamedBaseline { with_look_alikes: Some(all), .. }), _) => Some(all),
            (Some(baseline), _) => Some(&baseline.known),
            (None, Some(made)) => Some(made.known),
            _ => {
                known_before = self.known_before(window, true);
                Some(&*known_before)
            }
        };
        let calls = self.calls_of(window);
        let activity = self.activity(window, calls.as_deref());
        let verified = self.material.coverage.verified_in(window);
        let rules_context = RuleContext {
            settings: &self.material.settings,
            known,
            activity: activity.as_ref(),
            verified: verified.as_ref(),
            asked: made.map_or(Asked::ALL, |made| made.asked),
        };
        let asked;
        let (events, rules_context) = match (made, self.material.whole.as_deref()) {
            (Some(made), _) => (made.events, rules_context),
            (None, None) => {
                encoded = EncodedEvents::new(self.everything(window).iter().collect(), self.material.run_gap);
                (&encoded, rules_context)
            }
            (None, Some(whole)) => {
                asked = AskedEvents::of(self.everything(window));
                let seen = whole.iter().filter(|event| window.contains(event.time) && self.is_of_place(event));
                encoded = EncodedEvents::new(seen.collect(), self.material.run_gap);
                (&encoded, RuleContext { asked: Asked::only(&asked), ..rules_context })
            }
        };
        // Not beside the review: both are quick, and together they take the memory of both.
        let mut found = detect(&RULES, events, rules_context);
        let today = window.to.unwrap_or(self.material.now).day();
        for decision in suppress(&mut found, &self.material.decisions, today) {
            let text = format!(
                "a suppression expired on {}, and findings still match it: {}",
                decision.expires, decision.reason
            );
            (self.material.warn)(&text);
        }
        let found: Rc<[Finding]> = found.into();
        // Nobody else asks again.
        if self.material.group_by.is_some() {
            self.found.borrow_mut().push((window, Rc::clone(&found)));
        }
        found
    }

    /// Whether rules look at it.
    pub(super) fn is_of_place(&self, event: &Assumption) -> bool {
        self.material.place.removes(event).is_none()
    }

    /// What the rules over calls are told of a window; nothing where no calls were asked for.
    fn activity<'w>(&'w self, window: Window, of_window: Option<&'w WindowCalls>) -> Option<RunsActivity<'w>> {
        let ReportMaterial { calls, coverage, settings, .. } = &self.material;
        let (calls, of_window) = calls.as_ref().zip(of_window)?;
        let known = calls.events(window);
        let all: Vec<_> = known.filter_map(|event| Some((*of_window.runs.get(&event.content)?, event))).collect();
        let ours = calls.accounts(coverage, window).into_iter().chain(settings.accounts.iter().cloned());
        // A scan of the window alone, which `findings` is, reads no farther back.
        let activity = RunsActivity::of_numbered(group(of_window.told()), &all, reach_of(window), ours);
        Some(activity.with_outside(&of_window.outside))
    }

    /// What was seen before a window, or in the one that it is compared with: the one definition of what is not new. All
    /// events of the selected issuers count, whatever the report is limited to, so that a filter makes nothing old new; with
    /// `look_alikes`, those too that only the rules see. `findings` holds its window against the same.
    fn known_before(&self, window: Window, look_alikes: bool) -> Rc<Baseline> {
        let same = |(of, with, _): &&(Window, bool, Rc<Baseline>)| (*of, *with) == (window, look_alikes);
        if let Some((_, _, known)) = self.known.borrow().as_ref().filter(same) {
            return Rc::clone(known);
        }
        let ReportMaterial { plan, whole, events, issuers, settings, remembered, .. } = &self.material;
        let before = match plan {
            WindowRequest::Compare(one, _) => *one,
            _ => Window { from: None, to: window.from },
        };
        let all = whole.as_deref().unwrap_or(events);
        let all = if look_alikes { all.iter().collect() } else { shown(issuers, all) };
        let mut known = Baseline::of(within(&all, before), settings.networks.clone());
        if !matches!(plan, WindowRequest::Compare(..)) {
            known.take(&if look_alikes { remembered.everything() } else { remembered.known.clone() });
        }
        let known = Rc::new(known);
        self.known.replace(Some((window, look_alikes, Rc::clone(&known))));
        known
    }

    /// The calls of a window; nothing where none were asked for.
    fn calls_of(&self, window: Window) -> Option<Rc<WindowCalls>> {
        self.material.calls.as_ref().map(|calls| calls.of_window(window))
    }

    /// Whether a window has neither an event nor a call that is told.
    #[must_use]
    pub fn is_silent(&self, window: Window) -> bool {
        self.everything(window).is_empty()
            && self.calls_of(window).is_none_or(|calls| calls.told_or_shown().next().is_none())
    }

    /// The events of a window, with those that only the rules see.
    #[must_use]
    pub fn everything(&self, window: Window) -> &[Assumption] {
        let events = self.material.events;
        let start = events.partition_point(|event| window.from.is_some_and(|from| event.time < from));
        let end = events.partition_point(|event| window.to.is_none_or(|to| event.time < to));
        events.get(start..end).unwrap_or_default()
    }

    /// What a window is held against.
    pub(super) fn origin(&self, window: Window) -> BaselineOrigin {
        match (self.material.plan, &self.material.baseline) {
            (WindowRequest::Compare(one, _), _) => BaselineOrigin::Window(one),
            (_, Some(baseline)) => BaselineOrigin::Baseline(baseline.name.clone()),
            _ => self.since_before(window).map_or(BaselineOrigin::Nothing, BaselineOrigin::Since),
        }
    }

    /// Since when anything is known of the time before a window.
    fn since_before(&self, window: Window) -> Option<Timestamp> {
        self.material.since.filter(|since| window.from.is_some_and(|from| *since < from))
    }

    /// The windows before that are there to be counted.
    pub(super) fn windows_before(&self, window: Window) -> Vec<Window> {
        let since = self.since_before(window);
        since.map_or_else(Vec::new, |since| {
            windows_before(window, USUAL, Some(since).max(self.material.remembered.before))
        })
    }

    /// The past of the events `all`, which are a part of everything where `is_part`. Its numbers are those of the part;
    /// what is new is what nobody was ever seen with.
    fn past(&self, window: Window, all: &[&Assumption], is_part: bool) -> WindowHistory {
        let ReportMaterial { plan, run_gap, settings, remembered, baseline, .. } = &self.material;
        let networks = settings.networks.clone();
        let origin = self.origin(window);
        if let WindowRequest::Compare(one, _) = plan {
            let past = WindowHistory::of(within(all, *one), &[*one], origin, *run_gap, networks);
            return if is_part { past.against(Baseline::clone(&self.known_before(window, false))) } else { past };
        }
        let windows = self.windows_before(window);
        let before = within(all, Window { from: None, to: window.from });
        let mut past = WindowHistory::of(before, &windows, origin, *run_gap, networks);
        past.recall(&remembered.known);
        if let Some(baseline) = baseline {
            past = past.against(baseline.known.clone());
        } else if is_part {
            past = past.against(Baseline::clone(&self.known_before(window, false)));
        }
        past
    }
}

//! Reports out of a store: the events of one window at a time, and what was before them, which grows from window to window.

use super::baseline::shown;
use super::carried::CarriedHistory;
use super::plan::{WindowRequest, day};
use super::windows::{RuleInput, Windows};
use crate::audit::baseline::earlier::Earlier;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::WindowHistory;
use crate::audit::coverage::Coverage;
use crate::audit::review::Review;
use crate::audit::rules::asked::{Asked, AskedEvents};
use crate::domain::assumption::Assumption;
use crate::domain::window::Window;
use crate::store::StoreError;
use crate::store::past::StoreSnapshot;

impl Windows<'_> {
    /// Reviews the events of a window out of a snapshot, and hands that over.
    pub(super) fn review_snapshot<T, E: From<StoreError>>(
        &self,
        snapshot: &StoreSnapshot<'_>,
        window: Window,
        coverage: impl FnOnce(u64) -> Result<Coverage, E>,
        then: impl FnOnce(&Review<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let run_gap = self.material.run_gap;
        let Earlier { mut past, look_alikes, events } = self.earlier(snapshot, window)?;
        past.origin = self.origin(window);
        let whole = self.before_all(window)?;
        if let Some(baseline) = &self.material.baseline {
            past = past.against(baseline.known.clone());
        } else if let Some(whole) = &whole {
            past = past.against(whole.past.known().clone());
        }
        let look_alikes_of_all = whole.as_ref().map_or(&look_alikes, |whole| &whole.look_alikes);
        let all = snapshot.events(window, Some(window))?;
        let encoded = EncodedEvents::new(shown(self.material.issuers, &all), run_gap);
        let seen = self.seen_by_rules(window)?;
        let asked = seen.as_ref().map(|_| AskedEvents::of(&all));
        let asked = asked.as_ref().map_or(Asked::ALL, Asked::only);
        let (mut known, everything);
        let made = if encoded.events.len() == all.len() && look_alikes_of_all.is_none() && seen.is_none() {
            RuleInput { events: &encoded, known: past.known(), asked }
        } else {
            known = past.known().clone();
            if let Some(look_alikes) = look_alikes_of_all {
                known.take(look_alikes);
            }
            everything = EncodedEvents::new(seen.as_ref().unwrap_or(&all).iter().collect(), run_gap);
            RuleInput { events: &everything, known: &known, asked }
        };
        let coverage = coverage(encoded.events.len() as u64)?;
        let found = self.found(window, Some(made));
        let review = Review::new(window, &encoded, &past, &coverage);
        let review = Review { findings: found.to_vec(), ..review };
        // Its codes are not needed where the files are written.
        drop(encoded);
        let done = then(&review)?;
        if matches!(self.material.plan, WindowRequest::CatchUp(_, last) if window != day(last)) {
            let earlier = Earlier { past: past.without_baseline(), look_alikes, events };
            let mut rolling = CarriedHistory { end: window.from, earlier };
            self.add(&mut rolling, window, &all);
            self.rolling.replace(Some(rolling));
        }
        Ok(done)
    }

    /// The events that rules see in a window, whatever the other filters; nothing where there are none.
    fn seen_by_rules(&self, window: Window) -> Result<Option<Vec<Assumption>>, StoreError> {
        let Some(snapshot) = self.material.snapshot_of_all else { return Ok(None) };
        let mut events = snapshot.events(window, Some(window))?;
        events.retain(|event| self.is_of_place(event));
        Ok(Some(events))
    }

    /// What was before a window, whatever the filters; nothing where there are none.
    fn before_all(&self, window: Window) -> Result<Option<Earlier>, StoreError> {
        let (Some(snapshot), Some(from)) = (self.material.snapshot_of_all, window.from) else { return Ok(None) };
        snapshot.earlier(from, &[], self.material.run_gap, &self.material.settings.networks).map(Some)
    }

    /// What was before a window.
    fn earlier(&self, snapshot: &StoreSnapshot<'_>, window: Window) -> Result<Earlier, StoreError> {
        let rolling = self.rolling.take();
        // An open window has nothing before it.
        let Some(from) = window.from else {
            let networks = self.material.settings.networks.clone();
            return Ok(Earlier { past: WindowHistory::nothing(networks), look_alikes: None, events: 0 });
        };
        if let Some(mut rolling) = rolling.filter(|rolling| rolling.end.is_some_and(|end| end <= from)) {
            while let Some(end) = rolling.end.filter(|end| *end < from) {
                let window = day(end.day());
                self.add(&mut rolling, window, &snapshot.events(window, None)?);
            }
            return Ok(rolling.earlier);
        }
        snapshot.earlier(from, &self.windows_before(window), self.material.run_gap, &self.material.settings.networks)
    }

    /// Takes the events of the window behind.
    fn add(&self, rolling: &mut CarriedHistory, window: Window, events: &[Assumption]) {
        let counted = self.material.since.max(self.material.remembered.before);
        let is_whole = counted.is_some_and(|since| window.from.is_some_and(|from| since <= from));
        rolling.earlier.add(events, self.material.issuers, self.material.run_gap, is_whole);
        rolling.end = window.to;
    }
}

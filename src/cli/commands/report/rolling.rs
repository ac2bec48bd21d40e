//! Reports out of a store: the events of one window at a time, and what was before them, which grows from window to window.

use super::before::shown;
use super::plan::{Plan, day};
use crate::audit::baseline::earlier::Earlier;
use crate::audit::baseline::encoded::Encoded;
use crate::audit::baseline::past::Past;
use crate::audit::review::Review;
use crate::cli::commands::report::{Material, Part};
use crate::cli::error::Error;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::report::review::Setting;
use crate::store::past::StoreSnapshot;

/// What was before some time.
pub(super) struct Rolling {
    end: Option<Timestamp>,
    earlier: Earlier,
}

impl Material<'_> {
    /// Reviews the events of a part, and hands that over.
    pub(super) fn review_moment<T>(
        &self,
        moment: &StoreSnapshot<'_>,
        part: &Part,
        then: impl FnOnce(&Review<'_>, &Setting<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let run_gap = self.args.grouping.run_gap.seconds();
        let Earlier { mut past, look_alikes, events } = self.earlier(moment, part.window)?;
        past.origin = self.origin(part.window);
        let whole = self.before_all(part.window)?;
        if let Some(baseline) = &self.baseline {
            past = past.against(baseline.known.clone());
        } else if let Some(whole) = &whole {
            past = past.against(whole.past.known().clone());
        }
        let look_alikes_of_all = whole.as_ref().map_or(&look_alikes, |whole| &whole.look_alikes);
        let all = moment.events(part.window)?;
        let encoded = Encoded::new(shown(self.scan, &all), run_gap);
        let (mut known, everything);
        let made = if encoded.events.len() == all.len() && look_alikes_of_all.is_none() {
            (&encoded, past.known())
        } else {
            known = past.known().clone();
            if let Some(look_alikes) = look_alikes_of_all {
                known.take(look_alikes);
            }
            everything = Encoded::new(all.iter().collect(), run_gap);
            (&everything, &known)
        };
        let coverage = self.coverage(part.window, encoded.events.len() as u64)?;
        let found = self.found(part.window, Some(made));
        let review = Review::new(part.window, &encoded, &past, &coverage);
        let review = Review { findings: found.to_vec(), ..review };
        // Its codes are not needed where the files are written.
        drop(encoded);
        let done = self.show(part, &review, then)?;
        if matches!(self.plan, Plan::CatchUp(_, last) if part.window != day(last)) {
            let earlier = Earlier { past: past.without_baseline(), look_alikes, events };
            let mut rolling = Rolling { end: part.window.from, earlier };
            self.add(&mut rolling, part.window, &all);
            self.rolling.replace(Some(rolling));
        }
        Ok(done)
    }

    /// What was before a window, whatever the filters; nothing where there are none.
    fn before_all(&self, window: Window) -> Result<Option<Earlier>, Error> {
        let (Some(moment), Some(from)) = (self.moment_of_all, window.from) else { return Ok(None) };
        Ok(Some(moment.earlier(from, &[], self.args.grouping.run_gap.seconds(), &self.settings.networks)?))
    }

    /// What was before a window.
    fn earlier(&self, moment: &StoreSnapshot<'_>, window: Window) -> Result<Earlier, Error> {
        let rolling = self.rolling.take();
        // An open window has nothing before it.
        let Some(from) = window.from else {
            let networks = self.settings.networks.clone();
            return Ok(Earlier { past: Past::nothing(networks), look_alikes: None, events: 0 });
        };
        if let Some(mut rolling) = rolling.filter(|rolling| rolling.end.is_some_and(|end| end <= from)) {
            while let Some(end) = rolling.end.filter(|end| *end < from) {
                let window = day(end.day());
                self.add(&mut rolling, window, &moment.events(window)?);
            }
            return Ok(rolling.earlier);
        }
        let windows = self.windows_before(window);
        Ok(moment.earlier(from, &windows, self.args.grouping.run_gap.seconds(), &self.settings.networks)?)
    }

    /// Takes the events of the window behind.
    fn add(&self, rolling: &mut Rolling, window: Window, events: &[Assumption]) {
        let counted = self.since.max(self.remembered.before);
        let is_whole = counted.is_some_and(|since| window.from.is_some_and(|from| since <= from));
        rolling.earlier.add(events, &self.scan.issuers, self.args.grouping.run_gap.seconds(), is_whole);
        rolling.end = window.to;
    }
}

//! Where a finding leads: to its run and to its events.

use std::collections::{HashMap, HashSet};

use super::setting::PageContext;
use crate::audit::review::Review;
use crate::domain::finding::Finding;

/// How the anchor of a row of the table of runs begins; its place follows, counted from one.
pub(in crate::report) const ANCHOR: &str = "#run-";

/// So many rows of the table of runs can be led to.
pub(in crate::report) const RUNS_SHOWN: usize = 1_000;

/// A run as a finding names it: the organization, and the run id.
type RunName<'a> = (Option<&'a str>, &'a str);

/// The runs that findings can lead to.
#[derive(Debug, Default)]
pub(in crate::report) struct RunLinks<'a> {
    /// The address of each run: its page, else its row in the table of runs. Of runs of one name the first.
    runs: HashMap<RunName<'a>, String>,
    /// The run of the first event of each finding, by the id of that event.
    of_event: HashMap<&'a str, RunName<'a>>,
    /// Where the events are if not on the page of a run.
    events: Option<&'static str>,
}

impl<'a> RunLinks<'a> {
    /// Those of a report.
    pub(super) fn of(review: &'a Review<'_>, setting: &'a PageContext<'_>) -> Self {
        let mut links = Self { events: setting.place.file("events.csv"), ..Self::default() };
        let wanted: HashSet<&str> = review.findings.iter().filter_map(first_event).collect();
        if review.findings.is_empty() {
            return links;
        }
        let evidence =
            review.events.iter().filter(|event| event.event_id.as_deref().is_some_and(|id| wanted.contains(id)));
        links.of_event = evidence
            .filter_map(|event| {
                Some((event.event_id.as_deref()?, (event.subject.organization(), event.run_id.as_deref()?)))
            })
            .collect();
        if let Some(deeds) = &review.deeds {
            for (at, page) in setting.run_pages.iter() {
                if let Some((run, id)) = deeds.runs.get(at).and_then(|run| Some((&run.run, run.run.run_id?))) {
                    links.runs.entry((run.organization, id)).or_insert_with(|| page.to_owned());
                }
            }
        }
        for (place, run) in review.runs.iter().take(RUNS_SHOWN).enumerate() {
            if let Some(id) = run.run_id {
                links.runs.entry((run.organization, id)).or_insert_with(|| format!("{ANCHOR}{}", place + 1));
            }
        }
        links
    }

    /// Those of a page about one run, which has all events itself.
    pub(in crate::report) fn of_run_page() -> Self {
        Self { events: Some("#timeline"), ..Self::default() }
    }

    /// Where the run of a finding is told, and where its events are.
    pub(super) fn of_finding(&self, finding: &Finding) -> (Option<String>, Option<String>) {
        let named = finding.run_id.as_deref().map(|id| (finding.organization.as_deref(), id));
        let shown = || first_event(finding).and_then(|id| self.of_event.get(id).copied());
        let run = named.or_else(shown).and_then(|name| self.runs.get(&name));
        let page = run.filter(|href| !href.starts_with(ANCHOR));
        let events = page.map(|page| format!("{page}#timeline"));
        (run.cloned(), events.or_else(|| self.events.map(str::to_owned)))
    }
}

fn first_event(finding: &Finding) -> Option<&str> {
    finding.evidence.events.iter().map(|(id, _)| &**id).find(|id| !id.is_empty())
}

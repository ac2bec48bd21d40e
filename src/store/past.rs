//! What a report holds a window against, without putting each event together: a row is a few numbers, and what these
//! stand for is looked up once. It takes memory by what was seen, not by events.

use hashbrown::HashMap;
use rusqlite::types::ValueRef;
use rusqlite::{Row, Transaction};

use super::assemble::Assembler;
use super::error::StoreError;
use super::facet::Facet;
use super::handle::Store;
use super::question::StoreQuestion;
use super::read::WALK_KIB;
use super::recollect::{Recollection, sight};
use super::rows::columns::{self, ERROR, ISSUER, SUBJECT, TIME, time};
use super::rows::narrow::RowSelection;
use super::rows::walk::{RowVisitor, RowWalk};
use super::run_keys::RunKeys;
use super::tally::StoreTally;
use crate::audit::baseline::counts::WindowCounts;
use crate::audit::baseline::earlier::{Earlier, is_shown};
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::baseline::past::{WindowHistory, WindowSighting};
use crate::audit::baseline::sightings::{Sighting as _, Sightings};
use crate::audit::baseline::{Baseline, SeenTimes};
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::filter::select::select;
use crate::audit::network::Networks;
use crate::audit::runs::distinct::RunKey;
use crate::audit::runs::of_window::AnswerWindow;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::IssuerRole;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// One state of a store, however many questions there are about it.
pub struct StoreSnapshot<'a> {
    store: &'a Store,
    question: StoreQuestion<'a>,
    tallied: StoreTally,
    /// The first event of an issuer that was asked for.
    first: Option<Timestamp>,
    /// Keeps others from changing it.
    _transaction: Option<Transaction<'a>>,
}

/// These columns follow those of every row.
const COLUMNS: [&str; 4] = ["a.account", "a.role", "a.address", "a.agent"];
const ACCOUNT: usize = columns::COLUMNS.len();
const ROLE: usize = ACCOUNT + 1;
const ADDRESS: usize = ACCOUNT + 2;
const AGENT: usize = ACCOUNT + 3;

/// So many events that were put together are taken at once, and so many values are looked up.
const AT_ONCE: usize = 4_096;

/// The numbers of an issuer, a subject and an account.
type AccessNumbers = (Option<i64>, i64, Option<i64>);

impl Store {
    /// The present state. The window of the question has no beginning.
    pub fn moment<'a>(&'a self, question: StoreQuestion<'a>) -> Result<StoreSnapshot<'a>, StoreError> {
        let open = || {
            // No page is read twice: of what was before, and of a window.
            self.connection.pragma_update(None, "cache_size", -WALK_KIB)?;
            let transaction = self.transaction()?;
            let mut tallied = self.tally(&question)?;
            let (first, any) = self.first(&question, &tallied)?;
            self.balance(&question, &mut tallied, 0, &mut std::collections::BTreeMap::new())?;
            if any {
                tallied.coverage.issuers.clear();
            }
            Ok(StoreSnapshot { store: self, question, tallied, first, _transaction: transaction })
        };
        open().map_err(|error| self.error(error))
    }

    /// When the first event was, of those of issuers that were asked for; and whether there is any at all.
    fn first(&self, question: &StoreQuestion<'_>, tallied: &StoreTally) -> rusqlite::Result<(Option<Timestamp>, bool)> {
        let mut columns = columns::COLUMNS.to_vec();
        let facets = facets(question, &mut columns);
        // Rows come in the order of time where nothing is filtered.
        let is_in_order = facets.is_empty();
        let narrowed = if is_in_order {
            Some(RowSelection::before(question.filter.window.to))
        } else {
            self.narrowed(question.filter, tallied)?
        };
        let mut visit = FirstEvent { question, columns, facets, is_in_order, earliest: None, is_any: false };
        if let Some(narrowed) = narrowed {
            RowWalk::new(self, question, tallied)?.visit(&narrowed, &mut visit)?;
        }
        Ok((visit.earliest, visit.is_any))
    }
}

/// Looks for the first event.
struct FirstEvent<'a> {
    question: &'a StoreQuestion<'a>,
    columns: Vec<&'static str>,
    /// What the filter looks at.
    facets: Vec<Facet<'a>>,
    is_in_order: bool,
    /// Of an issuer that was asked for.
    earliest: Option<Timestamp>,
    is_any: bool,
}

impl FirstEvent<'_> {
    fn note(&mut self, time: Timestamp, is_shown: bool) {
        self.is_any = true;
        if is_shown && self.earliest.is_none_or(|known| time < known) {
            self.earliest = Some(time);
        }
    }
}

impl RowVisitor for FirstEvent<'_> {
    const TAKES_ROWS_OF_LOOK_ALIKES: bool = false;

    fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    fn is_done(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let Some(earliest) = self.earliest.filter(|_| self.is_in_order) else { return Ok(false) };
        Ok(earliest <= time(row, TIME)?)
    }

    fn row(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>, role: IssuerRole) -> rusqlite::Result<()> {
        if !is_removed(&mut self.facets, assembler, self.question, row, role == IssuerRole::Terraform)? {
            self.note(time(row, TIME)?, true);
        }
        Ok(())
    }

    fn event(&mut self, event: Assumption) {
        if self.question.filter.removes(&event).is_none() {
            self.note(event.time, is_shown(&event, self.question.issuers));
        }
    }
}

/// What the filter of a question looks at, with the columns that takes.
fn facets<'a>(question: &StoreQuestion<'_>, columns: &mut Vec<&'static str>) -> Vec<Facet<'a>> {
    question.filter.parts().filter_map(|part| Facet::new(part, columns, true, Vec::new())).collect()
}

/// Whether the filter removes the event of a row.
fn is_removed(
    facets: &mut [Facet<'_>],
    assembler: &mut Assembler<'_>,
    question: &StoreQuestion<'_>,
    row: &Row<'_>,
    is_terraform: bool,
) -> rusqlite::Result<bool> {
    for facet in facets {
        if facet.look(assembler, question, row, is_terraform)?.removed_by.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl StoreSnapshot<'_> {
    /// What all events rest on. None of them is counted as reported.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.tallied.coverage
    }

    /// Sources of which nothing could be read for want of permission.
    #[must_use]
    pub fn forbidden(&self) -> &[String] {
        &self.tallied.forbidden
    }

    /// What to say about it, a line each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.tallied.notes
    }

    /// The first event of an issuer that was asked for.
    #[must_use]
    pub fn first(&self) -> Option<Timestamp> {
        self.first
    }

    /// What is remembered of events that were pruned.
    pub fn recollection(&self, networks: &Networks) -> Result<Recollection, StoreError> {
        let found = self.store.recollection(self.question.issuers, networks);
        found.map_err(|error| self.store.error(error))
    }

    /// The events of a stretch of time, in the order of events; those of the window that a report is `about`, if it is about
    /// one, as that window alone has them.
    pub fn events(&self, span: Window, about: Option<Window>) -> Result<Vec<Assumption>, StoreError> {
        self.events_of(span, about).map_err(|error| self.store.error(error))
    }

    fn events_of(&self, span: Window, about: Option<Window>) -> rusqlite::Result<Vec<Assumption>> {
        let filter = Filter { window: span, ..self.question.filter.clone() };
        let (read_to, late_days) = (self.question.filter.window.to, self.question.late_days);
        let about = about.map(|window| AnswerWindow { window, read_to, late_days });
        let events = self.store.candidates(&self.question, (&filter, about), &self.tallied)?;
        Ok(select(events, &filter, None).events)
    }

    /// The runs of a window, out of its events: their order tells what their seconds leave open.
    fn runs_of(&self, window: Window, run_gap: i64) -> rusqlite::Result<u64> {
        let events = self.events_of(window, None)?;
        let shown = events.iter().filter(|event| is_shown(event, self.question.issuers)).collect();
        Ok(EncodedEvents::new(shown, run_gap).runs as u64)
    }

    /// What was before `end`: in `windows`, which reach up to it and come the latest first, and before them.
    pub fn earlier(
        &self,
        end: Timestamp,
        windows: &[Window],
        run_gap: i64,
        networks: &Networks,
    ) -> Result<Earlier, StoreError> {
        let earlier = || {
            let Self { store, question, tallied, .. } = self;
            let mut pass = PastPass::new(self, end, windows, run_gap, networks);
            let mut walk = RowWalk::new(store, question, tallied)?;
            let filter = Filter { window: Window { from: None, to: Some(end) }, ..question.filter.clone() };
            if let Some(narrowed) = store.narrowed(&filter, tallied)? {
                walk.visit(&narrowed, &mut pass)?;
            }
            pass.finish(&mut walk.assembler)
        };
        earlier().map_err(|error| self.store.error(error))
    }
}

/// A pass over the rows before a window.
struct PastPass<'a> {
    moment: &'a StoreSnapshot<'a>,
    columns: Vec<&'static str>,
    /// What the filter looks at.
    facets: Vec<Facet<'a>>,
    end: Timestamp,
    windows: &'a [Window],
    /// Of each window; what is distinct is counted at the end, and no run of one goes on in another.
    counts: Vec<WindowCounts>,
    runs: Vec<RunKeys>,
    run_gap: i64,
    places: HashMap<AccessNumbers, WindowSighting>,
    roles: HashMap<i64, WindowSighting>,
    addresses: HashMap<i64, WindowSighting>,
    agents: HashMap<i64, WindowSighting>,
    /// Events with copies, with their windows.
    events: Vec<(Assumption, Option<usize>)>,
    past: WindowHistory,
    look_alikes: Baseline,
    taken: u64,
}

fn note<K: std::hash::Hash + Eq>(column: &mut HashMap<K, WindowSighting>, key: K, spread: WindowSighting) {
    column.entry(key).and_modify(|known| *known = known.and(spread)).or_insert(spread);
}

fn bit(window: Option<usize>) -> u16 {
    window.map_or(0, |window| 1 << window)
}

impl<'a> PastPass<'a> {
    fn new(
        moment: &'a StoreSnapshot<'a>,
        end: Timestamp,
        windows: &'a [Window],
        run_gap: i64,
        networks: &Networks,
    ) -> Self {
        let mut columns: Vec<&str> = columns::COLUMNS.into_iter().chain(COLUMNS).collect();
        let facets = facets(&moment.question, &mut columns);
        Self {
            moment,
            columns,
            facets,
            taken: 0,
            end,
            windows,
            counts: vec![WindowCounts::default(); windows.len()],
            runs: windows.iter().map(|_| RunKeys::new(run_gap)).collect(),
            run_gap,
            places: HashMap::new(),
            roles: HashMap::new(),
            addresses: HashMap::new(),
            agents: HashMap::new(),
            events: Vec::new(),
            past: WindowHistory::nothing(networks.clone()),
            look_alikes: Baseline::new(networks.clone()),
        }
    }

    /// The window that has a time.
    fn window(&self, time: Timestamp) -> Option<usize> {
        let first = self.windows.last()?;
        first.from.filter(|first| *first <= time)?;
        self.windows.iter().position(|window| window.contains(time))
    }

    fn count(&mut self, window: usize, run: RunKey, time: Timestamp, granted: bool) {
        let counts = &mut self.counts[window];
        counts.assumptions += 1;
        counts.denied += u64::from(!granted);
        self.runs[window].distinct.add(0, run, time.seconds());
    }

    fn take_events(&mut self) {
        let events = std::mem::take(&mut self.events);
        let mut by_window: Vec<Vec<&Assumption>> = vec![Vec::new(); self.windows.len() + 1];
        for (event, window) in &events {
            by_window[window.map_or(0, |window| window + 1)].push(event);
        }
        for (at, events) in by_window.into_iter().enumerate() {
            let windows = bit(at.checked_sub(1));
            let sightings = EncodedEvents::new(events, self.run_gap).sightings();
            self.past.add(sightings.map(|seen| WindowSighting { seen, windows }));
        }
    }

    fn finish(mut self, assembler: &mut Assembler<'_>) -> rusqlite::Result<Earlier> {
        self.take_events();
        let Self { moment, mut past, mut counts, mut look_alikes, taken, windows, run_gap, .. } = self;
        for ((counts, runs), window) in counts.iter_mut().zip(self.runs).zip(windows) {
            let counted = runs.distinct.finish(1).map(|counted| counted.all as u64);
            counts.runs = counted.map_or_else(|| moment.runs_of(*window, run_gap), Ok)?;
        }
        let places: Vec<(AccessNumbers, WindowSighting)> = self.places.into_iter().collect();
        for places in places.chunks(AT_ONCE) {
            let mut owners = Vec::with_capacity(places.len());
            for ((issuer, subject, account), spread) in places {
                let is_terraform = assembler.role(*issuer)? == IssuerRole::Terraform;
                let (issuer, _) = assembler.issuer(*issuer)?;
                let subject = assembler.subject(*subject, is_terraform)?;
                owners.push((issuer, subject, assembler.text(*account)?, *spread));
            }
            let mut sightings = Sightings::default();
            for (issuer, subject, account, spread) in &owners {
                let issuer = issuer.as_deref().unwrap_or_default();
                sightings.owner(issuer, subject.owner(), account.as_deref(), *spread);
            }
            past.add(sightings);
        }
        for (kind, seen) in [("role", self.roles), ("address", self.addresses), ("agent", self.agents)] {
            for (id, spread) in seen {
                sight(assembler, kind, id, spread, |sightings| past.add(sightings))?;
            }
        }
        let remembered = moment.store.recollection(moment.question.issuers, past.known().networks())?;
        past.recall(&remembered.known);
        look_alikes.take(&remembered.look_alikes);
        past.count(counts);
        Ok(Earlier { past, look_alikes: Some(look_alikes).filter(|known| !known.is_empty()), events: taken })
    }
}

impl RowVisitor for PastPass<'_> {
    const TAKES_ROWS_OF_LOOK_ALIKES: bool = false;

    fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    fn row(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>, role: IssuerRole) -> rusqlite::Result<()> {
        let is_terraform = role == IssuerRole::Terraform;
        if is_removed(&mut self.facets, assembler, &self.moment.question, row, is_terraform)? {
            return Ok(());
        }
        self.taken += 1;
        let at = time(row, TIME)?;
        let granted = row.get_ref(ERROR)? == ValueRef::Null;
        let window = self.window(at);
        let spread = WindowSighting { seen: SeenTimes { first: at, last: at, granted }, windows: bit(window) };
        note(&mut self.places, (row.get(ISSUER)?, row.get(SUBJECT)?, row.get(ACCOUNT)?), spread);
        let columns = [(ROLE, &mut self.roles), (ADDRESS, &mut self.addresses), (AGENT, &mut self.agents)];
        for (at, column) in columns {
            if let Some(id) = row.get::<_, Option<i64>>(at)? {
                note(column, id, spread);
            }
        }
        if let Some(window) = window {
            let run = self.runs[window].of_row(assembler, row, is_terraform)?;
            self.count(window, run, at, granted);
        }
        Ok(())
    }

    fn event(&mut self, event: Assumption) {
        if event.time >= self.end || self.moment.question.filter.removes(&event).is_some() {
            return;
        }
        self.taken += 1;
        if !is_shown(&event, self.moment.question.issuers) {
            self.look_alikes.add(&event);
            return;
        }
        let window = self.window(event.time);
        if let Some(window) = window {
            let run = self.runs[window].of_event(&event);
            self.count(window, run, event.time, SeenTimes::by(&event).granted);
        }
        self.events.push((event, window));
        if self.events.len() >= AT_ONCE {
            self.take_events();
        }
    }
}

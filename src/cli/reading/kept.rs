//! What a scan read, kept for questions about an earlier end: a report of a day among others answers as if nothing had been
//! there that a report of that day alone does not read.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::audit::activity::grouped_calls::GroupedCalls;
use crate::audit::activity::written::WrittenByRuns;
use crate::audit::coverage::Coverage;
use crate::audit::overdue::{DeliveryLookup, Overdue};
use crate::domain::assumption::Assumption;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::ingest::scan::Ingested;
use crate::ingest::second_pass::SessionCalls;

/// What is kept of a reading, and for which days.
#[derive(Debug, Clone)]
pub struct KeptReading {
    first: Option<Day>,
    last: Day,
    /// Days that nobody will ask about.
    done: Rc<BTreeSet<Day>>,
    overdue: Rc<RefCell<Option<Overdue>>>,
    /// What digests list that is too late, as [`Self::take_late`] was told.
    listed: Rc<RefCell<Vec<(Day, Day)>>>,
    parts: Rc<RefCell<Option<KeptParts>>>,
    /// Whether it is asked, and nothing is read any more.
    is_again: bool,
}

/// Everything, copies and all.
#[derive(Debug)]
struct KeptParts {
    events: Vec<Assumption>,
    calls: Vec<SessionCall>,
    principals: HashMap<[u8; 32], Box<str>>,
    writes: Vec<ResourceWrite>,
    coverage: Coverage,
    forbidden: Vec<String>,
    advice: Vec<String>,
}

impl KeptReading {
    /// Nothing yet, for the days from `first` up to `last`, but for those that are `done`.
    #[must_use]
    pub fn new(first: Option<Day>, last: Day, done: BTreeSet<Day>) -> Self {
        let (overdue, listed, parts) = (Rc::default(), Rc::default(), Rc::default());
        Self { first, last, done: Rc::new(done), overdue, listed, parts, is_again: false }
    }

    /// Takes the days of the first event and of the delivery of log files that digests list. A reading of such a day alone asks the
    /// digests what it reads, and so it is read again.
    pub(super) fn take_late(&self, days: Vec<(Day, Day)>) {
        self.listed.replace(days);
    }

    /// Keeps what was read, if a day that will be asked about is told of by log files that are too late for it: only then it takes
    /// the memory, and only where nothing is read again.
    pub(super) fn keep(&self, read: &Ingested, late_days: u32, reads_again: bool) {
        let mut overdue = Overdue::new(late_days);
        self.listed.borrow().iter().for_each(|(first, delivered)| overdue.add(*first, *delivered));
        overdue.add_events(&read.events);
        overdue.add_calls(&read.sessions.calls);
        overdue.add_sessions(&read.events, &read.sessions.principals, &read.sessions.calls);
        overdue.add_writes(&read.sessions.writes);
        if !reads_again && overdue.days(self.first, self.last).any(|day| !self.done.contains(&day)) {
            self.parts.replace(Some(KeptParts {
                events: read.events.clone(),
                calls: read.sessions.calls.clone(),
                principals: read.sessions.principals.clone(),
                writes: read.sessions.writes.clone(),
                coverage: read.coverage.clone(),
                forbidden: read.forbidden.clone(),
                advice: read.advice.clone(),
            }));
        }
        self.overdue.replace(Some(overdue));
    }

    /// What log files tell about days for which they are too late; nothing where a store was asked in place of a reading.
    #[must_use]
    pub fn overdue(&self) -> Option<Overdue> {
        self.overdue.borrow().clone()
    }

    /// The same for those who ask.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { is_again: true, ..self.clone() }
    }

    /// Whether it is asked, and nothing is read any more.
    #[must_use]
    pub fn is_again(&self) -> bool {
        self.is_again
    }

    /// What of it a reading of that window finds; nothing where nothing is kept.
    pub(super) fn of(&self, window: Window, late_days: u32) -> Option<Ingested> {
        let parts = self.parts.borrow();
        let kept = parts.as_ref()?;
        let last = window.last_folder(late_days);
        let mut delivery = DeliveryLookup::default();
        let mut is_read =
            |file: &Arc<str>| last.is_none_or(|last| delivery.of(file).is_none_or(|delivered| delivered <= last));
        let events: Vec<Assumption> = kept.events.iter().filter(|event| is_read(&event.log_file)).cloned().collect();
        let mut principals = kept.principals.clone();
        let known: HashSet<&[u8; 32]> = events.iter().map(|event| &event.content).collect();
        principals.retain(|content, _| known.contains(content));
        let calls: Vec<SessionCall> = kept.calls.iter().filter(|call| is_read(&call.log_file)).cloned().collect();
        let mut writes = kept.writes.iter().filter(|write| is_read(&write.log_file)).cloned().collect();
        WrittenByRuns::new(&calls).retain(&mut writes);
        let calls = (calls, GroupedCalls::default());
        Some(Ingested {
            events,
            sessions: SessionCalls::of_store(calls, principals, writes),
            coverage: kept.coverage.clone(),
            forbidden: kept.forbidden.clone(),
            advice: kept.advice.clone(),
            ..Ingested::default()
        })
    }
}

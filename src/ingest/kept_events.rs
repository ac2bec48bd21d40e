//! The events that were kept: in memory, and where they are too many for it, in files.

use crate::audit::aside::events::AsideEvents;
use crate::audit::aside::file::{AsideError, AsideFile};
use crate::audit::aside::stored::StoredEvent;
use crate::audit::aside::writer::{EventRoom, EventWriter};
use crate::domain::assumption::Assumption;

use super::options::IngestOptions;
use super::room::{make_room, take_over};

/// Room for events, and for rows of extracts; the others go into temporary files. Nothing where all are to lie in memory. For rows it is that
/// of events, so that their texts have one number in both, or of calls where these are asked for.
pub(super) fn rooms(options: &IngestOptions) -> (Option<EventRoom>, Option<EventRoom>) {
    let events = room(options.event_memory, options);
    let calls = options.calls.parameters_of_sessions().map(|_| options.call_memory);
    let rows = events.clone().or_else(|| room(calls, options));
    (events, rows)
}

/// Whether events that rows put aside go on as they are: those that are to go to events, and nothing else is asked of them.
pub(super) fn keeps_stored(options: &IngestOptions) -> bool {
    options.event_memory.is_some() && options.calls.parameters_of_sessions().is_none()
}

fn room(bytes: Option<u64>, options: &IngestOptions) -> Option<EventRoom> {
    let make = || Ok(Box::new(tempfile::tempfile()?) as Box<dyn AsideFile>);
    bytes.map(|bytes| EventRoom::new(bytes, make).shared_by(2 * options.threads.get()))
}

/// The events that one worker kept.
#[derive(Debug)]
pub(super) struct KeptEvents {
    events: Vec<Assumption>,
    room: Option<EventRoom>,
    writers: Vec<EventWriter>,
    failure: Option<AsideError>,
}

/// All events that were kept.
#[derive(Debug, Default)]
pub(super) struct AllEvents {
    /// Those in memory.
    pub(super) events: Vec<Assumption>,
    /// All of them, where they are too many for it.
    pub(super) aside: Option<AsideEvents>,
}

impl KeptEvents {
    /// None yet.
    pub(super) fn new(room: Option<&EventRoom>) -> Self {
        Self { events: Vec::new(), room: room.cloned(), writers: Vec::new(), failure: None }
    }

    /// Takes events.
    pub(super) fn append(&mut self, events: &mut Vec<Assumption>) {
        make_room(&mut self.events, events.len());
        self.events.append(events);
        let Some(room) = &self.room else { return };
        let most = if self.writers.is_empty() { room.most() } else { 1 << 10 };
        if self.events.len() > most.min(room.most()) && self.failure.is_none() {
            self.failure = self.put_aside().err();
        }
    }

    /// Takes events of a log file that rows put aside.
    pub(super) fn append_stored(&mut self, log_file: &str, stored: &[StoredEvent]) {
        if !stored.is_empty() && self.failure.is_none() {
            self.failure = self.put_stored(log_file, stored).err();
        }
    }

    fn put_stored(&mut self, log_file: &str, stored: &[StoredEvent]) -> Result<(), AsideError> {
        if self.writers.is_empty() {
            self.put_aside()?;
        }
        let Some(writer) = self.writers.first_mut() else { return Ok(()) };
        stored.iter().try_for_each(|event| writer.put_stored(log_file, event))
    }

    fn put_aside(&mut self) -> Result<(), AsideError> {
        let Some(room) = &self.room else { return Ok(()) };
        if self.writers.is_empty() {
            self.writers.push(EventWriter::new(room));
        }
        let Some(writer) = self.writers.first_mut() else { return Ok(()) };
        for event in self.events.drain(..) {
            writer.put(&event)?;
        }
        self.events.shrink_to(1 << 12);
        Ok(())
    }

    /// Puts what another worker kept beside it.
    pub(super) fn merge(&mut self, other: Self) {
        take_over(&mut self.events, other.events);
        self.writers.extend(other.writers);
        self.failure = self.failure.take().or(other.failure);
    }

    /// All events: in memory, or all aside.
    pub(super) fn finish(mut self) -> Result<AllEvents, AsideError> {
        if self.writers.is_empty() && self.failure.is_none() {
            return Ok(AllEvents { events: self.events, aside: None });
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.put_aside()?;
        let aside = self.room.map(|room| AsideEvents::new(&room, self.writers)).transpose()?;
        Ok(AllEvents { events: self.events, aside })
    }
}

//! Events in parts, by their runs: all events of a run lie in one part, and so do the copies of an event, unless these speak of
//! different runs. Then `strays` finds them, and they are judged together.

use std::sync::{Arc, Mutex, PoisonError};

use super::bytes::Rest;
use super::event_bytes::take_event;
use super::file::AsideError;
use super::keys::key;
use super::strays::{Strays, find};
use super::text_numbers::TextNumbers;
use super::writer::{EventRoom, EventWriter};
use crate::audit::runs::dedupe::{Deduplicated, deduplicate};
use crate::domain::assumption::Assumption;

/// Events that all threads put aside.
#[derive(Debug)]
pub struct AsideEvents {
    writers: Vec<Mutex<EventWriter>>,
    room: EventRoom,
    strays: Strays,
}

impl AsideEvents {
    /// Those of all threads.
    ///
    /// # Errors
    ///
    /// They cannot be read back.
    pub fn new(room: &EventRoom, mut writers: Vec<EventWriter>) -> Result<Self, AsideError> {
        writers.iter_mut().try_for_each(EventWriter::close)?;
        let keys = find(&mut writers)?;
        let writers = writers.into_iter().map(Mutex::new).collect();
        let mut all = Self { writers, room: room.clone(), strays: Strays::default() };
        let mut texts = room.texts();
        let mut events = Vec::new();
        for part in &keys.parts {
            all.read(*part, &mut texts, |event| {
                if keys.keys.contains(&key(&event)) {
                    events.push(event);
                }
            })?;
        }
        let whole = deduplicate(events);
        all.strays = Strays::new(keys, whole, |event| room.part(event));
        Ok(all)
    }

    /// Where more can be put aside.
    #[must_use]
    pub fn room(&self) -> &EventRoom {
        &self.room
    }

    /// What became of those whose copies or corrections speak of other runs; it has no events, which lie in their parts.
    pub fn take_strays(&mut self) -> Deduplicated {
        std::mem::take(&mut self.strays.counted)
    }

    /// All runs of a part: their events, of which each stands once.
    ///
    /// # Errors
    ///
    /// They cannot be read back.
    pub fn part(&self, part: usize, texts: &mut TextNumbers) -> Result<Deduplicated, AsideError> {
        let mut events: Vec<Assumption> = self.strays.by_part.get(&part).cloned().unwrap_or_default();
        self.read(part, texts, |event| {
            if self.strays.keys.is_empty() || !self.strays.keys.contains(&key(&event)) {
                events.push(event);
            }
        })?;
        Ok(deduplicate(events))
    }

    fn read(&self, part: usize, texts: &mut TextNumbers, mut take: impl FnMut(Assumption)) -> Result<(), AsideError> {
        let mut bytes = Vec::new();
        for writer in &self.writers {
            writer.lock().unwrap_or_else(PoisonError::into_inner).events(part, &mut bytes)?;
        }
        let mut rest = Rest(&bytes);
        let mut last: Option<Arc<str>> = None;
        while !rest.is_empty() {
            let mut event = take_event(&mut rest, texts)?;
            // The events of a log file often come one after the other.
            match &last {
                Some(last) if **last == *event.log_file => event.log_file = Arc::clone(last),
                _ => last = Some(Arc::clone(&event.log_file)),
            }
            take(event);
        }
        Ok(())
    }
}

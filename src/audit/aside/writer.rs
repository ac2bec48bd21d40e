//! Where events go that do not fit into memory: into the part of their run, and their keys into lists of keys.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use super::event_bytes::{put_event, put_log_file};
use super::file::{AsideError, MakeFile};
use super::keys::{EventKey, key, key_of_id};
use super::parts::{AsideParts, PARTS};
use super::stored::StoredEvent;
use super::text_numbers::TextNumbers;
use crate::domain::assumption::Assumption;
use crate::domain::subject::Subject;
use hashbrown::DefaultHashBuilder;

/// The memory of an event, about: that of whoever keeps them.
pub const EVENT_BYTES: usize = 540;

/// No thread needs more memory than that for what it puts aside.
const BUFFERS: usize = 16 << 20;

/// How many bytes of events may lie in memory, where others are put aside.
#[derive(Debug, Clone)]
pub struct EventRoom {
    bytes: usize,
    make: MakeFile,
    /// By which the part of an event is told. It differs from process to process, so that nobody can fill a part.
    hasher: DefaultHashBuilder,
    texts: TextNumbers,
}

impl EventRoom {
    /// Room for so many bytes of events.
    #[must_use]
    pub fn new(bytes: u64, make: MakeFile) -> Self {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self { bytes, make, hasher: DefaultHashBuilder::default(), texts: TextNumbers::default() }
    }

    /// The same for each of several that fill it together.
    #[must_use]
    pub fn shared_by(&self, count: usize) -> Self {
        Self { bytes: self.bytes / count.max(1), ..self.clone() }
    }

    /// How many bytes there may be.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many events may lie in memory.
    #[must_use]
    pub fn most(&self) -> usize {
        self.bytes / EVENT_BYTES
    }

    /// Parts for what does not fit, as one thread fills them.
    #[must_use]
    pub fn parts(&self) -> AsideParts {
        AsideParts::new(BUFFERS.min(self.bytes / 4), self.make)
    }

    /// Makes a file.
    #[must_use]
    pub fn make(&self) -> MakeFile {
        self.make
    }

    /// Numbers of texts for another thread.
    #[must_use]
    pub fn texts(&self) -> TextNumbers {
        self.texts.beside()
    }

    /// The part of something that has a name.
    #[must_use]
    pub fn part_of(&self, name: &str) -> usize {
        place(self.hasher.hash_one(name))
    }

    /// The part that the run of an event lies in.
    pub(super) fn part(&self, event: &Assumption) -> usize {
        self.part_of_run(event.issuer.as_deref(), &event.subject, event.run_id.as_deref())
    }

    /// The part that a run of an issuer lies in.
    #[must_use]
    pub fn part_of_run(&self, issuer: Option<&str>, subject: &Subject, run_id: Option<&str>) -> usize {
        let mut hasher = self.hasher.build_hasher();
        issuer.hash(&mut hasher);
        match run_id {
            Some(run_id) => (subject.organization(), run_id).hash(&mut hasher),
            None => subject.owner().hash(&mut hasher),
        }
        place(hasher.finish())
    }
}

fn place(hash: u64) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default() % PARTS
}

/// Events that one thread puts aside.
#[derive(Debug)]
pub struct EventWriter {
    room: EventRoom,
    parts: AsideParts,
    /// The key of each event, and its part.
    keys: AsideParts,
    texts: TextNumbers,
    /// The keys of corrections, and of what they correct.
    related: HashSet<EventKey>,
}

impl EventWriter {
    /// None yet.
    #[must_use]
    pub fn new(room: &EventRoom) -> Self {
        let keys = AsideParts::new((BUFFERS / 4).min(room.bytes / 16), room.make);
        Self { room: room.clone(), parts: room.parts(), keys, texts: room.texts(), related: HashSet::new() }
    }

    /// Puts an event aside.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn put(&mut self, event: &Assumption) -> Result<(), AsideError> {
        let (part, key) = (self.room.part(event), key(event));
        self.put_key(part, key, event.correction.as_ref().map(|correction| key_of_id(&correction.original)))?;
        let Self { parts, texts, .. } = self;
        parts.put(part, |out| put_event(event, texts, out))
    }

    /// The same of one of a log file that was put aside in the same room.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn put_stored(&mut self, log_file: &str, event: &StoredEvent) -> Result<(), AsideError> {
        self.put_key(event.part, event.key, event.original)?;
        let Self { parts, texts, .. } = self;
        parts.put(event.part, |out| {
            put_log_file(log_file, texts, out);
            out.extend_from_slice(&event.bytes);
        })
    }

    /// Puts the key of an event aside, and of the one that it corrects.
    fn put_key(&mut self, part: usize, key: EventKey, original: Option<EventKey>) -> Result<(), AsideError> {
        if let Some(original) = original {
            self.related.extend([key, original]);
        }
        self.keys.put(usize::from(key[15]) % PARTS, |out| {
            out.extend_from_slice(&key);
            out.push(u8::try_from(part).unwrap_or(u8::MAX));
        })
    }

    /// Gives memory back.
    ///
    /// # Errors
    ///
    /// What is in it cannot be written.
    pub fn close(&mut self) -> Result<(), AsideError> {
        self.keys.close()?;
        self.parts.close()
    }

    /// The keys of one part, and the parts of their events.
    pub(super) fn keys(&mut self, part: usize, into: &mut Vec<u8>) -> Result<(), AsideError> {
        self.keys.read(part, into)
    }

    /// The events of one part.
    pub(super) fn events(&mut self, part: usize, into: &mut Vec<u8>) -> Result<(), AsideError> {
        self.parts.read(part, into)
    }

    /// The keys of corrections, and of what they correct.
    pub(super) fn related(&self) -> &HashSet<EventKey> {
        &self.related
    }
}

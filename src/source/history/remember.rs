//! Reads a region slot by slot, without those that are complete.

use std::collections::HashSet;
use std::sync::Arc;

use aws_sdk_cloudtrail::types::Event;
use tokio::sync::mpsc::Sender;

use super::lookup::{Bookmark, RegionLookup, log_file_of};
use super::page;
use super::reach::oldest;
use crate::domain::timestamp::Timestamp;
use crate::source::chunk::{Body, Chunk};
use crate::source::delivery::Delivery;
use crate::source::known::{KnownSource, ObjectVersion};
use crate::source::paged::account_region::AccountRegion;
use crate::source::paged::slots::{AskedRange, COMPLETE, SlotState, SlotStretch, TimeSlot, stretches};
use crate::source::question::RemoteQuestion;

/// So many bytes of a slot wait for its end. What comes before is delivered under a name of its own.
const WAITING: usize = 8 << 20;

/// What is to be read in a place.
pub(super) fn wanted(
    place: &AccountRegion,
    known: &dyn KnownSource,
    reach: AskedRange,
    question: &RemoteQuestion,
) -> Vec<SlotStretch> {
    let name = |slot: TimeSlot| slot.name(&front(place));
    let names: Vec<String> = TimeSlot::all(reach).map(name).collect();
    let read = known.read(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let refresh = question.resume.as_ref().is_some_and(|resume| resume.refresh);
    stretches(reach, oldest(question.now), question.now, |slot| match read.get(name(slot).as_str()) {
        None => SlotState::Unread,
        Some((_, tag)) if &**tag == COMPLETE && !refresh => SlotState::Complete,
        Some(_) => SlotState::Open,
    })
}

/// What the names of its slots begin with.
pub(super) fn front(place: &AccountRegion) -> String {
    format!("{}/{}/", place.account.as_deref().unwrap_or_default(), place.region)
}

/// The slot that is being read.
struct OpenSlot {
    slot: TimeSlot,
    records: Vec<Option<String>>,
    bytes: usize,
    /// An event may come on two pages.
    seen: HashSet<String>,
    /// How many parts were delivered before.
    parts: usize,
}

impl OpenSlot {
    fn new(slot: TimeSlot) -> Self {
        Self { slot, records: Vec::new(), bytes: 0, seen: HashSet::new(), parts: 0 }
    }

    fn take(&mut self, event: Event) {
        if event.event_id.is_none_or(|id| self.seen.insert(id)) {
            self.bytes += event.cloud_trail_event.as_ref().map_or(0, String::len);
            self.records.push(event.cloud_trail_event);
        }
    }
}

impl RegionLookup {
    /// Delivers the slots of these stretches, each once it is complete, up to a failure and the failure.
    pub(super) async fn deliver_slots(self, wanted: Vec<SlotStretch>, now: Timestamp, out: Sender<Delivery>) {
        for stretch in wanted {
            // On the heap: with all of its requests it is large.
            if Box::pin(self.deliver_stretch(stretch, now, &out)).await.is_none() {
                break;
            }
        }
        self.stretch.reached(self.shared.reach.start);
    }

    /// None where it was not read to its end, or nobody takes it.
    async fn deliver_stretch(&self, stretch: SlotStretch, now: Timestamp, out: &Sender<Delivery>) -> Option<()> {
        let mut bookmark = Bookmark::new(stretch.reach);
        let mut gathering = OpenSlot::new(stretch.last);
        loop {
            let page = self.next_page(&mut bookmark, out).await?;
            for event in page.events.unwrap_or_default() {
                let time = event.event_time.and_then(|time| Timestamp::from_seconds(time.secs()));
                let slot = time.map_or(gathering.slot, TimeSlot::of);
                if slot > stretch.last && stretch.last.end() <= now {
                    // Of the second behind the stretch, which another one has.
                    continue;
                }
                // One that comes after older ones stays with those: nothing says that it is not one of them.
                while slot.max(stretch.first) < gathering.slot {
                    gathering = self.deliver_slot(gathering, now, out).await?;
                }
                gathering.take(event);
                if gathering.bytes > WAITING {
                    self.deliver_part(&mut gathering, out).await?;
                }
            }
            if bookmark.is_at_end() {
                break;
            }
        }
        while gathering.slot > stretch.first {
            gathering = self.deliver_slot(gathering, now, out).await?;
        }
        self.deliver_slot(gathering, now, out).await.map(drop)
    }

    /// Delivers what is left of a slot, and begins the one before it.
    async fn deliver_slot(&self, gathering: OpenSlot, now: Timestamp, out: &Sender<Delivery>) -> Option<OpenSlot> {
        let tag = if gathering.slot.is_complete(now) { COMPLETE } else { "" };
        let name = gathering.slot.name(&front(&self.place));
        self.deliver_chunk(name, tag, &gathering.records, out).await?;
        Some(OpenSlot::new(gathering.slot.previous()))
    }

    /// Delivers the front of a slot. It counts for nothing without the slot itself, which follows.
    async fn deliver_part(&self, gathering: &mut OpenSlot, out: &Sender<Delivery>) -> Option<()> {
        gathering.parts += 1;
        let name = gathering.slot.name(&front(&self.place));
        let records = std::mem::take(&mut gathering.records);
        gathering.bytes = 0;
        self.deliver_chunk(format!("{name}/{}", gathering.parts), "", &records, out).await
    }

    async fn deliver_chunk(
        &self,
        name: String,
        tag: &str,
        records: &[Option<String>],
        out: &Sender<Delivery>,
    ) -> Option<()> {
        let body = page::log_file(records.iter().map(Option::as_deref));
        let size = body.len() as u64;
        self.shared.progress.expect_file(size);
        let chunk = Chunk {
            source: self.shared.source,
            log_file: log_file_of(&self.place),
            key: self.key(self.place.account.clone()),
            version: Some(ObjectVersion { name: Arc::from(name), size, tag: tag.into() }),
            modified: None,
            walked: None,
            body: Body::Memory(Box::new(body)),
        };
        out.send(Delivery::Chunk(chunk)).await.ok()
    }
}

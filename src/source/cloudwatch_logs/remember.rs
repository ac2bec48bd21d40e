//! Reads a log group slot by slot, without those that are complete.

use std::collections::HashSet;

use tokio::sync::mpsc::Sender;

use super::describe::FoundGroup;
use super::fetch::FoundEvent;
use super::reading::{GroupPages, GroupReading};
use crate::domain::timestamp::Timestamp;
use crate::source::delivery::Delivery;
use crate::source::known::KnownSource;
use crate::source::paged::slots::{AskedRange, COMPLETE, SlotState, SlotStretch, TimeSlot, stretches};

/// So many bytes of a slot wait for its end. What comes before is delivered under a name of its own.
const WAITING: usize = 8 << 20;

/// What is to be read of a group. `oldest` is the first second that it still has.
pub(super) fn wanted(
    group: &FoundGroup,
    known: &dyn KnownSource,
    range: AskedRange,
    oldest: Timestamp,
    now: Timestamp,
    refresh: bool,
) -> Vec<SlotStretch> {
    let front = front(&group.label);
    let names: Vec<String> = TimeSlot::all(range).map(|slot| slot.name(&front)).collect();
    let read = known.read(&names.iter().map(String::as_str).collect::<Vec<_>>());
    stretches(range, oldest, now, |slot| match read.get(slot.name(&front).as_str()) {
        None => SlotState::Unread,
        Some((_, tag)) if &**tag == COMPLETE && !refresh => SlotState::Complete,
        Some(_) => SlotState::Open,
    })
}

/// What the names of its slots begin with. No name of a log group has a colon.
pub(super) fn front(label: &str) -> String {
    format!("{label}:")
}

/// The slot that is being read.
struct OpenSlot {
    slot: TimeSlot,
    messages: Vec<String>,
    bytes: usize,
    /// A log event may come on two pages.
    seen: HashSet<String>,
    /// How many parts were delivered before.
    parts: usize,
}

impl OpenSlot {
    fn new(slot: TimeSlot) -> Self {
        Self { slot, messages: Vec::new(), bytes: 0, seen: HashSet::new(), parts: 0 }
    }

    fn take(&mut self, event: FoundEvent) {
        if event.id.is_none_or(|id| self.seen.insert(id)) {
            self.bytes += event.message.len();
            self.messages.push(event.message);
        }
    }
}

impl GroupReading {
    /// Delivers the slots of these stretches, each once it is complete, up to a failure and the failure.
    pub(super) async fn deliver_slots(self, wanted: Vec<SlotStretch>, now: Timestamp, out: Sender<Delivery>) {
        // What is left after a failure is the newest, and comes next time.
        for stretch in wanted.into_iter().rev() {
            // On the heap: with all of its requests it is large.
            if Box::pin(self.deliver_stretch(stretch, now, &out)).await.is_none() {
                break;
            }
        }
        self.finish();
    }

    /// None where it was not read to its end, or nobody takes it.
    async fn deliver_stretch(&self, stretch: SlotStretch, now: Timestamp, out: &Sender<Delivery>) -> Option<()> {
        let mut pages = GroupPages::new(&self.group, stretch.reach);
        let mut open = OpenSlot::new(stretch.first);
        while let Some(page) = self.next_page(&mut pages, stretch.reach, out).await? {
            for event in page {
                let time = event.at.and_then(|at| Timestamp::from_seconds(at.div_euclid(1_000)));
                let slot = time.map_or(open.slot, TimeSlot::of);
                if slot > stretch.last && stretch.last.end() <= now {
                    // Of the second behind the stretch, which another one has.
                    continue;
                }
                // One that comes after newer ones stays with those: nothing says that it is not one of them.
                while slot.min(stretch.last) > open.slot {
                    open = self.deliver_slot(open, now, out).await?;
                }
                open.take(event);
                if open.bytes > WAITING {
                    self.deliver_part(&mut open, out).await?;
                }
            }
        }
        while open.slot < stretch.last {
            open = self.deliver_slot(open, now, out).await?;
        }
        self.deliver_slot(open, now, out).await.map(drop)
    }

    /// Delivers what is left of a slot, and begins the one after it.
    async fn deliver_slot(&self, open: OpenSlot, now: Timestamp, out: &Sender<Delivery>) -> Option<OpenSlot> {
        let tag = if open.slot.is_complete(now) { COMPLETE } else { "" };
        let name = open.slot.name(&front(&self.group.label));
        self.deliver_messages(&open.messages, Some((name, tag)), out).await?;
        Some(OpenSlot::new(open.slot.next()))
    }

    /// Delivers the front of a slot. It counts for nothing without the slot itself, which follows.
    async fn deliver_part(&self, open: &mut OpenSlot, out: &Sender<Delivery>) -> Option<()> {
        open.parts += 1;
        let name = open.slot.name(&front(&self.group.label));
        let messages = std::mem::take(&mut open.messages);
        open.bytes = 0;
        self.deliver_messages(&messages, Some((format!("{name}/{}", open.parts), "")), out).await
    }
}

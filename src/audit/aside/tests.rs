//! Events that were put aside are what they were, and runs of them are what they are in memory.

use std::io::Cursor;
use std::sync::Arc;

use super::bytes::{Rest, put_number, put_signed};
use super::event_bytes::{put_event, put_event_of_file, take_event, uuid};
use super::events::AsideEvents;
use super::file::{AsideError, AsideFile};
use super::ordered::{Merged, OrderedWriter};
use super::parts::{AsideParts, PARTS};
use super::stored::StoredEvent;
use super::text_numbers::TextNumbers;
use super::writer::{EventRoom, EventWriter};
use crate::audit::runs::dedupe::{Deduplicated, deduplicate};
use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;
use crate::report::sample;

#[expect(clippy::unnecessary_wraps, reason = "other files cannot be made")]
fn make() -> std::io::Result<Box<dyn AsideFile>> {
    Ok(Box::new(Cursor::new(Vec::new())))
}

fn full() -> std::io::Result<Box<dyn AsideFile>> {
    Err(std::io::Error::other("no space"))
}

#[test]
fn numbers_are_what_they_were() {
    for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
        let mut bytes = Vec::new();
        put_number(number, &mut bytes);
        let mut rest = Rest(&bytes);
        assert_eq!((rest.number().unwrap(), rest.is_empty()), (number, true));
        assert!(Rest(&bytes[..bytes.len() - 1]).number().is_err());
    }
    for number in [0, -1, 1, i64::MIN, i64::MAX] {
        let mut bytes = Vec::new();
        put_signed(number, &mut bytes);
        assert_eq!(Rest(&bytes).signed().unwrap(), number);
    }
    assert!(Rest(&[0xff; 12]).number().is_err());
}

/// Events of every shape.
fn shapes() -> Vec<Assumption> {
    let mut events = sample::events();
    let mut more = events[0].clone();
    more.event_id = Some("2A7C9E1F-0000-4000-8000-0123456789ab".into());
    more.role_session_name = Some("terraform-run-run-abc".into());
    more.run_id = Some("run-of-somebody-else".into());
    more.duration_seconds = Some(u32::MAX);
    more.expiration = Some(Timestamp::LAST);
    more.log_file = "no-folder".into();
    events.push(more.clone());
    more.event_id = Some("2a7c9e1f-0000-4000-8000-0123456789ab".into());
    more.subject = Subject::Other("".into());
    (more.account_id, more.issuer, more.run_id) = (None, None, Some("run-abc".into()));
    more.correction = Some(Box::new(Correction { original: "e".into(), updated: "a,b".into(), is_bare: true }));
    more.outcome = Outcome::Denied { code: "".into() };
    more.log_file = "/a//b/".into();
    events.push(more.clone());
    more.subject = Subject::parse("organization:o:module:m:operation:test_run");
    (more.event_id, more.role_session_name, more.run_id, more.duration_seconds) = (None, None, None, Some(0));
    events.push(more);
    events
}

#[test]
fn events_are_what_they_were_in_any_thread() {
    let (mut texts, mut bytes) = (TextNumbers::default(), Vec::new());
    let events = shapes();
    for event in &events {
        put_event(event, &mut texts, &mut bytes);
    }
    for mut texts in [texts.beside(), texts] {
        let mut rest = Rest(&bytes);
        let found: Vec<Assumption> = events.iter().map(|_| take_event(&mut rest, &mut texts).unwrap()).collect();
        assert_eq!(found, events);
        assert!(rest.is_empty());
        assert!((0..bytes.len()).any(|end| take_event(&mut Rest(&bytes[..end]), &mut texts).is_err()));
    }
    assert_eq!(uuid("2a7c9e1f-0000-4000-8000-0123456789a"), None);
    assert_eq!(uuid("2a7c9e1f-0000-4000-8000_0123456789ab"), None);
}

#[test]
fn a_text_has_one_number_in_all_threads_and_others_stand_for_themselves() {
    let mut one = TextNumbers::default();
    let mut other = one.beside();
    let mut bytes = Vec::new();
    for text in [Some("a"), None, Some("b")] {
        one.put(text, &mut bytes);
    }
    other.put(Some("b"), &mut bytes);
    let many = "x".repeat(40 << 20);
    other.put(Some(&many), &mut bytes);
    let mut rest = Rest(&bytes);
    let found: Vec<_> = (0..5).map(|_| one.take(&mut rest).unwrap()).collect();
    assert_eq!(found[..4], [Some("a".into()), None, Some("b".into()), Some("b".into())]);
    assert!(found[4].as_deref() == Some(&*many) && bytes.len() > many.len());
}

#[test]
fn a_text_that_is_found_by_its_place_has_the_number_that_it_has_by_its_letters() {
    let (mut texts, mut slow) = (TextNumbers::default(), TextNumbers::default());
    let (mut bytes, mut expected) = (Vec::new(), Vec::new());
    let long = "x".repeat(600);
    let mut put = |text: Option<Arc<str>>| {
        texts.put_shared(text.as_ref(), &mut bytes);
        slow.put(text.as_deref(), &mut expected);
    };
    let kept: Vec<Arc<str>> = (0..40_000).map(|number| format!("{}", number % 30_000).into()).collect();
    for _ in 0..2 {
        for text in &kept {
            put(Some(Arc::clone(text)));
        }
        // What is given back gives its place in memory to another one.
        for number in 0..20_000 {
            put(Some(format!("{}", number * 7 % 9_999).into()));
        }
        put(Some(long.as_str().into()));
        put(None);
    }
    assert!(bytes == expected);
}

#[test]
fn events_that_go_on_as_bytes_lie_where_others_do() {
    let room = EventRoom::new(1 << 20, make);
    let mut texts = room.texts();
    let (mut slow, mut fast) = (EventWriter::new(&room), EventWriter::new(&room));
    for event in shapes() {
        slow.put(&event).unwrap();
        let mut bytes = Vec::new();
        put_event_of_file(&event, &mut texts, &mut bytes);
        let mut take = |bytes: &mut Rest<'_>| {
            StoredEvent::take(bytes, &mut texts, |issuer, subject, run_id| room.part_of_run(issuer, subject, run_id))
        };
        assert!((0..bytes.len()).all(|end| take(&mut Rest(&bytes[..end])).is_err()));
        bytes.push(7);
        let mut rest = Rest(&bytes);
        let stored = take(&mut rest).unwrap();
        assert_eq!((rest.0, stored.issuer()), (&[7][..], event.issuer.as_deref()));
        fast.put_stored(&event.log_file, &stored).unwrap();
    }
    for part in 0..PARTS {
        let of = |writer: &mut EventWriter| {
            let (mut events, mut keys) = (Vec::new(), Vec::new());
            writer.events(part, &mut events).unwrap();
            writer.keys(part, &mut keys).unwrap();
            (events, keys)
        };
        assert_eq!(of(&mut fast), of(&mut slow), "{part}");
    }
    assert_eq!(fast.related(), slow.related());
}

#[test]
fn a_part_is_what_was_put_into_it_whatever_fits_into_memory() {
    for most in [0, 40, 1 << 20] {
        let mut parts = AsideParts::new(most, make);
        for at in 0..1_000_usize {
            parts.put(at % 7 + PARTS - 7, |out| out.extend_from_slice(&at.to_le_bytes())).unwrap();
        }
        if most == 40 {
            parts.close().unwrap();
        }
        for part in 0..7 {
            let mut bytes = Vec::new();
            parts.read(part + PARTS - 7, &mut bytes).unwrap();
            let expected: Vec<u8> = (0..1_000_usize).filter(|at| at % 7 == part).flat_map(usize::to_le_bytes).collect();
            assert_eq!(bytes, expected);
        }
    }
    assert!(AsideParts::new(0, full).put(0, |out| out.push(1)).is_err());
}

/// Numbers in their order.
fn merged(writers: Vec<OrderedWriter>) -> Result<impl Iterator<Item = Result<u64, AsideError>>, AsideError> {
    Merged::new(writers, |rest: &mut Rest<'_>| rest.number(), |one: &u64, other: &u64| one.cmp(other))
}

#[test]
fn streams_are_merged_in_order() {
    let mut writers = [OrderedWriter::new(make), OrderedWriter::new(make), OrderedWriter::new(make)];
    for (at, numbers) in [vec![1, 5, 9], vec![2, 2, 300], vec![], vec![0, 77_777]].into_iter().enumerate() {
        let writer = &mut writers[at % 2];
        for number in numbers {
            writer.put(|out| put_number(number, out)).unwrap();
        }
        writer.end_stream();
    }
    assert_eq!(writers.iter().map(OrderedWriter::records).sum::<u64>(), 8);
    let numbers = merged(writers.into()).unwrap();
    assert_eq!(numbers.map(Result::unwrap).collect::<Vec<u64>>(), [0, 1, 2, 2, 5, 9, 300, 77_777]);
    let mut writer = OrderedWriter::new(make);
    writer.put(|out| out.extend_from_slice(&vec![7; 200_000])).unwrap();
    let large = Merged::new(vec![writer], |rest: &mut Rest<'_>| Ok(rest.0.len()), Ord::cmp).unwrap();
    assert_eq!(large.map(Result::unwrap).collect::<Vec<usize>>(), [200_000]);
    let mut writer = OrderedWriter::new(make);
    writer.put(|out| out.push(0x80)).unwrap();
    writer.put(|out| out.push(1)).unwrap();
    assert!(merged(vec![writer]).is_err());
    assert!(OrderedWriter::new(full).put(|_| ()).is_err());
}

/// A fixed sequence that looks like none.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Events with copies and corrections, some of which speak of other runs than what they are of. What has one content is equal.
fn archive(seed: u64) -> Vec<Assumption> {
    let (mut numbers, sample) = (Numbers(seed), sample::events().remove(0));
    let mut events: Vec<Assumption> = Vec::new();
    for at in 0..120_u8 {
        if let Some(copied) = usize::try_from(numbers.below(600)).ok().and_then(|at| events.get(at)) {
            let log_file = format!("AWSLogs/{}.json", numbers.below(9)).into();
            events.push(Assumption { log_file, ..copied.clone() });
            continue;
        }
        let mut event = sample.clone();
        let id = numbers.below(40);
        event.event_id = (id > 2).then(|| format!("{id:08x}-0000-4000-8000-0123456789ab").into());
        event.content[0] = at;
        event.log_file = format!("AWSLogs/{}.json", numbers.below(9)).into();
        event.time = Timestamp::from_seconds(1_790_000_000 + i64::try_from(numbers.below(90_000)).unwrap()).unwrap();
        let run = numbers.below(6);
        event.role_session_name = (run > 1).then(|| format!("terraform-run-run-{run}").into());
        event.run_id = (run > 1).then(|| format!("run-{run}").into());
        if numbers.below(5) == 0 {
            let original = format!("{:08x}-0000-4000-8000-0123456789ab", numbers.below(40)).into();
            let is_bare = numbers.below(3) == 0;
            event.correction = Some(Box::new(Correction { original, updated: "eventTime".into(), is_bare }));
        }
        events.push(event);
    }
    events
}

type Counted = (Vec<Assumption>, u64, u64, u64, usize);

fn counted(parts: Vec<Deduplicated>) -> Counted {
    let mut all = (Vec::new(), 0, 0, 0, 0);
    for part in parts {
        all.0.extend(part.events);
        all.1 += part.duplicate;
        all.2 += part.conflicts;
        all.3 += part.unmatched;
        all.4 += part.contradictions.len();
    }
    all.0.sort_by(Assumption::order);
    all
}

#[test]
fn events_in_parts_are_what_they_are_together() {
    for seed in 0..40 {
        let events = archive(seed);
        let room = EventRoom::new([0, 2_000, 1 << 20][usize::try_from(seed % 3).unwrap()], make);
        let mut writers = [EventWriter::new(&room), EventWriter::new(&room)];
        for (at, event) in events.iter().enumerate() {
            writers[at % 2].put(event).unwrap();
        }
        let mut aside = AsideEvents::new(&room, writers.into()).unwrap();
        let mut parts = vec![aside.take_strays()];
        let mut texts = room.texts();
        let mut runs = std::collections::HashMap::new();
        for at in 0..PARTS {
            let part = aside.part(at, &mut texts).unwrap();
            for event in part.events.iter().filter(|event| event.run_id.is_some()) {
                assert_eq!(runs.insert(event.run_id.clone(), at).unwrap_or(at), at, "{seed}");
            }
            parts.push(part);
        }
        assert_eq!(counted(parts), counted(vec![deduplicate(events)]), "{seed}");
    }
    let room = EventRoom::new(0, full);
    let failed: Result<(), AsideError> = EventWriter::new(&room).put(&sample::events()[0]);
    assert!(failed.unwrap_err().to_string().contains("--memory"));
}

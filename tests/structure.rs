//! Every scanner finds the end of a value where a walk over its bytes finds it, however the text comes in pieces, and
//! none lets a record of ours pass unseen.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/cases.rs"]
mod cases;
#[path = "structure/inner.rs"]
mod inner;
#[expect(dead_code, reason = "the oracle uses the rest")]
#[path = "oracle/writer.rs"]
mod writer;

use cases::config;
use proptest::prelude::*;
use tfctrail::decode::structure::{MAX_DEPTH, ScanProgress, Scanner, StructureScan};
use writer::Writer;

const NAME: &[u8] = b"AssumeRoleWithWebIdentity";

/// The position behind the bracket that closes the value, and how deep it nests up to there.
fn walk(text: &[u8]) -> (Option<usize>, u32) {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_u32, 0, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        escaped = *byte == b'\\' && !escaped;
        deepest = deepest.max(depth);
        if depth == 0 {
            return (Some(at + 1), deepest);
        }
    }
    (None, deepest)
}

/// Scans text that comes in pieces which end at `cuts`; its first `skip` bytes are not part of the value.
fn scan(scanner: Scanner, text: &[u8], skip: usize, cuts: &[usize]) -> (Option<usize>, StructureScan) {
    let mut scan = StructureScan::default();
    let mut at = skip;
    for cut in cuts.iter().copied().filter(|cut| *cut >= skip).chain([text.len()]) {
        match scanner.feed(&mut scan, &text[..cut], at, false) {
            ScanProgress::Ended(end) => return (Some(end), scan),
            ScanProgress::Paused(paused) => {
                assert!((at..=cut).contains(&paused));
                at = paused;
            }
        }
    }
    match scanner.feed(&mut scan, text, at, true) {
        ScanProgress::Ended(end) => (Some(end), scan),
        ScanProgress::Paused(paused) => {
            assert_eq!(paused, text.len());
            (None, scan)
        }
    }
}

fn check(text: &[u8], skip: usize, cuts: &[usize]) {
    let (end, deepest) = walk(&text[skip..]);
    let end = end.map(|end| end + skip);
    let mut flags = None;
    for scanner in Scanner::every() {
        let (found, scan) = scan(scanner, text, skip, cuts);
        assert_eq!(found, end, "{cuts:?} {:?}", String::from_utf8_lossy(text));
        let Some(end) = end else { continue };
        let value = &text[skip..end];
        assert_eq!(scan.too_deep(value), deepest > MAX_DEPTH);
        assert!(scan.needle || !value.windows(NAME.len()).any(|window| window == NAME));
        assert_eq!(*flags.get_or_insert((scan.needle, scan.hidden)), (scan.needle, scan.hidden));
    }
}

/// The end of the string inside which `text` begins, byte by byte.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

fn check_string(text: &[u8], skip: usize, cuts: &[usize]) {
    let expected = end_of_string(&text[skip..]).map(|end| skip + end + 1);
    for scanner in Scanner::every() {
        let mut scan = StructureScan::default();
        let mut progress = ScanProgress::Paused(skip);
        let pieces = cuts.iter().map(|cut| (*cut, false)).chain([(text.len(), true)]);
        for (cut, last) in pieces.filter(|(cut, _)| *cut >= skip) {
            let ScanProgress::Paused(at) = progress else { break };
            progress = scanner.feed_string(&mut scan, &text[..cut], at, last);
        }
        let found = match progress {
            ScanProgress::Ended(end) => Some(end),
            ScanProgress::Paused(at) => {
                assert_eq!(at, text.len());
                None
            }
        };
        assert_eq!(found, expected, "{skip} {cuts:?} {:?}", String::from_utf8_lossy(text));
    }
}

/// Bytes of which most mean something to a scan.
fn text(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(b"{}[]\"\"\\\\Wu:,0 ".to_vec()),
        2 => Just(b'x'),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..most).prop_map(|mut bytes| {
        bytes.insert(0, b'{');
        bytes
    })
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn every_split_of_any_bytes(text in text(220)) {
        for cut in 0..=text.len() {
            check(&text, 0, &[cut]);
            check_string(&text, 0, &[cut]);
        }
    }

    #[test]
    fn any_pieces_of_any_bytes(text in text(2_000), skip in 0..70_usize, mut cuts in prop::collection::vec(0..2_000_usize, 0..12)) {
        let text = [vec![b'"'; skip], text].concat();
        for cut in &mut cuts {
            *cut = (*cut).min(text.len());
        }
        cuts.sort_unstable();
        check(&text, skip, &cuts);
        check_string(&text, skip, &cuts);
    }

    #[test]
    fn the_end_of_a_string_is_found_behind_any_escapes(
        mut text in prop::collection::vec(prop::sample::select(b"\\\\\\\\x".to_vec()), 0..400), quotes in prop::collection::vec(0..400_usize, 0..6), cut in 0..400_usize,
    ) {
        for at in quotes.into_iter().filter(|at| *at < text.len()).collect::<Vec<_>>() {
            text[at] = b'"';
        }
        check_string(&text, 0, &[cut.min(text.len())]);
    }

    #[test]
    fn a_record_of_ours_is_never_missed(seed: u64) {
        let mut writer = Writer::new(seed);
        let mut text = writer.event(2).into_bytes();
        let length = text.len();
        text.extend_from_slice(writer.event(1).as_bytes());
        let record: serde_json::Value = serde_json::from_slice(&text[..length]).unwrap_or_default();
        let ours = record["eventName"].as_str().is_some_and(|name| name.as_bytes() == NAME);
        for scanner in Scanner::every() {
            let cut = writer.below(length);
            let (end, scan) = scan(scanner, &text, 0, &[cut, length]);
            prop_assert_eq!(end, Some(length));
            prop_assert!(!ours || scan.needle || scan.hidden);
        }
        check(&text, 0, &[length / 2]);
    }
}

#[test]
fn depth_is_exact_at_the_limit() {
    for depth in [1, 63, 64, 65, 127, 128, 129, 192, 1_000] {
        for pad in 0..130 {
            let inner = "x".repeat(pad);
            let text = format!("{}\"{inner}\"{}", "[".repeat(depth), "]".repeat(depth));
            check(text.as_bytes(), 0, &[text.len() / 2]);
            let text = format!("{{\"{inner}\":{text}}}");
            check(text.as_bytes(), 0, &[]);
        }
    }
}

#[test]
fn rows_of_backslashes_are_told_apart_across_blocks_and_pieces() {
    for count in 0..140 {
        for pad in [0, 1, 59, 60, 61, 62, 63] {
            let text = format!("{{\"{}{}\"}} \"}}", "x".repeat(pad), "\\".repeat(count));
            for cut in [1, 64, 65, 68, 100, 128, 132] {
                check(text.as_bytes(), 0, &[cut.min(text.len())]);
            }
        }
    }
}

#[test]
fn escapes_that_hide_the_name_are_seen_wherever_they_lie() {
    for pad in 0..200 {
        for (escape, hides) in [("\\u0041", true), ("\\\\u0041", false), ("\\u004z", true), ("\\u0030", false)] {
            let text = format!("{{\"{}{escape}\":\"x\"}}{}", "y".repeat(pad), " ".repeat(80));
            for scanner in Scanner::every() {
                let (_, scan) = scan(scanner, text.as_bytes(), 0, &[]);
                assert_eq!(scan.hidden, hides, "{text}");
                // In pieces it may be seen too often, and never too rarely.
                for cut in 0..text.len() {
                    let (_, scan) = self::scan(scanner, text.as_bytes(), 0, &[cut]);
                    assert!(scan.hidden || !hides, "{cut} {text}");
                }
            }
        }
    }
}

//! An object that is spelled in a string or in a cell is scanned as if the spelling were undone first.

use proptest::prelude::*;
use tfctrail::decode::structure::{InnerObject, InnerScan, MAX_DEPTH, ScanProgress, Scanner};

use crate::NAME;
use crate::cases::config;

/// A text with its spelling undone: each byte, and where its spelling ends.
type Undone = Vec<(u8, usize)>;

/// The text of a string behind its first quote, and where its last quote is.
fn undo_string(text: &[u8]) -> Option<(Undone, usize)> {
    let (mut undone, mut at) = (Vec::new(), 0);
    loop {
        let byte = match *text.get(at)? {
            b'"' => return Some((undone, at)),
            b'\\' => {
                at += 1;
                *text.get(at)?
            }
            byte => byte,
        };
        at += 1;
        undone.push((byte, at));
    }
}

/// The same of a cell.
fn undo_cell(text: &[u8]) -> Option<(Undone, usize)> {
    let (mut undone, mut at) = (Vec::new(), 0);
    loop {
        let byte = *text.get(at)?;
        if byte == b'"' && *text.get(at + 1)? != b'"' {
            return Some((undone, at));
        }
        // What closes an object has no spelling of its own, so only there the place counts.
        at += if byte == b'"' { 2 } else { 1 };
        undone.push((byte, at));
    }
}

/// Where the spelling of the object ends with which a text begins, how deep it nests up to there, and whether an escape in it
/// gives a letter by its number.
fn walk(undone: &Undone) -> (Option<usize>, u32, bool) {
    let (mut depth, mut deepest, mut in_string, mut escaped, mut numbered) = (0_u32, 0, false, false, false);
    let mut end = None;
    for (at, (byte, behind)) in undone.iter().enumerate() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'{' | b'[' if !in_string && end.is_none() => depth += 1,
            b'}' | b']' if !in_string && end.is_none() => depth -= 1,
            b'u' if escaped => {
                let digits: Vec<u8> = undone[at + 1..].iter().take(3).map(|(byte, _)| *byte).collect();
                numbered |= matches!(digits[..], [b'0', b'0', b'4'..=b'7']);
            }
            _ => {}
        }
        escaped = *byte == b'\\' && !escaped;
        deepest = deepest.max(depth);
        if depth == 0 && end.is_none() {
            end = Some(*behind);
        }
    }
    (end, deepest, numbered)
}

/// Whether an escape of the spelling gives a letter of ASCII by its number, which may be a quote or a bracket.
fn spells_by_number(spelling: &[u8]) -> bool {
    let mut escaped = false;
    (0..spelling.len()).any(|at| {
        let spells = escaped && spelling[at..].starts_with(b"u00");
        escaped = spelling[at] == b'\\' && !escaped;
        spells
    })
}

fn check_object(object: InnerObject, undone: &Undone, spelling: &[u8]) {
    let shown = String::from_utf8_lossy(spelling);
    let (end, deepest, numbered) = walk(undone);
    assert_eq!(object.end, end, "{shown}");
    assert!(object.deep || end.is_none() || deepest <= MAX_DEPTH, "{shown}");
    assert!(object.hidden || !numbered, "{shown}");
    assert!(object.needle || !spelling.windows(NAME.len()).any(|window| window == NAME), "{shown}");
}

/// Scans the string that begins in `text` behind `skip` bytes and its first quote.
fn check_string(text: &[u8], skip: usize, cuts: &[usize]) {
    let undone = undo_string(&text[skip..]);
    let mut same = None;
    for scanner in Scanner::every() {
        let mut scan = InnerScan::default();
        let mut progress = ScanProgress::Paused(skip);
        let pieces = cuts.iter().map(|cut| (*cut, false)).chain([(text.len(), true)]);
        for (cut, last) in pieces.filter(|(cut, _)| *cut >= skip) {
            let ScanProgress::Paused(at) = progress else { break };
            progress = scanner.feed_inner(&mut scan, &text[..cut], at, last);
        }
        let Some((undone, end)) = &undone else {
            assert_eq!(progress, ScanProgress::Paused(text.len()));
            continue;
        };
        assert_eq!(progress, ScanProgress::Ended(skip + end + 1), "{skip} {cuts:?} {}", String::from_utf8_lossy(text));
        let spelling = &text[skip..skip + end];
        check_object(scan.object(), undone, spelling);
        assert!(scan.object().hidden || !spells_by_number(spelling), "{}", String::from_utf8_lossy(spelling));
        assert_eq!(*same.get_or_insert(scan.object()), scan.object());
    }
}

fn check_cell(text: &[u8]) {
    let undone = undo_cell(text);
    let mut same = None;
    for scanner in Scanner::every() {
        let found = scanner.inner_cell(text, 0);
        assert_eq!(
            found.map(|(end, _)| end),
            undone.as_ref().map(|(_, end)| *end),
            "{}",
            String::from_utf8_lossy(text)
        );
        assert_eq!(found.map(|(end, _)| end), scanner.quoted_cell(text, 0));
        if let (Some((end, object)), Some((undone, _))) = (found, &undone) {
            check_object(object, undone, &text[..end]);
            assert_eq!(*same.get_or_insert(object), object);
        }
    }
}

/// Bytes of which most mean something, and the parts that spellings have.
fn spelling() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: [&[u8]; 12] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\\"",
        b"\\\\\\\"",
        b"\\\\",
        b"\\",
        b"\"",
        b"\\u00",
        b"AssumeRoleWithWebIdentity",
        b"\"\"",
    ];
    let part = prop_oneof![
        6 => prop::sample::select(&PARTS[..]).prop_map(<[u8]>::to_vec),
        2 => (1..70_usize).prop_map(|length| vec![b'x'; length]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| [b"{".to_vec(), parts.concat()].concat())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_spelling_in_any_pieces(text in spelling(), behind in 0..80_usize, skip in 0..70_usize, mut cuts in prop::collection::vec(0..600_usize, 0..8)) {
        let text = [vec![b'"'; skip], text, b"\"".to_vec(), vec![b','; behind]].concat();
        for cut in &mut cuts {
            *cut = (*cut).min(text.len());
        }
        cuts.sort_unstable();
        check_string(&text, skip, &cuts);
        check_cell(&text[skip..]);
    }

    #[test]
    fn an_object_that_is_spelled_right_is_found_in_every_split(text in spelling()) {
        let object = String::from_utf8_lossy(&text).into_owned();
        let quoted = serde_json::to_string(&object).unwrap();
        for cut in 0..quoted.len() {
            check_string(quoted.as_bytes(), 1, &[cut]);
        }
        for end in 0..object.len() {
            let cell = object.get(..end).unwrap_or(&object).replace('"', "\"\"");
            if cell.starts_with('{') {
                check_cell(format!("{cell}\"\n").as_bytes());
            }
        }
    }
}

#[test]
fn rows_of_backslashes_are_told_apart_across_blocks() {
    for count in 0..140 {
        for pad in [0, 1, 57, 58, 59, 60, 61, 62, 63] {
            let backslashes = "\\".repeat(count);
            let text = format!("{{\\\"{}{backslashes}\"}}\\\"}}\", ", "x".repeat(pad));
            for cut in [1, 64, 65, 68, 100, 128, 132] {
                check_string(text.as_bytes(), 0, &[cut.min(text.len())]);
            }
            check_cell(format!("{{\"\"{}{backslashes}\"\"}}\"\"}}\",", "x".repeat(pad)).as_bytes());
        }
    }
}

#[test]
fn what_is_too_deep_is_seen_to_be() {
    for depth in [63, 64, 127, 128, 129, 192, 1_000] {
        let object = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check_string(serde_json::to_string(&object).unwrap().as_bytes(), 1, &[]);
        check_cell(format!("{}\"\n", object.replace('"', "\"\"")).as_bytes());
    }
}

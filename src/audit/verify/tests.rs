//! What is done to an archive is told, and nothing else is.

use super::book::DigestBook;
use super::public_keys::{PublicKeys, PublicKeysError};
use super::sample::{Archive, PLACE, hour, log_name, public_keys, window};
use super::signatures::Signatures;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::Verdict;
use crate::domain::window::Window;

const ALL: Window = Window { from: None, to: None };

/// Six hours, the keys of which are rotated behind the third one.
fn archive() -> Archive {
    Archive::chain("trail", 0..6, |at| usize::from(at > 2))
}

fn told(archive: &Archive) -> Vec<String> {
    archive.told(&[0, 1], &ALL)
}

#[test]
fn an_archive_in_good_order_is_valid_wherever_it_lies() {
    for archive in [archive(), archive().moved("copy/of"), archive().moved("s3/AWSLogs")] {
        let rows = archive.rows(&[0, 1], &ALL);
        assert_eq!(rows.len(), 6 + 10);
        assert_eq!(told(&archive), [] as [&str; 0]);
        let of_logs = rows.iter().filter(|row| row.kind.as_str() == "log");
        assert!(of_logs.into_iter().all(|row| row.digest.is_some() && row.trail.as_deref() == Some("trail")));
    }
}

#[test]
fn without_signatures_beside_only_the_newest_digest_is_open() {
    let mut archive = archive();
    archive.beside.clear();
    let expected = [
        "log 05:15 unchecked digest-not-valid",
        "log 05:15 unchecked digest-not-valid",
        "digest 06:00 unchecked no-signature",
    ];
    assert_eq!(told(&archive), expected);
}

#[test]
fn a_key_that_is_not_at_hand_leaves_its_digests_open() {
    let told = archive().told(&[1], &ALL);
    assert_eq!(told.iter().filter(|row| row.ends_with("unchecked no-key")).count(), 3);
    assert_eq!(told.iter().filter(|row| row.ends_with("unchecked digest-not-valid")).count(), 4);
    assert_eq!(told.len(), 7);
}

#[test]
fn a_digest_of_another_key_than_its_successor_is_not_proven_by_it() {
    let archive = archive();
    let (one, two) = (public_keys(&[0]), public_keys(&[1]));
    // A key of theirs under the fingerprint of the first one.
    let forged = two.replace("\"two\"", "\"one\"");
    let book = archive.book_by(&format!("{forged}{two}"), &ALL);
    let told: Vec<_> = book.digests().map(|row| (row.verdict.as_str(), row.verdict.reason())).collect();
    assert_eq!(told, [[("invalid", "signature"); 3], [("valid", ""); 3]].concat());
    let book = archive.book_by(&format!("{one}{two}"), &ALL);
    assert!(book.digests().all(|row| row.verdict == Verdict::Valid));
}

#[test]
fn each_byte_of_a_digest_counts() {
    let archive = archive();
    for at in 0..archive.digests.len() {
        let text = archive.digests[at].text.clone();
        for byte in (0..text.len()).step_by(29) {
            let mut altered = archive.clone();
            let mut bytes = text.clone().into_bytes();
            bytes[byte] = if bytes[byte] == b'7' { b'8' } else { b'7' };
            altered.digests[at].text = String::from_utf8(bytes).unwrap();
            let told = told(&altered);
            let end = format!("digest {:02}:00 invalid", at + 1);
            assert!(told.iter().any(|row| row.starts_with(&end)), "digest {at}, byte {byte}: {told:?}");
            assert!(told.iter().all(|row| row.starts_with(&end) || row.contains("unchecked")), "{told:?}");
        }
    }
}

#[test]
fn a_digest_that_is_gone_swapped_or_signed_anew_is_told() {
    let archive = archive();
    for at in 0..5 {
        let mut gone = archive.clone();
        gone.digests.remove(at);
        let told = told(&gone);
        let missing = format!("digest {:02}:00 missing listed", at + 1);
        // Log files of its hour are still there, so that it did not expire with them.
        assert!(told.contains(&missing), "{at}: {told:?}");
    }
    let mut swapped = archive.clone();
    let (one, other) = (swapped.digests[1].file.clone(), swapped.digests[3].file.clone());
    (swapped.digests[1].file, swapped.digests[3].file) = (other, one);
    assert_eq!(told(&swapped).iter().filter(|row| row.ends_with("invalid place")).count(), 2);
    let mut resigned = archive.clone();
    let last = resigned.digests[2].signature.len() - 1;
    resigned.digests[2].signature[last] ^= 1;
    // Its own signature is another one than its successor knows.
    assert_eq!(told(&resigned), ["digest 03:00 invalid signature"]);
}

#[test]
fn a_digest_that_is_gone_is_in_the_window_in_which_it_ended() {
    // Days can lie between two digests for late log files: those before a window are not read for it.
    let mut archive = Archive::chain("trail", 0..2, |_| 0);
    archive.add("trail", 8, &[], 0, "");
    archive.digests.drain(..2);
    for (from, told) in [(0, &["digest 02:00 missing listed"][..]), (2, &["digest 02:00 missing listed"]), (3, &[])] {
        let rows = archive.told(&[0], &window(Some(from), None));
        let digests: Vec<_> = rows.into_iter().filter(|row| row.starts_with("digest")).collect();
        assert_eq!(digests, told, "{from}");
    }
}

#[test]
fn what_is_done_to_a_log_file_is_told() {
    let archive = archive();
    for at in 0..archive.logs.len() {
        let hour = &archive.logs[at].0.rsplit('_').nth(1).unwrap()[9..11];
        let mut altered = archive.clone();
        altered.logs[at].1[7] ^= 1;
        assert_eq!(told(&altered), [format!("log {hour}:15 invalid hash")]);
        let mut gone = archive.clone();
        gone.logs.remove(at);
        assert_eq!(told(&gone), [format!("log {hour}:15 missing listed")]);
    }
    let mut swapped = archive.clone();
    let (one, other) = (swapped.logs[0].1, swapped.logs[5].1);
    (swapped.logs[0].1, swapped.logs[5].1) = (other, one);
    assert_eq!(told(&swapped), ["log 00:15 invalid hash", "log 03:15 invalid hash"]);
    let mut added = archive.clone();
    added.logs.push((log_name(2, 9), [0; 32]));
    assert_eq!(told(&added), ["log 02:15 unlisted"]);
    for name in ["mine.json.gz", "111122223333_CloudTrail_eu-west-1_20261102T0330Z_FORGED.json.gz"] {
        let mut odd = archive.clone();
        odd.logs.push((format!("{PLACE}/eu-west-1/2026/11/02/{name}"), [0; 32]));
        assert_eq!(told(&odd), ["log  unchecked odd-name"]);
    }
}

#[test]
fn a_log_file_in_another_folder_than_its_digest_says_is_missing_there() {
    let mut archive = archive();
    archive.logs[3].0 = archive.logs[3].0.replace("/2026/11/02/", "/2026/11/01/");
    assert_eq!(told(&archive), ["log 01:15 unlisted", "log 01:15 missing listed"]);
    // A copy that lost its folders has the names alone.
    let mut flat = self::archive();
    flat.logs.iter_mut().for_each(|(name, _)| *name = name.rsplit('/').next().unwrap().to_owned());
    assert_eq!(told(&flat), [] as [&str; 0]);
}

#[test]
fn a_digest_that_is_not_valid_excuses_no_log_file() {
    // One that is forged, and lies behind the window.
    let mut archive = archive();
    let mut forged = Archive::default();
    let log = (log_name(3, 9), [0; 32]);
    forged.add("trail", 20, std::slice::from_ref(&log), 0, "");
    forged.digests[0].signature[0] ^= 1;
    archive.logs.push(log.clone());
    archive.digests.extend(forged.digests);
    archive.beside.extend(forged.beside);
    assert_eq!(archive.told(&[0, 1], &window(Some(0), Some(8))), ["log 03:15 unlisted"]);
    // And a backfill digest without a signature.
    let mut archive = self::archive();
    archive.logs.push(log.clone());
    let mut forged = Archive::default();
    forged.add("trail", 3, &[log], 0, "_backfill");
    archive.digests.extend(forged.digests);
    assert_eq!(
        told(&archive),
        ["digest 04:00 unchecked no-signature", "log 03:15 unlisted"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_hole_is_told_in_every_window_that_it_meets() {
    let mut archive = archive();
    archive.digests.drain(2..5);
    archive.logs.drain(4..8);
    for (from, to) in [(0, 4), (3, 4), (3, 9)] {
        let told = archive.told(&[0, 1], &window(Some(from), Some(to)));
        assert!(told.contains(&"digest 05:00 missing listed".to_owned()), "{from} to {to}: {told:?}");
    }
    assert_eq!(archive.told(&[0, 1], &window(Some(0), Some(2))), [] as [&str; 0]);
    let mut archive = Archive::chain("trail", 0..2, |_| 0);
    let later = Archive::chain("trail", 4..6, |_| 0);
    archive.digests.extend(later.digests);
    archive.logs.extend(later.logs);
    archive.beside.extend(later.beside);
    assert!(archive.told(&[0], &window(Some(3), Some(4))).contains(&"digest 04:00 missing gap".to_owned()));
}

#[test]
fn the_name_of_a_log_file_does_not_vouch_for_itself() {
    let mut archive = archive();
    let future = log_name(3, 9).replace("20261102T", "20300101T");
    archive.logs.push((future, [0; 32]));
    assert_eq!(told(&archive), ["log 03:15 unchecked chain-ended"]);
    // Before the first digest.
    let mut late = Archive::chain("trail", 3..4, |_| 0);
    late.logs.push((log_name(1, 9), [0; 32]));
    assert_eq!(late.told(&[0], &ALL), ["log 01:15 unchecked before-first"]);
}

#[test]
fn what_the_newest_digest_does_not_cover_waits_or_says_that_the_chain_ended() {
    let mut archive = archive();
    archive.logs.push((log_name(6, 0), [0; 32]));
    archive.logs.push((log_name(7, 0), [0; 32]));
    assert_eq!(told(&archive), ["log 06:15 unchecked not-yet-covered", "log 07:15 unchecked not-yet-covered"]);
    archive.logs.push((log_name(9, 0), [0; 32]));
    let expected = [
        "log 06:15 unchecked chain-ended",
        "log 07:15 unchecked not-yet-covered",
        "log 09:15 unchecked not-yet-covered",
    ];
    assert_eq!(told(&archive), expected);
    let mut bare = Archive { logs: archive.logs.clone(), ..Archive::default() };
    bare.logs.truncate(1);
    assert_eq!(told(&bare), ["log 00:15 unchecked no-digest"]);
}

#[test]
fn nothing_waits_in_front_of_the_newest_digest() {
    for at in 1..5 {
        let mut archive = archive();
        archive.digests.remove(at);
        // Of the last log file of that hour, as of the one in front of it.
        for minute in ["15", "59"] {
            let mut archive = archive.clone();
            let name = log_name(at, 9).replace(&format!("T{at:02}15Z"), &format!("T{at:02}{minute}Z"));
            archive.logs.push((name, [0; 32]));
            let told = told(&archive);
            let expected = format!("log {at:02}:{minute} unchecked hour-not-valid");
            assert!(told.contains(&expected), "{at}: {told:?}");
            assert!(!told.iter().any(|row| row.ends_with("not-yet-covered")), "{at}: {told:?}");
        }
    }
    // What was delivered in the last hour may stand in the next digest.
    let mut archive = archive();
    archive.logs.push((log_name(5, 9), [0; 32]));
    assert_eq!(told(&archive), ["log 05:15 unchecked not-yet-covered"]);
}

#[test]
fn a_chain_that_begins_anew_has_a_gap_and_one_that_expired_has_none() {
    let mut archive = Archive::chain("trail", 0..2, |_| 0);
    let later = Archive::chain("trail", 4..6, |_| 0);
    archive.digests.extend(later.digests);
    archive.logs.extend(later.logs);
    archive.beside.extend(later.beside);
    assert_eq!(told(&archive), ["digest 04:00 missing gap"]);
    // A lifecycle rule takes the oldest digests with the oldest log files.
    let mut expired = self::archive();
    expired.digests.drain(..2);
    expired.logs.drain(..4);
    assert_eq!(told(&expired), ["digest 02:00 unchecked older-expired"]);
    let open: Vec<bool> =
        expired.rows(&[0, 1], &ALL).iter().map(|row| row.verdict.is_open() || row.verdict.is_alarm()).collect();
    assert!(!open.contains(&true));
}

#[test]
fn a_window_has_the_digests_that_end_in_it_and_the_late_files_of_its_events() {
    let archive = archive();
    let rows = archive.rows(&[0, 1], &window(Some(2), Some(4)));
    let times: Vec<String> = rows.iter().map(|row| format!("{} {}", row.kind.as_str(), row.time.unwrap())).collect();
    assert_eq!(rows.iter().filter(|row| row.verdict != Verdict::Valid).count(), 0);
    // The digests that end at 02:00 and 03:00, the files of 01, and those of 03, whose events later digests list.
    assert_eq!(times.iter().filter(|row| row.starts_with("digest")).count(), 2, "{times:?}");
    assert_eq!(times.iter().filter(|row| row.starts_with("log")).count(), 4, "{times:?}");
    assert!(rows.iter().all(|row| row.time.unwrap().to_string() >= hour(1)));
}

#[test]
fn a_log_file_that_was_delivered_in_a_cut_hour_is_judged() {
    let half = |at: usize| Timestamp::parse_rfc3339(&hour(at).replace(":00:00Z", ":30:00Z"));
    let window = Window { from: half(1), to: half(2) };
    // Its events are from before the window, and its digest ends behind it.
    let mut archive = archive();
    archive.digests.clear();
    archive.beside.clear();
    archive.logs.truncate(1);
    archive.logs.push((log_name(2, 8), [8; 32]));
    let logs = archive.logs.clone();
    archive.add("trail", 0, &logs[..1], 0, "");
    for at in 1..4 {
        archive.add("trail", at, if at == 2 { &logs[1..] } else { &[] }, 0, "");
    }
    let counted =
        |archive: &Archive| archive.rows(&[0], &window).iter().filter(|row| row.kind.as_str() == "log").count();
    assert_eq!((archive.told(&[0], &window), counted(&archive)), (Vec::new(), 1));
    archive.logs[1].1[0] ^= 1;
    assert_eq!(archive.told(&[0], &window), ["log 02:15 invalid hash"]);
    archive.logs.pop();
    assert_eq!(archive.told(&[0], &window), ["log 02:15 missing listed"]);
}

#[test]
fn a_backfill_digest_lists_what_came_late() {
    let mut archive = archive();
    let late = (log_name(1, 7), [9; 32]);
    archive.logs.push(late.clone());
    assert_eq!(told(&archive), ["log 01:15 unlisted"]);
    let mut backfill = Archive::default();
    backfill.add("trail", 1, &[late], 1, "_backfill");
    archive.digests.extend(backfill.digests);
    archive.beside.extend(backfill.beside);
    assert_eq!(told(&archive), [] as [&str; 0]);
}

#[test]
fn what_one_copy_lacks_no_other_one_makes_up_for() {
    let both = |copy: &Archive| {
        let mut both = archive().moved("a");
        both.digests.extend(copy.digests.iter().cloned());
        both.logs.extend(copy.logs.iter().cloned());
        both
    };
    let whole = archive().moved("b");
    assert_eq!(told(&both(&whole)), [] as [&str; 0]);
    for at in 0..whole.logs.len() {
        let mut lacks = whole.clone();
        lacks.logs.remove(at);
        assert_eq!(told(&both(&lacks)), told(&lacks));
        assert!(both(&lacks).rows(&[0, 1], &ALL).iter().any(|row| *row.file == *whole.logs[at].0));
    }
    for at in 0..whole.digests.len() - 1 {
        let mut lacks = whole.clone();
        lacks.digests.remove(at);
        let missing = format!("digest {:02}:00 missing listed", at + 1);
        assert_eq!(told(&both(&lacks)), [missing]);
    }
    // A copy of the last hours alone lacks nothing.
    let mut last = whole.clone();
    last.digests.drain(..3);
    last.logs.drain(..4);
    assert_eq!(told(&both(&last)), ["digest 03:00 unchecked older-expired"]);
    // Digests that lie apart from their log files, and parts that lie apart, are one archive.
    let mut apart = archive();
    apart.logs.iter_mut().for_each(|(name, _)| *name = format!("logs/{name}"));
    apart.digests[..3].iter_mut().for_each(|digest| digest.file = format!("first/{}", digest.file));
    assert_eq!(told(&apart), [] as [&str; 0]);
    assert_eq!(book_that_met(&apart).strays(), 10);
    // Log files without any digest of their chain are not hidden either: they are counted.
    let mut bare = whole.clone();
    bare.digests.clear();
    assert_eq!((told(&both(&bare)), book_that_met(&both(&bare)).strays()), (Vec::new(), 10));
}

fn book_that_met(archive: &Archive) -> DigestBook {
    let book = archive.book(&[0, 1], &ALL);
    archive.logs.iter().for_each(|(name, _)| book.meet(0, name));
    book
}

#[test]
fn what_is_asked_for_of_a_copy_is_asked_for_there() {
    let mut both = archive().moved("a");
    let other = archive().moved("b");
    both.digests.extend(other.digests);
    let book = both.book(&[0, 1], &ALL);
    for (name, _) in &both.logs {
        assert!(book.ask(0, name));
    }
    let mut left: Vec<String> = book.unasked(0).collect();
    left.sort_unstable();
    let expected: Vec<&String> = other.logs.iter().map(|(name, _)| name).collect();
    assert_eq!(left.iter().collect::<Vec<_>>(), expected);
    assert_eq!(book.unasked(1).count(), 0);
}

#[test]
fn a_digest_that_nobody_signed_says_nothing_against_one_that_is_signed() {
    let forged = |signed: bool, fingerprint: &str| {
        let mut archive = archive();
        let mut more = archive.clone();
        more.add("trail", 6, &[], 1, "");
        let mut forged = more.digests.pop().unwrap();
        let hash = forged.text.split("previousDigestHashValue\":\"").nth(1).unwrap()[..64].to_owned();
        forged.text = forged.text.replace(&hash, &"ab".repeat(32)).replace("\"two\"", &format!("\"{fingerprint}\""));
        if signed {
            archive.beside.push(forged.file.clone());
        }
        archive.digests.push(forged);
        archive
    };
    assert_eq!(told(&forged(false, "two")), ["digest 07:00 unchecked no-signature"]);
    assert_eq!(told(&forged(true, "other")), ["digest 07:00 unchecked no-key"]);
    // Where no signature is at hand, its word is all there is.
    let mut bare = forged(false, "two");
    bare.beside.clear();
    assert!(told(&bare).contains(&"digest 06:00 invalid hash".to_owned()));
    // Nor does one that lies in between take back what a proven one says.
    let mut between = archive();
    between.beside.clear();
    between.beside.push(between.digests[5].file.clone());
    let mut forged = forged(false, "two").digests.pop().unwrap();
    let previous =
        |text: &str| text.split("previousDigestS3Object\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (fifth, fourth) = (previous(&forged.text), previous(&between.digests[4].text));
    forged.text = forged.text.replace(&fifth, &fourth);
    forged.file = between.digests[4].file.replace("T050000Z", "T043000Z");
    let place = |text: String| text.replace("20261102T070000Z", "20261102T043000Z").replace("T07:00:00Z", "T04:30:00Z");
    forged.text = place(forged.text).replace("T06:00:00Z", "T04:00:00Z");
    between.digests.push(forged);
    let told = told(&between);
    assert!(!told.iter().any(|row| row.contains("invalid")), "{told:?}");
    assert!(told.contains(&"digest 04:30 unchecked no-signature".to_owned()), "{told:?}");
}

#[test]
fn a_second_trail_is_a_chain_of_its_own() {
    let mut archive = archive();
    let other = Archive::chain("other", 0..6, |_| 0);
    archive.digests.extend(other.digests);
    archive.beside.extend(other.beside);
    assert_eq!(told(&archive), [] as [&str; 0]);
    assert_eq!(archive.rows(&[0, 1], &ALL).iter().filter(|row| row.kind.as_str() == "digest").count(), 12);
}

#[test]
fn keys_and_signatures_of_another_form_are_refused() {
    let both = format!("{}\n{}", public_keys(&[0]), public_keys(&[0, 1]));
    assert!(PublicKeys::read(&both).is_ok());
    assert_eq!(PublicKeys::read("").unwrap_err(), PublicKeysError::None);
    assert_eq!(PublicKeys::read(r#"{"PublicKeyList":[]}"#).unwrap_err(), PublicKeysError::None);
    let two = public_keys(&[0]).replace(super::sample::FINGERPRINTS[0], "x") + &public_keys(&[1]).replace("two", "x");
    assert_eq!(PublicKeys::read(&two).unwrap_err(), PublicKeysError::Ambiguous("x".into()));
    let garbage = r#"{"PublicKeyList":[{"Fingerprint":"x","Value":"Z2FyYmFnZQ=="}]}"#;
    assert_eq!(PublicKeys::read(garbage).unwrap_err(), PublicKeysError::NoKey("x".into()));
    let wrong = r#"{"PublicKeyList":[{"Fingerprint":"x","Value":"*"}]}"#;
    assert_eq!(PublicKeys::read(wrong).unwrap_err(), PublicKeysError::NotBase64("x".into()));
    assert!(matches!(PublicKeys::read("[]"), Err(PublicKeysError::NotAnAnswer(_))));
    let line = r#"{"key":"a/AWSLogs/1/d.json.gz","signature":"0aff","signature_algorithm":"SHA256withRSA"}"#;
    let read = Signatures::read(&format!("{line}\n\n")).unwrap();
    assert_eq!(read.of("elsewhere/AWSLogs/1/d.json.gz"), Some(&[10, 255][..]));
    assert_eq!(read.of("d.json.gz"), Some(&[10, 255][..]));
    assert_eq!(read.of("e.json.gz"), None);
    for (text, expected) in [
        (line.replace("0aff", "0g"), "line 1: the signature is no hex"),
        (line.replace("SHA256", "MD5"), "line 1: the signature is of another algorithm than SHA256withRSA"),
        (format!("{line}\nx"), "line 2: no signature: expected value at line 1 column 1"),
    ] {
        assert_eq!(Signatures::read(&text).unwrap_err().to_string(), expected);
    }
}

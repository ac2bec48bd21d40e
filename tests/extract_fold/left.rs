//! What engines leave of extracts: files without a row, cut off or in an archive, and log files beside them.

use std::io::{Cursor, Write as _};

use super::archives::{Archive, Choices};
use super::events::{event, records};
use super::support::Ended;
use super::{Both, One, keys};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Everything that is in front of the end, in few steps.
fn beginnings(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let many = (0..24).chain((24..bytes.len()).step_by(1 + bytes.len() / 24));
    many.filter(|end| *end < bytes.len()).map(|end| &bytes[..end])
}

/// Whoever is ended while it writes an extract changes nothing, however little it wrote: another one has what it lacks.
#[test]
fn what_is_left_of_an_extract_changes_nothing() {
    let one = One::new();
    let rows = one.1.join("\n");
    let parquet = one.0.0.path("extract.parquet");
    let ended = one.0.run("direct", &["extract", "logs", "--out", parquet.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let wholes = [
        ("part-1.ndjson", rows.clone().into_bytes()),
        ("part-1", gzip(rows.as_bytes())),
        ("part-1.zst", zstd::encode_all(rows.as_bytes(), 1).unwrap()),
        ("part-1.parquet", std::fs::read(&parquet).unwrap()),
    ];
    one.0.write("all.ndjson", rows.as_bytes(), false);
    let store = one.0.0.path("s.db");
    let store = store.to_str().unwrap();
    for (name, bytes) in &wholes {
        for left in beginnings(bytes) {
            one.0.write(name, left, false);
            let ended = one.0.run("extracts", &["events", "logs", "-o", "csv"]);
            let said = (ended.code, ended.stdout.lines().count());
            assert_eq!(said, (Some(0), 2), "{name} {} of {}: {}", left.len(), bytes.len(), ended.stderr);
            // A row that lacks its end alone is whole.
            let is_named = ended.stderr.contains(&format!("the extract {name}: its end is cut off"));
            let is_told = is_named || left.is_empty() || rows.starts_with(std::str::from_utf8(left).unwrap_or("x"));
            assert!(is_told, "{name} {} of {}: {}", left.len(), bytes.len(), ended.stderr);
        }
        let ended = one.0.run("extracts", &["sync", "logs", "--store", store]);
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        std::fs::remove_file(one.0.0.path(&format!("extracts/logs/{name}"))).unwrap();
    }
    // What is called as a log file is one, and so is what has no extract beside it.
    let log = "111122223333_CloudTrail_us-east-1_20261102T0505Z_AAAAAAAAAAAAAAAA.json.gz";
    one.0.write(log, b"", false);
    let ended = one.0.run("extracts", &["events", "logs"]);
    assert_eq!((ended.code, ended.stderr.contains("empty: no bytes")), (Some(5), true), "{}", ended.stderr);
    one.0.0.write("direct/logs/b.json", b"".as_slice());
    let ended = one.0.run("direct", &["events", "logs"]);
    assert_eq!((ended.code, ended.stderr.contains("empty: no bytes")), (Some(5), true), "{}", ended.stderr);
}

/// A damaged stream is not one that was cut off.
#[test]
fn a_damaged_stream_of_rows_is_a_failed_file() {
    let one = One::new();
    let mut packed = gzip(one.1.join("\n").as_bytes());
    let last = packed.len() - 5;
    packed[last] ^= 1;
    one.0.write("all.ndjson", one.1.join("\n").as_bytes(), false);
    one.0.write("part-1", &packed, false);
    let ended = one.0.run("extracts", &["events", "logs"]);
    assert_eq!((ended.code, ended.stderr.contains("gzip stream is damaged")), (Some(5), true), "{}", ended.stderr);
}

/// Nothing was to be extracted, and nothing was: that is a scan of nothing.
#[test]
fn an_extract_of_an_empty_list_is_whole() {
    for packed in [false, true] {
        let both = Both::new();
        let list = both.0.write("work.txt", b"".as_slice());
        let list = list.to_str().unwrap();
        let rows = both.run("direct", &["extract", "--keys-from", list]);
        assert_eq!((rows.code, &*rows.stdout), (Some(0), ""), "{}", rows.stderr);
        both.write("part-0.ndjson", b"", packed);
        let direct = both.run("direct", &["events", "logs", "-o", "json"]);
        let folded = both.run("extracts", &["events", "logs", "-o", "json", "--work-list", list]);
        assert_eq!((folded.code, folded.stdout), (direct.code, direct.stdout), "{}", folded.stderr);
        let store = both.0.path("s.db");
        let ended = both.run("extracts", &["sync", "logs", "--store", store.to_str().unwrap(), "--work-list", list]);
        assert!(!ended.stderr.contains("failed file"), "{}", ended.stderr);
    }
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn extracts_in_an_archive_are_read_as_those_beside_each_other() {
    let both = Both::new();
    Archive::chosen(&mut Choices(11)).write_below(&both.0, "direct/logs");
    let keys = keys(&both.logs());
    let (some, others) = keys.split_at(keys.len() / 2);
    let (some, others) = (both.extract(some).join("\n"), both.extract(others).join("\n"));
    let packed = gzip(others.as_bytes());
    let log = records(&[event("e-1", "2026-11-02T05:00:00Z", "web")]);
    let of = |more: &[(&str, &[u8])]| {
        let members = [&[("out/part-0", some.as_bytes()), ("out/part-1.gz", &packed), ("out/_SUCCESS", b"")], more];
        [tar_of(&members.concat()), zip_of(&members.concat()), gzip(&tar_of(&members.concat()))]
    };
    let check = |archive: &[u8], code: &[i32], said: &str| {
        both.write("all", archive, false);
        let ended = both.run("extracts", &["runs", "logs"]);
        assert!(code.contains(&ended.code.unwrap()), "{said}: {:?} {}", ended.code, ended.stderr);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    };
    for archive in of(&[]) {
        both.write("all", &archive, false);
        both.check_all(&[]);
        both.check(&["runs", "logs", "-o", "json", "--memory", "1"]);
    }
    let cut = &packed[..packed.len() / 2];
    for archive in of(&[("out/part-2.gz", cut), ("out/part-3.gz", &packed[..4]), ("out/part-4.ndjson", b"")]) {
        both.write("all", &archive, false);
        let (direct, folded) = (
            both.run("direct", &["runs", "logs", "-o", "json"]),
            both.run("extracts", &["runs", "logs", "-o", "json"]),
        );
        assert_eq!((folded.code, folded.stdout), (direct.code, direct.stdout), "{}", folded.stderr);
        assert!(folded.stderr.contains("the extract all: its end is cut off"), "{}", folded.stderr);
    }
    for archive in of(&[("out/a.json", log.as_bytes())]) {
        check(&archive, &[4, 5], "an archive with log files and with extracts, whose member out/part-0 is one");
    }
    for archive in of(&[("out/part-2", b"{\"row\":\"event\",\"schema_version\":1}\n")]) {
        check(&archive, &[4, 5], "extract: the member out/part-2 of the archive cannot be read");
    }
}

/// A log file of the work list that lies beside extracts was read, and no extract of it is missing.
#[test]
fn a_listed_log_file_beside_extracts_is_not_missing() {
    let one = One::new();
    one.0.write("all.ndjson", one.1.join("\n").as_bytes(), false);
    one.0.0.write("extracts/logs/b.json", records(&[event("e-2", "2026-11-02T06:00:00Z", "web")]));
    one.0.0.write("extracts/logs/broken.json", "{\"Records\":[");
    let list = one.0.0.write("list.txt", "logs/a.json\nlogs/b.json\nlogs/broken.json\nlogs/c.json\n");
    let list = list.to_str().unwrap();
    let missing = |ended: &Ended| ended.stderr.matches("not extracted").count();
    let ended = one.0.run("extracts", &["events", "logs", "-o", "csv", "--work-list", list]);
    assert_eq!((ended.code, ended.stdout.lines().count(), missing(&ended)), (Some(5), 3, 1), "{}", ended.stderr);
    assert!(ended.stderr.contains("c.json"), "{}", ended.stderr);
    for _ in 0..2 {
        let ended = one.0.run("extracts", &["sync", "logs", "--store", "../s.db", "--work-list", list]);
        assert_eq!((ended.code, missing(&ended)), (Some(5), 1), "{}", ended.stderr);
    }
}

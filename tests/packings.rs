//! What is packed is read as what is in it, by whatever wrote it; what is cut off, damaged or too large is named, and gives
//! nothing. The kinds of packing come from the registry.

#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

use std::io::{Cursor, Write as _};
use std::path::Path;

use tfctrail::decode::pack::stream_names;
use tfctrail::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use tfctrail::domain::issuer::Issuers;

/// How a member of an archive is packed in it.
#[derive(Debug, Clone, Copy)]
enum ArchiveKind {
    Tar,
    Stored,
    Deflated,
}

const ARCHIVES: [ArchiveKind; 3] = [ArchiveKind::Tar, ArchiveKind::Stored, ArchiveKind::Deflated];

/// The bytes in a stream of this name.
fn packed(name: &str, bytes: &[u8]) -> Vec<u8> {
    match name {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "bzip2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "xz" => liblzma::encode_all(bytes, 0).unwrap(),
        other => panic!("how is {other} written?"),
    }
}

/// An archive of these members.
fn archive(kind: ArchiveKind, members: &[(&str, &[u8])]) -> Vec<u8> {
    if let ArchiveKind::Tar = kind {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        return builder.into_inner().unwrap();
    }
    let deflated = matches!(kind, ArchiveKind::Deflated);
    let method = if deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn decoder(limits: DecodeLimits) -> Decoder {
    Decoder::new(Issuers::default(), limits)
}

/// Every way to decode gives the same, which is told in words.
fn read(file: &[u8], limits: DecodeLimits) -> String {
    let said = gist(&decoder(limits).bytes(&"x".into(), file));
    assert_eq!(gist(&decoder(limits).streaming().bytes(&"x".into(), file)), said);
    if !tfctrail::decode::pack::zip::begins(file) {
        assert_eq!(gist(&decoder(limits).stream(&"x".into(), file)), said);
    }
    assert_eq!(gist(&decoder(limits).file(&"x".into(), Cursor::new(file), file.len() as u64)), said);
    // As a file that is not read whole.
    assert_eq!(gist(&decoder(limits).file(&"x".into(), Cursor::new(file), 1 << 40)), said);
    said
}

fn gist(decoded: &Decoded) -> String {
    assert!(decoded.records.balances());
    let ids: Vec<&str> = decoded.assumptions.iter().map(|event| event.event_id.as_deref().unwrap_or("-")).collect();
    let malformed: Vec<String> = decoded.malformed.iter().map(ToString::to_string).collect();
    let ended = match &decoded.ended {
        FileEnd::Failed(defect) => defect.to_string(),
        other => format!("{other:?}"),
    };
    format!("{ended} {:?} {ids:?} {malformed:?} {}", decoded.records, decoded.has_more.is_some())
}

/// The files of `fixtures/shapes` that are not packed already.
fn shapes() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes");
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    let files = files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.file_name().to_str().unwrap().to_owned(), std::fs::read(entry.path()).unwrap()));
    files.filter(|(_, bytes)| !tfctrail::decode::pack::is_packed(bytes) || bytes.starts_with(b"\xff\xfe")).collect()
}

#[test]
fn whatever_is_read_is_read_out_of_every_packing() {
    let limits = DecodeLimits::default();
    let mut files = 0;
    for (name, bytes) in shapes() {
        let plain = read(&bytes, limits);
        for stream in stream_names() {
            assert_eq!(read(&packed(stream, &bytes), limits), plain, "{name} in {stream}");
        }
        for kind in ARCHIVES {
            let archive = archive(kind, &[(&name, &bytes)]);
            assert_eq!(read(&archive, limits), plain, "{name} in {kind:?}");
        }
        files += 1;
    }
    assert!(files > 30, "{files}");
}

/// A log file with one event of ours and one of others.
fn log_file(id: &str) -> String {
    format!(
        "{{\"Records\":[{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"userName\":\"organization:acme:project:p:workspace:w:run_phase:plan\",\"identityProvider\":\"arn:aws:iam::111122223333:oidc-provider/app.terraform.io\"}},\"eventTime\":\"2026-11-02T08:12:05Z\",\"eventName\":\"AssumeRoleWithWebIdentity\",\"eventID\":\"{id}\"}},{{\"eventVersion\":\"1.11\",\"userIdentity\":{{}},\"eventName\":\"x\"}}]}}"
    )
}

#[test]
fn packings_lie_in_each_other_two_deep_and_around_archives() {
    let limits = DecodeLimits::default();
    let text = log_file("1");
    let plain = read(text.as_bytes(), limits);
    for outer in stream_names() {
        for inner in stream_names() {
            let both = packed(outer, &packed(inner, text.as_bytes()));
            assert_eq!(read(&both, limits), plain, "{inner} in {outer}");
            let third = read(&packed("zstd", &both), limits);
            assert!(third.contains("inside two packings"), "{third}");
            let member = archive(ArchiveKind::Tar, &[("a.json", &packed(inner, text.as_bytes()))]);
            assert_eq!(read(&packed(outer, &member), limits), plain, "tar of {inner} in {outer}");
        }
        for kind in ARCHIVES {
            let member = packed(outer, text.as_bytes());
            assert_eq!(read(&archive(kind, &[("a.json.x", &member)]), limits), plain, "{kind:?} of {outer}");
        }
        // Streams one behind another are one text.
        let two = [packed(outer, text.as_bytes()), packed(outer, log_file("2").as_bytes())].concat();
        assert!(read(&two, limits).contains("total: 4"), "{outer}");
    }
    let zip = archive(ArchiveKind::Stored, &[("a.json", text.as_bytes())]);
    assert!(read(&packed("gzip", &zip), limits).contains("a zip archive inside a packing"));
    for kind in ARCHIVES {
        let inner = archive(ArchiveKind::Tar, &[("a.json", text.as_bytes())]);
        let said = read(&archive(kind, &[("b.json", text.as_bytes()), ("a.tar", &inner)]), limits);
        assert!(said.contains("[\"1\"]") && said.contains("the member a.tar of the archive cannot be read"), "{said}");
    }
}

#[test]
fn frames_of_zstd_are_read_whether_they_say_how_large_they_are_or_not() {
    let limits = DecodeLimits::default();
    for count in [1, 5_000] {
        // So many copies are packed to far less than a sixteenth.
        let text = log_file("1").repeat(count);
        let plain = read(text.as_bytes(), limits);
        let sized = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
        let unsized_one = zstd::encode_all(text.as_bytes(), 3).unwrap();
        for frame in [&sized, &unsized_one] {
            assert_eq!(read(frame, limits), plain);
            // All sixteen, where that is quick.
            for first in 0x50..if count == 1 { 0x60 } else { 0x51 } {
                let skippable = [&[first], &b"\x2a\x4d\x18\x03\0\0\0abc"[..]].concat();
                assert_eq!(read(&[&skippable, frame.as_slice()].concat(), limits), plain, "{first:x}");
                assert_eq!(read(&[frame.as_slice(), &skippable].concat(), limits), plain, "{first:x}");
            }
            assert!(read(&[frame.as_slice(), b"x"].concat(), limits).contains("zstd"));
        }
    }
}

/// No block may have more than 128 KiB (RFC 8878, 3.1.1.2.4). What is undone at once is not held to that, and nothing here is.
#[test]
fn a_block_of_zstd_that_is_too_large_is_damage() {
    let length: u32 = 535_721;
    // One byte, repeated in the last block, with and without the size of the text in the header.
    let block = [&(length << 3 | 0b011).to_le_bytes()[..3], b" "].concat();
    let sized = [&b"\x28\xb5\x2f\xfd\x80\x58"[..], &length.to_le_bytes()].concat();
    for header in [&b"\x28\xb5\x2f\xfd\x00\x58"[..], &sized] {
        let said = read(&[header, &block].concat(), DecodeLimits::default());
        assert!(said.contains("zstd stream is damaged"), "{header:?}: {said}");
    }
}

#[test]
fn a_gzip_header_with_a_wrong_checksum_of_its_own_is_damage() {
    let gzip = packed("gzip", b"{\"Records\":[{\"eventVersion\":\"1.11\"}]}");
    let with_checksum = |wrong: u16| {
        let mut header = gzip[..10].to_vec();
        header[3] |= 2;
        let mut crc = flate2::Crc::new();
        crc.update(&header);
        let checksum = u16::try_from(crc.sum() & 0xffff).unwrap() ^ wrong;
        [&header[..], &checksum.to_le_bytes(), &gzip[10..]].concat()
    };
    for (wrong, is_read) in [(0, true), (1, false)] {
        let file = with_checksum(wrong);
        let decoder = || Decoder::new(Issuers::default(), DecodeLimits::default());
        for decoded in [decoder().bytes(&"-".into(), &file), decoder().streaming().bytes(&"-".into(), &file)] {
            assert_eq!((matches!(decoded.ended, FileEnd::Read), decoded.records.total), (is_read, u64::from(is_read)));
        }
    }
}

#[test]
fn members_of_an_archive_are_read_one_by_one() {
    let limits = DecodeLimits::default();
    let long = format!("{}/c.json", "d".repeat(180));
    let (one, two) = (log_file("1"), log_file("2"));
    let members: Vec<(&str, &[u8])> = vec![
        ("./AWSLogs/111122223333/CloudTrail/a.json", one.as_bytes()),
        (".DS_Store", b"\0\0"),
        ("AWSLogs/111122223333/vpcflowlogs/x.log", b"2 111122223333 eni-1"),
        ("README.md", b"# Logs"),
        ("broken.json", b"{\"Records\":[{\"eventVersion\":"),
        (&long, two.as_bytes()),
        ("empty.json", b""),
        ("none.json", b"{\"a\":1}"),
    ];
    for kind in ARCHIVES {
        let said = read(&archive(kind, &members), limits);
        assert!(
            said.starts_with("Read RecordTally { total: 10, kept: 2, other: 5, malformed: 3 }"),
            "{kind:?}: {said}"
        );
        for name in ["broken.json", "empty.json", "none.json"] {
            assert!(said.contains(&format!("the member {name} of the archive cannot be read")), "{said}");
        }
        // Where a record is, is told in the text of all members.
        let malformed = log_file("3").replace("08:12:05Z", "?");
        let said = read(&archive(kind, &[("a", one.as_bytes()), ("b", malformed.as_bytes())]), limits);
        let offset = one.len() + "{\"Records\":[".len();
        assert!(said.contains(&format!("malformed record at byte {offset} ")), "{said}");
    }
}

/// The same of one way alone.
fn read_at_once(file: &[u8]) -> String {
    gist(&decoder(DecodeLimits::default()).bytes(&"x".into(), file))
}

#[test]
fn a_stream_that_is_cut_off_or_damaged_gives_nothing_and_is_named() {
    let limits = DecodeLimits::default();
    let text = log_file("1");
    let nothing = |said: &str| said.contains("total: 0") && !said.starts_with("Read");
    for stream in stream_names() {
        let file = packed(stream, text.as_bytes());
        for end in 8..file.len() {
            let said = read_at_once(&file[..end]);
            assert!(nothing(&said) && said.contains("byte"), "{stream} up to {end}: {said}");
        }
        for at in (0..file.len()).step_by(3) {
            let mut damaged = file.clone();
            damaged[at] ^= 4;
            let said = read_at_once(&damaged);
            // Some bits of a header mean nothing.
            assert!(nothing(&said) || said.contains("total: 2, kept: 1"), "{stream} at {at}: {said}");
        }
        let followed = [&file[..], b"{}"].concat();
        assert!(nothing(&read(&followed, limits)), "{stream}");
        let cut = packed("gzip", &file[..file.len() / 2]);
        let said = read(&cut, limits);
        assert!(nothing(&said) && said.contains("of the unpacked text"), "{said}");
    }
}

#[test]
fn what_stands_in_front_of_a_defect_can_be_salvaged_however_small_the_file_is() {
    let limits = DecodeLimits { salvage: true, ..DecodeLimits::default() };
    let records = |count: usize| {
        let file = log_file("1");
        let record = file.strip_prefix("{\"Records\":[").unwrap().strip_suffix("]}").unwrap();
        format!("{{\"Records\":[{}]}}", vec![record; count].join(","))
    };
    let kept = |said: &str| -> usize {
        let after = said.split("total: ").nth(1).unwrap();
        after.split(',').next().unwrap().parse().unwrap()
    };
    // Not so well packed that half of the stream has nearly all of the text.
    let letter = |at: u64| {
        let hash = (at ^ 0x5851_f42d).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        char::from(b'a' + u8::try_from((hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) % 26).unwrap())
    };
    let noise: String = (0..60_000).map(letter).collect();
    let text = records(20).replacen("\"x\"", &format!("\"x\",\"noise\":\"{noise}\""), 1);
    for stream in stream_names() {
        let file = packed(stream, text.as_bytes());
        let trailer = read(&file[..file.len() - 2], limits);
        let behind = read(&[&file[..], b"junk"].concat(), limits);
        for said in [&trailer, &behind] {
            assert!(!said.starts_with("Read") && kept(said) == 40, "{stream}: {said}");
            assert!(said.contains(stream), "{stream}: {said}");
        }
        // The others give whole blocks alone, and this is less than one.
        let half = read(&file[..file.len() - file.len() / 8], limits);
        assert!(!half.starts_with("Read") && (stream != "gzip" || kept(&half) > 0), "{stream}: {half}");
        let nothing = read(&file[..file.len() - 2], DecodeLimits::default());
        assert_eq!(kept(&nothing), 0, "{stream}: {nothing}");
        let tar = archive(ArchiveKind::Tar, &[("a.json", text.as_bytes()), ("b.json", log_file("2").as_bytes())]);
        let tar = packed(stream, &tar);
        let said = read(&tar[..tar.len() - 2], limits);
        assert!(!said.starts_with("Read") && kept(&said) == 42, "tar in {stream}: {said}");
    }
    // A member that is cut off keeps what is in front of that, and is one malformed record more.
    let cut = &text[..text.len() - 10];
    for kind in ARCHIVES {
        let file = archive(kind, &[("a.json", cut.as_bytes()), ("b.json", log_file("2").as_bytes())]);
        let said = read(&file, limits);
        assert!(said.contains("total: 42, kept: 21, other: 20, malformed: 1"), "{kind:?}: {said}");
        let said = read(&file, DecodeLimits::default());
        assert!(said.contains("total: 3, kept: 1, other: 1, malformed: 1"), "{kind:?}: {said}");
    }
}

#[test]
fn what_is_not_read_is_named_by_what_it_is() {
    let check = |file: &[u8], expected: &str| {
        let said = read(file, DecodeLimits::default());
        assert!(said.contains(expected) && said.contains("total: 0"), "{said}");
    };
    let text = log_file("1");
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    check(&wide(u16::to_le_bytes), "UTF-16 without a byte order mark");
    check(&wide(u16::to_be_bytes), "UTF-16 without a byte order mark");
    check(b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x3d", "LZMA, the old form of xz (unpack it first)");
    for kind in ARCHIVES {
        let only = archive(kind, &[("notes.bin", b"\x01\x02"), (".DS_Store", b"x")]);
        check(&only, "an archive without a log file: its member notes.bin was passed over");
        if !matches!(kind, ArchiveKind::Tar) {
            check(&archive(kind, &[]), "an archive without a file in it");
            check(&archive(kind, &[("logs/", b"")]), "an archive without a file in it");
        }
    }
}

#[test]
fn an_archive_that_is_cut_off_or_damaged_is_named() {
    let text = log_file("1");
    for kind in ARCHIVES {
        let file = archive(kind, &[("a.json", text.as_bytes()), ("b.json", log_file("2").as_bytes())]);
        let sound = read_at_once(&file);
        assert!(sound.contains("kept: 2"));
        // The first empty block says that no member follows.
        let ended = matches!(kind, ArchiveKind::Tar).then(|| file.len() - 512);
        for end in (10..file.len() - 1).step_by(7).chain((512..file.len()).step_by(512)) {
            let said = read_at_once(&file[..end]);
            let is_whole = ended.is_some_and(|ended| end >= ended && end % 512 == 0);
            assert_eq!(said.contains("total: 0"), !is_whole, "{kind:?} up to {end}: {said}");
        }
        for at in (0..file.len()).step_by(5) {
            let mut damaged = file.clone();
            damaged[at] ^= 4;
            read_at_once(&damaged);
        }
    }
}

#[test]
fn what_would_take_too_much_memory_or_text_is_refused_by_name() {
    let limits = DecodeLimits { max_file: 100_000, ..DecodeLimits::default() };
    let zeros = vec![b' '; 200_000];
    for stream in stream_names() {
        let said = read(&packed(stream, &zeros), limits);
        assert!(said.starts_with("text is larger than --max-file 100000 bytes"), "{stream}: {said}");
        let twice = read(&packed("gzip", &packed(stream, &zeros)), limits);
        assert!(twice.starts_with("text is larger than --max-file 100000 bytes"), "{stream}: {twice}");
    }
    for kind in ARCHIVES {
        let half = vec![b' '; 60_000];
        let said = read(&archive(kind, &[("a", &half), ("b", &half)]), limits);
        assert!(said.starts_with("text is larger than --max-file 100000 bytes"), "{kind:?}: {said}");
    }
    // A frame of zstd whose header asks for a window of 128 MiB, and one of 64.
    let frame = |log: u8| [b"\x28\xb5\x2f\xfd\x00", [(log - 10) << 3].as_slice(), b"\x11\x00\x00{}"].concat();
    let limits = DecodeLimits::default();
    let said = read(&frame(27), limits);
    assert!(said.contains("zstd stream has a window of more than 64 MiB"), "{said}");
    assert!(!read(&frame(26), limits).contains("window"));
    assert!(read(&packed("gzip", &frame(26)), limits).contains("a window of more than 32 MiB"));
    // The header of a block of xz says how large its dictionary is, in steps of which 28 is 64 MiB.
    let xz = |dictionary: u8| {
        let mut file = packed("xz", log_file("1").as_bytes());
        let length = (usize::from(file[12]) + 1) * 4;
        let at = 12 + file[12..12 + length].windows(2).position(|pair| pair == [0x21, 1]).unwrap() + 2;
        file[at] = dictionary;
        let mut sum = flate2::Crc::new();
        sum.update(&file[12..12 + length - 4]);
        file[12 + length - 4..12 + length].copy_from_slice(&sum.sum().to_le_bytes());
        file
    };
    assert!(read(&xz(28), limits).contains("kept: 1"));
    let said = read(&xz(29), limits);
    assert!(said.contains("xz stream has a dictionary of more than 64 MiB"), "{said}");
}

/// Writes a number of two bytes so far in front of the end.
fn patch(file: &mut [u8], from_end: usize, number: u16) {
    let at = file.len() - from_end;
    file[at..at + 2].copy_from_slice(&number.to_le_bytes());
}

#[test]
fn a_zip_archive_whose_directory_is_not_all_of_it_is_failed() {
    let (one, two) = (log_file("1"), log_file("2"));
    let first = archive(ArchiveKind::Stored, &[("a.json", one.as_bytes())]);
    let second = archive(ArchiveKind::Stored, &[("a.json", two.as_bytes())]);
    let nothing = |file: &[u8], reason: &str| {
        let said = read(file, DecodeLimits::default());
        assert!(said.contains(reason) && said.contains("total: 0"), "{said}");
    };
    nothing(&[first, second.clone()].concat(), "has a directory that does not fill what is in front of its end");
    let both = archive(ArchiveKind::Deflated, &[("a.json", one.as_bytes()), ("b.json", two.as_bytes())]);
    assert!(read_at_once(&both).contains("kept: 2"));
    for count in [0, 1, 3] {
        let mut file = both.clone();
        patch(&mut file, 14, count);
        patch(&mut file, 12, count);
        nothing(&file, "another number of members than its end says");
    }
    let mut file = both.clone();
    patch(&mut file, 10, 60);
    nothing(&file, "does not fill what is in front of its end");
    // The second of two volumes.
    let mut file = both;
    patch(&mut file, 18, 1);
    nothing(&file, "is one of several volumes");
    // Writers that know no Zip64 count no further than 65,535, and begin at nothing again.
    let folder = [&b"PK\x01\x02"[..], &[0; 24], &[2, 0], &[0; 16], b"d/"].concat();
    let (members, end) = second.split_at(second.len() - 22);
    let mut file = [members, &folder.repeat(1 << 16), end].concat();
    let size = u32::try_from(folder.len() << 16).unwrap() + u32::from_le_bytes(end[12..16].try_into().unwrap());
    let at = file.len() - 10;
    file[at..at + 4].copy_from_slice(&size.to_le_bytes());
    assert!(read_at_once(&file).contains("kept: 1"), "{}", read_at_once(&file));
    patch(&mut file, 14, 2);
    patch(&mut file, 12, 2);
    nothing(&file, "another number of members than its end says");
}

/// A tar archive of entries: a type, a name, what it links to, and bytes.
fn tar_of(entries: &[(u8, &str, &str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for (kind, name, target, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.as_old_mut().linkflag = [*kind];
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(bytes);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    file.resize(file.len() + 1024, 0);
    file
}

#[test]
fn whatever_has_bytes_in_an_archive_is_read() {
    let limits = DecodeLimits::default();
    let text = log_file("1");
    let bytes = text.as_bytes();
    let plain = read(bytes, limits);
    // What is said of other members has a type of its own, and so has what cannot be put together.
    for kind in (0..=255).filter(|kind| !b"LKxXgSM".contains(kind)) {
        assert_eq!(read(&tar_of(&[(kind, "a.json", "", bytes)]), limits), plain, "type {kind}");
    }
    for kind in [b'0', b'5'] {
        assert_eq!(read(&tar_of(&[(kind, "a/", "", bytes)]), limits), plain, "a name of a folder, type {kind}");
    }
    let mut zip = archive(ArchiveKind::Stored, &[("ab", bytes)]);
    for (beginning, fixed) in [(b"PK\x03\x04", 30), (b"PK\x01\x02", 46)] {
        let at = zip.windows(4).position(|bytes| bytes == beginning).unwrap() + fixed;
        zip[at + 1] = b'/';
    }
    assert_eq!(read(&zip, limits), plain);
    // A folder, and a label, are nothing that could be read.
    let entries: [(u8, &str, &str, &[u8]); 4] =
        [(b'V', "backup", "", b""), (b'5', "a", "", b""), (b'0', "b/", "", b""), (b'0', "a/a.json", "", bytes)];
    assert_eq!(read(&tar_of(&entries), limits), plain);
    // A list of names is none, and counts as one that was looked at; a file that begins with a mark does not.
    let marked = [b"\xef\xbb\xbf", bytes].concat();
    let said = read(&tar_of(&[(b'D', "a/", "", b"Yx.json\0"), (b'0', "a.bak", "", &marked)]), limits);
    assert!(said.starts_with("Read RecordTally { total: 3, kept: 1, other: 2, malformed: 0 }"), "{said}");
}

#[test]
fn a_member_whose_bytes_are_elsewhere_is_named() {
    let limits = DecodeLimits::default();
    let text = log_file("1");
    let file: (u8, &str, &str, &[u8]) = (b'0', "a/a.json", "", text.as_bytes());
    let check = |entry: (u8, &str, &str, &[u8]), expected: &str| {
        let said = read(&tar_of(&[file, entry]), limits);
        let reason = format!("the member {} of the archive cannot be read: {expected}", entry.1);
        assert!(said.contains("total: 3, kept: 1, other: 1, malformed: 1") && said.contains(&reason), "{said}");
    };
    check((b'2', "b.json", "../logs/b.json", b""), "it is a symbolic link");
    check((b'1', "b.json", "c.json", b""), "it is a link to a file that was not read in front of it");
    check((b'M', "b.json", "", text.as_bytes()), "it is the rest of a file that begins in another volume");
    // One more name of a file that is read, a device, and a link with a name that is not read.
    for entry in [(b'1', "b.json", "./a/a.json", &b""[..]), (b'3', "null", "", b""), (b'2', ".b", "a", b"")] {
        let said = read(&tar_of(&[file, entry]), limits);
        assert!(said.starts_with("Read RecordTally { total: 3, kept: 1, other: 2, malformed: 0 }"), "{said}");
    }
    let sparse = b"22 GNU.sparse.major=1\n";
    let said = read(&tar_of(&[(b'x', "a", "", sparse), file]), limits);
    assert!(said.contains("has a sparse file") && said.contains("total: 0"), "{said}");
}

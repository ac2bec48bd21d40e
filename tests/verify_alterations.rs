//! Whatever is done to an archive is reported, and the file that it was done to is named.

#![expect(clippy::unwrap_used, reason = "a test that cannot write an archive has failed")]

#[path = "support/digests.rs"]
mod digests;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use digests::{PLACE, Place, SignedArchive, packed};
use flate2::read::MultiGzDecoder;
use tfctrail::audit::verify::public_keys::PublicKeys;
use tfctrail::audit::verify::signatures::Signatures;
use tfctrail::aws::AwsOptions;
use tfctrail::domain::timestamp::Timestamp;
use tfctrail::domain::verdict::Verdict;
use tfctrail::domain::window::Window;
use tfctrail::ingest::verify::{VerifyQuestion, verify};
use tfctrail::progress::Progress;
use tfctrail::source::SourceSpec;
use tfctrail::source::question::RemoteQuestion;

const HOURS: usize = 4;

/// An archive, and what it is judged by.
struct Judge {
    archive: SignedArchive,
    keys: PublicKeys,
    signatures: Signatures,
}

impl Judge {
    fn new(archive: SignedArchive) -> Self {
        let text = |name: &str| fs::read_to_string(archive.folder.path().join(name)).unwrap();
        let keys = PublicKeys::read(&text("keys.json")).unwrap();
        let signatures = Signatures::read(&text("signatures.ndjson")).unwrap();
        Self { archive, keys, signatures }
    }

    fn root(&self) -> PathBuf {
        self.archive.folder.path().join("archive")
    }

    /// The names of the files that are not valid, with what is said of them.
    fn told(&self) -> Vec<(String, String)> {
        let window = Window::default();
        let now = Timestamp::parse_rfc3339("2026-11-03T00:00:00Z").unwrap();
        let remote = RemoteQuestion {
            window,
            accounts: None,
            regions: None,
            late_days: 1,
            now,
            resume: None,
            chosen: None,
            verifies: true,
            aws: AwsOptions::default(),
            own_aws: Vec::new(),
            lists_only: false,
            progress: Arc::new(Progress::default()),
        };
        let question = VerifyQuestion {
            specs: &[SourceSpec::Path(self.root())],
            exclude: &[],
            remote: &remote,
            window,
            keys: Some(&self.keys),
            signatures: self.signatures.clone(),
            now,
            threads: NonZeroUsize::MIN,
            max_file: 1 << 20,
            all: false,
        };
        let rows = verify(question, &Progress::default()).unwrap().rows;
        let told = rows.into_iter().filter(|row| row.verdict != Verdict::Valid);
        told.map(|row| (row.file.to_string(), format!("{} {}", row.verdict.as_str(), row.verdict.reason()))).collect()
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(self.root()).unwrap().to_str().unwrap().to_owned()
    }
}

/// Numbers that look like any, and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    /// The same bytes with another one in one place.
    fn other_byte(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut other = bytes.to_vec();
        let at = self.below(other.len());
        other[at] ^= u8::try_from(1 + self.below(255)).unwrap();
        other
    }
}

fn text(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    MultiGzDecoder::new(packed).read_to_end(&mut text).ok().map(|_| text)
}

/// What is done: files that are written, none in the place of one that goes.
type Alteration = Vec<(PathBuf, Option<Vec<u8>>)>;

/// Does one thing to the archive, and gives the files that it was done to.
fn alter(judge: &Judge, kind: usize, numbers: &mut Numbers) -> Option<(Alteration, Vec<PathBuf>)> {
    let archive = &judge.archive;
    let of_digest = kind >= 6;
    let files = if of_digest { &archive.digests } else { &archive.logs };
    let at = numbers.below(HOURS);
    let file = files[at].clone();
    let bytes = fs::read(&file).unwrap();
    let renamed = |numbers: &mut Numbers| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let new = match numbers.below(3) {
            0 if of_digest => name.replace("_audit_", "_other_"),
            0 => name.replace("_aaaabbbb", "_zzzzbbbb"),
            1 => name.replace("T0", "T1"),
            _ => format!("copy-{name}"),
        };
        file.with_file_name(new)
    };
    Some(match kind % 6 {
        // A byte of the text, packed anew.
        0 => (vec![(file.clone(), Some(packed(&numbers.other_byte(&text(&bytes)?))))], vec![file]),
        // A byte of the file, unless it is one that no text comes of.
        1 => {
            let other = numbers.other_byte(&bytes);
            if text(&other) == text(&bytes) {
                return None;
            }
            (vec![(file.clone(), Some(other))], vec![file])
        }
        // It goes. That of the newest digest nobody can miss; the log file of its hour waits for one.
        2 => {
            let told = if of_digest && at == HOURS - 1 { archive.logs[at].clone() } else { file.clone() };
            (vec![(file, None)], vec![told])
        }
        3 => {
            let new = renamed(numbers);
            (vec![(new.clone(), Some(bytes)), (file.clone(), None)], vec![new])
        }
        4 => {
            let new = renamed(numbers);
            (vec![(new.clone(), Some(bytes))], vec![new])
        }
        _ => {
            let other = files[(at + 1 + numbers.below(HOURS - 1)) % HOURS].clone();
            let theirs = fs::read(&other).unwrap();
            (vec![(file.clone(), Some(theirs)), (other.clone(), Some(bytes))], vec![file, other])
        }
    })
}

#[test]
fn each_of_two_thousand_alterations_is_reported_and_named() {
    let judge = Judge::new(SignedArchive::new(HOURS));
    assert_eq!(judge.told(), []);
    let (mut numbers, mut count, mut verdicts) = (Numbers(20_261_102), 0, BTreeSet::new());
    while count < 2_000 {
        let kind = count % 12;
        let Some((alteration, named)) = alter(&judge, kind, &mut numbers) else { continue };
        let before: Vec<_> = alteration.iter().map(|(path, _)| (path.clone(), fs::read(path).ok())).collect();
        write(&alteration);
        let told = judge.told();
        for path in &named {
            let name = judge.name(path);
            assert!(told.iter().any(|(file, _)| *file == name), "{count} {kind} {name}: {told:?}");
        }
        verdicts.extend(told.into_iter().map(|(_, verdict)| verdict));
        write(&before);
        count += 1;
    }
    assert_eq!(judge.told(), []);
    for verdict in ["invalid hash", "invalid gzip", "invalid format", "invalid place", "missing listed", "unlisted "] {
        assert!(verdicts.contains(verdict), "{verdict}: {verdicts:?}");
    }
}

fn write(files: &[(PathBuf, Option<Vec<u8>>)]) {
    for (path, bytes) in files {
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    }
}

#[test]
fn a_hostile_digest_is_a_named_failure() {
    let judge = Judge::new(SignedArchive::new(HOURS));
    let file = judge.archive.digests[1].clone();
    let own = String::from_utf8(text(&fs::read(&file).unwrap()).unwrap()).unwrap();
    let log = &own[own.find("[{").unwrap() + 1..own.rfind(']').unwrap()];
    let with_logs = |logs: &str| own.replacen(log, logs, 1);
    let many = (0..50_000).map(|at| log.replace("aaaabbbbccccdd", &format!("{at:014}"))).collect::<Vec<_>>().join(",");
    let cases = [
        ("deep", with_logs(&"[".repeat(100_000)), "invalid format"),
        (
            "deep and whole",
            own.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(9_999), "]".repeat(9_999)), 1),
            "invalid hash",
        ),
        ("wrong types", own.replace("\"awsAccountId\":\"111122223333\"", "\"awsAccountId\":[7]"), "invalid format"),
        ("a list that is none", with_logs("7"), "invalid format"),
        ("many log files", with_logs(&many), "invalid format"),
        (
            "large",
            with_logs(&log.replacen('{', &format!("{{\"x\":\"{}\",", " ".repeat(40 << 20)), 1)),
            "invalid format",
        ),
        ("paths that lead out", own.replace("AWSLogs/111122223333/CloudTrail/", "../../../../etc/"), "invalid hash"),
        ("nothing", String::new(), "invalid format"),
    ];
    for (what, text, expected) in cases {
        fs::write(&file, packed(text.as_bytes())).unwrap();
        let told = judge.told();
        let name = judge.name(&file);
        let verdict = told.iter().find(|(file, _)| *file == name).map(|(_, verdict)| verdict.as_str());
        assert_eq!(verdict, Some(expected), "{what}: {told:?}");
        // The other hours stand.
        assert!(told.iter().all(|(file, _)| !file.contains("T00") && !file.contains("T03")), "{what}: {told:?}");
    }
}

#[test]
fn an_hour_with_many_log_files_is_verified_as_any_other() {
    let judge = Judge::new(SignedArchive::of(2, Place { logs: 150, ..PLACE }));
    assert_eq!(judge.told(), []);
    let (first, last) = (&judge.archive.logs[149], &judge.archive.logs[299]);
    fs::write(first, packed(b"{}")).unwrap();
    fs::remove_file(last).unwrap();
    let told: Vec<String> = judge.told().into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(told, ["invalid hash", "missing listed"]);
}

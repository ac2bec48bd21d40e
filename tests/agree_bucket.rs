//! The same of buckets: what is read of one or of several prefixes, at once or by and by, in whatever order, says the same
//! in a store as in a scan. Objects and folders that may not be read at first are read later, and what was read stays.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot build its input has failed")]

#[path = "support/archives.rs"]
mod archives;
#[path = "support/asked.rs"]
mod asked;
#[path = "support/buckets.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod buckets;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/events.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod events;
#[path = "support/s3.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod s3;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use archives::{Archive, Choices};
use asked::{Asker, Days, done, store_of};
use events::Folder;
use s3::{Fault, Server};
use support::Run;

const PREFIXES: [&str; 2] = ["one/", "two/"];

/// Everything that is in the archives, and all that decides about gaps.
const WINDOW: [&str; 4] = ["--from", "2026-10-10", "--to", "2026-11-24"];

/// A bucket with an archive below each of two prefixes, of which some keys and folders may not be read.
struct Bucket {
    folder: Folder,
    refused: Arc<Mutex<BTreeSet<String>>>,
    server: Server,
    /// All keys, and the folders of days.
    names: Vec<String>,
}

impl Bucket {
    fn chosen(choices: &mut Choices) -> Self {
        Self::of([Archive::chosen(choices), Archive::chosen(choices)])
    }

    fn of(archives: [Archive; 2]) -> Self {
        let folder = Folder::new();
        let mut names = BTreeSet::new();
        for (prefix, archive) in PREFIXES.iter().zip(archives) {
            archive.write_below(&folder, &format!("buckets/logs/{prefix}"));
            for name in archive.names() {
                let (day, _) = name.rsplit_once('/').unwrap();
                names.extend([format!("{prefix}{name}"), format!("{prefix}{day}/")]);
            }
        }
        fs::create_dir_all(folder.path("buckets/logs")).unwrap();
        let refused = Arc::<Mutex<BTreeSet<String>>>::default();
        let rule = {
            let refused = Arc::clone(&refused);
            move |asked: &s3::Asked| {
                let is_refused = refused.lock().unwrap().contains(&asked.key);
                if is_refused { Fault::Error(403, "AccessDenied", "Access Denied") } else { Fault::None }
            }
        };
        let server = Server::faulty(&folder.path("buckets"), Duration::ZERO, rule);
        Self { folder, refused, server, names: names.into_iter().collect() }
    }

    /// One in so many keys and folders.
    fn some(&self, chance: usize, choices: &mut Choices) -> BTreeSet<String> {
        self.names.iter().filter(|_| choices.one_in(chance)).cloned().collect()
    }

    fn refuse(&self, names: BTreeSet<String>) {
        *self.refused.lock().unwrap() = names;
    }

    fn run(&self) -> impl Fn(&[&str]) -> Run {
        |args| buckets::aws(&self.server, args)
    }

    fn sync(&self, store: &str, sources: &[&str], more: &[&str]) {
        let args = [sources, more].concat();
        let ended = asked::synced(&self.run(), &self.folder, store, &args);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }

    /// Reads it by and by, some of it not at first; `refused` may never be read.
    fn sync_often(&self, refused: &BTreeSet<String>, choices: &mut Choices) {
        const SOURCES: [&str; 5] = ["s3://logs/one/", "s3://logs/two/", "s3://logs/one", "s3://logs", "s3://logs/two"];
        const ENDS: [&str; 2] = ["2026-10-30", "2026-11-03"];
        for _ in 0..2 + choices.below(2) {
            self.refuse(refused | &self.some(5, choices));
            let mut window = WINDOW;
            match choices.below(3) {
                0 => window[1] = choices.pick(&ENDS),
                1 => window[3] = choices.pick(&ENDS),
                _ => {}
            }
            self.sync("many.db", &[choices.pick(&SOURCES)], &window);
        }
        self.refuse(refused.clone());
        let all: [&[&str]; 3] =
            [&["s3://logs/two/", "s3://logs/one/"], &["s3://logs/one", "s3://logs/two"], &["s3://logs/"]];
        for source in all[choices.below(3)] {
            self.sync("many.db", &[source], &WINDOW);
        }
    }

    /// Syncs again while some of what was read is gone or refused.
    fn sync_without_some(&self, refused: &BTreeSet<String>, choices: &mut Choices) {
        let path = |name: &str| self.folder.path(&format!("buckets/logs/{name}"));
        // One that was never read, and is gone, leaves nothing.
        let is_sound = |name: &String| {
            name.ends_with('/') || serde_json::from_slice::<serde_json::Value>(&fs::read(path(name)).unwrap()).is_ok()
        };
        let mut gone = &self.some(6, choices) - refused;
        gone.retain(is_sound);
        let objects = gone.iter().filter(|name| !name.ends_with('/'));
        let removed: Vec<_> = objects.map(|name| (path(name), fs::read(path(name)).unwrap())).collect();
        for (path, _) in &removed {
            fs::remove_file(path).unwrap();
        }
        let refused_now = refused | &(&self.some(6, choices) - &gone);
        self.refuse(refused_now.into_iter().filter(|name| !name.ends_with('/')).collect());
        let more = [&WINDOW[..], &["--refresh"]].concat();
        self.sync("many.db", &["s3://logs/one/", "s3://logs/two/"], &more[..if choices.one_in(2) { 4 } else { 5 }]);
        for (path, bytes) in &removed {
            fs::write(path, bytes).unwrap();
        }
        self.refuse(refused.clone());
    }
}

fn prefixes() -> Vec<String> {
    PREFIXES.map(|prefix| format!("s3://logs/{prefix}")).into()
}

fn check_bucket(seed: u64) {
    let mut choices = Choices(seed);
    let bucket = Bucket::chosen(&mut choices);
    let refused = if choices.one_in(4) { BTreeSet::new() } else { bucket.some(30, &mut choices) };
    bucket.sync_often(&refused, &mut choices);
    bucket.sync("one.db", &["s3://logs/one/", "s3://logs/two/"], &WINDOW);
    bucket.sync("all.db", &["s3://logs/"], &WINDOW);
    if choices.one_in(2) {
        bucket.sync_without_some(&refused, &mut choices);
    }
    let run = bucket.run();
    let asker = Asker { run: &run, seed };
    let store = |name: &str| store_of(&bucket.folder, name);
    let sources = [prefixes(), vec!["s3://logs".to_owned()], store("one.db"), store("all.db"), store("many.db")];
    let windows: Vec<Days> = (0..2).map(|_| Days::chosen(&mut choices)).collect();
    for days in &windows {
        let strict: &[&str] = if choices.one_in(2) { &["--strict"] } else { &[] };
        asker.agreed(&sources, days, strict, &mut choices);
    }
    done(&bucket.folder, "one.db", &["store", "remove", "s3://logs/one/"]);
    for days in &windows {
        asker.agreed(&[vec!["s3://logs/two/".to_owned()], store("one.db")], days, &[], &mut choices);
    }
}

#[test]
fn prefixes_of_a_bucket_say_the_same_in_a_store() {
    cases::seeds(300, 2).for_each(check_bucket);
}

/// One command on the bucket and on a store of it, for some days: the codes.
fn codes(bucket: &Bucket, from: &str, to: &str) -> [Option<i32>; 2] {
    let asker = Asker { run: &bucket.run(), seed: 0 };
    let days = Days { from: Some(from.to_owned()), to: Some(to.to_owned()) };
    [prefixes(), store_of(&bucket.folder, "s.db")].map(|source| asker.ask(&["events"], &source, &days, &[]).0.code)
}

const TWO: [&str; 2] = ["s3://logs/one/", "s3://logs/two/"];

#[test]
fn a_day_that_cannot_be_listed_is_missing_where_a_window_reaches_it() {
    let days = ["2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29", "2026-10-30"];
    let bucket = Bucket::of([Archive::of_days(&days), Archive::of_days(&days)]);
    bucket.refuse(["two/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/10/28/".to_owned()].into());
    bucket.sync("s.db", &TWO, &WINDOW);
    assert_eq!(codes(&bucket, "2026-10-29", "2026-10-30"), [Some(0); 2]);
    assert_eq!(codes(&bucket, "2026-10-28T23:00:00Z", "2026-10-30"), [Some(5); 2]);
    // Log files of the next day may hold events of this one.
    assert_eq!(codes(&bucket, "2026-10-27", "2026-10-28"), [Some(5); 2]);
    assert_eq!(codes(&bucket, "2026-10-26", "2026-10-27"), [Some(0); 2]);
}

#[test]
fn a_prefix_that_is_silent_has_log_files_of_other_days() {
    let bucket = Bucket::of([Archive::of_days(&["2026-10-26", "2026-11-06"]), Archive::of_days(&["2026-10-26"])]);
    bucket.sync("s.db", &TWO, &WINDOW);
    assert_eq!(codes(&bucket, "2026-11-06", "2026-11-08"), [Some(0); 2]);
    assert_eq!(codes(&bucket, "2026-11-08", "2026-11-10"), [Some(5); 2]);
}

#[test]
fn what_is_asked_of_named_accounts_is_about_these_alone() {
    const WHOLE: [&str; 3] = ["2026-10-26", "2026-10-27", "2026-10-28"];
    let of = || Archive::of_accounts(&[&WHOLE, &["2026-10-26", "2026-10-28"], &["2026-11-05"]]);
    let bucket = Bucket::of([of(), Archive::of_days(&[])]);
    let logs = bucket.folder.arg("buckets/logs/one");
    bucket.sync("bucket.db", &["s3://logs/one/"], &WINDOW);
    bucket.sync("logs.db", &[&logs], &[]);
    let extracted = Run::new(&["extract", &logs, "-q"]).ended();
    assert_eq!(extracted.code, Some(0), "{}", extracted.stderr);
    bucket.folder.write("extracts/all.ndjson", &extracted.stdout);
    let sources = [
        vec!["s3://logs/one/".to_owned()],
        vec![logs],
        vec![bucket.folder.arg("extracts")],
        store_of(&bucket.folder, "bucket.db"),
        store_of(&bucket.folder, "logs.db"),
    ];
    let run = bucket.run();
    let asker = Asker { run: &run, seed: 0 };
    let days = Days { from: Some("2026-10-26".to_owned()), to: Some("2026-10-29".to_owned()) };
    let [whole, gap, later, none] = ["111122223333", "222233334444", "333344445555", "999999999999"];
    for (flags, code) in [
        (&["--strict"][..], 5),
        (&["--account", whole, "--strict"], 0),
        (&["--account", gap, "--strict"], 5),
        (&["--account", gap], 0),
        (&["--account", later], 5),
        (&["--account", none], 5),
        (&["--account", none, "--account", whole, "--strict"], 0),
        // Which accounts these are, no listing knows.
        (&["--account", "!111122223333"], 0),
        (&["--account", "9*"], 0),
    ] {
        for source in &sources {
            for command in ["events", "runs", "summary", "findings"] {
                let said = asker.ask(&[command], source, &days, flags).0;
                assert_eq!(said.code, Some(code), "{command} {source:?} {flags:?}: {said:?}");
            }
        }
    }
}

//! Extracts with calls answer as a scan of their log files does, however the archive was spread over workers; and what they lack is
//! read in the archive, or named.

use std::fs;

use serde_json::{Value, json};

use crate::cases::seeds;
use crate::choices::Choices;
use crate::events::{Folder, fixture, records};
use crate::few::{assumed, begins, call, log_name, of_child};
use crate::others::others;
use crate::spelling::gzip;
use crate::support::{Ended, Run};
use crate::world::World;

const WINDOWS: [&[&str]; 3] = [
    &["--from", "2026-11-02T00:00:00Z", "--to", "2026-11-30T00:00:00Z"],
    &["--from", "2026-11-02T11:00:00Z", "--to", "2026-11-02T19:15:00Z"],
    &["--from", "2026-11-02T23:05:00Z", "--to", "2026-11-03T03:05:00Z"],
];

const QUESTIONS: [&[&str]; 10] = [
    &["activity", "logs"],
    &["activity", "logs", "--calls"],
    &["activity", "logs", "--writes", "--org", "acme"],
    &["activity", "logs", "--by", "workspace,service,event_name,outcome,log_file"],
    &["policy", "logs", "--by", "run", "--include-denied"],
    &["policy", "logs"],
    &["findings", "logs", "--activity"],
    &["findings", "logs", "--activity", "--workspace", "made"],
    &["report", "logs", "--activity"],
    &["query", "SELECT * FROM activity", "logs"],
];

/// Log files in `direct/logs`, and extracts of them in `extracts/logs`.
pub(crate) struct Both(pub(crate) Folder);

impl Both {
    pub(crate) fn of(files: &[(String, Vec<u8>)]) -> Self {
        let folder = Folder::new();
        for (name, bytes) in files {
            folder.write_old(&format!("direct/logs/{name}"), bytes);
        }
        fs::create_dir_all(folder.path("extracts/logs")).unwrap();
        Self(folder)
    }

    pub(crate) fn run(&self, place: &str, args: &[&str]) -> Ended {
        Run::new(args).dir(&self.0.path(place)).ended()
    }

    /// The lines that a worker writes for some log files.
    pub(crate) fn extract(&self, keys: &[String], flags: &[&str]) -> Vec<String> {
        let list = format!("{}\n", keys.join("\n"));
        let args = [&["extract", "--keys-from", "-", "logs", "--activity", "-q"], flags].concat();
        let ended = Run::new(&args).dir(&self.0.path("direct")).stdin(list.as_bytes()).ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
        ended.stdout.lines().map(str::to_owned).collect()
    }

    pub(crate) fn extract_all(&self, flags: &[&str]) {
        self.extract_to("all.ndjson.gz", flags);
    }

    /// The same in a file of that name.
    pub(crate) fn extract_to(&self, name: &str, flags: &[&str]) {
        let out = &format!("../extracts/logs/{name}");
        let ended = self.run("direct", &[&["extract", "logs", "--activity", "--out", out, "-q"], flags].concat());
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
    }

    /// Spreads log files over workers, of which some are ended, run twice, and mix what they write.
    pub(crate) fn spread(&self, keys: &[String], choices: &mut Choices) {
        let mut parts: Vec<Vec<String>> = vec![Vec::new(); 1 + choices.below(4)];
        for key in keys {
            for _ in 0..if choices.one_in(6) { 2 } else { 1 } {
                let at = choices.below(parts.len());
                parts[at].push(key.clone());
            }
        }
        let mut lines = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            if choices.one_in(2) {
                let text = self.extract(part, &[]).join("\n");
                let end = choices.below(text.len() + 1);
                self.0.write(&format!("extracts/logs/ended-{number}.ndjson"), &text.as_bytes()[..end]);
            }
            lines.extend(self.extract(part, &[]));
        }
        let mut files: Vec<String> = vec![String::new(); 1 + choices.below(4)];
        while !lines.is_empty() {
            let line = lines.swap_remove(choices.below(lines.len()));
            for _ in 0..if choices.one_in(8) { 2 } else { 1 } {
                let at = choices.below(files.len());
                files[at].push_str(&line);
                files[at].push('\n');
            }
        }
        for (number, text) in files.iter().enumerate() {
            let bytes = if choices.one_in(2) { gzip(text) } else { text.clone().into_bytes() };
            self.0.write(&format!("extracts/logs/part-{number:05}"), bytes);
        }
    }

    /// A question has the answer of a scan, byte for byte.
    fn check(&self, question: &[&str], flags: &[&str]) -> Ended {
        let asked = [question, flags, &["-o", "json"]].concat();
        let scanned = self.run("direct", &asked);
        // Where no row fits into memory, the answer is the same.
        let takes_memory = question[0] == "activity";
        for flags in [&["--threads", "1"][..], &["--threads", "2"], &["--threads", "2", "--memory", "1"]] {
            if flags.len() > 2 && !takes_memory {
                continue;
            }
            let folded = self.run("extracts", &[&asked[..], &["--logs", "../direct/logs"], flags].concat());
            let differs = folded.stdout.lines().zip(scanned.stdout.lines()).find(|(one, other)| one != other);
            assert_eq!(differs, None, "{asked:?} {}", folded.stderr);
            assert_eq!((folded.code, &folded.stdout), (scanned.code, &scanned.stdout), "{asked:?} {}", folded.stderr);
        }
        scanned
    }
}

pub(crate) fn keys(files: &[(String, Vec<u8>)]) -> Vec<String> {
    files.iter().map(|(name, _)| format!("logs/{name}")).collect()
}

pub(crate) fn ids(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| row["event_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn extracts_answer_as_a_scan_does() {
    for seed in seeds(70, 1) {
        let mut choices = Choices(seed);
        let files = [World::new(seed).files(choices.one_in(2).then_some(seed)), others(&mut choices)].concat();
        let both = Both::of(&files);
        both.spread(&keys(&files), &mut choices);
        for question in QUESTIONS {
            let scanned = both.check(question, WINDOWS[choices.below(3)]);
            assert!(scanned.stdout.len() > 100, "{question:?} {}", scanned.stderr);
        }
        let scanned = both.check(&["activity", "logs", "--calls"], &[]);
        let all: Value = serde_json::from_str(&scanned.stdout).unwrap();
        let row = &all["rows"][choices.below(all["rows"].as_array().unwrap().len())];
        for id in ["run_id", "event_id", "access_key_id"] {
            if let Some(id) = row[id].as_str() {
                both.check(&["show", id, "logs"], &[]);
            }
        }
    }
}

#[test]
fn extracts_of_every_shape_of_file_answer_as_a_scan_does() {
    for top in ["demo", "shapes", "hostile"] {
        let both = Both::of(&[]);
        fs::create_dir_all(both.0.path("direct")).unwrap();
        std::os::unix::fs::symlink(fixture(top), both.0.path("direct/logs")).unwrap();
        let answers = || {
            for question in QUESTIONS {
                both.check(question, &["--from", "2026-10-01", "--to", "2026-12-01"]);
            }
        };
        both.extract_all(&[]);
        answers();
        #[cfg(feature = "parquet")]
        {
            fs::remove_file(both.0.path("extracts/logs/all.ndjson.gz")).unwrap();
            both.extract_to("all.parquet", &[]);
            answers();
        }
        // Who asks for no calls gets what there is without them.
        for question in ["runs", "events", "summary", "findings", "coverage"] {
            let asked = [question, "logs", "-o", "json"];
            let (folded, scanned) = (both.run("extracts", &asked), both.run("direct", &asked));
            assert_eq!((folded.code, folded.stdout), (scanned.code, scanned.stdout), "{top} {question}");
        }
    }
}

/// Calls as columns answer as a scan does, also beside calls as lines, and a store takes them.
#[cfg(feature = "parquet")]
#[test]
fn calls_as_columns_are_those_as_lines() {
    for seed in seeds(80, 1) {
        let mut choices = Choices(seed);
        let files = [World::new(seed).files(Some(seed)), others(&mut choices)].concat();
        let both = Both::of(&files);
        both.extract_to("all.parquet", &[]);
        for question in QUESTIONS {
            both.check(question, WINDOWS[choices.below(3)]);
        }
        let lines = both.extract(&keys(&files[files.len() / 2..]), &[]).join("\n");
        both.0.write("extracts/logs/half.ndjson", lines);
        both.check(&["activity", "logs", "--calls"], &[]);
        for (place, logs) in [("direct", &[][..]), ("extracts", &["--logs", "../direct/logs"])] {
            let sync = [&["sync", "logs", "--store", "s.db", "--activity=calls"], logs].concat();
            assert_eq!(both.run(place, &sync).code, Some(0));
        }
        let calls = ["direct", "extracts"].map(|place| both.run(place, &["activity", "--calls", "store:s.db"]).stdout);
        assert_eq!(calls[0], calls[1]);
    }
}

/// A run whose role assumed another one, which made a call that another log file has.
pub(crate) fn chain() -> Vec<(String, Vec<u8>)> {
    let first = [
        assumed("e-1", "2026-11-02T05:00:00Z", "web"),
        begins(call("e-2", "2026-11-02T05:01:00Z", "web", "2026-11-02T05:00:00Z")).to_string(),
    ];
    let child = of_child(call("e-3", "2026-11-02T05:02:00Z", "web", "2026-11-02T05:01:00Z"), "2026-11-02T05:01:00Z");
    [("111122223333", records(&first)), ("222233334444", records(&[child.to_string()]))]
        .map(|(account, text)| (log_name(account, "2026/11/02", "0505"), text.into_bytes()))
        .into()
}

#[test]
fn what_extracts_lack_is_named_where_nobody_has_it() {
    let files = chain();
    let both = Both::of(&files);
    both.extract_all(&[]);
    let child = &*files[1].0;
    let calls = ["activity", "logs", "--calls", "-o", "json"];
    let check = |logs: Option<&str>, code: i32, expected: &[&str], said: &str| {
        let flags = logs.map(|logs| ["--logs", logs]);
        let ended = both.run("extracts", &[&calls[..], flags.as_ref().map_or(&[][..], |flags| &flags[..])].concat());
        assert_eq!(
            (ended.code, ids(&ended.stdout)),
            (Some(code), expected.iter().map(|it| (*it).to_owned()).collect())
        );
        let line = format!("{child} had to be read a second time for calls of runs, but {said}");
        assert_eq!(ended.stdout.contains(&line), code == 5, "{line}: {}", ended.stdout);
        assert_eq!(ended.stderr.contains(&line), code == 5, "{line}: {}", ended.stderr);
    };
    check(None, 5, &["e-2"], "no --logs names the archive that its extract is of");
    check(Some("../direct/logs"), 0, &["e-2", "e-3"], "");
    check(Some("../extracts"), 5, &["e-2"], "it is not where --logs says");
    let path = both.0.path(&format!("direct/logs/{child}"));
    let before = fs::read(&path).unwrap();
    fs::write(&path, records(&[assumed("e-9", "2026-11-02T05:00:00Z", "web")])).unwrap();
    check(Some("../direct/logs"), 5, &["e-2"], "it has changed since it was extracted");
    // As long as it was, with as many records.
    let altered = String::from_utf8(before.clone()).unwrap().replace("CreateBucket", "DeleteBucket");
    fs::write(&path, altered).unwrap();
    check(Some("../direct/logs"), 5, &["e-2"], "it has changed since it was extracted");
    fs::write(&path, &before[..before.len() / 2]).unwrap();
    check(Some("../direct/logs"), 5, &["e-2"], "it has changed since it was extracted");
    fs::write(&path, before).unwrap();
    check(Some("../direct/logs"), 0, &["e-2", "e-3"], "");
}

#[test]
fn only_findings_lack_what_others_did_with_what_runs_wrote() {
    let begun = "2026-11-02T05:00:00Z";
    let mut own = call("e-2", "2026-11-02T05:01:00Z", "web", begun);
    own["resources"] = json!([{"ARN": "arn:aws:s3:::b"}]);
    let mut of_bob = own.clone();
    of_bob["eventID"] = "e-3".into();
    of_bob["userIdentity"] = json!({"type": "IAMUser", "principalId": "AIDABOB", "accessKeyId": "AKIABOB"});
    let first = [assumed("e-1", begun, "web"), own.to_string()];
    let files = [("111122223333", records(&first)), ("222233334444", records(&[of_bob.to_string()]))]
        .map(|(account, text)| (log_name(account, "2026/11/02", "0505"), text.into_bytes()));
    let both = Both::of(&files);
    both.extract_all(&[]);
    for (command, code) in [
        (&["activity", "logs"][..], 0),
        (&["activity", "logs", "--calls"], 0),
        (&["policy", "logs"], 0),
        (&["show", "e-2", "logs"], 0),
        (&["query", "SELECT * FROM activity", "logs"], 0),
        (&["findings", "logs", "--activity"], 5),
        (&["report", "logs", "--activity"], 5),
    ] {
        let ended = both.run("extracts", command);
        assert_eq!(ended.code, Some(code), "{command:?}: {}", ended.stderr);
        let line = "had to be read once more for what others did with what runs wrote";
        assert_eq!(ended.stderr.contains(line), code == 5, "{command:?}: {}", ended.stderr);
    }
}

#[test]
fn a_column_that_a_call_has_lost_is_told() {
    let files = chain();
    let both = Both::of(&files);
    let lines = both.extract(&keys(&files), &[]);
    let call = lines.iter().position(|line| line.starts_with("{\"row\":\"call\"")).unwrap();
    let row: serde_json::Map<String, Value> = serde_json::from_str(&lines[call]).unwrap();
    let check = |lost: &str, code: i32| {
        let mut row = row.clone();
        row.retain(|name, value| !value.is_null() && name != lost);
        let mut lines = lines.clone();
        lines[call] = Value::from(row).to_string();
        both.0.write("extracts/logs/all.ndjson", lines.join("\n"));
        let ended = both.run("extracts", &["activity", "logs", "--calls", "-o", "json", "--logs", "../direct/logs"]);
        assert_eq!(ended.code, Some(code), "{lost}: {}", ended.stderr);
        assert_eq!(ended.stdout.contains("cannot be read"), code == 5, "{lost}: {}", ended.stdout);
    };
    check("", 0);
    check("filled", 0);
    let names = row.iter().filter(|(name, value)| !value.is_null() && *name != "filled");
    for (lost, _) in names {
        check(lost, 5);
    }
}

#[test]
fn what_cannot_be_told_by_extracts_is_refused_by_name() {
    let both = Both::of(&chain());
    let check = |place: &str, args: &[&str], said: &str| {
        let ended = both.run(place, args);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
    };
    check("direct", &["activity", "logs", "--logs", "logs"], "no source holds an extract");
    check("direct", &["activity", "logs", "--logs", "event-history:"], "is no archive of log files");
    check("direct", &["findings", "logs", "--logs", "logs"], "--logs is about calls of runs");
    both.extract_all(&[]);
    check("extracts", &["keys", "logs"], "extracts hold no calls with long-lived credentials");
    let sync = ["sync", "logs", "--store", "s.db"];
    check("extracts", &[&sync[..], &["--logs", "../direct/logs"]].concat(), "--logs is about calls of runs");
    let directly = [&sync[..], &["--activity", "--logs", "logs"]].concat();
    check("direct", &directly, "no source holds an extract");
    let host = ["activity", "logs", "--tfe-host", "tfe.example.com"];
    check("extracts", &host, "was extracted without the --tfe-host that is asked for");
    check("extracts", &["activity", "logs", "--all-issuers"], "was extracted without --all-issuers");
    let out = "../extracts/logs/all.ndjson.gz";
    assert_eq!(both.run("direct", &["extract", "logs", "--out", out, "-q"]).code, Some(0));
    for question in QUESTIONS {
        let mut question = question.to_vec();
        if question[0] == "report" {
            question.extend(WINDOWS[0]);
        }
        check("extracts", &question, "was extracted without --activity");
    }
    check("extracts", &["sync", "logs", "--store", "s.db", "--activity"], "was extracted without --activity");
    check("extracts", &["show", "e-2", "logs"], "extract --activity makes extracts with calls of runs");
    // The same log files with calls, too.
    let more = "../extracts/logs/more.ndjson";
    assert_eq!(both.run("direct", &["extract", "logs", "--activity", "--out", more, "-q"]).code, Some(0));
    both.check(&["activity", "logs", "--calls"], &[]);
}

#[test]
fn extracts_for_more_issuers_answer_about_fewer() {
    for seed in seeds(90, 1) {
        let files = World::new(seed).files(None);
        let both = Both::of(&files);
        both.extract_all(&["--all-issuers"]);
        for flags in [&[][..], &["--all-issuers"], &["--tfe-host", "tfe.example.com"]] {
            for question in &QUESTIONS[..7] {
                both.check(question, flags);
            }
        }
    }
}

#[test]
fn an_extract_without_calls_is_gone_on_with_for_them() {
    let both = Both::of(&World::new(91).files(None));
    let out = ["extract", "logs", "--out", "../extracts/logs/all.ndjson.gz", "--resume", "-q"];
    for flags in [&[][..], &["--activity"], &["--activity"]] {
        assert_eq!(both.run("direct", &[&out[..], flags].concat()).code, Some(0));
        let size = fs::metadata(both.0.path("extracts/logs/all.ndjson.gz")).unwrap().len();
        if !flags.is_empty() {
            both.check(&["activity", "logs", "--calls"], &[]);
        }
        // What is there is not read again.
        assert_eq!(both.run("direct", &[&out[..], flags].concat()).code, Some(0));
        assert_eq!(fs::metadata(both.0.path("extracts/logs/all.ndjson.gz")).unwrap().len(), size, "{flags:?}");
    }
}

/// A window that an extract was made for answers about calls in it: their sessions may have begun before.
#[test]
fn an_extract_of_a_window_reaches_as_far_back_as_sessions_do() {
    let both = Both::of(&World::new(92).files(None));
    for window in &WINDOWS[1..] {
        both.extract_all(window);
        both.check(&["activity", "logs", "--calls"], window);
        let runs = [&["runs", "logs", "-o", "json"], *window].concat();
        let (folded, scanned) = (both.run("extracts", &runs), both.run("direct", &runs));
        assert_eq!((folded.code, folded.stdout), (scanned.code, scanned.stdout), "{window:?}");
    }
}

#[cfg(feature = "aws")]
#[test]
fn an_archive_in_a_bucket_has_what_extracts_lack() {
    use crate::buckets::aws;
    use crate::s3::Server;

    let files = World::new(93).files(None);
    let folder = Folder::new();
    for (name, bytes) in &files {
        folder.write(&format!("buckets/logs/{name}"), bytes);
    }
    let server = Server::start(&folder.path("buckets"));
    let out = folder.arg("extracts/all.ndjson");
    fs::create_dir_all(folder.path("extracts")).unwrap();
    let window = ["--from", "2026-11-01", "--to", "2026-11-20"];
    let extract = [&["extract", "s3://logs", "--activity", "--out", &out], &window[..]].concat();
    assert_eq!(aws(&server, &extract).ended().code, Some(0));
    let extracts = folder.arg("extracts");
    for question in [&["activity", "--calls"] as &[&str], &["policy"], &["findings", "--activity"]] {
        let asked = |sources: &[&str]| {
            let ended = aws(&server, &[question, sources, &window, &["-o", "json"]].concat()).ended();
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            let said: Value = serde_json::from_str(&ended.stdout).unwrap();
            (said["rows"].clone(), ["calls", "records", "kept", "bytes"].map(|part| said["coverage"][part].clone()))
        };
        let scanned = asked(&["s3://logs"]);
        assert!(scanned.0.as_array().unwrap().len() > 3);
        for logs in ["s3://logs", &folder.arg("buckets/logs")] {
            assert_eq!(asked(&[&extracts, "--logs", logs]), scanned, "{question:?} {logs}");
        }
    }
    // An object that is gone is named.
    for (name, _) in &files {
        fs::remove_file(folder.path(&format!("buckets/logs/{name}"))).unwrap();
    }
    let ended = aws(&server, &["activity", &extracts, "--logs", "s3://logs", "--calls", "-o", "json"]).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stdout.contains("had to be read a second time for calls of runs, but"), "{}", ended.stdout);
}

//! A store answers what a scan answers.

#![expect(clippy::unwrap_used, reason = "a test without its fixtures has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use support::Run;

fn fixtures(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).to_str().unwrap().to_owned()
}

/// A store of some sources.
struct Filled {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Filled {
    fn new(sources: &[&str], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let filled = Self { _folder: folder, path };
        filled.sync(sources, flags);
        filled
    }

    fn sync(&self, sources: &[&str], flags: &[&str]) {
        let args = [&["sync", "--store", self.path()], sources, flags].concat();
        let ended = Run::new(&args).ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{}", ended.stderr);
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn open(&self) -> Connection {
        Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// The command gives the same bytes and the same exit code for the store as for the sources.
    fn check(&self, sources: &[&str], command: &[&str]) {
        let scanned = Run::new(&[&command[..1], sources, &command[1..]].concat()).ended();
        let store = format!("store:{}", self.path());
        let asked = [&command[..1], &[&store], &command[1..]].concat();
        let answered = Run::new(&asked).ended();
        assert_eq!(answered.stdout, scanned.stdout, "{asked:?}\n{}", answered.stderr);
        assert_eq!(answered.code, scanned.code, "{asked:?}\n{}\n{}", answered.stderr, scanned.stderr);
    }
}

const COMMANDS: [&[&str]; 10] = [
    &["runs", "-o", "json"],
    &["events", "-o", "json"],
    &["events", "-o", "csv"],
    &["summary", "-o", "json"],
    &["summary", "-o", "csv", "--by", "day,outcome,kind,log_file"],
    &["coverage", "-o", "json"],
    &["coverage", "-o", "csv"],
    &["runs", "-o", "markdown"],
    &["runs", "-o", "table"],
    &["events", "-o", "ndjson"],
];

/// Windows, which all of the commands take.
const WINDOWS: [&[&str]; 7] = [
    &[],
    &["--from", "2026-11-02"],
    &["--to", "2026-11-03"],
    &["--from", "2026-11-02T10:07:31Z", "--to", "2026-11-03T12:00:00Z"],
    &["--from", "2026-11-02T10:07:31Z", "--to", "2026-11-03T12:00:00Z", "--late-days", "0"],
    &["--from", "2026-11-02", "--to", "2026-11-02T00:00:01Z", "--strict"],
    &["--from", "1999-01-01", "--to", "1999-01-02"],
];

/// Filters, which those take that show events.
const FILTERS: [&[&str]; 22] = [
    &["--org", "acme"],
    &["--org", "!acme"],
    &["--org", "a*", "--org", "!*e"],
    &["--workspace", "w*", "--phase", "plan"],
    &["--workspace", "no-such-workspace"],
    &["--project", "Default Project"],
    &["--stack", "*"],
    &["--deployment", "/./"],
    &["--kind", "other"],
    &["--kind", "!workspace"],
    &["--run", "run-*"],
    &["--run", "run-LMCK4SSiBfR6Y6rb"],
    &["--run", "!run-LMCK4SSiBfR6Y6rb"],
    &["--outcome", "denied"],
    &["--account", "111122223333", "--region", "eu-*"],
    &["--role", "*deploy*"],
    &["--ip", "192.0.2.0/24"],
    &["--issuer", "app.terraform.io"],
    &["--whole-runs", "--phase", "apply"],
    &["--whole-runs", "--from", "2026-11-02T12:00:00Z"],
    &["--whole-runs", "--run-gap", "1m", "--kind", "stack", "--phase", "plan"],
    &["--from", "2026-11-02T12:00:00Z", "--org", "acme", "--phase", "plan"],
];

#[test]
fn a_store_answers_what_a_scan_answers() {
    let (demo, shapes, hostile) = (fixtures("demo"), fixtures("shapes"), fixtures("hostile"));
    let all: &[&str] = &[&demo, &shapes, &hostile];
    let store = Filled::new(all, &[]);
    for command in COMMANDS {
        for window in WINDOWS {
            store.check(all, &[command, window].concat());
        }
    }
    for command in [COMMANDS[0], COMMANDS[1], COMMANDS[3]] {
        for filter in FILTERS {
            store.check(all, &[command, filter].concat());
        }
    }
}

#[test]
fn the_store_is_read_where_no_source_is_given() {
    let demo = fixtures("demo");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let run = |args: &[&str]| Run::new(args).env("XDG_DATA_HOME", data).ended();
    assert!(run(&["runs"]).stderr.starts_with("tfctrail: error: no source given\n"));
    assert_eq!(run(&["sync", &demo]).code, Some(0));
    let scanned = run(&["runs", "-o", "json", &demo]).stdout;
    let path = folder.path().join("tfctrail/store.db");
    let path = path.to_str().unwrap();
    for asked in
        [&["runs", "-o", "json"][..], &["runs", "-o", "json", "store:"], &["runs", "-o", "json", "--store", path]]
    {
        assert_eq!(run(asked).stdout, scanned, "{asked:?}");
    }
}

#[test]
fn one_source_is_as_good_as_many() {
    for name in ["demo", "shapes", "hostile", "shapes/records.json", "hostile/empty.json"] {
        let source = fixtures(name);
        let store = Filled::new(&[&source], &[]);
        for command in COMMANDS {
            store.check(&[&source], command);
        }
    }
}

#[test]
fn a_wider_store_answers_narrower_questions() {
    let sources = [fixtures("shapes"), fixtures("hostile")];
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let host = ["--tfe-host", "tfe.example.com"];
    let store = Filled::new(&sources, &["--all-issuers"]);
    for flags in [&[][..], &host, &["--all-issuers"], &["--all-issuers", host[0], host[1]]] {
        for command in COMMANDS {
            store.check(&sources, &[command, flags].concat());
            store.check(&sources, &[command, flags, &["--from", "2026-11-02T10:00:30Z"]].concat());
        }
        store.check(&sources, &[&["runs", "-o", "json", "--org", "acme"], flags].concat());
    }
}

#[test]
fn a_narrower_store_says_so_until_it_is_filled_for_more() {
    let shapes = fixtures("shapes");
    let store = Filled::new(&[&shapes], &[]);
    let asked = ["runs", "-o", "json", "--all-issuers", "--store", store.path()];
    let ended = Run::new(&asked).ended();
    assert!(ended.stderr.contains("were read for fewer issuers than are asked for"), "{}", ended.stderr);
    store.sync(&[&shapes], &["--all-issuers"]);
    store.check(&[&shapes], &["runs", "-o", "json", "--all-issuers"]);
    store.check(&[&shapes], &["runs", "-o", "json"]);
}

#[test]
fn a_salvaged_store_answers_what_a_salvaging_scan_answers() {
    let hostile = fixtures("hostile");
    let store = Filled::new(&[&hostile], &["--salvage"]);
    for command in COMMANDS {
        store.check(&[&hostile], &[command, &["--salvage"]].concat());
    }
}

#[test]
fn a_store_goes_together_with_other_sources() {
    let (shapes, hostile) = (fixtures("shapes"), fixtures("hostile"));
    let store = Filled::new(&[&shapes], &[]);
    let asked = format!("store:{}", store.path());
    for command in [COMMANDS[1], COMMANDS[5]] {
        let scanned = Run::new(&[&command[..1], &[&hostile, &shapes], &command[1..]].concat()).ended();
        let both = Run::new(&[&command[..1], &[&hostile, &asked], &command[1..]].concat()).ended();
        assert_eq!(both.stdout, scanned.stdout);
    }
}

/// The rows of a view as CSV, without neutralising anything.
fn view(store: &Filled, view: &str) -> String {
    let connection = store.open();
    let mut statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(&names).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cells = (0..names.len()).map(|at| match row.get_ref(at).unwrap() {
            ValueRef::Null => String::new(),
            ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap().to_owned(),
        });
        writer.write_record(cells).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The records of a CSV text.
fn records(text: &str) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

#[test]
fn views_are_the_rows_of_the_commands() {
    for flags in [&[][..], &["--all-issuers"]] {
        for name in ["demo", "shapes", "hostile"] {
            let source = fixtures(name);
            let store = Filled::new(&[&source], flags);
            for command in ["events", "runs"] {
                let written = Run::new(&[&[command, &source, "-o", "csv", "--csv-raw"], flags].concat()).ended();
                assert_eq!(records(&view(&store, command)), records(&written.stdout), "{command} {name} {flags:?}");
            }
        }
    }
}

#[test]
fn stores_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    fs::write(&path, "notes").unwrap();
    for args in [["runs", "--store"], ["sync", "--store"]] {
        let source = if args[0] == "sync" { vec![fixtures("demo")] } else { Vec::new() };
        let mut args: Vec<&str> = [&args[..], &[path.to_str().unwrap()]].concat();
        args.extend(source.iter().map(String::as_str));
        let ended = Run::new(&args).ended();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("the file is no tfctrail store"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "notes");
}

//! `store export` from outside: what is read back is what the store holds.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "support/events.rs"]
mod events;
#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use events::{Folder, event, records};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use support::Run;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

/// A folder with a store of the demo in it.
fn stored() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let ended = Run::new(&["sync", DEMO, "--store", "store.db", "-q"]).dir(folder.path()).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    folder
}

fn export(folder: &Path, flags: &[&str]) {
    let ended = Run::new(&[&["store", "export", "--store", "store.db"], flags].concat()).dir(folder).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("tfctrail: 62 events and 22 runs written to "), "{}", ended.stderr);
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| (file.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), file.into_path()))
        .collect()
}

fn of_command(command: &str, format: &str) -> String {
    Run::new(&[command, DEMO, "-o", format, "-q", "--csv-raw", "--no-header"]).ended().stdout
}

fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::TimestampMillis(time) => {
            assert_eq!(time % 1_000, 0);
            tfctrail::domain::timestamp::Timestamp::from_seconds(time / 1_000).unwrap().to_string()
        }
        Field::ListInternal(list) => list.elements().iter().map(text).collect::<Vec<_>>().join(";"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn parquet_reads_back_as_the_rows_of_the_commands() {
    let folder = stored();
    export(folder.path(), &["--out", "lake"]);
    for (command, time) in [("events", 0), ("runs", 9)] {
        let mut rows = Vec::new();
        for (name, path) in files(&folder.path().join("lake").join(command)) {
            let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                let cells: Vec<String> = row.unwrap().get_column_iter().map(|(_, field)| text(field)).collect();
                let (year, month, day) = (&cells[time][..4], &cells[time][5..7], &cells[time][8..10]);
                assert_eq!(name, format!("year={year}/month={month}/day={day}/{command}.parquet"));
                rows.push(cells);
            }
        }
        let csv = of_command(command, "csv");
        let expected: Vec<Vec<String>> = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(csv.as_bytes())
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert!(expected.len() > 20);
        assert_eq!(rows, expected, "{command}");
    }
}

#[test]
fn text_formats_are_the_bytes_of_the_commands() {
    let folder = stored();
    export(folder.path(), &["--format", "csv", "--out", "csv"]);
    export(folder.path(), &["--format", "ndjson", "--out", "ndjson"]);
    for command in ["events", "runs"] {
        let csv = Run::new(&[command, DEMO, "-o", "csv", "-q"]).ended().stdout;
        assert_eq!(std::fs::read_to_string(folder.path().join(format!("csv/{command}.csv"))).unwrap(), csv);
        let exported = folder.path().join(format!("ndjson/{command}.ndjson"));
        assert_eq!(std::fs::read_to_string(exported).unwrap(), of_command(command, "ndjson"));
    }
    assert_eq!(files(&folder.path().join("csv")).len(), 2);
}

#[test]
fn the_same_store_gives_the_same_bytes_to_its_owner_alone() {
    let folder = stored();
    export(folder.path(), &["--out", "one"]);
    std::fs::create_dir(folder.path().join("two")).unwrap();
    export(folder.path(), &["--out", "two"]);
    let [one, two] = ["one", "two"].map(|name| files(&folder.path().join(name)));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert_eq!(one.len(), 10);
    for (name, path) in &one {
        assert_eq!(std::fs::read(path).unwrap(), std::fs::read(&two[name]).unwrap(), "{name}");
    }
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(folder.path().join("one")) {
        let entry = entry.unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions()) & 0o777;
        assert_eq!(mode, if entry.file_type().is_dir() { 0o700 } else { 0o600 }, "{}", entry.path().display());
    }
}

#[test]
fn an_older_export_is_replaced_as_a_whole_and_nothing_else_is() {
    let folder = stored();
    export(folder.path(), &["--out", "lake", "--format", "csv"]);
    export(folder.path(), &["--out", "new"]);
    export(folder.path(), &["--out", "lake", "--overwrite"]);
    let bytes = |name: &str| {
        let files = files(&folder.path().join(name)).into_iter();
        files.map(|(name, path)| (name, std::fs::read(path).unwrap())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(bytes("lake"), bytes("new"));
    export(folder.path(), &["--out", "another", "--overwrite"]);
    assert_eq!(bytes("another"), bytes("new"));
    std::fs::write(folder.path().join("rows.csv"), of_command("runs", "csv")).unwrap();
    // Files of somebody else, also where one expects files of ours, and links to whatever.
    let foreign = |name: &str, make: &dyn Fn(&Path)| {
        let place = folder.path().join("lake").join(name);
        make(&place);
        let before = files(folder.path());
        let args = ["store", "export", "--store", "store.db", "--out", "lake", "--overwrite"];
        let ended = Run::new(&args).dir(folder.path()).ended();
        let expected = format!("tfctrail: error: --out 'lake': holds 'lake/{name}', which no export wrote");
        assert_eq!((ended.stderr.lines().next(), ended.code), (Some(expected.as_str()), Some(2)));
        assert_eq!(files(folder.path()), before);
        std::fs::remove_file(place).unwrap();
    };
    // What this tool wrote, but no export did: another store, a report.
    foreign("store.db", &|path| _ = std::fs::copy(folder.path().join("store.db"), path).unwrap());
    foreign("2026-11-05.csv", &|path| _ = std::fs::copy(folder.path().join("rows.csv"), path).unwrap());
    foreign("notes.txt", &|path| std::fs::write(path, "mine").unwrap());
    foreign("events/year=2026/events.parquet", &|path| std::fs::write(path, "mine").unwrap());
    foreign("events/year=2026/log.json", &|path| std::fs::write(path, "{\"Records\":[]}").unwrap());
    #[cfg(unix)]
    foreign("runs/link", &|path| std::os::unix::fs::symlink("../../store.db", path).unwrap());
    export(folder.path(), &["--out", "lake", "--overwrite"]);
    assert_eq!(bytes("lake"), bytes("new"));
    let left = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".tfctrail-")
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let folder = stored();
    std::fs::create_dir(folder.path().join("full")).unwrap();
    std::fs::write(folder.path().join("full/file"), "").unwrap();
    let check = |args: &[&str], code: i32, expected: &str| {
        let before = files(folder.path());
        let ended = Run::new(&[&["store", "export"], args].concat()).dir(folder.path()).ended();
        let first = ended.stderr.lines().next().unwrap_or_default();
        assert_eq!((first, ended.code), (format!("tfctrail: error: {expected}").as_str(), Some(code)), "{args:?}");
        assert_eq!(files(folder.path()), before);
    };
    let store = ["--store", "store.db", "--out"];
    check(&[&store[..], &["full"]].concat(), 2, "--out 'full': is a directory that is not empty");
    check(&[&store[..], &["full/file"]].concat(), 2, "--out 'full/file': not a directory");
    check(&[&store[..], &["none/lake"]].concat(), 2, "--out 'none/lake': there is no directory 'none'");
    check(&[&store[..], &["."]].concat(), 2, "--out '.': is a directory that is not empty");
    check(&["--store", "none.db", "--out", "lake"], 2, "store none.db: no such file");
    check(&["--store", "full/file", "--out", "lake"], 2, "store full/file: the file is no tfctrail store");
    let refused = "invalid value 'json' for '--format <FORMAT>' [possible values: parquet, csv, ndjson]";
    check(&[&store[..], &["lake", "--format", "json"]].concat(), 2, refused);
    assert!(!folder.path().join("lake").exists());
}

#[test]
fn a_report_of_any_command_can_be_parquet() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["coverage", DEMO][..],
        &["summary", DEMO, "--by", "account_id"],
        &["query", "SELECT avg(denied) AS a FROM runs", DEMO],
    ] {
        let path = folder.path().join(format!("{}.parquet", args[0]));
        let ended = Run::new(&[args, &["-o", "parquet", "--out", path.to_str().unwrap()]].concat()).ended();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{args:?}: {}", ended.stderr);
        let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
        assert!(reader.get_row_iter(None).unwrap().count() > 0, "{args:?}");
    }
    let mixed = "SELECT value AS v FROM json_each('[1,\"x\"]')";
    let path = folder.path().join("mixed.parquet");
    let ended = Run::new(&["query", mixed, DEMO, "-q", "-o", "parquet", "--out", path.to_str().unwrap()]).ended();
    assert_eq!((ended.code, path.exists()), (Some(1), false));
    assert!(ended.stderr.contains("column v has values of several kinds"), "{}", ended.stderr);
}

/// What the guide tells Athena about a table, as `name type`.
fn told_athena(table: &str) -> Vec<String> {
    let page = include_str!("../docs/src/export.md");
    let (_, rest) = page.split_once(&format!("CREATE EXTERNAL TABLE tfctrail_{table} (")).unwrap();
    let (columns, _) = rest.split_once(")\nPARTITIONED BY").unwrap();
    columns.split(',').map(|column| column.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_guide_tells_athena_what_the_files_hold() {
    let folder = stored();
    export(folder.path(), &["--out", "lake"]);
    for table in ["events", "runs"] {
        let all = files(&folder.path().join("lake").join(table));
        let reader = SerializedFileReader::new(std::fs::File::open(all.values().next().unwrap()).unwrap()).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let kind = |field: &parquet::schema::types::Type| {
            use parquet::basic::{ConvertedType, Type};
            match field.get_basic_info().converted_type() {
                ConvertedType::LIST => "array<string>",
                ConvertedType::UTF8 => "string",
                ConvertedType::TIMESTAMP_MILLIS => "timestamp",
                ConvertedType::NONE if field.get_physical_type() == Type::INT64 => "bigint",
                other => panic!("{other:?}"),
            }
        };
        let found: Vec<String> =
            schema.root_schema().get_fields().iter().map(|field| format!("{} {}", field.name(), kind(field))).collect();
        assert_eq!(told_athena(table), found);
    }
}

/// Values that hold what joins a list, or what JSON means something by.
const HOSTILE: [[&str; 2]; 6] = [
    ["eu-west-1", "eu;west-1"],
    ["111122223333", "1;2"],
    ["192.0.2.7", "svc.example.com;x"],
    ["plan", "pl;an"],
    ["Terraform/1.9.5", "Terraform/1;9;[\\\"5\\\"],"],
    ["role/deploy/web", "role/deploy;web"],
];

#[test]
fn what_a_stranger_writes_is_one_item_of_a_list() {
    let folder = Folder::new();
    let clean = event("1", "2026-11-02T10:00:00Z", "web")
        .replace("Terraform/1.9.5", "Terraform/1.9.5 terraform-provider-aws/5");
    let hostile = HOSTILE
        .iter()
        .fold(clean.replace("\"eventID\":\"1\"", "\"eventID\":\"2\""), |text, [from, to]| text.replace(from, to));
    folder.write("logs/a.json", records(&[clean, hostile.replace("aws/5", "aws/5;0")]));
    let (logs, store) = (folder.arg("logs"), folder.arg("store.db"));
    assert_eq!(Run::new(&["sync", &logs, "--store", &store, "-q"]).ended().code, Some(0));
    let lists = "phases,account_ids,regions,source_ips,role_arns,terraform_versions,provider_versions";
    let expected = serde_json::json!({
        "phases": ["pl;an", "plan"],
        "account_ids": ["111122223333", "1;2"],
        "regions": ["eu-west-1", "eu;west-1"],
        "source_ips": ["192.0.2.7", "svc.example.com;x"],
        "role_arns": ["arn:aws:iam::111122223333:role/deploy/web", "arn:aws:iam::1;2:role/deploy;web"],
        "terraform_versions": ["1.9.5", "1;9;[\"5\"],"],
        "provider_versions": ["5", "5;0"],
    });
    let joined = |row: &serde_json::Value| {
        let cells = lists.split(',').map(|name| {
            let items: Vec<&str> = row[name].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
            items.join(";")
        });
        cells.collect::<Vec<_>>()
    };
    for source in [logs.clone(), format!("store:{store}")] {
        let rows = |format: &str| Run::new(&["runs", &source, "-q", "-o", format, "--columns", lists]).ended().stdout;
        let json: serde_json::Value = serde_json::from_str(&rows("json")).unwrap();
        assert_eq!(json["rows"], serde_json::json!([expected]), "{source}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&rows("ndjson")).unwrap(), expected, "{source}");
        let csv = rows("csv");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let cells: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(cells, joined(&expected), "{source}");
        let asked = |sql: &str| Run::new(&["query", sql, &source, "-q", "-o", "csv"]).ended().stdout;
        assert_eq!(asked(&format!("SELECT {lists} FROM runs")), csv, "{source}");
        let out = folder.arg("rows.parquet");
        Run::new(&["runs", &source, "-q", "-o", "parquet", "--out", &out, "--columns", lists]).ended();
        assert_eq!(lists_of(Path::new(&out)), items_of(&expected, lists), "{source}");
    }
    let export = |format: &str| {
        let out = folder.arg(format);
        let ended = Run::new(&["store", "export", "--store", &store, "--format", format, "--out", &out, "-q"]).ended();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    };
    export("ndjson");
    let row: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path("ndjson/runs.ndjson")).unwrap()).unwrap();
    assert_eq!(joined(&row), joined(&expected));
    assert!(lists.split(',').all(|name| row[name] == expected[name]), "{row}");
    export("csv");
    let csv = Run::new(&["runs", &logs, "-q", "-o", "csv"]).ended().stdout;
    assert_eq!(std::fs::read_to_string(folder.path("csv/runs.csv")).unwrap(), csv);
    export("parquet");
    let (_, path) = files(&folder.path("parquet/runs")).pop_first().unwrap();
    assert_eq!(lists_of(&path), items_of(&expected, lists));
}

/// The lists of the first row, item by item.
fn lists_of(path: &Path) -> Vec<Vec<String>> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let lists = row.get_column_iter().filter_map(|(_, field)| match field {
        Field::ListInternal(list) => Some(list.elements().iter().map(text).collect()),
        _ => None,
    });
    lists.collect()
}

/// The lists of a row of JSON in the order of `names`, item by item.
fn items_of(row: &serde_json::Value, names: &str) -> Vec<Vec<String>> {
    let items =
        |name: &str| row[name].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect();
    names.split(',').map(items).collect()
}

//! Several prefixes of one bucket in a store: what is said of one stays, whatever is synced or removed of another.

use super::buckets::aws;
use super::events::Folder;
use super::s3::Fault;
use super::{REGION, date, ids, key, put, serve, stored, support, today};

/// A store of the prefixes of a bucket, where some listings are refused.
struct Prefixes {
    folder: Folder,
    from: String,
}

impl Prefixes {
    /// Log files on each of the last days below `one/` and `two/`.
    fn new() -> Self {
        let folder = Folder::new();
        for (prefix, days_ago) in [("one/", 5), ("one/", 1), ("two/", 5), ("two/", 1)] {
            let id = format!("{}{days_ago}", &prefix[..3]);
            put(&folder, &key(&format!("{prefix}{REGION}"), days_ago, "M"), &id, days_ago);
        }
        Self { folder, from: today().plus(-6).to_string() }
    }

    /// The exit code of a sync from so many days ago on, while the listing of a folder is refused.
    fn sync(&self, source: &str, days_ago: i64, refused: &str) -> Option<i32> {
        let refused = refused.to_owned();
        let server = serve(&self.folder, move |asked| match asked.operation {
            "List" if !refused.is_empty() && asked.key == refused => Fault::Error(403, "AccessDenied", "Access Denied"),
            _ => Fault::None,
        });
        let (store, from) = (self.folder.arg("store.db"), today().plus(-days_ago).to_string());
        let ended = aws(&server, &["sync", source, "--store", &store, "--from", &from]).ended();
        ended.code
    }

    /// What the store says that could not be listed, of all days or of those from `from` on.
    fn failed(&self, from: &str) -> Vec<String> {
        let args = ["coverage", "-o", "json", "--store", &self.folder.arg("store.db"), "--from", from];
        let ended = support::Run::new(&args).ended();
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let files = &answer["coverage"]["files"];
        let failed: Vec<String> = answer["coverage"]["failed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|failed| failed["file"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(files["failed"], failed.len());
        assert_eq!(ended.code == Some(5), !failed.is_empty(), "{}", ended.stderr);
        failed
    }
}

#[test]
fn what_is_said_of_one_prefix_stays_while_another_is_read() {
    let bucket = Prefixes::new();
    let day = |prefix: &str| format!("{prefix}{REGION}{}", date(5));
    let (one, two) = (day("one/"), day("two/"));
    assert_eq!(bucket.sync("s3://logs/one/", 6, &one), Some(5));
    assert_eq!(bucket.failed(&bucket.from), [one.as_str()]);
    assert_eq!(bucket.sync("s3://logs/two", 6, &two), Some(5));
    assert_eq!(bucket.failed(&bucket.from), [one.as_str(), &two]);
    let info = support::Run::new(&["store", "info", "-o", "csv", "--store", &bucket.folder.arg("store.db")]).ended();
    let rows: Vec<&str> = info.stdout.lines().skip(1).map(|line| line.split_once(",bucket,").unwrap().0).collect();
    assert_eq!(rows, ["s3://logs/one/", "s3://logs/two"]);
    assert!(info.stdout.lines().skip(1).all(|line| line.ends_with(",2,1,1,1,")), "{}", info.stdout);
    // The same prefix, of fewer days.
    assert_eq!(bucket.sync("s3://logs/one/", 2, ""), Some(0));
    assert_eq!(bucket.failed(&bucket.from), [one.as_str(), &two]);
    // The same prefix, of all of them.
    assert_eq!(bucket.sync("s3://logs/one", 6, ""), Some(0));
    assert_eq!(bucket.failed(&bucket.from), [two.as_str()]);
    // The whole bucket, of fewer days; then of all of them.
    assert_eq!(bucket.sync("s3://logs", 2, ""), Some(0));
    assert_eq!(bucket.failed(&bucket.from), [two.as_str()]);
    assert_eq!(bucket.sync("s3://logs", 6, ""), Some(0));
    assert_eq!(bucket.failed(&bucket.from), [""; 0]);
    assert_eq!(ids(&bucket.folder).len(), 4, "no log file is there twice");
    let check = support::Run::new(&["store", "check", "--store", &bucket.folder.arg("store.db")]).ended();
    assert_eq!(check.code, Some(0), "{}", check.stdout);
}

#[test]
fn a_prefix_is_removed_without_the_others() {
    let bucket = Prefixes::new();
    let store = bucket.folder.arg("store.db");
    let remove = |source: &str| support::Run::new(&["store", "remove", source, "--store", &store]).ended();
    let left = || ids(&bucket.folder).into_iter().collect::<Vec<_>>().join(" ");
    let sync_all = || {
        for source in ["s3://logs/one/", "s3://logs/two/"] {
            assert_eq!(bucket.sync(source, 6, ""), Some(0));
        }
    };
    sync_all();
    let ended = remove("s3://logs/three/");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("it has s3://logs/one/, s3://logs/two/"), "{}", ended.stderr);
    assert_eq!(remove("s3://logs/one").code, Some(0));
    assert_eq!(left(), "two1 two5");
    assert_eq!(stored::column(&bucket.folder.path("store.db"), "SELECT label FROM sources"), ["s3://logs/two/"]);
    // Its days are listed and read again.
    sync_all();
    assert_eq!(left(), "one1 one5 two1 two5");
    // What lies in another part stays.
    assert_eq!(bucket.sync("s3://logs/one/AWSLogs/", 6, ""), Some(0));
    assert_eq!(remove("s3://logs/one/").code, Some(0));
    assert_eq!(left(), "one1 one5 two1 two5");
    assert_eq!(remove("s3://logs").code, Some(0));
    assert_eq!(left(), "");
}

#[test]
fn a_prefix_with_a_line_break_is_one_prefix() {
    let bucket = Prefixes::new();
    put(&bucket.folder, &key(&format!("tw\n/{REGION}"), 1, "M"), "odd1", 1);
    for source in ["s3://logs/two/", "s3://logs/tw\n/"] {
        assert_eq!(bucket.sync(source, 6, ""), Some(0), "{source:?}");
    }
    let store = bucket.folder.arg("store.db");
    let kept = || {
        let info = support::Run::new(&["store", "info", "-o", "json", "--store", &store]).ended();
        let info: serde_json::Value = serde_json::from_str(&info.stdout).unwrap();
        info["rows"].as_array().unwrap().iter().map(|row| row["kept"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(kept(), [2, 1]);
    assert_eq!(support::Run::new(&["store", "remove", "s3://logs/tw\n/", "--store", &store]).ended().code, Some(0));
    assert_eq!(ids(&bucket.folder).into_iter().collect::<Vec<_>>(), ["two1", "two5"]);
}

#[test]
fn a_prefix_without_a_log_file_is_said_beside_one_with_some() {
    let bucket = Prefixes::new();
    assert_eq!(bucket.sync("s3://logs/one/", 6, ""), Some(0));
    assert_eq!(bucket.failed(&bucket.from), [""; 0]);
    bucket.sync("s3://logs/none/", 6, "");
    let ended = support::Run::new(&["runs", "--store", &bucket.folder.arg("store.db")]).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("s3://logs/none/: holds no log file"), "{}", ended.stderr);
}

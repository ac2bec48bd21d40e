//! The store that is filled from a table of Athena: days that cannot change are not asked for again, late log files are not
//! missed, and nothing is there twice.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/athena/mod.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod athena;
#[path = "support/stored.rs"]
mod stored;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::SystemTime;

use athena::table::{Table, TableRow};
use athena::{Faults, Server};
use serde_json::json;
use stored::{column, counts, tables};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const ACCOUNT: &str = "111122223333";
const TABLE: &str = "athena:security.cloudtrail";

/// The present, the same for all tests of this process.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap()
});

/// An assumption of so many days ago, in a log file that was delivered on that day or later.
fn row(id: u32, days_ago: i64, days_late: i64) -> TableRow {
    let subject = "organization:acme:project:core:workspace:web:run_phase:plan";
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    let day = NOW.day().plus(-days_ago);
    let folder = day.plus(days_late).to_string();
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": "WebIdentityUser", "principalId": format!("{provider}:a:{subject}"), "userName": subject,
            "identityProvider": provider},
        "eventTime": day.start().to_string(),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "Terraform/1.9.5",
        "requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/deploy",
            "roleSessionName": format!("terraform-run-run-{id}")},
        "responseElements": null,
        "errorCode": "AccessDenied",
        "eventID": format!("{id:08x}-0000-4000-8000-000000000000"),
        "recipientAccountId": ACCOUNT,
    });
    let key = format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{}/{ACCOUNT}_CloudTrail_eu-west-1_{}T0005Z_{:016}.json.gz",
        folder.replace('-', "/"),
        folder.replace('-', ""),
        id / 3
    );
    TableRow { day: folder.replace('-', "/"), key, record }
}

/// Some rows of each of the last days, three a log file.
fn daily(days: u32) -> Vec<TableRow> {
    (0..days * 9).map(|id| row(id, i64::from(id / 9), 0)).collect()
}

struct Store(tempfile::TempDir);

impl Store {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    fn sync(&self, server: &Server, more: &[&str]) -> Ended {
        let (url, store) = (server.url(), self.path());
        let mut args = vec!["sync", TABLE, "--endpoint-url", &url, "-o", "json", "--from", "20d"];
        args.extend(["--store", store.to_str().unwrap()]);
        args.extend(more);
        let run = Run::new(&args).env("AWS_ACCESS_KEY_ID", "AKIA111122223333EXAMPLE");
        run.env("AWS_SECRET_ACCESS_KEY", "secret").env("AWS_REGION", "eu-west-1").ended()
    }

    fn synced(&self, rows: &[TableRow], more: &[&str]) -> Server {
        let server = serve(rows, Faults::default());
        let ended = self.sync(&server, more);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        server
    }

    fn ids(&self) -> BTreeSet<String> {
        let ids = column(&self.path(), "SELECT event_id FROM events");
        let distinct: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(ids.len(), distinct.len(), "nothing is there twice");
        distinct
    }

    /// What is said of the events in the store, and of what is missing.
    fn events(&self) -> Ended {
        Run::new(&["events", "-o", "csv", "--store", self.path().to_str().unwrap()]).ended()
    }
}

fn serve(rows: &[TableRow], faults: Faults) -> Server {
    Server::start(Table::new(rows.to_vec()), faults)
}

fn ids(rows: &[TableRow]) -> BTreeSet<String> {
    rows.iter().map(|row| row.record["eventID"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn complete_days_are_not_asked_for_again() {
    let (store, mut rows) = (Store::new(), daily(12));
    let server = store.synced(&rows, &[]);
    assert_eq!(store.ids(), ids(&rows));
    assert!(server.statements()[0].contains(&NOW.day().plus(-20).to_string().replace('-', "/")));
    let before = tables(&store.path());
    let server = store.synced(&rows, &[]);
    assert_eq!(tables(&store.path()), before, "what is asked for again replaces itself");
    let second = server.statements()[0].clone();
    assert!(!second.contains(&NOW.day().plus(-9).to_string().replace('-', "/")), "{second}");
    assert!(second.contains(&NOW.day().to_string().replace('-', "/")), "{second}");
    // A log file that comes late is in the folder of the day on which it came.
    rows.push(row(1_000, 3, 3));
    rows.push(row(1_001, 0, 0));
    store.synced(&rows, &[]);
    assert_eq!(store.ids(), ids(&rows));
    // What somebody put into an old folder takes a flag.
    rows.push(row(1_002, 11, 0));
    store.synced(&rows, &[]);
    assert_eq!(store.ids().len(), rows.len() - 1);
    store.synced(&rows, &["--refresh"]);
    assert_eq!(store.ids(), ids(&rows));
    // So does one that says how late a log file may come.
    rows.push(row(1_003, 11, 0));
    store.synced(&rows, &["--look-back", "10"]);
    assert_eq!(store.ids().len(), rows.len() - 1);
    let server = store.synced(&rows, &["--look-back", "11"]);
    assert_eq!(store.ids(), ids(&rows));
    assert!(!server.statements()[0].contains(&NOW.day().plus(-12).to_string().replace('-', "/")));
}

#[test]
fn the_store_says_what_the_table_says() {
    let (store, rows) = (Store::new(), daily(12));
    let server = store.synced(&rows, &[]);
    let url = server.url();
    let args = ["events", TABLE, "-o", "csv", "--from", "20d", "--endpoint-url", &url];
    let run = Run::new(&args).env("AWS_ACCESS_KEY_ID", "AKIA111122223333EXAMPLE");
    let table = run.env("AWS_SECRET_ACCESS_KEY", "secret").env("AWS_REGION", "eu-west-1").ended();
    let stored = store.events();
    assert_eq!((stored.code, &stored.stdout), (Some(0), &table.stdout), "{} {}", stored.stderr, table.stderr);
}

#[test]
fn what_breaks_off_is_asked_for_again() {
    let (store, rows) = (Store::new(), daily(12));
    let undisturbed = Store::new();
    undisturbed.synced(&rows, &[]);
    let ended = store.sync(&serve(&rows, Faults { page: Some(40), expired_after: Some(2), ..Faults::default() }), &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert_eq!(counts(&ended.stdout).failed, 1);
    assert!(!store.ids().is_empty() && store.ids().len() < rows.len(), "{}", store.ids().len());
    let missing = store.events();
    assert_eq!(missing.code, Some(5), "{}", missing.stderr);
    assert!(
        missing.stderr.contains("arn:aws:glue:eu-west-1:111122223333:table/security/cloudtrail"),
        "{}",
        missing.stderr
    );
    store.synced(&rows, &[]);
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
    assert_eq!(store.events().code, Some(0));
}

#[test]
fn days_that_a_projection_leaves_out_are_asked_for_again() {
    let (store, rows) = (Store::new(), daily(12));
    let undisturbed = Store::new();
    undisturbed.synced(&rows, &[]);
    let first = NOW.day().plus(-8).to_string();
    let narrow = Table::new(rows.clone()).with_range(&format!("{},NOW", first.replace('-', "/")));
    let server = Server::start(narrow, Faults::default());
    let ended = store.sync(&server, &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert_eq!(
        counts(&ended.stdout).failed,
        12,
        "each of the days from the 20th to the 9th before today: {}",
        ended.stdout
    );
    assert_eq!(store.ids().len(), 9 * 9);
    // The store says it of the days that are missing, and of no others.
    let events = |from: &str| {
        Run::new(&["events", "-o", "csv", "--from", from, "--store", store.path().to_str().unwrap()]).ended()
    };
    let missing = events(&NOW.day().plus(-9).to_string());
    assert_eq!(missing.code, Some(5), "{}", missing.stderr);
    assert!(missing.stderr.contains("projection.timestamp.range"), "{}", missing.stderr);
    let whole = events(&first);
    assert_eq!(whole.code, Some(0), "{}", whole.stderr);
    // Who widens it gets the rest.
    store.synced(&rows, &[]);
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
    assert_eq!(store.events().code, Some(0));
    // A table that has none of the days leaves nothing behind.
    let (store, empty) = (Store::new(), Table::new(rows.clone()).with_range("2010/01/01,2010/12/31"));
    let ended = store.sync(&Server::start(empty, Faults::default()), &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    store.synced(&rows, &[]);
    assert_eq!(store.ids(), ids(&rows));
}

#[test]
fn two_accounts_have_tables_of_one_name() {
    let (store, rows) = (Store::new(), daily(2));
    let server = serve(&rows, Faults::default());
    let roles = ["--role-arn", "arn:aws:iam::111122223333:role/a", "--role-arn", "arn:aws:iam::444455556666:role/a"];
    let ended = store.sync(&server, &roles);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(server.statements().len(), 2);
    assert_eq!(store.ids(), ids(&rows));
}

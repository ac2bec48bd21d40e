//! The store that is filled from the event history: what was read is not asked for again, and late events are not missed.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/lookup_events/mod.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod lookup_events;
#[path = "support/stored.rs"]
mod stored;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use lookup_events::events::{self, Event, Events};
use lookup_events::{Faults, Server, Setup};
use stored::{column, counts, tables};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const ACCOUNT: &str = "111122223333";

/// The present, the same for all tests of this process.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap()
});

/// An event of eu-west-1, so many seconds ago.
fn record(id: u32, seconds_ago: i64) -> String {
    let time = Timestamp::from_seconds(NOW.seconds() - seconds_ago).unwrap().to_string();
    let subject = "organization:acme:project:core:workspace:web:run_phase:plan";
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"WebIdentityUser","principalId":"{provider}:a:{subject}","userName":"{subject}","identityProvider":"{provider}"}},"eventTime":"{time}","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"Terraform/1.9.5","requestParameters":{{"roleArn":"arn:aws:iam::111122223333:role/deploy","roleSessionName":"terraform-run-run-{id}"}},"responseElements":null,"errorCode":"AccessDenied","eventID":"{id:08x}-0000-4000-8000-000000000000","recipientAccountId":"{ACCOUNT}"}}"#
    )
}

/// One event an hour, for so many hours; the first is five minutes old.
fn hourly(hours: u32) -> Vec<String> {
    (0..hours).map(|hour| record(hour, 300 + i64::from(hour) * 3_600)).collect()
}

fn serve(records: &[String], faults: Faults) -> Server {
    Server::start(Setup { events: events::by_place(records), now: *NOW, faults })
}

/// The program, with credentials of the first account and nobody's settings.
fn history(args: &[&str]) -> Run {
    let set = [
        ("AWS_CONFIG_FILE", "no-such-file"),
        ("AWS_SHARED_CREDENTIALS_FILE", "no-such-file"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_PROFILE", ""),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", ""),
        ("NO_PROXY", "127.0.0.1"),
        ("AWS_ACCESS_KEY_ID", "AKIA111122223333EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    set.into_iter().fold(Run::new(args), |run, (name, value)| run.env(name, value))
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
        let mut args = vec!["sync", "event-history:eu-west-1", "--endpoint-url", &url, "-o", "json"];
        args.extend(["--store", store.to_str().unwrap()]);
        args.extend(more);
        history(&args).ended()
    }

    fn synced(&self, server: &Server, more: &[&str]) {
        let ended = self.sync(server, more);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    fn ids(&self) -> Vec<String> {
        column(&self.path(), "SELECT event_id FROM events")
    }
}

/// The ids of records, in the order of events.
fn ids(records: &[String]) -> Vec<String> {
    let mut found: Vec<Event> = records.iter().map(|record| events::event(record).1).collect();
    found.sort_by_key(|event| (event.time, event.id.clone()));
    found.into_iter().map(|event| event.id).collect()
}

#[test]
fn what_is_complete_is_not_asked_for_again() {
    let (store, records) = (Store::new(), hourly(160));
    let server = serve(&records, Faults::default());
    store.synced(&server, &[]);
    assert_eq!(store.ids(), ids(&records));
    assert_eq!(server.arrivals().len(), 4);
    // Events that came late, into the hours that are asked for again.
    let mut more = records.clone();
    more.extend([record(1_000, 60), record(1_001, 4_000), record(1_002, 7_000)]);
    let server = serve(&more, Faults::default());
    store.synced(&server, &[]);
    assert_eq!(store.ids(), ids(&more));
    assert_eq!(server.arrivals().len(), 1, "the last hours fit one page");
    let before = tables(&store.path());
    store.synced(&server, &[]);
    assert_eq!(tables(&store.path()), before, "nothing is there twice");
    // What comes later than that takes a flag.
    more.push(record(1_003, 40 * 3_600));
    let server = serve(&more, Faults::default());
    store.synced(&server, &[]);
    assert_eq!(store.ids().len(), more.len() - 1);
    store.synced(&server, &["--refresh"]);
    assert_eq!(store.ids(), ids(&more));
}

#[test]
fn of_a_day_all_hours_are_read() {
    let (store, records) = (Store::new(), hourly(120));
    let server = serve(&records, Faults::default());
    // Two days ago, from and up to an hour within the day.
    let day = Timestamp::from_seconds(NOW.seconds() - 2 * 86_400).unwrap().day();
    let at = |hours: i64| Timestamp::from_seconds(day.start().seconds() + hours * 3_600).unwrap().to_string();
    store.synced(&server, &["--from", &at(6), "--to", &at(11)]);
    let path = store.path();
    let ask = |from: i64, to: i64| {
        let store = path.to_str().unwrap();
        let window = ["events", "--from", &at(from), "--to", &at(to), "--late-days", "0"];
        Run::new(&[&window[..], &["-o", "csv", "--store", store]].concat()).ended()
    };
    let all = ask(0, 24);
    assert_eq!((all.code, all.stdout.lines().count()), (Some(0), 25), "{}", all.stderr);
    // Of the days beside it nothing is known.
    for (from, to) in [(-1, 1), (23, 25)] {
        let ended = ask(from, to);
        assert_eq!(ended.code, Some(5), "{from} {to}: {}\n{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn what_breaks_off_goes_on_where_it_was() {
    let (store, records) = (Store::new(), hourly(160));
    let undisturbed = Store::new();
    undisturbed.synced(&serve(&records, Faults::default()), &[]);
    let server = serve(&records, Faults { expired_after: Some(2), ..Faults::default() });
    let ended = store.sync(&server, &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("the credentials have expired"), "{}", ended.stderr);
    let read: BTreeSet<String> = store.ids().into_iter().collect();
    assert!(!read.is_empty() && read.len() < 100, "{}", read.len());
    assert_eq!(counts(&ended.stdout).failed, 1);
    // Events that come while nobody looks, before and behind the break.
    let server = serve(&records, Faults::default());
    store.synced(&server, &[]);
    assert_eq!(store.ids(), ids(&records));
    assert!(server.arrivals().len() < 4, "{}", server.arrivals().len());
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
}

#[test]
fn events_that_arrive_while_paging_are_not_lost() {
    let (store, records) = (Store::new(), hourly(160));
    let arriving = [(2, record(1_000, 30)), (3, record(1_001, 130 * 3_600))].into();
    let faults = Faults { arriving, repeating: true, ..Faults::default() };
    let server = serve(&records, faults);
    store.synced(&server, &[]);
    store.synced(&server, &[]);
    let all = [records, vec![record(1_000, 30), record(1_001, 130 * 3_600)]].concat();
    assert_eq!(store.ids(), ids(&all));
}

#[test]
fn throttling_and_lost_tokens_change_nothing() {
    let (store, records) = (Store::new(), hourly(160));
    let undisturbed = Store::new();
    undisturbed.synced(&serve(&records, Faults::default()), &[]);
    let faults = Faults {
        throttled: [1, 3].into(),
        broken: [4].into(),
        reset: [5].into(),
        forgotten: [6].into(),
        ..Faults::default()
    };
    let server = serve(&records, faults);
    store.synced(&server, &[]);
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
    let at: Vec<_> = server.arrivals().iter().map(|arrival| arrival.at).collect();
    assert!(at.windows(3).all(|three| three[2] - three[0] >= Duration::from_secs(1)));
}

/// What a store says that is missing.
fn missing(store: &Store) -> Vec<String> {
    let ended = Run::new(&["runs", "-o", "json", "--store", store.path().to_str().unwrap()]).ended();
    let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let failed = answer["coverage"]["failed"].as_array().unwrap();
    assert_eq!(ended.code == Some(5), !failed.is_empty(), "{}", ended.stderr);
    failed.iter().map(|failed| failed["file"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_said_of_one_region_and_account_stays_while_another_is_read() {
    let (store, records) = (Store::new(), hourly(160));
    let elsewhere: Vec<String> = records
        .iter()
        .map(|record| {
            record
                .replace("\"awsRegion\":\"eu-west-1\"", "\"awsRegion\":\"us-east-1\"")
                .replace("-4000-8000-", "-4000-a000-")
        })
        .collect();
    let theirs: Vec<String> = records
        .iter()
        .map(|record| {
            record.replace(&format!("\"recipientAccountId\":\"{ACCOUNT}\""), "\"recipientAccountId\":\"444455556666\"")
        })
        .map(|record| record.replace("-4000-8000-", "-4000-9000-"))
        .collect();
    let all = [records, elsewhere, theirs].concat();
    let path = store.path();
    let sync = |regions: &str, breaks: bool, more: &[&str]| {
        let faults = Faults { expired_after: breaks.then_some(2), ..Faults::default() };
        let server = Server::start(Setup { events: events::by_place(&all), now: *NOW, faults });
        let (url, source) = (server.url(), format!("event-history:{regions}"));
        let args = [&["sync", &source, "--endpoint-url", &url, "--store", path.to_str().unwrap()], more].concat();
        history(&args).ended().code
    };
    let role = ["--role-arn", "arn:aws:iam::444455556666:role/audit"];
    assert_eq!(sync("eu-west-1", true, &[]), Some(5));
    assert_eq!(missing(&store), ["event-history:eu-west-1"]);
    assert_eq!(sync("us-east-1", false, &[]), Some(0));
    assert_eq!(missing(&store), ["event-history:eu-west-1"], "another region");
    assert_eq!(sync("eu-west-1", true, &role), Some(5));
    assert_eq!(missing(&store), ["event-history:eu-west-1"; 2], "another account");
    assert_eq!(sync("eu-west-1", false, &[]), Some(0));
    assert_eq!(missing(&store), ["event-history:eu-west-1"], "the other account's");
    // Both regions hold the narrower one.
    assert_eq!(sync("us-east-1,eu-west-1", false, &role), Some(0));
    assert_eq!(missing(&store), [""; 0]);
}

#[test]
fn a_region_that_was_never_reached_leaves_nothing() {
    let (store, records) = (Store::new(), hourly(3));
    let server = serve(&records, Faults::default());
    store.synced(&server, &[]);
    let faults = Faults { broken: (0..40).collect(), ..Faults::default() };
    let server = Server::start(Setup { events: events::by_place(&records), now: *NOW, faults });
    let (url, path) = (server.url(), store.path());
    let args = ["sync", "event-history:us-east-1", "--endpoint-url", &url, "--store", path.to_str().unwrap()];
    let ended = history(&args).ended();
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert_eq!(
        column(&path, "SELECT label FROM parts UNION ALL SELECT label FROM sources"),
        ["event-history:eu-west-1"; 2]
    );
    assert_eq!(missing(&store), [""; 0]);
}

#[test]
fn another_account_has_its_own_slots() {
    let store = Store::new();
    let records = hourly(3);
    let theirs: Vec<String> = records
        .iter()
        .map(|record| {
            record.replace(&format!("\"recipientAccountId\":\"{ACCOUNT}\""), "\"recipientAccountId\":\"444455556666\"")
        })
        .map(|record| record.replace("-4000-8000-", "-4000-9000-"))
        .collect();
    let both: Events = events::by_place(&[records.clone(), theirs.clone()].concat());
    let server = Server::start(Setup { events: both, now: *NOW, faults: Faults::default() });
    store.synced(&server, &[]);
    store.synced(&server, &["--role-arn", "arn:aws:iam::444455556666:role/audit"]);
    let found: BTreeSet<String> = store.ids().into_iter().collect();
    assert_eq!(found, ids(&[records, theirs].concat()).into_iter().collect());
}

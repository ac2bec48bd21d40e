//! The store that is filled from log groups: what was read is not searched again, and late events are not missed.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/cloudwatch_logs/mod.rs"]
#[expect(dead_code, reason = "shared with tests that need more")]
mod cloudwatch_logs;
#[path = "support/stored.rs"]
mod stored;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::SystemTime;

use cloudwatch_logs::rules::{Group, LogEvent};
use cloudwatch_logs::{Faults, Server};
use stored::{column, counts, tables};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const ACCOUNT: &str = "111122223333";
const ARN: &str = "arn:aws:logs:eu-west-1:111122223333:log-group";

/// The present, the same for all tests of this process.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap()
});

/// A log event of an assumption, so many seconds ago, delivered at once. Its record has this many bytes besides.
fn event(id: u32, seconds_ago: i64, padding: usize) -> LogEvent {
    let at = NOW.seconds() - seconds_ago;
    let time = Timestamp::from_seconds(at).unwrap().to_string();
    let subject = "organization:acme:project:core:workspace:web:run_phase:plan";
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    let padding = "x".repeat(padding);
    let message = format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"WebIdentityUser","principalId":"{provider}:a:{subject}","userName":"{subject}","identityProvider":"{provider}"}},"eventTime":"{time}","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"Terraform/1.9.5","requestParameters":{{"roleArn":"arn:aws:iam::111122223333:role/deploy","roleSessionName":"terraform-run-run-{id}"}},"responseElements":null,"errorCode":"AccessDenied","eventID":"{id:08x}-0000-4000-8000-000000000000","recipientAccountId":"{ACCOUNT}","padding":"{padding}"}}"#
    );
    LogEvent { at: at * 1_000 + i64::from(id % 1_000), id: format!("{id:056}"), message }
}

/// A group of one event an hour, for so many hours; the first is five minutes old. A page has some twenty of them.
fn hourly(name: &str, first: u32, hours: u32) -> Group {
    let mut group = Group {
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
        name: name.to_owned(),
        class: "STANDARD",
        kept_days: None,
        created: (NOW.seconds() - 40 * 86_400) * 1_000,
        events: Vec::new(),
        searched_at_once: usize::MAX,
        query_gives: usize::MAX,
    };
    (0..hours).for_each(|hour| group.insert(event(first + hour, 300 + i64::from(hour) * 3_600, 50_000)));
    group
}

struct Store(tempfile::TempDir);

impl Store {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    fn sync(&self, server: &Server, source: &str, more: &[&str]) -> Ended {
        let (url, store) = (server.url(), self.path());
        let mut args = vec!["sync", source, "--endpoint-url", &url, "-o", "json"];
        args.extend(["--store", store.to_str().unwrap()]);
        args.extend(more);
        let run = Run::new(&args).env("AWS_ACCESS_KEY_ID", "AKIA111122223333EXAMPLE");
        run.env("AWS_SECRET_ACCESS_KEY", "secret").ended()
    }

    fn synced(&self, server: &Server, more: &[&str]) -> Ended {
        let ended = self.sync(server, "cloudwatch-logs:trail@eu-west-1", more);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended
    }

    fn ids(&self) -> BTreeSet<String> {
        let ids = column(&self.path(), "SELECT event_id FROM events");
        let distinct: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(ids.len(), distinct.len(), "nothing is there twice");
        distinct
    }

    /// What the store says that is missing.
    fn missing(&self) -> Vec<String> {
        let ended = Run::new(&["runs", "-o", "json", "--store", self.path().to_str().unwrap()]).ended();
        let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let failed = answer["coverage"]["failed"].as_array().unwrap();
        assert_eq!(ended.code == Some(5), !failed.is_empty(), "{}", ended.stderr);
        failed.iter().map(|failed| failed["file"].as_str().unwrap().to_owned()).collect()
    }
}

fn ids(groups: &[Group]) -> BTreeSet<String> {
    let id = |event: &LogEvent| {
        let record: serde_json::Value = serde_json::from_str(&event.message).unwrap();
        record["eventID"].as_str().unwrap().to_owned()
    };
    groups.iter().flat_map(|group| &group.events).map(id).collect()
}

fn serve(group: &Group, faults: Faults) -> Server {
    Server::start(vec![group.clone()], faults)
}

/// Both ways of reading a group.
fn both(check: impl Fn(Group, &str)) {
    let group = hourly("trail", 0, 160);
    check(group.clone(), "FilterLogEvents");
    check(Group { class: "INFREQUENT_ACCESS", query_gives: 25, ..group }, "StartQuery");
}

#[test]
fn what_is_complete_is_not_searched_again() {
    both(|group, operation| {
        let store = Store::new();
        let server = serve(&group, Faults::default());
        store.synced(&server, &[]);
        assert_eq!(store.ids(), ids(std::slice::from_ref(&group)));
        let first = server.arrivals(operation).len();
        assert!(first > 6, "{first}");
        // Events that came late, into the hours that are searched again.
        let mut more = group.clone();
        for (id, ago) in [(1_000, 60), (1_001, 4_000), (1_002, 7_000)] {
            more.insert(event(id, ago, 0));
        }
        let server = serve(&more, Faults::default());
        store.synced(&server, &[]);
        assert_eq!(store.ids(), ids(std::slice::from_ref(&more)));
        assert_eq!(server.arrivals(operation).len(), 1, "the last hours fit one page");
        let before = tables(&store.path());
        store.synced(&server, &[]);
        assert_eq!(tables(&store.path()), before, "nothing is there twice");
        // What comes later than that takes a flag.
        more.insert(event(1_003, 40 * 3_600, 0));
        let server = serve(&more, Faults::default());
        store.synced(&server, &[]);
        assert_eq!(store.ids().len(), more.events.len() - 1);
        store.synced(&server, &["--refresh"]);
        assert_eq!(store.ids(), ids(std::slice::from_ref(&more)));
    });
}

#[test]
fn what_breaks_off_goes_on_where_it_was() {
    let (store, group) = (Store::new(), hourly("trail", 0, 160));
    let undisturbed = Store::new();
    undisturbed.synced(&serve(&group, Faults::default()), &[]);
    let server = serve(&group, Faults { expired_after: Some(3), ..Faults::default() });
    let ended = store.sync(&server, "cloudwatch-logs:trail@eu-west-1", &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("the credentials have expired"), "{}", ended.stderr);
    assert!(!store.ids().is_empty() && store.ids().len() < 100, "{}", store.ids().len());
    assert_eq!(counts(&ended.stdout).failed, 1);
    assert_eq!(store.missing(), [format!("{ARN}:trail")]);
    let server = serve(&group, Faults::default());
    store.synced(&server, &[]);
    assert_eq!(store.ids(), ids(&[group]));
    assert!(server.arrivals("FilterLogEvents").len() < 8, "{}", server.arrivals("FilterLogEvents").len());
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
    assert_eq!(store.missing(), [""; 0]);
}

#[test]
fn faults_on_the_way_change_nothing() {
    let (store, group) = (Store::new(), hourly("trail", 0, 160));
    let undisturbed = Store::new();
    undisturbed.synced(&serve(&group, Faults::default()), &[]);
    let faults = Faults {
        throttled: [1].into(),
        broken: [3].into(),
        reset: [4].into(),
        cut: [5].into(),
        forgotten: [7].into(),
        repeating: true,
        ..Faults::default()
    };
    store.synced(&serve(&group, faults), &[]);
    assert_eq!(tables(&store.path()), tables(&undisturbed.path()));
}

#[test]
fn what_is_said_of_one_group_stays_while_another_is_read() {
    let store = Store::new();
    // The name of one begins with that of the other.
    let groups = [hourly("trail", 0, 160), hourly("trail-org", 500, 160)];
    let sync = |name: &str, breaks: bool| {
        let faults = Faults { expired_after: breaks.then_some(2), ..Faults::default() };
        let server = Server::start(groups.to_vec(), faults);
        store.sync(&server, &format!("cloudwatch-logs:{name}@eu-west-1"), &[]).code
    };
    assert_eq!(sync("trail", true), Some(5));
    assert_eq!(store.missing(), [format!("{ARN}:trail")]);
    assert_eq!(sync("trail-org", false), Some(0));
    assert_eq!(store.missing(), [format!("{ARN}:trail")], "another group");
    assert_eq!(sync("trail", false), Some(0));
    assert_eq!(store.missing(), [""; 0]);
    assert_eq!(store.ids(), ids(&groups));
    // All of them, by their beginning: what was read is known by the group, whatever the text that named it.
    let server = Server::start(groups.to_vec(), Faults::default());
    let before = store.ids();
    let ended = store.sync(&server, "cloudwatch-logs:tra*@eu-west-1", &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!((store.ids(), server.arrivals("FilterLogEvents").len()), (before, 2));
}

#[test]
fn a_group_that_was_never_reached_leaves_nothing() {
    let (store, group) = (Store::new(), hourly("trail", 0, 3));
    store.synced(&serve(&group, Faults::default()), &[]);
    let other = hourly("other", 500, 3);
    let server = serve(&other, Faults { broken: (0..40).collect(), ..Faults::default() });
    let ended = store.sync(&server, "cloudwatch-logs:other@eu-west-1", &[]);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert_eq!(
        column(&store.path(), "SELECT label FROM parts UNION ALL SELECT label FROM sources"),
        ["cloudwatch-logs:trail@eu-west-1"; 2]
    );
    assert_eq!(store.missing(), [""; 0]);
}

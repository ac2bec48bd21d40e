//! Log groups from a server with the rules of CloudWatch Logs: the result is that of a local scan of the same events,
//! whatever happens on the way, or the coverage names what is missing; and the server is never asked too often.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/cloudwatch_logs/mod.rs"]
mod cloudwatch_logs;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use cloudwatch_logs::events;
use cloudwatch_logs::rules::{Group, LogEvent};
use cloudwatch_logs::{Arrival, Faults, Server};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
const TRAILS: &str = "cloudwatch-logs:trail@eu-central-1,eu-west-1,us-east-1";

/// The present, the same for all tests of this process.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap()
});

/// The events of the demo, moved to the last days.
static DEMO: LazyLock<Vec<String>> = LazyLock::new(|| events::records(Path::new("fixtures/demo"), NOW.day()));

/// The records of some places.
fn records(account: &str, regions: &[&str]) -> Vec<String> {
    let here = |record: &&String| {
        let (place, _) = events::event(record);
        place.0 == account && regions.contains(&place.1.as_str())
    };
    DEMO.iter().filter(here).cloned().collect()
}

/// Role assumptions of one place, each several times with another id.
fn many(region: &str, times: usize) -> Vec<String> {
    let ours = records(ACCOUNT, &[region]).into_iter().filter(|record| record.contains("AssumeRoleWithWebIdentity"));
    let again = |record: String| {
        let (_, event) = events::event(&record);
        (0..times).map(move |number| record.replace(&event.id, &format!("{number:04x}{}", &event.id[4..])))
    };
    ours.flat_map(again).collect()
}

fn group(account: &str, region: &str, name: &str) -> Group {
    Group {
        account: account.to_owned(),
        region: region.to_owned(),
        name: name.to_owned(),
        class: "STANDARD",
        kept_days: None,
        created: (NOW.seconds() - 40 * 86_400) * 1_000,
        events: Vec::new(),
        searched_at_once: usize::MAX,
        query_gives: usize::MAX,
    }
}

/// A group of these messages, each as if it were delivered some minutes after the event that it names.
fn filled(region: &str, name: &str, records: &[String]) -> Group {
    let mut group = group(ACCOUNT, region, name);
    let event = |(number, record): (usize, &String)| {
        let (_, event) = events::event(record);
        let at = (event.time.seconds() + 290) * 1_000 + i64::try_from(number % 1_000).unwrap();
        LogEvent { at, id: format!("{number:056}"), message: record.clone() }
    };
    group.events = records.iter().enumerate().map(event).collect();
    group.events.sort_by_key(|event| (event.at, event.id.clone()));
    group
}

/// The demo, a group a region, with lines of other programs and records in wrappings among them.
fn demo() -> Vec<Group> {
    REGIONS
        .map(|region| {
            let mut group = filled(region, "trail", &records(ACCOUNT, &[region]));
            for (number, event) in group.events.iter_mut().enumerate() {
                match number % 4 {
                    1 => event.message = wrapped(&event.message),
                    2 => event.message = event.message.replace("\"AssumeRole", "\"\\u0041ssumeRol\\u0065"),
                    3 => event.message = format!("{{\"Message\":{}}}", serde_json::json!(event.message)),
                    _ => {}
                }
            }
            let line = |message: &str, number: i64| LogEvent {
                at: NOW.seconds() * 1_000 - number * 3_600_000,
                id: format!("{number:056}f"),
                message: message.to_owned(),
            };
            (1..150).for_each(|number| group.insert(line("GET /health 200", number)));
            group.insert(line("GET /?q=u0041 200", 150));
            group
        })
        .into()
}

/// As EventBridge puts it into a log group.
fn wrapped(record: &str) -> String {
    format!(
        r#"{{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.sts","detail":{record}}}"#
    )
}

/// Asks the server, as an account.
fn ask(server: &Server, account: &str, args: &[&str]) -> Ended {
    let url = server.url();
    let args: Vec<&str> = args.iter().copied().chain(["--endpoint-url", &url]).collect();
    let key = format!("AKIA{account}EXAMPLE");
    Run::new(&args).env("AWS_ACCESS_KEY_ID", &key).env("AWS_SECRET_ACCESS_KEY", "secret").ended()
}

/// Everything about the events but the file that they were in.
const EVENTS: [&str; 6] = ["-o", "csv", "--columns", COLUMNS, "--last", "30d"];
const COLUMNS: &str = "time,event_id,account_id,region,source_ip,organization,workspace,phase,run_id,role_arn,\
                       role_session_name,issuer,outcome,error_code,access_key_id,subject";

/// What a command says of the same records in a file.
fn local(records: &[String], command: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    std::fs::write(&path, records.join("\n")).unwrap();
    let args: Vec<&str> = [command, path.to_str().unwrap()].into_iter().chain(flags.iter().copied()).collect();
    let ended = Run::new(&args).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout
}

/// At most five requests of a place in any second.
fn check_rate(arrivals: &[Arrival]) {
    let places: BTreeSet<_> = arrivals.iter().map(|arrival| &arrival.place).collect();
    for place in places {
        let at: Vec<_> = arrivals.iter().filter(|arrival| arrival.place == *place).map(|arrival| arrival.at).collect();
        for six in at.windows(6) {
            assert!(six[5] - six[0] >= Duration::from_secs(1), "{place:?}");
        }
    }
}

fn refusals(arrivals: &[Arrival]) -> Vec<&'static str> {
    arrivals.iter().filter_map(|arrival| arrival.refused).collect()
}

#[test]
fn the_result_is_that_of_a_local_scan() {
    let server = Server::start(demo(), Faults { latency_ms: 300, ..Faults::default() });
    let ours = records(ACCOUNT, &REGIONS);
    for command in ["events", "runs"] {
        let flags = if command == "events" { &EVENTS[..] } else { &EVENTS[..2] };
        let asked = ask(&server, ACCOUNT, &[&[command, TRAILS], flags].concat());
        assert_eq!(asked.code, Some(0), "{}", asked.stderr);
        assert_eq!(asked.stdout, local(&ours, command, flags), "{command}");
        assert!(asked.stdout.lines().count() > 5, "{}", asked.stdout);
    }
    let arrivals = server.arrivals("FilterLogEvents");
    assert_eq!((arrivals.len(), refusals(&arrivals)), (6, vec![]));
    let regions: BTreeSet<_> = arrivals[..3].iter().map(|arrival| &arrival.place.1).collect();
    assert_eq!(regions.len(), 3, "the regions are asked side by side");
    assert!(arrivals[2].at - arrivals[0].at < Duration::from_millis(300));
}

#[test]
fn rows_name_the_arn_of_their_group() {
    let server = Server::start(demo(), Faults::default());
    let flags = ["-o", "csv", "--columns", "region,log_file", "--no-header"];
    let asked = ask(&server, ACCOUNT, &[&["events", TRAILS][..], &flags].concat());
    assert!(asked.stdout.lines().count() > 5, "{}", asked.stdout);
    for line in asked.stdout.lines() {
        let (region, file) = line.split_once(',').unwrap();
        assert_eq!(file, format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:trail"));
    }
    assert!(asked.stderr.contains("remote sources are read for 7 days"), "{}", asked.stderr);
    // And the name of a log file is a source.
    let arn = format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail");
    for source in [arn.clone(), format!("cloudwatch-logs:{arn}:*")] {
        let asked = ask(&server, ACCOUNT, &[&["events", &source][..], &EVENTS].concat());
        assert_eq!(asked.stdout, local(&records(ACCOUNT, &["us-east-1"]), "events", &EVENTS), "{}", asked.stderr);
    }
}

/// Asks for several pages of one group; the faults change nothing.
fn check_pages(faults: Faults, change: impl Fn(&mut Group)) -> Vec<Arrival> {
    let records = many("eu-west-1", 100);
    let mut group = filled("eu-west-1", "trail", &records);
    change(&mut group);
    let server = Server::start(vec![group], faults);
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@eu-west-1"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert!(asked.stdout == local(&records, "events", &EVENTS), "{}", asked.stderr);
    let arrivals = server.arrivals("FilterLogEvents");
    check_rate(&arrivals);
    arrivals
}

#[test]
fn pages_are_read_to_the_end() {
    let arrivals = check_pages(Faults::default(), |_| {});
    assert!(arrivals.len() >= 3, "a page has 1 MB: {}", arrivals.len());
    let arrivals = check_pages(Faults::default(), |group| {
        // So many lines of others in front, that pages are empty though there is more.
        let line =
            |number: i64| LogEvent { at: group.events[0].at - number, id: format!("x{number}"), message: "-".into() };
        let lines: Vec<LogEvent> = (1..9_000).map(line).collect();
        group.events.splice(0..0, lines.into_iter().rev());
        group.searched_at_once = 1_000;
    });
    assert!(arrivals.len() >= 11, "{}", arrivals.len());
}

#[test]
fn nothing_is_lost_or_doubled_when_requests_fail() {
    let faults = Faults {
        throttled: [1, 3].into(),
        broken: [4].into(),
        reset: [5].into(),
        cut: [7].into(),
        ..Faults::default()
    };
    let refused = refusals(&check_pages(faults, |_| {}));
    assert_eq!(refused, ["ThrottlingException", "ThrottlingException", "InternalFailure", "reset", "cut"]);
}

#[test]
fn a_lost_token_or_a_repeated_event_is_no_loss() {
    let refused = refusals(&check_pages(Faults { forgotten: [2].into(), ..Faults::default() }, |_| {}));
    assert_eq!(refused, ["InvalidParameterException"]);
    assert_eq!(refusals(&check_pages(Faults { repeating: true, ..Faults::default() }, |_| {})), [""; 0]);
}

/// What is missing is named in the coverage, with exit code 5.
fn check_missing(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part} is not in: {}", ended.stderr);
    }
}

#[test]
fn credentials_that_expire_on_the_way_leave_what_was_read() {
    let group = filled("eu-west-1", "trail", &many("eu-west-1", 100));
    let server = Server::start(vec![group], Faults { expired_after: Some(2), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@eu-west-1"][..], &EVENTS].concat());
    assert!(asked.stdout.lines().count() > 100, "{}", asked.stdout);
    let arn = format!("failed: arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trail: the credentials have expired");
    check_missing(&asked, &[&arn, "are missing", "hint: the keys are those of the environment"]);
}

#[test]
fn pages_that_never_end_are_ended() {
    let server = Server::start(demo(), Faults { endless: true, ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@eu-west-1"][..], &EVENTS].concat());
    check_missing(&asked, &["the same nextToken comes again"]);
    assert_eq!(server.arrivals("FilterLogEvents").len(), 2);
}

#[test]
fn a_region_without_permission_is_named() {
    let server = Server::start(demo(), Faults { denied: ["us-east-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", TRAILS][..], &EVENTS].concat());
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-central-1", "eu-west-1"]), "events", &EVENTS));
    let arn = format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail");
    let statement = format!(r#"{{"Effect":"Allow","Action":"logs:FilterLogEvents","Resource":"{arn}:*"}}"#);
    check_missing(&asked, &[&format!("failed: {arn}: logs:FilterLogEvents: no permission"), &statement]);
    // Without the permission to look for groups, one that is named is read all the same.
    let server = Server::start(demo(), Faults { hidden: ["us-east-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@us-east-1"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["us-east-1"]), "events", &EVENTS));
    assert!(asked.stderr.contains("without knowing its class"), "{}", asked.stderr);
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:tra*@us-east-1,eu-west-1"][..], &EVENTS].concat());
    check_missing(&asked, &["logs:DescribeLogGroups: no permission", "all events of it are missing"]);
}

#[test]
fn nothing_readable_ends_it() {
    let check = |faults: Faults, account: &str, code: i32, parts: &[&str]| {
        let server = Server::start(demo(), faults);
        let asked = ask(&server, account, &["runs", TRAILS]);
        assert_eq!((asked.code, asked.stdout.as_str()), (Some(code), ""), "{}", asked.stderr);
        for part in parts {
            assert!(asked.stderr.contains(part), "{part} is not in: {}", asked.stderr);
        }
    };
    let denied = Faults { denied: REGIONS.map(str::to_owned).into(), ..Faults::default() };
    check(denied, ACCOUNT, 4, &["no permission (AccessDeniedException", "this statement grants it"]);
    let expired = Faults { expired_after: Some(0), ..Faults::default() };
    check(expired, ACCOUNT, 4, &["the credentials have expired"]);
    let parts = ["there is no log group trail in eu-central-1, eu-west-1, us-east-1", "aws logs describe-log-groups"];
    check(Faults::default(), OTHER, 1, &parts);
    for command in ["events", "doctor"] {
        let ended = Run::new(&[command, "cloudwatch-logs:trail@eu-west-1", "--no-sign-request"]).ended();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("a log group is never public"), "{}", ended.stderr);
    }
}

#[test]
fn a_group_that_is_not_there_is_named() {
    let server = Server::start(demo(), Faults::default());
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail,trial@us-east-1"][..], &EVENTS].concat());
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["us-east-1"]), "events", &EVENTS));
    check_missing(&asked, &["failed: cloudwatch-logs:trial@us-east-1: there is no such log group"]);
    // In all regions it is enough that it is in one.
    let enabled = ["eu-west-1", "us-east-1", "sa-east-1"].map(str::to_owned).into();
    let server = Server::start(demo(), Faults { enabled, ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@all"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-west-1", "us-east-1"]), "events", &EVENTS));
}

#[test]
fn groups_that_aws_makes_are_found_by_themselves() {
    let mut groups: Vec<Group> = demo().into_iter().filter(|group| group.region == "us-east-1").collect();
    groups[0].name = "aws/cloudtrail/managementevents".to_owned();
    // One that nobody asks for.
    let mut data = group(ACCOUNT, "us-east-1", "aws/cloudtrail/dataevents");
    data.insert(LogEvent {
        at: NOW.seconds() * 1_000 - 5_000,
        id: "1".into(),
        message: "AssumeRoleWithWebIdentity".into(),
    });
    groups.push(data);
    let server = Server::start(groups, Faults::default());
    let asked =
        ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:", "--aws-region", "us-east-1"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["us-east-1"]), "events", &EVENTS));
    let asked = ask(&server, OTHER, &["events", "cloudwatch-logs:@us-east-1"]);
    assert_eq!(asked.code, Some(1), "{}", asked.stderr);
    assert!(asked.stderr.contains("there is no log group aws/cloudtrail/managementevents* in us-east-1"));
}

#[test]
fn roles_lead_into_several_accounts() {
    let mut groups = demo();
    let mut theirs = filled("us-east-1", "trail", &records(OTHER, &["us-east-1"]));
    theirs.account = OTHER.to_owned();
    groups.push(theirs);
    let server = Server::start(groups, Faults::default());
    let [prod, labs] = [ACCOUNT, OTHER].map(|account| format!("arn:aws:iam::{account}:role/audit"));
    let flags = ["--role-arn", &prod, "--role-arn", &labs];
    let both = [records(ACCOUNT, &["us-east-1"]), records(OTHER, &["us-east-1"])].concat();
    let arns = [ACCOUNT, OTHER].map(|account| format!("arn:aws:logs:us-east-1:{account}:log-group:trail")).join(",");
    for source in ["cloudwatch-logs:trail@us-east-1", &arns] {
        let asked = ask(&server, "999988887777", &[&["events", source][..], &flags, &EVENTS].concat());
        assert_eq!(asked.code, Some(0), "{}", asked.stderr);
        assert_eq!(asked.stdout, local(&both, "events", &EVENTS), "{source}");
    }
    assert_eq!(server.arrivals("FilterLogEvents").len(), 4, "a role reads the groups of its own account");
    // From a monitoring account, the ARN of another account's group is enough.
    let arn = format!("arn:aws:logs:us-east-1:{OTHER}:log-group:trail");
    let asked = ask(&server, "999988887777", &[&["events", &arn][..], &EVENTS].concat());
    assert_eq!(asked.stdout, local(&records(OTHER, &["us-east-1"]), "events", &EVENTS), "{}", asked.stderr);
}

#[test]
fn what_was_removed_or_comes_late_is_known() {
    let mut groups = demo();
    groups[1].kept_days = Some(7);
    let server = Server::start(groups, Faults::default());
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@eu-west-1"][..], &EVENTS].concat());
    check_missing(&asked, &["log-group:trail keeps 7 days: what lies from "]);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-west-1"]), "events", &EVENTS));
    // An event of the window, delivered a day after it.
    let record =
        records(ACCOUNT, &["us-east-1"]).into_iter().find(|it| it.contains("AssumeRoleWithWebIdentity")).unwrap();
    let (_, event) = events::event(&record);
    let mut group = filled("us-east-1", "trail", std::slice::from_ref(&record));
    group.events[0].at = event.time.day().plus(1).end().seconds() * 1_000 - 1;
    let server = Server::start(vec![group], Faults::default());
    let to = event.time.day().end().to_string();
    let flags = ["-o", "csv", "--columns", COLUMNS, "--from", &event.time.to_string(), "--to", &to];
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@us-east-1"][..], &flags].concat());
    assert_eq!(asked.stdout, local(std::slice::from_ref(&record), "events", &flags), "{}", asked.stderr);
    assert_eq!(asked.stdout.lines().count(), 2);
    let more = ["--late-days", "0"];
    let asked = ask(&server, ACCOUNT, &[&["events", "cloudwatch-logs:trail@us-east-1"][..], &flags, &more].concat());
    assert_eq!(asked.stdout.lines().count(), 1, "{}", asked.stdout);
}

/// Asks for a group of the class Infrequent Access; the faults change nothing.
fn check_queries(faults: Faults, change: impl Fn(&mut Group)) -> Server {
    let mut groups = demo();
    for group in &mut groups {
        group.class = "INFREQUENT_ACCESS";
        change(group);
    }
    let server = Server::start(groups, faults);
    let asked = ask(&server, ACCOUNT, &[&["events", TRAILS][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &REGIONS), "events", &EVENTS));
    assert_eq!(server.arrivals("FilterLogEvents").len(), 0);
    check_rate(&server.arrivals("StartQuery"));
    server
}

#[test]
fn infrequent_access_is_queried() {
    let server = check_queries(Faults::default(), |_| {});
    assert_eq!(server.arrivals("StartQuery").len(), 3);
}

#[test]
fn a_query_with_too_many_results_is_halved() {
    let server = check_queries(Faults::default(), |group| group.query_gives = 5);
    assert!(server.arrivals("StartQuery").len() > 10);
    let server = check_queries(Faults { without_paging: true, ..Faults::default() }, |group| group.query_gives = 5);
    assert!(server.arrivals("StartQuery").len() > 20);
    let server = check_queries(Faults { slow_queries: [1, 2].into(), ..Faults::default() }, |_| {});
    assert_eq!(server.arrivals("StartQuery").len(), 7);
    assert!(server.scanned() > 0);
}

#[test]
fn queries_wait_for_each_other() {
    let faults = Faults { queries_at_once: Some(1), throttled: [2].into(), broken: [3].into(), ..Faults::default() };
    check_queries(faults, |_| {});
}

#[test]
fn lines_of_other_programs_are_no_failure() {
    let mut group = group(ACCOUNT, "eu-west-1", "programs");
    let line = |id: &str, message: &str| LogEvent {
        at: NOW.seconds() * 1_000 - 9_000,
        id: id.to_owned(),
        message: message.to_owned(),
    };
    group.insert(line("1", r#"{"level":"info","text":"\u0041 \u0042"}"#));
    group.insert(line("2", "GET /?q=u0041 200"));
    let server = Server::start(vec![group], Faults::default());
    let asked = ask(&server, ACCOUNT, &["events", "cloudwatch-logs:programs@eu-west-1", "-o", "csv"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
}

#[test]
fn a_group_that_passes_logs_on_cannot_be_read() {
    let mut groups = demo();
    groups[0].class = "DELIVERY";
    let server = Server::start(groups, Faults::default());
    let asked = ask(&server, ACCOUNT, &[&["events", TRAILS][..], &EVENTS].concat());
    check_missing(&asked, &["a group of the class Delivery, which cannot be read"]);
}

#[test]
fn doctor_tries_each_group_and_prints_the_policy() {
    let mut groups = demo();
    groups[0].class = "INFREQUENT_ACCESS";
    let server = Server::start(groups, Faults { denied: ["us-east-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &["doctor", TRAILS, "--last", "30d"]);
    assert_eq!(asked.code, Some(4), "{}", asked.stderr);
    let arn = |region: &str| format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:trail");
    let [central, west, east] = REGIONS.map(arn);
    for part in [
        &format!("{central}: 0 log events on the last minute that may be ours"),
        &format!("{west}: "),
        " log events on the first page that may be ours, the newest of ",
        "DENIED  logs:FilterLogEvents",
        &format!("\"{central}:*\""),
        &format!("\"{east}:*\""),
        "\"Sid\": \"ReadLogGroups\"",
        "\"logs:GetQueryResults\"",
    ] {
        assert!(asked.stdout.contains(part), "{part} is not in: {}", asked.stdout);
    }
    let asked = ask(&server, ACCOUNT, &["doctor", "cloudwatch-logs:nothing@us-east-1"]);
    assert_eq!(asked.code, Some(1), "{}", asked.stderr);
    assert!(asked.stdout.contains("FAILED  logs:DescribeLogGroups  there is no log group nothing in us-east-1"));
}

#[test]
fn a_dry_run_tells_what_it_would_take() {
    let mut groups = demo();
    groups[0].class = "INFREQUENT_ACCESS";
    let server = Server::start(groups, Faults::default());
    let asked = ask(&server, ACCOUNT, &["runs", TRAILS, "--dry-run", "-o", "csv"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout.lines().filter(|line| line.contains(",arn:aws:logs:")).count(), 3, "{}", asked.stdout);
    assert!(asked.stderr.contains("at most one request for each MB"), "{}", asked.stderr);
    assert!(asked.stderr.contains("$0.01 at $0.005 a GB"), "{}", asked.stderr);
    assert_eq!(server.arrivals("FilterLogEvents").len() + server.arrivals("StartQuery").len(), 0);
}

#[test]
fn a_dry_run_fails_where_nothing_can_be_reached() {
    let server = Server::start(demo(), Faults::default());
    let url = server.url();
    drop(server);
    let command = ["runs", TRAILS, "--dry-run", "--endpoint-url", &url];
    let ended =
        Run::new(&command).env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret").ended();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(!ended.stderr.contains("would be fetched"), "{}", ended.stderr);
}

#[test]
fn calls_are_refused() {
    let ended = Run::new(&["activity", "cloudwatch-logs:trail@eu-west-1"]).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("holds no calls, only role assumptions"), "{}", ended.stderr);
}

//! Event history from a server with the rules of LookupEvents: the result is that of a local scan of the same events,
//! whatever happens on the way, or the coverage names what is missing; and the server is never asked too often.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[path = "support/lookup_events/mod.rs"]
mod lookup_events;
#[expect(dead_code, reason = "shared with tests that need more")]
mod support;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use lookup_events::events::{self, Events};
use lookup_events::{Arrival, Faults, Server, Setup};
use serde_json::{Map, Value};
use support::{Ended, Run};
use tfctrail::domain::timestamp::Timestamp;

const ACCOUNT: &str = "111122223333";
const REGIONS: &str = "event-history:eu-central-1,eu-west-1,us-east-1";

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

/// Several pages of role assumptions in one place, by giving each event several ids.
fn many(account: &str, region: &str, times: usize) -> Vec<String> {
    let ours = records(account, &[region]).into_iter().filter(|record| record.contains("AssumeRoleWithWebIdentity"));
    let again = |record: String| {
        let (_, event) = events::event(&record);
        (0..times).map(move |number| record.replace(&event.id, &format!("{number:04x}{}", &event.id[4..])))
    };
    ours.flat_map(again).collect()
}

fn serve(events: Events, faults: Faults) -> Server {
    Server::start(Setup { events, now: *NOW, faults })
}

fn demo(faults: Faults) -> Server {
    serve(events::by_place(&DEMO), faults)
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

/// At most two requests of a place in any second.
fn check_rate(arrivals: &[Arrival]) {
    let places: BTreeSet<_> = arrivals.iter().map(|arrival| &arrival.place).collect();
    for place in places {
        let at: Vec<_> = arrivals.iter().filter(|arrival| arrival.place == *place).map(|arrival| arrival.at).collect();
        for three in at.windows(3) {
            assert!(three[2] - three[0] >= Duration::from_secs(1), "{place:?}");
        }
    }
}

fn refusals(arrivals: &[Arrival]) -> Vec<&'static str> {
    arrivals.iter().filter_map(|arrival| arrival.refused).collect()
}

#[test]
fn the_server_keeps_to_the_rules() {
    let text = std::fs::read_to_string("tests/conformance/lookup_events.json").unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let server = demo(Faults { unlimited: true, ..Faults::default() });
    let mut token = Value::Null;
    for case in cases["cases"].as_array().unwrap() {
        let (status, answer) = send(&server, case, &token);
        if !answer["NextToken"].is_null() {
            token = answer["NextToken"].clone();
        }
        let found = described(status, &answer);
        for (name, expected) in case["expect"].as_object().unwrap() {
            assert_eq!(&found[name], expected, "{}: {name}", case["name"]);
        }
    }
}

/// The parts of an answer that the cases speak of.
fn described(status: u64, answer: &Value) -> Value {
    let events = answer["Events"].as_array().cloned().unwrap_or_default();
    let times: Vec<i64> = events.iter().map(|event| event["EventTime"].as_i64().unwrap()).collect();
    let names: BTreeSet<&str> = events.iter().map(|event| event["EventName"].as_str().unwrap()).collect();
    serde_json::json!({
        "status": status,
        "type": answer["__type"],
        "events": events.len(),
        "more": !answer["NextToken"].is_null(),
        "newest_first": times.is_sorted_by(|one, next| one >= next),
        "names": names,
    })
}

/// Sends the request of a case as bytes.
fn send(server: &Server, case: &Value, token: &Value) -> (u64, Value) {
    let body = match case["text"].as_str() {
        Some(text) => text.to_owned(),
        None => filled(&case["body"], token).to_string(),
    };
    let account = case["account"].as_str().unwrap_or(ACCOUNT);
    let scope = format!("20261101/{}/cloudtrail/aws4_request", case["region"].as_str().unwrap());
    let signature = "0".repeat(64);
    let mut headers: Map<String, Value> = Map::new();
    let mut set = |name: &str, value: String| headers.insert(name.to_owned(), value.into());
    set("Content-Type", "application/x-amz-json-1.1".to_owned());
    set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents".to_owned());
    set("X-Amz-Date", "20261101T000000Z".to_owned());
    set(
        "Authorization",
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIA{account}EXAMPLE/{scope}, SignedHeaders=host;x-amz-date, \
             Signature={signature}"
        ),
    );
    headers.extend(case["headers"].as_object().cloned().unwrap_or_default());
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.as_str().unwrap())).collect();
    let lines = lines.concat();
    let length = body.len();
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
}

/// A body with its placeholders filled.
fn filled(value: &Value, token: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, token))).collect::<Map<_, _>>().into()
        }
        Value::String(text) if text == "$token" => token.clone(),
        Value::String(text) => match text.strip_prefix("@today") {
            Some(distance) => (NOW.day().start().seconds() + distance.parse::<i64>().unwrap()).into(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

#[test]
fn the_result_is_that_of_a_local_scan() {
    let server = demo(Faults { latency_ms: 500, ..Faults::default() });
    let ours = records(ACCOUNT, &["eu-central-1", "eu-west-1", "us-east-1"]);
    for command in ["events", "runs"] {
        let flags = if command == "events" { &EVENTS[..] } else { &EVENTS[..2] };
        let asked = ask(&server, ACCOUNT, &[&[command, REGIONS], flags].concat());
        assert_eq!(asked.code, Some(0), "{}", asked.stderr);
        assert_eq!(asked.stdout, local(&ours, command, flags), "{command}");
        assert!(asked.stdout.lines().count() > 5, "{}", asked.stdout);
    }
    let arrivals = server.arrivals();
    assert_eq!((arrivals.len(), refusals(&arrivals)), (6, vec![]));
    let regions: BTreeSet<_> = arrivals[..3].iter().map(|arrival| &arrival.place.1).collect();
    assert_eq!(regions.len(), 3, "the regions are asked side by side");
    assert!(arrivals[2].at - arrivals[0].at < Duration::from_millis(500));
}

#[test]
fn rows_name_the_region_as_their_file() {
    let server = demo(Faults::default());
    let flags = ["-o", "csv", "--columns", "region,log_file", "--no-header"];
    let asked = ask(&server, ACCOUNT, &[&["events", REGIONS][..], &flags].concat());
    for line in asked.stdout.lines() {
        let (region, file) = line.split_once(',').unwrap();
        assert_eq!(file, format!("event-history:{region}"));
    }
    assert!(asked.stderr.contains("remote sources are read for 7 days"), "{}", asked.stderr);
    assert!(asked.stderr.contains("read 3 of 3 files"), "{}", asked.stderr);
}

/// Asks for several pages of one region; the faults change nothing.
fn check_pages(faults: Faults, sources: &[&str]) -> Vec<Arrival> {
    let records = many(ACCOUNT, "eu-west-1", 6);
    let server = serve(events::by_place(&records), faults);
    let asked = ask(&server, ACCOUNT, &[&["events"], sources, &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records, "events", &EVENTS));
    let arrivals = server.arrivals();
    check_rate(&arrivals);
    arrivals
}

#[test]
fn nothing_is_lost_or_doubled_when_requests_fail() {
    let faults = Faults { throttled: [1, 3].into(), broken: [4].into(), reset: [5].into(), ..Faults::default() };
    let refused = refusals(&check_pages(faults, &["event-history:eu-west-1"]));
    assert_eq!(refused, ["ThrottlingException", "ThrottlingException", "InternalFailure", "reset"]);
}

#[test]
fn nothing_is_lost_or_doubled_when_events_arrive_while_paging() {
    let newest = records(ACCOUNT, &["eu-west-1"]).pop().unwrap();
    let (_, event) = events::event(&newest);
    let late = newest.replace(&event.id, "ffffffff-0000-4000-8000-000000000000");
    let faults = Faults { repeating: true, arriving: [(2, late)].into(), ..Faults::default() };
    assert_eq!(check_pages(faults, &["event-history:eu-west-1"]).len(), 3);
}

#[test]
fn a_lost_token_is_no_loss() {
    let faults = Faults { forgotten: [2].into(), ..Faults::default() };
    let refused = refusals(&check_pages(faults, &["event-history:eu-west-1"]));
    assert_eq!(refused, ["InvalidNextTokenException"]);
}

#[test]
fn sources_share_the_rate_of_a_place() {
    let arrivals = check_pages(Faults::default(), &["event-history:eu-west-1", "event-history:eu-west-1,us-east-1"]);
    assert_eq!((arrivals.len(), refusals(&arrivals)), (7, vec![]));
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
    let records = many(ACCOUNT, "eu-west-1", 6);
    let server = serve(events::by_place(&records), Faults { expired_after: Some(2), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1", "--all-issuers"][..], &EVENTS].concat());
    assert_eq!(asked.stdout.lines().count(), 101);
    let oldest = asked.stdout.lines().nth(1).unwrap().split(',').next().unwrap();
    let missing = format!("to {oldest} are missing");
    check_missing(
        &asked,
        &[
            "failed: event-history:eu-west-1: the credentials have expired",
            &missing,
            "hint: the keys are those of the environment",
        ],
    );
}

#[test]
fn a_region_without_permission_is_named() {
    let server = demo(Faults { denied: ["us-east-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", REGIONS][..], &EVENTS].concat());
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-central-1", "eu-west-1"]), "events", &EVENTS));
    let statement = r#"{"Effect":"Allow","Action":"cloudtrail:LookupEvents","Resource":"*"}"#;
    check_missing(&asked, &["failed: event-history:us-east-1: cloudtrail:LookupEvents: no permission", statement]);
}

/// Nothing can be read at all: exit code 4, and what to do.
fn check_forbidden(ended: &Ended, parts: &[&str]) {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(4), ""), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part} is not in: {}", ended.stderr);
    }
}

#[test]
fn no_permission_anywhere_ends_it() {
    let denied = ["eu-central-1", "eu-west-1", "us-east-1"].map(str::to_owned).into();
    let server = demo(Faults { denied, ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &["runs", REGIONS]);
    check_forbidden(&asked, &["no permission (AccessDeniedException", "this statement grants it"]);
    let asked = ask(&demo(Faults { expired_after: Some(0), ..Faults::default() }), ACCOUNT, &["runs", REGIONS]);
    check_forbidden(&asked, &["the credentials have expired", "hint: the keys are those of the environment"]);
}

#[test]
fn missing_credentials_end_it() {
    let server = demo(Faults::default());
    for source in [REGIONS, "event-history:all"] {
        let run = Run::new(&["runs", source, "--endpoint-url", &server.url()]);
        let ended = run.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").ended();
        check_forbidden(
            &ended,
            &["no AWS credentials", "hint: sign in: aws login, or aws sso login", "AWS_ACCESS_KEY_ID"],
        );
    }
    assert_eq!(server.arrivals().len(), 0);
}

#[test]
fn what_is_older_than_ninety_days_is_said_to_be_missing() {
    let server = demo(Faults::default());
    let window = ["-o", "csv", "--columns", COLUMNS, "--last", "200d"];
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1"][..], &window].concat());
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-west-1"]), "events", &window));
    check_missing(&asked, &["event history keeps 90 days: what lies from "]);
    let window = ["--from", "200d", "--to", "100d"];
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1"][..], &window].concat());
    check_missing(&asked, &["event history keeps 90 days: what lies from "]);
    let window = ["--last", "90d"];
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1"][..], &window].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(server.arrivals().len(), 2);
}

#[test]
fn all_asks_the_account_for_its_regions() {
    let enabled = ["eu-central-1", "eu-west-1", "us-east-1"].map(str::to_owned);
    let server = demo(Faults { enabled: enabled.clone().into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:all"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-central-1", "eu-west-1", "us-east-1"]), "events", &EVENTS));
    let regions: Vec<String> = server.arrivals().into_iter().map(|arrival| arrival.place.1).collect();
    assert_eq!(regions.iter().cloned().collect::<BTreeSet<_>>(), enabled.into());
    assert_eq!(regions.len(), 3);
}

#[test]
fn all_does_without_the_permission_to_ask() {
    let disabled = ["me-south-1", "af-south-1"].map(str::to_owned).into();
    let server = demo(Faults { disabled, ..Faults::default() });
    let asked =
        ask(&server, ACCOUNT, &[&["events", "event-history:all", "--aws-region", "eu-west-1"][..], &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["eu-central-1", "eu-west-1", "us-east-1"]), "events", &EVENTS));
    assert!(asked.stderr.contains("account:ListRegions"), "{}", asked.stderr);
    assert_eq!(server.arrivals().len(), 34);
    let server = demo(Faults { disabled: ["eu-west-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1,us-east-1"][..], &EVENTS].concat());
    check_missing(&asked, &["failed: event-history:eu-west-1: "]);
}

#[test]
fn roles_lead_into_several_accounts() {
    let server = demo(Faults::default());
    let [prod, labs] = [ACCOUNT, "444455556666"].map(|account| format!("arn:aws:iam::{account}:role/audit"));
    let flags = ["--role-arn", &prod, "--role-arn", &labs];
    let asked = ask(&server, "999988887777", &[&["events", "event-history:us-east-1"][..], &flags, &EVENTS].concat());
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    let both = [records(ACCOUNT, &["us-east-1"]), records("444455556666", &["us-east-1"])].concat();
    assert_eq!(asked.stdout, local(&both, "events", &EVENTS));
    let accounts: BTreeSet<String> = server.arrivals().into_iter().map(|arrival| arrival.place.0).collect();
    assert_eq!(accounts, [ACCOUNT, "444455556666"].map(str::to_owned).into());
}

#[test]
fn the_own_region_is_that_of_the_client() {
    let server = demo(Faults::default());
    let asked = ask(&server, ACCOUNT, &["events", "event-history:"]);
    assert_eq!(asked.code, Some(2), "{}", asked.stderr);
    assert!(asked.stderr.contains("neither environment nor profile names a region"), "{}", asked.stderr);
    let asked =
        ask(&server, ACCOUNT, &[&["events", "event-history:", "--aws-region", "us-east-1"][..], &EVENTS].concat());
    assert_eq!(asked.stdout, local(&records(ACCOUNT, &["us-east-1"]), "events", &EVENTS));
}

#[test]
fn doctor_tries_each_region_and_prints_the_policy() {
    let server = demo(Faults { denied: ["us-east-1".to_owned()].into(), ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &["doctor", "event-history:eu-west-1,us-east-1"]);
    assert_eq!(asked.code, Some(4), "{}", asked.stderr);
    for part in [
        "event-history:eu-west-1: 23 role assumptions by web identity, the newest of ",
        "event-history:us-east-1: cloudtrail:LookupEvents: no permission",
        "\"Sid\": \"ReadEventHistory\"",
    ] {
        assert!(asked.stdout.contains(part), "{part} is not in: {}", asked.stdout);
    }
    assert_eq!(server.arrivals().len(), 2);
}

#[test]
fn a_dry_run_fetches_no_page() {
    let server = demo(Faults::default());
    let asked = ask(&server, ACCOUNT, &["runs", REGIONS, "--dry-run", "-o", "csv"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(asked.stdout.lines().filter(|line| line.contains(",event-history:")).count(), 3, "{}", asked.stdout);
    assert!(asked.stderr.contains("one request for each 50 events"), "{}", asked.stderr);
    assert_eq!(server.arrivals().len(), 0);
}

#[test]
fn pages_that_never_end_are_ended() {
    let server = demo(Faults { endless: true, ..Faults::default() });
    let asked = ask(&server, ACCOUNT, &[&["events", "event-history:eu-west-1"][..], &EVENTS].concat());
    check_missing(&asked, &["failed: event-history:eu-west-1: ", "the same NextToken comes again"]);
    assert_eq!(server.arrivals().len(), 2);
}

#[test]
fn an_event_history_is_never_public() {
    for command in ["events", "doctor"] {
        let ended = Run::new(&[command, "event-history:eu-west-1", "--no-sign-request"]).ended();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("an event history is never public"), "{}", ended.stderr);
    }
    let ended = Run::new(&["events", "event-history:eu-west-1"]).env("TFCTRAIL_NO_SIGN_REQUEST", "true").ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("--no-sign-request is not on the command line: its value comes from TFCTRAIL_NO_SIGN_REQUEST")
    );
}

#[test]
fn a_region_that_cannot_be_is_refused_by_name() {
    for (name, value) in [("AWS_REGION", "frankfurt"), ("AWS_REGION", "eu_west_1")] {
        let run = Run::new(&["events", "s3://logs-of-nobody"]).env(name, value);
        let ended = run.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "no-secret").ended();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let told = format!("there is no region '{value}' ({name}); one is written like eu-west-1");
        assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    }
}

#[test]
fn a_doctor_without_credentials_recommends_no_policy() {
    let server = demo(Faults::default());
    let run = Run::new(&["doctor", "event-history:eu-west-1", "--endpoint-url", &server.url()]);
    let ended = run.env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "").ended();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stdout.contains("DENIED  identity"), "{}", ended.stdout);
    assert!(!ended.stderr.contains("the policy above is enough"), "{}", ended.stderr);
}

#[test]
fn a_profile_that_asks_for_a_code_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = "[profile audit]\nrole_arn = arn:aws:iam::444455556666:role/audit\nsource_profile = keys\n\
                mfa_serial = arn:aws:iam::444455556666:mfa/ann\nregion = eu-west-1\n\
                [profile keys]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = no-secret\n";
    std::fs::write(&config, text).unwrap();
    let run = Run::new(&["events", "event-history:eu-west-1", "--profile", "audit"]);
    let ended = run.env("AWS_CONFIG_FILE", config.to_str().unwrap()).ended();
    check_forbidden(
        &ended,
        &[
            "the profile 'audit' asks for a code of arn:aws:iam::444455556666:mfa/ann (mfa_serial)",
            "aws configure export-credentials --profile audit",
            "credential_process",
        ],
    );
}

#[test]
fn certificates_of_ones_own_have_to_be_some() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, "no certificate").unwrap();
    let bundle = bundle.to_str().unwrap();
    let ended = Run::new(&["events", "event-history:eu-west-1"]).env("AWS_CA_BUNDLE", bundle).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("AWS_CA_BUNDLE '{bundle}': there is no certificate in it")));
    let config = folder.path().join("config");
    std::fs::write(&config, "[profile own]\nca_bundle = no-such-file\n").unwrap();
    let run = Run::new(&["events", "event-history:eu-west-1", "--profile", "own"]);
    let ended = run.env("AWS_CONFIG_FILE", config.to_str().unwrap()).ended();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    let told = "ca_bundle of the profile 'own' 'no-such-file': no such file or directory";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

//! Deliveries to a server on loopback that answers as told: what is sent, what is tried again, what is said.

#![cfg(feature = "notify")]
#![expect(clippy::unwrap_used, reason = "a test whose server fails has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tfctrail::domain::timestamp::Timestamp;
use tfctrail::notify::address::WebAddress;
use tfctrail::notify::clock::Clock;
use tfctrail::notify::message::{Message, MessageCount, MessageFact};
use tfctrail::notify::secret::Secret;
use tfctrail::notify::target::{MailSecurity, MailTarget, NotifyMethod, NotifyTarget, TIMEOUT, Webhook};
use tfctrail::notify::{DeliveryOutcome, send};

use support::Run;

/// The path of each address in these tests, which no outcome may show.
const PATH: &str = "/services/T000/B000/hunter2";

/// What the server does with a connection.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// A status, further headers, and a body.
    Status(u16, &'static str, &'static str),
    /// Nothing, until the client goes away.
    Stall,
    /// The connection ends without a word.
    Close,
}

const OK: Answer = Answer::Status(200, "", "ok");

/// A request: its head and its body.
#[derive(Debug, Clone)]
struct Asked {
    head: String,
    body: String,
}

struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers one connection after the other as told, and then no more.
    fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<Asked>>>::default());
        let (answers, seen) = (answers.to_vec(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                serve(stream, answer, &seen);
            }
        });
        Self { port, asked }
    }

    fn webhook(&self) -> Webhook {
        let url = format!("http://127.0.0.1:{}{PATH}", self.port);
        Webhook { address: WebAddress::new(&url, false).unwrap(), timeout: TIMEOUT }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: Answer, seen: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "the client went away: {head}");
    }
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    seen.lock().unwrap().push(Asked { head, body: String::from_utf8(body).unwrap() });
    match answer {
        Answer::Status(status, headers, body) => {
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).unwrap();
        }
        Answer::Stall => drop(reader.read(&mut [0])),
        Answer::Close => {}
    }
}

/// A clock that only notes how long it was asked to wait.
struct Still(Mutex<Vec<u64>>);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-23T06:00:00Z").unwrap()
    }

    fn pause(&self, length: Duration) {
        self.0.lock().unwrap().push(length.as_secs());
    }
}

fn message() -> Message {
    Message {
        title: "2026-11-22: 2 findings".to_owned(),
        counts: vec![MessageCount { name: "runs".to_owned(), value: 31, before: None }],
        new: vec![MessageFact { kind: "organization".to_owned(), name: "<!channel> quietfox-7".to_owned() }],
        ..Message::default()
    }
}

/// Sends to `way`: the outcome, and the pauses.
fn sent(way: NotifyMethod) -> (DeliveryOutcome, Vec<u64>) {
    let clock = Still(Mutex::default());
    let mut outcomes = send(&[NotifyTarget { name: "security".to_owned(), way }], &message(), &clock);
    let outcome = outcomes.remove(0);
    assert!(outcomes.is_empty());
    assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
    (outcome, clock.0.into_inner().unwrap())
}

/// The answers lead to that result after so many attempts and pauses.
fn check(answers: &[Answer], attempts: u32, result: Result<(), &str>, pauses: &[u64]) {
    let server = Server::start(answers);
    let (outcome, waits) = sent(NotifyMethod::Slack(server.webhook()));
    let expected = DeliveryOutcome { target: "security".to_owned(), attempts, result: result.map_err(str::to_owned) };
    assert_eq!((outcome, waits.as_slice()), (expected, pauses), "{answers:?}");
    assert_eq!(server.asked().len(), attempts as usize);
}

#[test]
fn what_may_pass_is_tried_again_and_what_cannot_is_not() {
    let refused = |status| Answer::Status(status, "", "");
    check(&[OK], 1, Ok(()), &[]);
    check(&[Answer::Status(204, "", "")], 1, Ok(()), &[]);
    let error = "the server answered with status 400 (invalid_payload)";
    check(&[Answer::Status(400, "", "invalid_payload")], 1, Err(error), &[]);
    check(&[refused(403)], 1, Err("the server answered with status 403"), &[]);
    check(&[refused(410)], 1, Err("the server answered with status 410"), &[]);
    check(&[refused(500), refused(502), OK], 3, Ok(()), &[1, 5]);
    check(&[refused(500); 4], 4, Err("the server answered with status 500"), &[1, 5, 25]);
    check(&[Answer::Close, OK], 2, Ok(()), &[1]);
}

#[test]
fn a_server_that_asks_for_patience_gets_it_within_reason() {
    let busy = |headers| Answer::Status(429, headers, "rate_limited");
    check(&[busy("Retry-After: 30\r\n"), OK], 2, Ok(()), &[30]);
    check(&[busy(""), OK], 2, Ok(()), &[1]);
    check(&[Answer::Status(503, "Retry-After: Mon, 23 Nov 2026 06:00:20 GMT\r\n", ""), OK], 2, Ok(()), &[20]);
    let error = "the server answered with status 429 (rate_limited); it asks to wait 3600 seconds, which is too long";
    check(&[busy("Retry-After: 3600\r\n")], 1, Err(error), &[]);
}

#[test]
fn redirects_are_not_followed() {
    let error = "the server answered with status 302, a redirect, which is not followed";
    let elsewhere = Server::start(&[OK]);
    let location = format!("Location: http://127.0.0.1:{}/\r\n", elsewhere.port);
    check(&[Answer::Status(302, location.leak(), "")], 1, Err(error), &[]);
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn an_answer_that_repeats_the_address_is_not_shown() {
    check(&[Answer::Status(404, "", "hunter2")], 1, Err("the server answered with status 404"), &[]);
    check(
        &[Answer::Status(404, "", "/services/T000/B000/hunter2?")],
        1,
        Err("the server answered with status 404"),
        &[],
    );
    let page = "<html>".repeat(100_000).leak();
    check(&[Answer::Status(404, "", page)], 1, Err("the server answered with status 404"), &[]);
}

#[test]
fn a_server_that_never_answers_is_left() {
    let server = Server::start(&[Answer::Stall; 4]);
    let webhook = Webhook { timeout: Duration::from_millis(200), ..server.webhook() };
    let (outcome, pauses) = sent(NotifyMethod::Slack(webhook));
    assert_eq!(outcome.result, Err("the server took too long to answer".to_owned()));
    assert_eq!((outcome.attempts, pauses), (4, vec![1, 5, 25]));
}

#[test]
fn nobody_listening_is_a_failed_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("http://127.0.0.1:{port}{PATH}");
    let address = WebAddress::new(&url, false).unwrap();
    let (outcome, _) = sent(NotifyMethod::Slack(Webhook { address, timeout: TIMEOUT }));
    assert_eq!(outcome.result, Err("the connection failed: connection refused".to_owned()));
    assert_eq!(outcome.attempts, 4);
}

#[test]
fn slack_gets_blocks() {
    let server = Server::start(&[OK]);
    assert_eq!(sent(NotifyMethod::Slack(server.webhook())).0.result, Ok(()));
    let asked = server.asked().remove(0);
    assert!(asked.head.starts_with(&format!("POST {PATH} HTTP/1.1\r\n")), "{}", asked.head);
    let head = asked.head.to_lowercase();
    assert!(head.contains("content-type: application/json\r\n") && !head.contains("webhook-"), "{head}");
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["text"], "2026-11-22: 2 findings");
    assert!(asked.body.contains("&lt;!channel&gt; quietfox-7") && !asked.body.contains("<!"), "{}", asked.body);
}

#[test]
fn each_attempt_is_signed_and_has_the_same_id() {
    let server = Server::start(&[Answer::Status(500, "", ""), OK]);
    let way = NotifyMethod::Webhook {
        webhook: server.webhook(),
        secret: Some(Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")),
    };
    assert_eq!(sent(way).0.result, Ok(()));
    let asked = server.asked();
    let header = |asked: &Asked, name: &str| {
        let line = asked.head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(header(&asked[0], "webhook-id"), header(&asked[1], "webhook-id"));
    assert_eq!(header(&asked[0], "webhook-timestamp"), "1795413600");
    let signature = header(&asked[1], "webhook-signature");
    assert!(signature.starts_with("v1,") && signature.len() == 47, "{signature}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&asked[0].body).unwrap()["event"], "report");
}

#[test]
fn an_unsigned_webhook_has_no_signature() {
    let server = Server::start(&[OK]);
    assert_eq!(sent(NotifyMethod::Webhook { webhook: server.webhook(), secret: None }).0.result, Ok(()));
    assert!(!server.asked()[0].head.to_lowercase().contains("webhook-signature"));
}

#[test]
fn one_failure_takes_no_other_along() {
    let (good, bad) = (Server::start(&[OK]), Server::start(&[Answer::Status(404, "", "no_service")]));
    let target = |name: &str, server: &Server| NotifyTarget {
        name: name.to_owned(),
        way: NotifyMethod::Slack(server.webhook()),
    };
    let targets = [target("bad", &bad), target("good", &good)];
    let outcomes = send(&targets, &message(), &Still(Mutex::default()));
    let results: Vec<(&str, bool)> = outcomes.iter().map(|it| (it.target.as_str(), it.result.is_ok())).collect();
    assert_eq!(results, [("bad", false), ("good", true)]);
}

#[test]
fn a_mail_server_that_refuses_says_why() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 ready\r\n").unwrap();
        while let Some(Ok(line)) = lines.next() {
            let answer: &[u8] = match &line[..4] {
                "EHLO" => b"250 hello\r\n",
                "MAIL" => b"550 hunter2 is no sender\r\n",
                _ => b"221 bye\r\n",
            };
            if stream.write_all(answer).is_err() {
                break;
            }
        }
    });
    let (outcome, pauses) = sent(mail(port, TIMEOUT));
    assert_eq!(outcome.result, Err("the server refuses it (550)".to_owned()));
    assert!(pauses.is_empty());
}

fn mail(port: u16, timeout: Duration) -> NotifyMethod {
    NotifyMethod::Mail(MailTarget {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        security: MailSecurity::None,
        login: None,
        from: "tfctrail <audit@example.com>".to_owned(),
        to: vec!["security@example.com".to_owned()],
        timeout,
    })
}

/// A server that says a start, then the same bytes again and again with a pause in front of each, until nobody listens; how
/// much it could say is told at the end of each connection.
fn endless(
    start: &'static [u8],
    again: &'static [u8],
    pause: Duration,
    connections: usize,
) -> (u16, std::sync::mpsc::Receiver<usize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            let mut said = 0;
            let mut next = start;
            while stream.write_all(next).is_ok() {
                said += next.len();
                next = again;
                std::thread::sleep(pause);
            }
            // Nobody waits for it where nobody counts.
            let _ = tell.send(said);
        }
    });
    (port, told)
}

const KIB: [u8; 1024] = [b'2'; 1024];

/// More than the buffers of both ends of a connection have room for, and far less than memory.
const MUCH: usize = 64 << 20;

#[test]
fn a_mail_server_that_never_ends_its_line_is_left() {
    for start in [&b"2"[..], b"220 ready\r\n250-"] {
        let (port, told) = endless(start, &KIB, Duration::ZERO, 4);
        let (outcome, pauses) = sent(mail(port, LONG));
        let error = "the server says more than 256 KiB, which no mail server does";
        assert_eq!((outcome.result, outcome.attempts), (Err(error.to_owned()), 4));
        assert_eq!(pauses, [1, 5, 25]);
        for _ in 0..4 {
            let said = told.recv().unwrap();
            assert!(said < MUCH, "{said}");
        }
    }
}

/// How long one attempt may take here, and what four of them may take on a busy machine: far less than a server that drips
/// would take to be done.
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(1);

#[test]
fn a_server_that_drips_does_not_outlive_the_timeout() {
    let tick = Duration::from_millis(20);
    let late = || Err("the server took too long to answer".to_owned());
    let webhook = |port: u16| {
        let url = format!("http://127.0.0.1:{port}{PATH}");
        NotifyMethod::Slack(Webhook { address: WebAddress::new(&url, false).unwrap(), timeout: SHORT })
    };
    let begun = std::time::Instant::now();
    for way in [
        mail(endless(b"2", b"2", tick, 4).0, SHORT),
        mail(endless(b"220-x\r\n", b"220-x\r\n", tick, 4).0, SHORT),
        webhook(endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", tick, 4).0),
        webhook(endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", tick, 4).0),
    ] {
        let (outcome, _) = sent(way);
        assert_eq!((outcome.result, outcome.attempts), (late(), 4));
    }
    // The answer is there, and what more the server says is not waited for.
    let body = b"HTTP/1.1 404 X\r\nContent-Length: 4000\r\n\r\n";
    let (outcome, _) = sent(webhook(endless(body, b"x", tick, 4).0));
    assert_eq!(outcome.result, Err("the server answered with status 404".to_owned()));
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
}

#[test]
fn a_web_server_that_says_too_much_is_left() {
    let (port, told) = endless(b"HTTP/1.1 200 OK\r\nX: ", &KIB, Duration::ZERO, 4);
    let url = format!("http://127.0.0.1:{port}{PATH}");
    let (outcome, _) =
        sent(NotifyMethod::Slack(Webhook { address: WebAddress::new(&url, false).unwrap(), timeout: LONG }));
    assert!(outcome.result.is_err(), "{outcome:?}");
    for _ in 0..outcome.attempts {
        let said = told.recv().unwrap();
        assert!(said < MUCH, "{said}");
    }
}

/// Reports on the demo into `out`, and tells a webhook that answers like that, as often as it asks.
fn told(answer: Answer, flags: &[&str], out: &std::path::Path) -> (support::Ended, Vec<Asked>) {
    let server = Server::start(&[answer; 9]);
    let config = out.with_extension("toml");
    let text =
        "[notify.hook]\nkind = \"webhook\"\nurl_env = \"HOOK\"\n[report]\nlink = \"https://reports.example/r\"\n";
    std::fs::write(&config, text).unwrap();
    let args = ["report", "fixtures/demo", "--notify", "hook", "--out"];
    let more = [out.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let run = Run::new(&[&args[..], &more, flags].concat());
    let ended = run.env("HOOK", &format!("http://127.0.0.1:{}{PATH}", server.port)).ended();
    let asked = server.asked.lock().unwrap().clone();
    (ended, asked)
}

/// The night of most tests.
const NIGHT: [&str; 2] = ["--date", "2026-11-04"];

#[test]
fn a_report_is_told_once_it_is_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let (ended, asked) = told(OK, &NIGHT, &out);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let body: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    let text = body.to_string();
    for part in [
        "4 Nov 2026: 1 high, 3 medium and 7 low findings (an organization got in for the first time)",
        "denied-stranger",
        "quietfox-7",
        "https://reports.example/r",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(out.join("manifest.json").exists());
}

#[test]
fn a_night_is_one_message_whatever_its_reports() {
    let folder = tempfile::tempdir().unwrap();
    let bodies = |name: &str, code: i32, flags: &[&str]| -> Vec<serde_json::Value> {
        let (ended, asked) = told(OK, flags, &folder.path().join(name));
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        asked.iter().map(|asked| serde_json::from_str(&asked.body).unwrap()).collect()
    };
    let whole = bodies("whole", 0, &NIGHT);
    assert_eq!((whole.len(), &whole[0]["groups"]["total"]), (1, &0.into()));
    for (by, about) in [("organization", "organization quietfox-7"), ("account", "account 333344445555")] {
        let grouped = bodies(by, 0, &[&NIGHT[..], &["--group-by", by]].concat());
        assert_eq!(grouped.len(), 1);
        // The night is told as it is without groups, and what each of them has comes on top.
        for field in ["title", "window", "counts", "findings", "new", "incomplete", "link"] {
            assert_eq!(grouped[0][field], whole[0][field], "{field}");
        }
        let groups = grouped[0]["groups"]["items"].as_array().unwrap();
        let sum = |field: &str| groups.iter().map(|group| group[field].as_u64().unwrap()).sum::<u64>();
        let count = |at: usize| whole[0]["counts"][at]["value"].as_u64().unwrap();
        assert_eq!(sum("denied"), count(2), "{by}");
        let found = whole[0]["findings"]["items"].as_array().unwrap().len();
        assert!(sum("findings") >= found as u64 && sum("grave") == 1, "{by}");
        assert_eq!(groups[0]["grave"], 1, "the gravest comes first");
        assert!(groups.iter().any(|group| group["about"] == about), "{groups:?}");
        for group in groups {
            assert!(folder.path().join(by).join(group["directory"].as_str().unwrap()).join("manifest.json").exists());
        }
    }
    // Of the days up to yesterday, and of the silent one, no log file was read.
    let nights = ["--catch-up", "--from", "2026-11-03", "--group-by", "organization"];
    let nights = bodies("nights", 5, &nights);
    assert_eq!(nights.len(), 1, "one message tells of many nights");
    assert_eq!(nights[0]["window"]["from"], "2026-11-03T00:00:00Z");
    let groups: Vec<&str> =
        nights[0]["groups"]["items"].as_array().unwrap().iter().map(|it| it["about"].as_str().unwrap()).collect();
    for group in ["4 Nov 2026, organization quietfox-7", "5 Nov 2026, organization northwind"] {
        assert!(groups.contains(&group), "{group}: {groups:?}");
    }
    let title = nights[0]["title"].as_str().unwrap();
    assert!(title.contains(" nights, 3 Nov 2026 to ") && title.contains("high or critical"), "{title}");
    let silent = bodies("silent", 5, &["--date", "2026-11-09", "--group-by", "account"]);
    assert_eq!((silent.len(), &silent[0]["groups"]["total"]), (1, &0.into()));
    assert!(silent[0]["incomplete"].to_string().contains("no log file of this window was read"), "{}", silent[0]);
}

#[test]
fn a_report_that_nobody_could_be_told_of_is_there_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let (ended, _) = told(Answer::Status(400, "", "no"), &NIGHT, &out);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 of 1 notifications not sent: hook"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(PATH), "{}", ended.stderr);
    assert!(out.join("manifest.json").exists());
}

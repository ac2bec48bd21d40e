//! Fills a store with ten million calls of a hundred thousand runs, and asks the program about them:
//! `cargo bench --bench calls -- DIR [CALLS]`. A store that is there is asked again.
//!
//! Aims: `show` of a run in 50 ms and `activity` of a day in 300 ms, the start of the program included.
#![expect(clippy::print_stdout, reason = "the figures are for whoever started it")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[path = "corpus/rng.rs"]
#[expect(dead_code, reason = "the corpus uses the rest")]
mod rng;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use rng::Rng;
use tfctrail::decode::record::principals::{PrincipalNotes, hash};
use tfctrail::decode::{Decoded, FileEnd};
use tfctrail::domain::assumption::{Assumption, Outcome};
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::resource_write::ResourceWrite;
use tfctrail::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use tfctrail::domain::source_address::SourceAddress;
use tfctrail::domain::subject::Subject;
use tfctrail::domain::tally::{ByteTally, RecordTally};
use tfctrail::domain::timestamp::{Day, Timestamp};
use tfctrail::source::SourceKind;
use tfctrail::source::known::ObjectVersion;
use tfctrail::store::Store;
use tfctrail::store::calls::kept::KeptCalls;
use tfctrail::store::write::{StoredFate, StoredSource};

const CALLS_OF_A_RUN: u64 = 100;

/// Days that the runs spread over.
const DAYS: i64 = 100;

const ACCOUNTS: u64 = 10;
const WORKSPACES: u64 = 5_000;

/// How often each question is asked.
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some(dir) = words.first() else {
        println!("usage: cargo bench --bench calls -- DIR [CALLS]");
        return;
    };
    let count: u64 = words.get(1).map_or(10_000_000, |count| count.parse().unwrap());
    let path = Path::new(dir).join(format!("calls-{count}.db"));
    if !path.exists() {
        fill(&path, count / CALLS_OF_A_RUN);
    }
    println!("{count} calls: {} bytes each", std::fs::metadata(&path).unwrap().len() / count);
    let store = format!("store:{}", path.display());
    let run = run_id(count / CALLS_OF_A_RUN / 2);
    let (day, next) = (first_day().plus(DAYS / 2).to_string(), first_day().plus(DAYS / 2 + 1).to_string());
    let window = ["--from", &day, "--to", &next];
    println!("| question | milliseconds | min–max | aim | bytes |\n|---|---|---|---|---|");
    measure("show of a run", 50, &["show", &run, &store, "-o", "json"]);
    measure("activity of a day", 300, &[&["activity", &store, "-o", "csv"], &window[..]].concat());
    measure(
        "activity --by of a day",
        300,
        &[&["activity", &store, "-o", "csv", "--by", "workspace,service"], &window[..]].concat(),
    );
}

/// Prints how long the program takes for a question, and how much it says.
fn measure(name: &str, aim: u128, question: &[&str]) {
    let mut said = 0;
    let mut times: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let mut program = Command::new(env!("CARGO_BIN_EXE_tfctrail"));
            let output = program.args(question).arg("-q").stderr(Stdio::inherit()).output().unwrap();
            assert!(output.status.success(), "{question:?} ended with {}", output.status);
            said = output.stdout.len();
            start.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    println!("| {name} | {} | {}–{} | {aim} | {said} |", times[ROUNDS / 2], times[0], times[ROUNDS - 1]);
}

fn first_day() -> Day {
    Day::parse("2026-03-01").unwrap()
}

fn run_id(number: u64) -> String {
    format!("run-{number:016}")
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn fill(path: &Path, runs: u64) {
    let start = Instant::now();
    let store = Store::create(path).unwrap();
    let tune = "PRAGMA synchronous = off; PRAGMA cache_size = -2000000; PRAGMA wal_autocheckpoint = 100000";
    store.connection().execute_batch(tune).unwrap();
    let source = StoredSource {
        identity: "/logs".to_owned(),
        part: String::new(),
        label: "/logs".to_owned(),
        kind: SourceKind::Local,
    };
    let issuers = Issuers::default();
    let mut writer = store.writer_with_calls(&[source], &issuers, KeptCalls::EachAndWrites).unwrap();
    let mut makers: Vec<LogMaker> = (0..ACCOUNTS).map(LogMaker::new).collect();
    let hours = DAYS * 24;
    let mut run = 0;
    for hour in 0..hours {
        let end = runs * u64::try_from(hour + 1).unwrap() / u64::try_from(hours).unwrap();
        let begin = first_day().start().seconds() + hour * 3_600;
        for number in run..end {
            let maker = &mut makers[usize::try_from(number % ACCOUNTS).unwrap()];
            maker.run(number, begin + i64::try_from(number % 1_800).unwrap());
        }
        run = end;
        for maker in makers.iter_mut().filter(|maker| !maker.calls.is_empty()) {
            let key = maker.key(at(begin + 3_600));
            let decoded = maker.decoded(&key);
            let version = ObjectVersion { name: key.clone().into(), size: 1 << 16, tag: "1".into() };
            writer.take(0, &version, &LogKey::parse(&key), &StoredFate::Decoded(&decoded)).unwrap();
        }
        if hour % 240 == 239 {
            writer.commit().unwrap();
            println!("{} calls after {} s", run * CALLS_OF_A_RUN, start.elapsed().as_secs());
        }
    }
    let store = writer.close().unwrap();
    store.connection().execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    println!("filled in {} s", start.elapsed().as_secs());
}

/// Makes the log files of an account, one after the other.
struct LogMaker {
    account: Arc<str>,
    rng: Rng,
    operations: Vec<Arc<Operation>>,
    assumptions: Vec<Assumption>,
    principals: Vec<([u8; 32], Box<str>)>,
    calls: Vec<SessionCall>,
    handed_on: Vec<(u32, u32)>,
}

impl LogMaker {
    fn new(number: u64) -> Self {
        let account: Arc<str> = format!("{}", 100_000_000_000 + number).into();
        let operation = |at: u64| {
            let (service, kind) = (at % 20, at / 20);
            Arc::new(Operation {
                account_id: Some(Arc::clone(&account)),
                region: Some("eu-west-1".into()),
                service: Some(format!("service{service}").into()),
                event_name: Some(
                    format!("{}Thing{kind}", if at.is_multiple_of(4) { "Put" } else { "Describe" }).into(),
                ),
                read_only: Some(!at.is_multiple_of(4)),
                error_code: (at % 25 == 24).then(|| "AccessDenied".into()),
            })
        };
        Self {
            operations: (0..200).map(operation).collect(),
            account: Arc::clone(&account),
            rng: Rng::new(7, number),
            assumptions: Vec::new(),
            principals: Vec::new(),
            calls: Vec::new(),
            handed_on: Vec::new(),
        }
    }

    /// A run with a plan and an apply; one in ten goes on into another role.
    fn run(&mut self, number: u64, start: i64) {
        let (run, workspace) = (run_id(number), number.wrapping_mul(2_654_435_761) % WORKSPACES);
        for (phase, offset, calls) in [("plan", 0, 40), ("apply", 600, 60)] {
            let begun = start + offset;
            let principal = format!("AROA{phase}{workspace:012}:terraform-run-{run}");
            let key = format!("ASIA{:016X}", self.rng.next());
            let role: Arc<str> = format!("arn:aws:iam::{}:role/tfc/{phase}-{workspace}", self.account).into();
            self.assume((&run, workspace, phase), &role, (&principal, &key), begun);
            let mut caller = self.caller(&principal, &key, &role, begun);
            for call in 0..calls {
                let time = begun + 5 + call;
                let chains = number.is_multiple_of(10) && phase == "apply" && call == 10;
                let issued = chains.then(|| {
                    let principal = format!("AROACHILD{workspace:012}:{run}");
                    let role: Arc<str> = format!("arn:aws:iam::{}:role/child", self.account).into();
                    let key = format!("ASIA{:016X}", self.rng.next());
                    self.handed_on.push((
                        hash(caller.principal_id.as_deref().unwrap_or_default().as_bytes()),
                        hash(principal.as_bytes()),
                    ));
                    let next = self.caller(&principal, &key, &role, time);
                    (
                        next,
                        IssuedSession {
                            access_key_id: key.into(),
                            principal_id: Some(principal.into()),
                            role_arn: Some(role),
                            end: at(time + 3_600),
                        },
                    )
                });
                let (next, issued) = issued.unzip();
                self.call(&caller, workspace, time, issued);
                caller = next.unwrap_or(caller);
            }
        }
    }

    fn caller(&self, principal: &str, key: &str, role: &Arc<str>, begun: i64) -> Arc<SessionCaller> {
        Arc::new(SessionCaller {
            kind: Some("AssumedRole".into()),
            account_id: Some(Arc::clone(&self.account)),
            principal_id: Some(principal.into()),
            access_key_id: Some(key.into()),
            session_created: Some(at(begun)),
            role_arn: Some(Arc::clone(role)),
            issuer: principal.contains(":terraform-run-").then(|| "app.terraform.io".into()),
            source_address: Some(SourceAddress::new("192.0.2.7")),
            user_agent: Some("Terraform/1.13.4 (+https://www.terraform.io)".into()),
            invoked_by: None,
        })
    }

    fn assume(
        &mut self,
        (run, workspace, phase): (&str, u64, &str),
        role: &Arc<str>,
        (principal, key): (&str, &str),
        begun: i64,
    ) {
        let (content, id) = (self.content(), self.event_id());
        let project = workspace % 200;
        let subject =
            format!("organization:acme:project:project-{project}:workspace:workspace-{workspace:04}:run_phase:{phase}");
        self.principals.push((content, principal.into()));
        self.assumptions.push(Assumption {
            time: at(begun),
            event_id: Some(id),
            account_id: Some(Arc::clone(&self.account)),
            region: Some("eu-west-1".into()),
            source_address: Some(SourceAddress::new("192.0.2.7")),
            subject: Subject::parse(&subject),
            issuer: Some("app.terraform.io".into()),
            audience: Some("aws.workload.identity".into()),
            role_arn: Some(Arc::clone(role)),
            role_session_name: Some(format!("terraform-run-{run}").into()),
            run_id: Some(run.into()),
            duration_seconds: Some(3_600),
            expiration: None,
            verification_method: None,
            outcome: Outcome::Granted { access_key_id: Some(key.into()) },
            user_agent: None,
            log_file: "".into(),
            content,
            correction: None,
        });
    }

    fn call(&mut self, caller: &Arc<SessionCaller>, workspace: u64, time: i64, issued: Option<IssuedSession>) {
        let at_operation = self.rng.skewed(self.operations.len());
        let operation = Arc::clone(&self.operations[at_operation]);
        let resource = format!("arn:aws:service::{}:thing/{workspace}/{}", self.account, self.rng.below(20));
        let (content, id) = (self.content(), self.event_id());
        let names_one = at_operation % 5 < 2;
        let parameters = (at_operation.is_multiple_of(2)).then(|| {
            format!("{{\"thingName\":\"thing-{workspace}-{at_operation}\",\"tags\":[{{\"key\":\"owner\"}}]}}")
        });
        self.calls.push(SessionCall {
            time: at(time),
            event_id: Some(id),
            shared_event_id: None,
            content,
            operation,
            caller: Arc::clone(caller),
            resources: names_one.then(|| Arc::from(resource)).into_iter().collect(),
            issued: issued.map(Box::new),
            created_key: None,
            parameters: parameters.map(Into::into),
            error_message: None,
            log_file: "".into(),
        });
    }

    fn content(&mut self) -> [u8; 32] {
        let mut content = [0; 32];
        content.chunks_mut(8).for_each(|part| part.copy_from_slice(&self.rng.next().to_le_bytes()));
        content
    }

    fn event_id(&mut self) -> Box<str> {
        let id = format!("{:016x}{:016x}", self.rng.next(), self.rng.next());
        format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]).into()
    }

    /// The name of the log file that ends then.
    fn key(&mut self, delivered: Timestamp) -> String {
        let (account, stamp) = (&self.account, delivered.to_string());
        let digits: String = stamp.chars().filter(char::is_ascii_digit).collect();
        let (date, minute, day) = (&digits[..8], &digits[8..12], stamp[..10].replace('-', "/"));
        format!(
            "AWSLogs/{account}/CloudTrail/eu-west-1/{day}/{account}_CloudTrail_eu-west-1_{date}T{minute}Z_{:016X}.json.gz",
            self.rng.next()
        )
    }

    /// What was made since the last log file.
    fn decoded(&mut self, key: &str) -> Decoded {
        let log_file: Arc<str> = key.into();
        let (mut assumptions, mut session_calls) =
            (std::mem::take(&mut self.assumptions), std::mem::take(&mut self.calls));
        for event in &mut assumptions {
            event.log_file = Arc::clone(&log_file);
        }
        for call in &mut session_calls {
            call.log_file = Arc::clone(&log_file);
        }
        let (kept, calls) = (assumptions.len() as u64, session_calls.len() as u64);
        let mut unkept: Vec<u32> =
            (0..20).map(|_| u32::try_from(self.rng.below(1 << 32)).unwrap_or_default()).collect();
        unkept.sort_unstable();
        Decoded {
            records: RecordTally { total: 10 * calls + kept, kept, other: 10 * calls, malformed: 0 },
            assumptions,
            calls: Vec::new(),
            resource_writes: session_calls.iter().filter_map(written).collect(),
            session_calls,
            call_places: Vec::new(),
            principals: std::mem::take(&mut self.principals),
            unread_calls: Vec::new(),
            unread_writes: Vec::new(),
            written: Some(unkept.clone().into()),
            notes: PrincipalNotes {
                unkept: Some(unkept.into()),
                handed_on: std::mem::take(&mut self.handed_on).into(),
            },
            bytes: ByteTally { read: 1 << 16, inflated: 1 << 20 },
            malformed: Vec::new(),
            issuers: BTreeMap::from([("app.terraform.io".into(), kept)]),
            has_more: None,
            places: Vec::new(),
            extract: None,
            stored_sha256: None,
            extracted: None,
            is_damaged_extract: false,
            may_be_extract: false,
            ended: FileEnd::Read,
            text: None,
            judged: None,
            log_file,
        }
    }
}

/// The same call, as a write to what runs wrote.
fn written(call: &SessionCall) -> Option<ResourceWrite> {
    let operation = &call.operation;
    let is_write = operation.read_only == Some(false) && operation.error_code.is_none() && !call.resources.is_empty();
    is_write.then(|| ResourceWrite {
        time: call.time,
        event_id: call.event_id.clone().unwrap_or_default(),
        shared_event_id: None,
        account_id: operation.account_id.clone(),
        service: operation.service.clone(),
        event_name: operation.event_name.clone(),
        kind: call.caller.kind.clone(),
        principal: call.caller.principal_id.clone(),
        resources: call.resources.clone(),
        created_key: None,
        is_write: true,
        log_file: Arc::clone(&call.log_file),
    })
}

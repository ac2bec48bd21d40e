//! Fills a store with ten million assumptions and asks it: `cargo bench --bench store -- DIR [ASSUMPTIONS]`. A store that is
//! there is asked again.
#![expect(clippy::print_stdout, reason = "the figures are for whoever started it")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[path = "corpus/rng.rs"]
#[expect(dead_code, reason = "the corpus uses the rest")]
mod rng;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rng::Rng;
use tfctrail::audit::baseline::past::{USUAL, windows_before};
use tfctrail::audit::filter::Filter;
use tfctrail::audit::filter::pattern::Patterns;
use tfctrail::audit::network::Networks;
use tfctrail::audit::runs::assign::assign;
use tfctrail::audit::runs::fold::fold;
use tfctrail::decode::record::principals::PrincipalNotes;
use tfctrail::decode::{Decoded, FileEnd};
use tfctrail::domain::assumption::{Assumption, Outcome};
use tfctrail::domain::issuer::Issuers;
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::source_address::SourceAddress;
use tfctrail::domain::subject::Subject;
use tfctrail::domain::tally::{ByteTally, RecordTally};
use tfctrail::domain::timestamp::{Day, Timestamp};
use tfctrail::domain::window::Window;
use tfctrail::report::row::summary::{By, DEFAULT_BY};
use tfctrail::source::SourceKind;
use tfctrail::source::known::ObjectVersion;
use tfctrail::store::Store;
use tfctrail::store::count::CountQuestion;
use tfctrail::store::read::StoreQuestion;
use tfctrail::store::write::{StoredFate, StoredSource};

/// Events of a log file.
const PER_FILE: u64 = 50;

/// Days that the events spread over.
const DAYS: i64 = 365;

const WORKSPACES: u64 = 5_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some(dir) = words.first() else {
        println!("usage: cargo bench --bench store -- DIR [ASSUMPTIONS]");
        return;
    };
    let count = words.get(1).map_or(10_000_000, |count| count.parse().unwrap());
    let path = Path::new(dir).join(format!("store-{count}.db"));
    if !path.exists() {
        fill(&path, count);
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{count} assumptions: {bytes} bytes, {} each", bytes / count);
    let store = Store::open_read(&path).unwrap();
    let day = Day::parse("2026-06-01").unwrap();
    let window = |days| Window { from: Some(day.start()), to: Some(day.plus(days).start()) };
    let workspace = Filter {
        window: window(7),
        workspace: Patterns::new(vec!["workspace-0042".parse().unwrap()]),
        ..Filter::default()
    };
    let one_day = Filter { window: window(1), ..Filter::default() };
    let half = Filter { window: window(170), ..Filter::default() };
    let account = Filter { account: Patterns::new(vec!["100000000007".parse().unwrap()]), ..Filter::default() };
    let everything = Filter::default();
    for _ in 0..3 {
        measure("runs of a workspace and 7 days", || {
            let answer = ask(&store, &workspace);
            fold(&answer, &assign(&answer, 3_600)).len()
        });
        for (name, by, filter) in [
            ("summary by workspace of a day", "workspace", &one_day),
            ("summary by workspace of 170 days", "workspace", &half),
            ("summary by day of an account", "day", &account),
            ("summary of everything", DEFAULT_BY, &everything),
        ] {
            measure(name, || rows_by(&store, by, filter));
        }
        measure("a report's day and what was before it", || {
            let filter = Filter { window: Window { from: None, to: one_day.window.to }, ..Filter::default() };
            let question =
                StoreQuestion { issuers: &Issuers::default(), filter: &filter, whole_runs: None, late_days: 1 };
            let moment = store.moment(question).unwrap();
            let windows = windows_before(one_day.window, USUAL, None);
            let earlier = moment.earlier(day.start(), &windows, 3_600, &Networks::default()).unwrap();
            moment.events(one_day.window, None).unwrap().len() + earlier.past.known().facts().count()
        });
        measure("summary by workspace of a day, by its events", || {
            let answer = ask(&store, &one_day);
            let runs = assign(&answer, 3_600);
            By::parse("workspace").unwrap().rows(answer.iter().copied().zip(runs)).len()
        });
    }
}

/// Prints what the work takes, and how many rows it gives.
fn measure(name: &str, work: impl FnOnce() -> usize) {
    // Forgets the most memory that this process has had so far; only Linux does.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (start, cpu) = (Instant::now(), cpu_time());
    let rows = work();
    let (time, cpu) = (start.elapsed().as_millis(), cpu_time().saturating_sub(cpu).as_millis());
    println!("{name}: {time} ms, {cpu} ms of CPU time, at most {} MiB, {rows} rows", peak());
}

/// The CPU time of this process so far.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

fn ask<'a>(store: &Store, filter: &Filter) -> Vec<&'a Assumption> {
    let question = StoreQuestion { issuers: &Issuers::default(), filter, whole_runs: None, late_days: 1 };
    let answer = store.ask(&question).unwrap();
    assert!(answer.coverage.balances());
    // The process ends with them.
    Vec::leak(answer.selected.events).iter().collect()
}

/// How many rows a summary has.
fn rows_by(store: &Store, by: &str, filter: &Filter) -> usize {
    let question = StoreQuestion { issuers: &Issuers::default(), filter, whole_runs: None, late_days: 1 };
    let by = By::parse(by).unwrap();
    let counted = store.count(&question, CountQuestion { keys: &by.keys().unwrap(), run_gap: 3_600 }).unwrap().unwrap();
    assert!(counted.coverage.balances());
    counted.groups.len()
}

/// The most memory since it was forgotten, in MiB, 0 where nobody tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() / 1_024
}

fn fill(path: &Path, count: u64) {
    let start = Instant::now();
    let store = Store::create(path).unwrap();
    let tune = "PRAGMA synchronous = off; PRAGMA cache_size = -4000000; PRAGMA wal_autocheckpoint = 100000";
    store.connection().execute_batch(tune).unwrap();
    let source = StoredSource {
        identity: "/logs".to_owned(),
        part: String::new(),
        label: "/logs".to_owned(),
        kind: SourceKind::Local,
    };
    let mut writer = store.writer(&[source], &Issuers::default()).unwrap();
    let mut rng = Rng::new(1, 0);
    let files = count / PER_FILE;
    let first = Day::parse("2025-12-01").unwrap().start().seconds();
    let span = DAYS * 86_400 / i64::try_from(files).unwrap();
    for file in 0..files {
        let begin = first + span * i64::try_from(file).unwrap();
        let delivered = Timestamp::from_seconds(begin + 300).unwrap();
        let account = 100_000_000_000 + file % 40;
        let key = key(account, delivered, &mut rng);
        let decoded = decoded(&key, account, begin, &mut rng);
        let version = ObjectVersion { name: key.clone().into(), size: 1 << 16, tag: "1".into() };
        writer.take(0, &version, &LogKey::parse(&key), &StoredFate::Decoded(&decoded)).unwrap();
        if file % 20_000 == 19_999 {
            writer.commit().unwrap();
            println!("{} assumptions after {} s", file * PER_FILE, start.elapsed().as_secs());
        }
    }
    let store = writer.close().unwrap();
    store.connection().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    println!("filled in {} s", start.elapsed().as_secs());
}

fn key(account: u64, delivered: Timestamp, rng: &mut Rng) -> String {
    let stamp: String = delivered.to_string().chars().filter(char::is_ascii_digit).collect();
    let (date, minute) = (&stamp[..8], &stamp[8..12]);
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    format!(
        "AWSLogs/{account}/CloudTrail/eu-west-1/{year}/{month}/{day}/\
         {account}_CloudTrail_eu-west-1_{date}T{minute}Z_{}.json.gz",
        letters(rng, 16)
    )
}

fn letters(rng: &mut Rng, count: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    (0..count).map(|_| char::from(ALPHABET[usize::try_from(rng.below(ALPHABET.len() as u64)).unwrap()])).collect()
}

fn decoded(key: &str, account: u64, begin: i64, rng: &mut Rng) -> Decoded {
    let log_file: Arc<str> = key.into();
    let mut assumptions = Vec::new();
    while (assumptions.len() as u64) < PER_FILE {
        // A run assumes its roles two or three times.
        let (run, workspace) = (letters(rng, 16), rng.below(WORKSPACES));
        let phase = if rng.below(3) == 0 { "apply" } else { "plan" };
        for _ in 0..2 + rng.below(2) {
            if assumptions.len() as u64 == PER_FILE {
                break;
            }
            let time = begin + i64::try_from(rng.below(240)).unwrap();
            assumptions.push(assumption(&log_file, account, time, &run, workspace, phase, rng));
        }
    }
    Decoded {
        log_file,
        records: RecordTally { total: 1_000, kept: PER_FILE, other: 1_000 - PER_FILE, malformed: 0 },
        assumptions,
        calls: Vec::new(),
        session_calls: Vec::new(),
        principals: Vec::new(),
        places: Vec::new(),
        call_places: Vec::new(),
        unread_calls: Vec::new(),
        resource_writes: Vec::new(),
        unread_writes: Vec::new(),
        written: Some(Box::default()),
        notes: PrincipalNotes::default(),
        bytes: ByteTally { read: 1 << 16, inflated: 1 << 20 },
        malformed: Vec::new(),
        issuers: [("app.terraform.io".into(), PER_FILE)].into(),
        has_more: None,
        extract: None,
        stored_sha256: None,
        extracted: None,
        is_damaged_extract: false,
        may_be_extract: false,
        ended: FileEnd::Read,
        text: None,
        judged: None,
    }
}

fn assumption(
    log_file: &Arc<str>,
    account: u64,
    time: i64,
    run: &str,
    workspace: u64,
    phase: &str,
    rng: &mut Rng,
) -> Assumption {
    let mut content = [0; 32];
    content.chunks_mut(8).for_each(|part| part.copy_from_slice(&rng.next().to_le_bytes()));
    let id = format!("{:016x}{:016x}", rng.next(), rng.next());
    let id = format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
    let project = workspace % 200;
    let subject =
        format!("organization:acme:project:project-{project}:workspace:workspace-{workspace:04}:run_phase:{phase}");
    let denied = rng.below(100) == 0;
    let (minor, patch, agent) = (rng.below(100), rng.below(4), rng.below(250));
    Assumption {
        time: Timestamp::from_seconds(time).unwrap(),
        event_id: Some(id.into()),
        account_id: Some(account.to_string().into()),
        region: Some("eu-west-1".into()),
        source_address: Some(SourceAddress::new(&format!("192.0.2.{agent}"))),
        subject: Subject::parse(&subject),
        issuer: Some("app.terraform.io".into()),
        audience: Some("aws.workload.identity".into()),
        role_arn: Some(format!("arn:aws:iam::{account}:role/tfc/{phase}-{project}").into()),
        role_session_name: Some(format!("terraform-run-run-{run}").into()),
        run_id: Some(format!("run-{run}").into()),
        duration_seconds: Some(3_600),
        expiration: None,
        verification_method: Some("IAMTrustStore".into()),
        outcome: if denied {
            Outcome::Denied { code: "AccessDenied".into() }
        } else {
            Outcome::Granted { access_key_id: Some(format!("ASIA{}", letters(rng, 16).to_uppercase()).into()) }
        },
        user_agent: Some(
            format!(
                "APN/1.0 HashiCorp/1.0 Terraform/1.9.{patch} terraform-provider-aws/5.{minor}.0 aws-sdk-go-v2/1.30.5"
            )
            .into(),
        ),
        log_file: Arc::clone(log_file),
        content,
        correction: None,
    }
}

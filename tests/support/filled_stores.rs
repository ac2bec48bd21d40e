//! Stores that a seed fills: of every kind of event, with copies and almost-copies, late log files and some without a
//! time, several issuers, for one or two scopes.

#![allow(dead_code, reason = "each test needs a part")]

#[path = "choices.rs"]
mod choices;

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) use choices::Choices;
use sha2::{Digest as _, Sha256};
use tfctrail::audit::filter::Filter;
use tfctrail::audit::filter::address_pattern::AddressPatterns;
use tfctrail::audit::filter::pattern::Patterns;
use tfctrail::audit::filter::word_pattern::{WordPattern, WordPatterns};
use tfctrail::decode::record::principals::PrincipalNotes;
use tfctrail::decode::{Decoded, FileEnd};
use tfctrail::domain::assumption::{Assumption, Outcome};
use tfctrail::domain::issuer::{IssuerRole, Issuers};
use tfctrail::domain::log_key::LogKey;
use tfctrail::domain::role::run_id_of_session;
use tfctrail::domain::source_address::SourceAddress;
use tfctrail::domain::subject::Subject;
use tfctrail::domain::tally::{ByteTally, RecordTally};
use tfctrail::domain::timestamp::{Day, Timestamp};
use tfctrail::domain::window::Window;
use tfctrail::source::SourceKind;
use tfctrail::source::known::ObjectVersion;
use tfctrail::store::Store;
use tfctrail::store::write::{StoredFate, StoredSource};

const ISSUERS: [&str; 4] = ["app.terraform.io", "TFE.example", "token.actions.githubusercontent.com", ""];

const SUBJECTS: [&str; 9] = [
    "organization:acme:project:core:workspace:web:run_phase:plan",
    "organization:acme:project:core:workspace:web:run_phase:apply",
    "organization:acme:project:core:workspace:api:run_phase:plan",
    "organization:other:project:core:workspace:web:run_phase:plan",
    "organization:acme:project:core:stack:s:deployment:d:operation:plan",
    "organization:acme:project:core:stack:s:deployment:d:operation:apply",
    "organization:acme:module:vpc:operation:test_run",
    "repo:acme/site:ref:refs/heads/main",
    "",
];

const SESSIONS: [&str; 9] = [
    "terraform-run-run-abc",
    "terraform-run-abc",
    "terraform-run-run-0123456789abcdef",
    "terraform-run-run-0123456789abcdefg",
    "terraform-run-run-0123456789abcdefh",
    "terraform-run-run-é",
    "terraform-run-run-run-abc",
    "build",
    "",
];

/// 2026-11-02T00:00:00Z.
pub(crate) const BEGIN: i64 = 1_793_577_600;

pub(crate) const DAYS: usize = 3;

/// Events of every kind. Some are copies of others but for a field.
pub(crate) fn pool(choices: &mut Choices) -> Vec<Assumption> {
    let mut pool: Vec<Assumption> = Vec::new();
    for number in 0..60 {
        let event = match pool.last() {
            Some(last) if choices.one_in(4) => {
                let mut event = last.clone();
                let second = event.time.seconds() + i64::try_from(choices.below(90_000)).unwrap();
                match choices.below(4) {
                    0 => event.time = Timestamp::from_seconds(second).unwrap(),
                    1 => event.account_id = choices.maybe(&["111122223333", "444455556666"]),
                    2 => event.issuer = choices.maybe(&ISSUERS),
                    _ => event.subject = Subject::Other(choices.pick(&SUBJECTS).into()),
                }
                event
            }
            _ => event(number, choices),
        };
        pool.push(event);
    }
    pool
}

pub(crate) fn event(number: usize, choices: &mut Choices) -> Assumption {
    let id = match choices.below(6) {
        0 => None,
        1 => Some(format!("id-{number}").into()),
        _ => Some(format!("0c1d2e3f-0000-4abc-9def-{number:012x}").into()),
    };
    // Close to each other, so that some are in one run and some are not.
    let second = choices.below(DAYS * 24) * 3_600 + choices.below(3) * 1_200;
    Assumption {
        time: Timestamp::from_seconds(BEGIN + i64::try_from(second).unwrap()).unwrap(),
        event_id: id,
        account_id: choices.maybe(&["111122223333", "444455556666", ""]),
        region: choices.maybe(&["eu-west-1", "us-east-1"]),
        source_address: choices
            .maybe(&["192.0.2.7", "198.51.100.9", "AWS Internal", ""])
            .map(|it: Box<str>| SourceAddress::new(&it)),
        subject: Subject::Other(choices.pick(&SUBJECTS).into()),
        issuer: choices.maybe(&ISSUERS),
        audience: choices.maybe(&["aws.workload.identity", "sts.amazonaws.com"]),
        role_arn: choices.maybe(&[
            "arn:aws:iam::111122223333:role/deploy/web",
            "arn:aws:iam::111122223333:role/web",
            "x",
        ]),
        role_session_name: choices.maybe(&SESSIONS),
        run_id: None,
        duration_seconds: None,
        expiration: None,
        verification_method: None,
        outcome: match choices.below(5) {
            0 => Outcome::Denied { code: choices.pick(&["AccessDenied", "", "ExpiredToken"]).into() },
            _ => Outcome::Granted { access_key_id: choices.maybe(&["ASIAONE", "ASIATWO", ""]) },
        },
        user_agent: choices.maybe(&["Terraform/1.9.5 terraform-provider-aws/5.70.0", "Terraform/1.9.5", "curl", ""]),
        log_file: "".into(),
        content: [0; 32],
        correction: None,
    }
}

/// The event as a decoder gives it that is asked for these issuers; nothing where it keeps none of that kind.
pub(crate) fn kept(event: &Assumption, log_file: &str, issuers: &Issuers) -> Option<Assumption> {
    let role = issuers.role(event.issuer.as_deref().unwrap_or_default());
    let text = event.subject.to_string();
    let is_kept = role != IssuerRole::Foreign || issuers.keeps_subject(&text);
    let record = format!("{event:?}");
    let subject = if role == IssuerRole::Terraform { Subject::parse(&text) } else { Subject::Other(text.into()) };
    let is_decoded = !matches!(subject, Subject::Other(_));
    let run_id = event.role_session_name.as_deref().filter(|_| is_decoded).and_then(run_id_of_session);
    is_kept.then(|| Assumption {
        subject,
        run_id: run_id.map(Into::into),
        log_file: log_file.into(),
        content: Sha256::digest(&record).into(),
        ..event.clone()
    })
}

pub(crate) fn scopes() -> [Issuers; 4] {
    [("", false), ("tfe.example", false), ("", true), ("tfe.example", true)]
        .map(|(host, all)| Issuers::new(Some(host).filter(|host| !host.is_empty()), all))
}

/// What a store was filled with.
pub(crate) struct Filled {
    pub(crate) store: Store,
    /// For which issuers.
    pub(crate) scopes: Vec<Issuers>,
    /// Log files with all events in them, kept or not.
    pub(crate) files: Vec<(String, Vec<Assumption>)>,
}

/// A store of some log files, most of them with a time of delivery, filled for one or two scopes.
pub(crate) fn filled(folder: &Path, choices: &mut Choices) -> Filled {
    let pool = pool(choices);
    let with_copies = choices.below(3);
    let mut next = 0;
    let mut store = Store::create(&folder.join("store.db")).unwrap();
    let (mut scopes_used, mut files) = (Vec::new(), Vec::new());
    let with_alikes = !choices.one_in(4);
    for part in 0..=choices.below(2) {
        let issuers = scopes()[choices.below(4)].clone();
        let issuers = &if with_alikes { issuers.with_look_alikes() } else { issuers };
        scopes_used.push(issuers.clone());
        let source = StoredSource {
            identity: "/logs".into(),
            part: String::new(),
            label: "logs".into(),
            kind: SourceKind::Local,
        };
        let mut writer = store.writer(&[source], issuers).unwrap();
        for file in 0..=choices.below(8) {
            let day = Day::parse("2026-11-02").unwrap().plus(i64::try_from(choices.below(DAYS + 2)).unwrap());
            let stamp = format!("{}T{:02}05Z", day.to_string().replace('-', ""), choices.below(24));
            let name = match choices.below(6) {
                0 => format!("plain-{part}-{file}.json"),
                _ => format!("111122223333_CloudTrail_eu-west-1_{stamp}_abcdefgh{part:04}{file:04}.json.gz"),
            };
            let events = (0..choices.below(12)).filter_map(|_| {
                next += 1;
                // Without copies, each event comes once.
                let at = if with_copies == 0 { next } else { choices.below(pool.len()) };
                pool.get(at).cloned()
            });
            let mut events: Vec<Assumption> = events.collect();
            if with_copies == 0 {
                // Nor do the almost-copies of one id.
                events.dedup_by(|one, other| one.event_id.is_some() && one.event_id == other.event_id);
            }
            let assumptions: Vec<Assumption> = events.iter().filter_map(|event| kept(event, &name, issuers)).collect();
            let mut seen: BTreeMap<Box<str>, u64> = BTreeMap::new();
            for event in &events {
                *seen.entry(event.issuer.as_deref().unwrap_or_default().into()).or_default() += 1;
            }
            let (count, all) = (assumptions.len() as u64, events.len() as u64);
            files.push((name.clone(), events));
            let decoded = Decoded {
                log_file: name.as_str().into(),
                records: RecordTally { total: all + 1, kept: count, other: all - count + 1, malformed: 0 },
                assumptions,
                calls: Vec::new(),
                session_calls: Vec::new(),
                principals: Vec::new(),
                unread_calls: Vec::new(),
                notes: PrincipalNotes::default(),
                resource_writes: Vec::new(),
                unread_writes: Vec::new(),
                written: Some(Box::default()),
                bytes: ByteTally { read: 1, inflated: 1 },
                malformed: Vec::new(),
                issuers: seen,
                has_more: None,
                places: Vec::new(),
                call_places: Vec::new(),
                extract: None,
                stored_sha256: None,
                extracted: None,
                is_damaged_extract: false,
                may_be_extract: false,
                ended: FileEnd::Read,
                text: None,
                judged: None,
            };
            let version = ObjectVersion { name: name.as_str().into(), size: 1, tag: "1".into() };
            writer.take(0, &version, &LogKey::parse(&name), &StoredFate::Decoded(&decoded)).unwrap();
        }
        store = writer.close().unwrap();
    }
    assert_eq!(store.check().unwrap(), [""; 0]);
    Filled { store, scopes: scopes_used, files }
}

/// A window and conditions, or none.
pub(crate) fn filter(choices: &mut Choices) -> Filter {
    let mut filter = Filter::default();
    if choices.one_in(2) {
        let mut end = || {
            let second = BEGIN + i64::try_from(choices.below(DAYS * 24 + 24) * 3_600).unwrap();
            (!choices.one_in(3)).then(|| Timestamp::from_seconds(second).unwrap())
        };
        filter.window = Window { from: end(), to: end() };
    }
    for _ in 0..choices.below(3) {
        let patterns = |text: &str| Patterns::new(vec![text.parse().unwrap()]);
        match choices.below(14) {
            0 => filter.org = patterns(choices.pick(&["acme", "!acme", "no-such"])),
            1 => filter.project = patterns("core"),
            2 => filter.workspace = patterns(choices.pick(&["w*", "!web"])),
            3 => filter.stack = patterns(choices.pick(&["s", "!s"])),
            4 => filter.deployment = patterns("d"),
            5 => filter.phase = patterns(choices.pick(&["plan", "!plan"])),
            6 => filter.run = patterns(choices.pick(&["run-abc", "run-0123456789abcdef", "run-*", "!run-abc"])),
            7 => filter.account = patterns(choices.pick(&["111122223333", "!111122223333", "no-such"])),
            8 => filter.region = patterns("eu-*"),
            9 => filter.role = patterns(choices.pick(&["web", "*deploy*", "!x"])),
            10 => filter.issuer = patterns(choices.pick(&["app.terraform.io", "/(?i)tfe/"])),
            11 => {
                filter.ip = AddressPatterns::new(vec![choices.pick(&["192.0.2.0/24", "!192.0.2.7"]).parse().unwrap()]);
            }
            12 => {
                filter.outcome =
                    WordPatterns::new(vec![WordPattern::outcome(choices.pick(&["denied", "!denied"])).unwrap()]);
            }
            _ => filter.kind = WordPatterns::new(vec![WordPattern::kind(choices.pick(&["stack", "!other"])).unwrap()]),
        }
    }
    filter
}

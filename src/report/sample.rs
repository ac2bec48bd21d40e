//! Events, runs and a coverage for tests, with text that a stranger could have put into a log.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::rc::Rc;

use super::cell::{Cell, Shape};
use super::extract::{ExtractText, ExtractedFate, ExtractedFile};
use super::schema::Heading;
use super::{Format, WriterOptions};
use crate::audit::coverage::{
    Conflict, Coverage, DayKey, DayTally, FailedFile, Gap, GapKind, MalformedList, MalformedRecord, SourceCoverage,
};
use crate::decode::record::session_call::SessionPass;
use crate::decode::{DecodeLimits, Decoder};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::run::{Grouping, Run};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::tally::{ByteTally, FileTally, KeptTally, RecordTally};
use crate::domain::texts::Texts;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

pub(crate) const HOSTILE: &str = "=cmd|' /C calc'!A0 <b>*x*</b>\u{1b}[31m\u{202e}\n, \"q\"";

pub(crate) fn at(time: &str) -> Timestamp {
    Timestamp::parse_rfc3339(&format!("2026-11-02T{time}Z")).unwrap()
}

fn event(time: &str, id: &str, issuer: &str, subject: Subject) -> Assumption {
    Assumption {
        time: at(time),
        event_id: Some(id.into()),
        account_id: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        source_address: Some(SourceAddress::new("192.0.2.7")),
        subject,
        issuer: Some(issuer.into()),
        audience: Some("aws.workload.identity".into()),
        role_arn: Some("arn:aws:iam::111122223333:role/tfc/web".into()),
        role_session_name: Some("terraform-run-run-LMCK4SSiBfR6Y6rb".into()),
        duration_seconds: None,
        expiration: None,
        verification_method: None,
        run_id: Some("run-LMCK4SSiBfR6Y6rb".into()),
        outcome: Outcome::Granted { access_key_id: Some("ASIAEXAMPLE".into()) },
        user_agent: Some("APN/1.0 HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.70.0".into()),
        log_file: "a/b.json.gz".into(),
        content: [0; 32],
        correction: None,
    }
}

/// A plan and a denied apply of one workspace, a Stack, and a foreign subject in full hostility.
pub(crate) fn events() -> Vec<Assumption> {
    let workspace =
        |phase| Subject::parse(&format!("organization:acme:project:Default Project:workspace:web_a:run_phase:{phase}"));
    let hcp = "app.terraform.io";
    let denied = Assumption {
        outcome: Outcome::Denied { code: "AccessDenied".into() },
        ..event("10:05:00", "e-2", hcp, workspace("apply"))
    };
    let stack = Assumption {
        run_id: None,
        role_session_name: Some("1699456147945229070".into()),
        duration_seconds: None,
        verification_method: None,
        user_agent: None,
        ..event(
            "11:59:59",
            "e-3",
            hcp,
            Subject::parse("organization:acme:project:p:stack:net:deployment:eu:operation:apply"),
        )
    };
    let other = Assumption {
        run_id: None,
        user_agent: Some(HOSTILE.into()),
        audience: Some("".into()),
        account_id: None,
        source_address: None,
        log_file: "-".into(),
        ..event("12:00:00", "e-4", "token.example.com", Subject::Other(HOSTILE.into()))
    };
    vec![event("10:00:00", "e-1", hcp, workspace("plan")), denied, stack, other]
}

fn set<'a>(texts: &[&'a str]) -> Texts<'a> {
    texts.iter().copied().collect()
}

/// A workspace run in two accounts, and an inferred run of nobody knows what.
pub(crate) fn runs() -> Vec<Run<'static>> {
    let run = Run {
        run_id: Some("run-LMCK4SSiBfR6Y6rb"),
        kind: SubjectKind::Workspace,
        issuer: Some("app.terraform.io"),
        organization: Some("acme"),
        project: Some("Default Project"),
        workspace: Some("web_a"),
        stack: None,
        deployment: None,
        phases: set(&["apply", "plan"]),
        first_seen: at("10:00:00"),
        last_seen: at("10:05:00"),
        account_ids: set(&["111122223333", "444455556666"]),
        regions: set(&["eu-west-1"]),
        source_ips: set(&["192.0.2.7", "2001:db8::7"]),
        role_arns: set(&["arn:aws:iam::111122223333:role/tfc/web", "arn:aws:iam::444455556666:role/tfc/web"]),
        assumptions: 1_204,
        denied: 1,
        terraform_versions: set(&["1.9.5"]),
        provider_versions: set(&["5.70.0"]),
        grouping: Grouping::RunId,
        smallest_event_id: Some("e-1"),
    };
    let inferred = Run {
        run_id: None,
        kind: SubjectKind::Other,
        issuer: Some("token.example.com"),
        organization: None,
        project: None,
        workspace: None,
        phases: set(&[]),
        account_ids: set(&[]),
        source_ips: set(&[HOSTILE]),
        assumptions: 1,
        denied: 0,
        first_seen: at("12:00:00"),
        grouping: Grouping::Inferred,
        ..run.clone()
    };
    vec![run, inferred]
}

/// Some of everything that can be missing.
pub(crate) fn coverage() -> Coverage {
    let day = |text: &str| Day::parse(text);
    Coverage {
        services: BTreeSet::new(),
        window: Window { from: day("2026-11-01").map(Day::start), to: None },
        sources: vec![
            SourceCoverage {
                source: "s3://logs/x".into(),
                files: 90,
                first_folder: day("2026-11-01"),
                last_folder: None,
                scanned: None,
            },
            SourceCoverage { source: "-".into(), files: 1, ..SourceCoverage::default() },
        ],
        files: FileTally {
            total: 91,
            read: 82,
            failed: 2,
            skipped_kinds: [4, 1, 0, 0, 0],
            skipped_window: 1,
            skipped_special: 1,
            skipped_service: 0,
            skipped_unverified: 0,
        },
        bytes: ByteTally { read: 40_100, inflated: 412_345 },
        records: RecordTally { total: 1_204, kept: 75, other: 1_126, malformed: 3 },
        kept: KeptTally { reported: 69, filtered: 3, duplicate: 2, conflicts: 1 },
        failed: vec![
            FailedFile { file: "a_b.json.gz".into(), reason: "gzip stream ends early at byte 17".into() },
            FailedFile { file: format!("x{HOSTILE}").into(), reason: "not CloudTrail".into() },
        ],
        gaps: gaps(),
        malformed: MalformedList::from_iter([MalformedRecord {
            file: "a_c.json.gz".into(),
            offset: 12,
            reason: "it is no object".into(),
        }]),
        conflicts: vec![Conflict { event_id: "e-9".into(), files: vec!["a_d.json.gz".into(), "a_e.json.gz".into()] }],
        truncated: BTreeMap::from([(
            "lookup.json".into(),
            "a NextToken: the answer has more pages than were saved".into(),
        )]),
        days: days(),
        incomplete: BTreeSet::from(["standard input was empty".into()]),
        ..Coverage::default()
    }
}

fn gaps() -> Vec<Gap> {
    let gap = |region: &str, first: &str, last: &str, kind| Gap {
        account_id: "111122223333".into(),
        region: region.into(),
        first: Day::parse(first).unwrap(),
        last: Day::parse(last).unwrap(),
        kind,
    };
    vec![
        gap("eu-west-1", "2026-11-04", "2026-11-05", GapKind::Inside),
        gap("eu-west-2", "2026-11-04", "2026-11-04", GapKind::AfterLast),
    ]
}

fn days() -> BTreeMap<DayKey, DayTally> {
    let key = |region: &str, date: &str| DayKey {
        account_id: Some("111122223333".into()),
        region: Some(region.into()),
        date: Day::parse(date),
    };
    let tally = |files, records, kept| DayTally { files, read: files, records, kept, outside_window: 0 };
    BTreeMap::from([
        (DayKey::default(), tally(1, 4, 0)),
        (key("eu-west-1", "2026-11-03"), tally(2, 700, 60)),
        (key("eu-west-1", "2026-11-06"), tally(1, 500, 15)),
        (key("us-east-1", "2026-11-06"), DayTally { outside_window: 1, ..DayTally::default() }),
    ])
}

/// A text column.
pub(crate) fn heading(name: &'static str) -> Heading {
    Heading { name, shape: Shape::Text }
}

/// A report of text cells, as text.
pub(crate) fn text_report(format: Format, options: &WriterOptions<'_>, rows: &[&[&str]]) -> String {
    report(format, options, |writer| {
        for row in rows {
            let cells: Vec<Cell<'_>> = row.iter().map(|text| Cell::text(Some(text))).collect();
            writer.write(&cells).unwrap();
        }
    })
    .0
}

/// What a report says, and what is to be told beside it.
pub(crate) fn report(
    format: Format,
    options: &WriterOptions<'_>,
    rows: impl FnOnce(&mut dyn super::RowWriter),
) -> (String, Option<String>) {
    let out = SharedBuffer::default();
    let mut writer = format.open(Box::new(out.clone()), options).unwrap();
    rows(&mut *writer);
    let note = writer.finish().unwrap();
    (String::from_utf8(out.0.take()).unwrap(), note)
}

#[derive(Clone, Default)]
struct SharedBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of an extract of a log file with this text, with its calls.
pub(crate) fn extract_lines(log: &str) -> Vec<u8> {
    let reader = Decoder::new(Issuers::default(), DecodeLimits::default());
    let mut reader = reader.with_session_calls(SessionPass::First, true).noting_places();
    let decoded = reader.bytes(&"a.json".into(), log.as_bytes());
    let file = ExtractedFile {
        source: "logs",
        log_file: "a.json",
        key: &LogKey::parse("a.json"),
        etag: Some("e"),
        size: Some(1),
        last_modified: None,
        fate: ExtractedFate::Decoded(&decoded),
    };
    let mut lines = Vec::new();
    ExtractText::new("x".to_owned(), Some(Issuers::default())).put(&file, &mut lines).unwrap();
    lines
}

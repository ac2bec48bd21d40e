//! Events and calls as short texts, for the tests beside this file.

use std::collections::HashMap;
use std::sync::Arc;

use super::attribute::attribute;
use super::link::Join;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::Issuers;
use crate::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// That many seconds after a moment.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
}

/// A content that says which event it is.
pub(super) fn content(id: &str) -> [u8; 32] {
    let mut content = [b'.'; 32];
    content[..id.len()].copy_from_slice(id.as_bytes());
    content
}

/// The cells of a line: `id cell=value …`.
struct Line<'a> {
    id: &'a str,
    cells: HashMap<&'a str, &'a str>,
}

impl<'a> Line<'a> {
    fn new(text: &'a str) -> Self {
        let mut words = text.split_whitespace();
        let id = words.next().unwrap();
        Self { id, cells: words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect() }
    }

    fn text<T: From<&'a str>>(&self, cell: &str) -> Option<T> {
        self.cells.get(cell).map(|value| T::from(value))
    }

    fn seconds(&self, cell: &str) -> Option<i64> {
        self.cells.get(cell).map(|value| value.parse().unwrap())
    }

    fn time(&self, cell: &str) -> Option<Timestamp> {
        self.seconds(cell).map(at)
    }
}

/// A call: `id t= key= p= created= role= issuer=`, and what it began: `gives= as= to= end=`.
pub(in crate::audit) fn call(text: &str) -> SessionCall {
    let line = Line::new(text);
    let time = line.time("t").unwrap();
    let issued = line.text("gives").map(|access_key_id| IssuedSession {
        access_key_id,
        principal_id: line.text("as"),
        role_arn: line.text("to"),
        end: line.time("end").unwrap_or_else(|| Timestamp::from_seconds(time.seconds() + 3_600).unwrap()),
    });
    SessionCall {
        time,
        event_id: Some(line.id.into()).filter(|_| !line.cells.contains_key("anonymous")),
        shared_event_id: line.text("shared"),
        content: content(line.text("content").unwrap_or(line.id)),
        operation: Arc::new(Operation {
            account_id: line.text("account"),
            region: Some("eu-west-1".into()),
            service: Some("sts".into()),
            event_name: Some("AssumeRole".into()),
            read_only: None,
            error_code: line.text("error"),
        }),
        caller: Arc::new(SessionCaller {
            kind: line.text("kind"),
            account_id: line.text("of"),
            principal_id: line.text("p"),
            access_key_id: line.text("key"),
            session_created: line.time("created"),
            role_arn: line.text("role"),
            issuer: line.text("issuer"),
            source_address: None,
            user_agent: None,
            invoked_by: None,
        }),
        resources: line.text("arns").map(|arns: &str| arns.split(',').map(Arc::from).collect()).unwrap_or_default(),
        issued: issued.map(Box::new),
        created_key: None,
        parameters: None,
        error_message: None,
        log_file: line.text("file").unwrap_or_else(|| "f".into()),
    }
}

/// An assumption of a run in a phase: `id t= key= p= run= phase= role= end= denied`.
fn event(line: &Line<'_>) -> Assumption {
    let phase: &str = line.text("phase").unwrap_or("plan");
    let workspace: &str = line.text("workspace").unwrap_or("web");
    let is_denied = line.cells.contains_key("denied");
    let granted = Outcome::Granted { access_key_id: line.text("key") };
    Assumption {
        time: line.time("t").unwrap(),
        event_id: Some(line.id.into()),
        account_id: None,
        region: None,
        source_address: None,
        subject: Subject::parse(&format!("organization:acme:project:core:workspace:{workspace}:run_phase:{phase}")),
        issuer: Some("app.terraform.io".into()),
        audience: None,
        role_arn: line.text("role"),
        role_session_name: None,
        run_id: line.text("run"),
        duration_seconds: line.seconds("duration").map(|seconds| u32::try_from(seconds).unwrap()),
        expiration: line.time("end"),
        verification_method: None,
        outcome: if is_denied { Outcome::Denied { code: "AccessDenied".into() } } else { granted },
        user_agent: None,
        log_file: "f".into(),
        content: content(line.id),
        correction: None,
    }
}

/// Assumptions and calls.
pub(super) struct World {
    pub events: Vec<Assumption>,
    pub principals: HashMap<[u8; 32], Box<str>>,
    pub calls: Vec<SessionCall>,
}

impl World {
    /// Of lines; the id of an assumption begins with `e`.
    pub(super) fn new<S: AsRef<str>>(lines: &[S]) -> Self {
        let (mut events, mut principals, mut calls) = (Vec::new(), HashMap::new(), Vec::new());
        for text in lines.iter().map(AsRef::as_ref) {
            if !text.starts_with('e') {
                calls.push(call(text));
                continue;
            }
            let line = Line::new(text);
            principals.extend(line.text("p").map(|principal| (content(line.id), principal)));
            events.push(event(&line));
        }
        events.sort_by(Assumption::order);
        Self { events, principals, calls }
    }

    /// What is shown of each call, by id: `JOIN HOPS ROLE RUN PHASE`, and `via ROLE …` where there is a way.
    pub(super) fn attributed(&self) -> Vec<(String, String)> {
        let events: Vec<&Assumption> = self.events.iter().collect();
        let found = attribute(&events, &self.principals, &Issuers::default(), &self.calls);
        assert_eq!(found.len(), self.calls.len());
        let shown = self.calls.iter().zip(&found).map(|(call, found)| {
            let shown = found.as_ref().map_or_else(
                || "-".to_owned(),
                |found| {
                    let phase = found.origin.agreed(&events, |event| event.subject.phase());
                    let workspace = found.origin.agreed(&events, |event| event.subject.workspace());
                    let run = (found.origin.run_id(&events), phase, workspace);
                    show(found.join, found.hops, found.role_arn.as_deref(), run, &found.via.roles())
                },
            );
            (call.event_id.as_deref().unwrap().to_owned(), shown)
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        shown
    }
}

/// A run id, a phase and a workspace.
pub(super) type RunCells<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

pub(super) fn show(join: Join, hops: u32, role: Option<&str>, run: RunCells<'_>, via: &[Arc<str>]) -> String {
    let cell = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let mut words = vec![join.as_str().to_owned(), hops.to_string(), cell(role), cell(run.0), cell(run.1)];
    // The workspace is that of nearly all samples.
    words.extend(run.2.filter(|workspace| *workspace != "web").map(str::to_owned));
    if !via.is_empty() {
        words.push("via".to_owned());
        words.extend(via.iter().map(ToString::to_string));
    }
    words.join(" ")
}

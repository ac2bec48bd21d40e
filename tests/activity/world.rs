//! What runs did, as a seed makes it up: log files, and for each call whose it is. The answer is known since the sessions
//! are made up first, and each call then is made to show what joins it to its session in one known way.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tfctrail::domain::timestamp::Timestamp;

use crate::choices::Choices;
use crate::spelling::spelled;

#[path = "chains.rs"]
mod chains;
#[path = "files.rs"]
mod files;

/// 2026-11-02T06:00:00Z.
pub(crate) const BEGIN: i64 = 1_793_599_200;
pub(crate) const HOUR: i64 = 3_600;

const HOME: [&str; 2] = ["111122223333", "444455556666"];
/// The accounts of chains: the log files of the first one sort before all others.
const TARGETS: [&str; 3] = ["000011112222", "222233334444", "777788889999"];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const ISSUER: &str = "app.terraform.io";

/// Source, event, whether it only reads.
const OPERATIONS: [(&str, &str, Option<bool>); 6] = [
    ("s3", "CreateBucket", Some(false)),
    ("iam", "GetRole", Some(true)),
    ("ec2", "RunInstances", Some(false)),
    ("sts", "GetCallerIdentity", Some(true)),
    ("iam", "AttachRolePolicy", Some(false)),
    ("kms", "DescribeKey", None),
];

/// Error codes, and what they mean.
const ERRORS: [(&str, &str); 6] = [
    ("AccessDenied", "denied"),
    ("Client.UnauthorizedOperation", "denied"),
    ("ForbiddenException", "denied"),
    ("NoSuchEntity", "failed"),
    ("ThrottlingException", "failed"),
    ("DryRunOperation", "failed"),
];

/// What the rows of `activity --calls` must say, but for what tells nothing of the run.
const COLUMNS: [&str; 21] = [
    "time",
    "account_id",
    "region",
    "service",
    "event_name",
    "read_only",
    "outcome",
    "error_code",
    "role_arn",
    "hops",
    "via",
    "join",
    "caller",
    "organization",
    "project",
    "workspace",
    "stack",
    "deployment",
    "phase",
    "run_id",
    "resources",
];

/// The same of a row of the program.
pub(crate) fn shown(row: &Value) -> Value {
    COLUMNS.iter().map(|name| ((*name).to_owned(), row[name].clone())).collect::<Map<_, _>>().into()
}

/// The cells of a run.
#[derive(Clone, Default)]
pub(crate) struct RunCells(BTreeMap<&'static str, String>);

impl RunCells {
    fn of(cells: &[(&'static str, &str)]) -> Self {
        Self(cells.iter().map(|(name, text)| (*name, (*text).to_owned())).collect())
    }

    fn without(&self, name: &str) -> Self {
        let mut cells = self.clone();
        cells.0.retain(|cell, _| *cell != name);
        cells
    }

    fn only_run_id(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| **name == "run_id").map(|(name, id)| (*name, id.clone())).collect())
    }
}

/// Credentials, and whose they are.
#[derive(Clone)]
pub(crate) struct Session {
    kind: &'static str,
    principal: String,
    key: String,
    start: i64,
    end: i64,
    account: String,
    role: String,
    hops: usize,
    via: Vec<String>,
    run: RunCells,
    /// The provider of the token that began it.
    provider: Option<String>,
}

/// What a call shows of its session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// The key and the start.
    Key,
    /// The key alone.
    KeyAlone,
    /// The start alone, or with a key of nobody.
    Start,
    /// Neither, or a start that fits no session.
    Principal,
}

impl Shows {
    fn join(self) -> &'static str {
        match self {
            Self::Key | Self::KeyAlone => "key",
            Self::Start => "session",
            Self::Principal => "principal",
        }
    }
}

/// Whose a call is.
enum Owner {
    /// This run, joined like this.
    Run { run: RunCells, join: &'static str, hops: usize, via: Vec<String>, role: String },
    /// Nobody, though its principal or its issuer is a run's.
    Unattributed,
    /// Somebody else.
    Foreign,
}

/// A record and the place of the log file that it lies in.
struct Logged {
    account: String,
    region: String,
    time: i64,
    text: String,
}

/// Everything.
pub(crate) struct World {
    choices: Choices,
    logged: Vec<Logged>,
    /// The rows of calls, by event id.
    pub(crate) expected: BTreeMap<String, Value>,
    /// `coverage.calls`.
    pub(crate) tally: BTreeMap<&'static str, u64>,
    next: usize,
}

fn time(seconds: i64) -> String {
    Timestamp::from_seconds(seconds).unwrap().to_string()
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let names = ["attributed", "filtered", "duplicate", "conflicts", "shared_copies", "unattributed"];
        let tally = names.into_iter().map(|name| (name, 0)).collect();
        let mut world = Self { choices: Choices(seed), logged: Vec::new(), expected: BTreeMap::new(), tally, next: 0 };
        for number in 0..6 {
            world.workspace_run(number);
        }
        for number in 0..2 {
            world.stack_run(number);
            world.named_run(number);
        }
        world.foreigners();
        let sum = world.tally.values().sum();
        world.tally.insert("read", sum);
        world
    }

    /// So many counts of each, that a test may see that the seed made some of everything.
    pub(crate) fn joins(&self) -> BTreeMap<String, usize> {
        let mut joins = BTreeMap::new();
        for row in self.expected.values() {
            *joins.entry(format!("{} {}", row["join"].as_str().unwrap(), row["hops"])).or_default() += 1;
        }
        joins
    }

    fn fresh(&mut self, what: &str) -> String {
        self.next += 1;
        format!("{what}{:016}", self.next)
    }

    /// A UUID, or an id as nobody writes it.
    fn event_id(&mut self) -> String {
        let id = self.fresh("event-");
        let digits = format!("{:08x}", self.next);
        if self.next.is_multiple_of(4) { id } else { format!("{digits}-0000-4000-8000-00abcdef0000") }
    }

    /// A run of a workspace: a plan and an apply, at times with one role, so that their principal is one too.
    fn workspace_run(&mut self, number: usize) {
        let (shares_role, account) = (number % 2 == 1, HOME[number % HOME.len()]);
        let id = self.fresh("run-");
        let start = BEGIN + i64::try_from(number).unwrap() * 4 * HOUR;
        // The key of one run is given out again in another one.
        let key = if number < 2 { "ASIARECYCLED".to_owned() } else { self.fresh("ASIA") };
        let mut roles = vec![(self.fresh("AROA"), format!("arn:aws:iam::{account}:role/deploy/plan{number}"))];
        roles.push(if shares_role {
            roles[0].clone()
        } else {
            (self.fresh("AROA"), format!("arn:aws:iam::{account}:role/deploy/apply{number}"))
        });
        let mut sessions = Vec::new();
        for (at, phase) in ["plan", "apply"].into_iter().enumerate() {
            let run = RunCells::of(&[
                ("organization", "acme"),
                ("project", "core"),
                ("workspace", ["web", "api", "net"][number % 3]),
                ("phase", phase),
                ("run_id", &id),
            ]);
            let subject = format!("organization:acme:project:core:workspace:{}:run_phase:{phase}", run.0["workspace"]);
            let (role_id, role) = &roles[at];
            let session = Session {
                kind: "AssumedRole",
                principal: format!("{role_id}:terraform-run-{id}"),
                key: if at == 0 { key.clone() } else { self.fresh("ASIA") },
                start: start + [0, 2_400][at],
                end: start + [3_600, 6_000][at],
                account: account.to_owned(),
                role: role.clone(),
                hops: 0,
                via: Vec::new(),
                run,
                provider: Some(format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}")),
            };
            self.assumption(&session, &subject);
            sessions.push(session);
        }
        for session in &sessions {
            for shows in [Shows::Key, Shows::Key, Shows::KeyAlone, Shows::Start] {
                let at = self.within(session);
                self.call(session, shows, at, &session.run);
            }
        }
        let [plan, apply] = &sessions[..] else { return };
        self.call(plan, Shows::Principal, start + 600, &plan.run);
        self.call(apply, Shows::Principal, start + 4_500, &apply.run);
        // Both last, and if they have one principal, it may be either.
        let either = if shares_role { apply.run.without("phase") } else { apply.run.clone() };
        self.call(apply, Shows::Principal, start + 3_000, &either);
        self.lost(apply, start + 7_000);
        self.renewed(apply, start + 7_200);
        self.chains(apply, start + 4_000, 0);
        self.copy_of_target_alone(apply, start + 4_200);
        self.refused(apply, start + 4_300);
    }

    /// A run of a Stack: nothing but the assumption says whose the session name is.
    fn stack_run(&mut self, number: usize) {
        let account = HOME[0];
        let run = RunCells::of(&[
            ("organization", "acme"),
            ("project", "core"),
            ("stack", "payments"),
            ("deployment", ["eu", "us"][number]),
            ("phase", "apply"),
        ]);
        let start = BEGIN + i64::try_from(number).unwrap() * 7 * HOUR;
        let principal = format!("{}:{start}", self.fresh("AROA"));
        let mut session = Session {
            kind: "AssumedRole",
            principal,
            key: self.fresh("ASIA"),
            start,
            end: start + 1_800,
            account: account.to_owned(),
            role: format!("arn:aws:iam::{account}:role/stack{number}"),
            hops: 0,
            via: Vec::new(),
            run: run.clone(),
            provider: None,
        };
        let subject = format!(
            "organization:acme:project:core:stack:payments:deployment:{}:operation:apply",
            ["eu", "us"][number]
        );
        self.assumption(&session, &subject);
        for (at, shows) in [Shows::Key, Shows::Start, Shows::Principal, Shows::Key].into_iter().enumerate() {
            session.provider = (at == 3).then(|| format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}"));
            self.call(&session, shows, start + 100 * i64::try_from(at).unwrap(), &run);
        }
        session.provider = None;
        self.chains(&session, start + 900, 1);
        self.lost(&session, start + HOUR);
    }

    /// A run whose assumption is not in the archive.
    fn named_run(&mut self, number: usize) {
        let id = self.fresh("run-");
        let start = BEGIN + i64::try_from(number).unwrap() * 9 * HOUR + 77;
        let account = HOME[1];
        let session = Session {
            kind: "AssumedRole",
            principal: format!("{}:terraform-run-{id}", self.fresh("AROA")),
            key: self.fresh("ASIA"),
            start,
            end: start + HOUR,
            account: account.to_owned(),
            role: format!("arn:aws:iam::{account}:role/unseen{number}"),
            hops: 0,
            via: Vec::new(),
            run: RunCells::of(&[("run_id", &id)]),
            provider: Some(format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}")),
        };
        self.renewed(&session, start + 5);
        self.assume(&session, "name", start + 60, 0);
        // Without the issuer, the name says nothing.
        let nobody = Session { provider: None, ..session };
        self.lost(&nobody, start + 90);
    }

    /// A moment in which a session lasts.
    fn within(&mut self, session: &Session) -> i64 {
        session.start
            + i64::try_from(self.choices.below(usize::try_from(session.end - session.start).unwrap())).unwrap()
    }

    /// A call with the credentials of a session.
    fn call(&mut self, session: &Session, shows: Shows, at: i64, run: &RunCells) {
        let identity = self.identity(session, shows);
        let Session { hops, via, role, .. } = session.clone();
        let owner = Owner::Run { run: run.clone(), join: shows.join(), hops, via, role };
        self.operation(&identity, &session.account, at, &owner);
    }

    /// A call of a principal that is known, when no session of it lasts.
    fn lost(&mut self, session: &Session, at: i64) {
        let nobody = Session { provider: None, ..session.clone() };
        let identity = self.identity(&nobody, Shows::Principal);
        self.operation(&identity, &session.account, at, &Owner::Unattributed);
    }

    /// A call of a session that is not in the archive: its issuer and its name speak of the run.
    fn renewed(&mut self, session: &Session, at: i64) {
        let identity = self.identity(session, Shows::Principal);
        let (run, role) = (session.run.only_run_id(), session.role.clone());
        let owner = Owner::Run { run, join: "name", hops: 0, via: Vec::new(), role };
        self.operation(&identity, &session.account, at, &owner);
    }

    fn identity(&mut self, session: &Session, shows: Shows) -> Value {
        let mut attributes = json!({"mfaAuthenticated": "false"});
        if matches!(shows, Shows::Key | Shows::Start) {
            let start = session.start + i64::try_from(self.choices.below(5)).unwrap() - 2;
            let start = time(start);
            let basic = self.choices.one_in(3);
            attributes["creationDate"] = if basic { start.replace(['-', ':'], "").into() } else { start.into() };
        }
        if shows == Shows::Principal && self.choices.one_in(2) {
            // A renewal of which nothing is known: no session began then.
            attributes["creationDate"] = time(session.start - 1_000).into();
        }
        let role_id = session.principal.split(':').next().unwrap();
        let mut identity = json!({
            "type": session.kind,
            "principalId": session.principal,
            "accountId": session.account,
            "sessionContext": {"attributes": attributes},
        });
        if session.kind == "AssumedRole" {
            identity["sessionContext"]["sessionIssuer"] = json!({
                "type": "Role", "principalId": role_id, "arn": session.role, "accountId": session.account,
            });
        }
        if let Some(provider) = &session.provider {
            identity["sessionContext"]["webIdFederationData"] =
                json!({"federatedProvider": provider, "attributes": {}});
        }
        if matches!(shows, Shows::Key | Shows::KeyAlone) {
            identity["accessKeyId"] = session.key.clone().into();
        } else if self.choices.one_in(2) {
            identity["accessKeyId"] = self.fresh("ASIA").into();
        }
        identity
    }

    /// Any operation, and what the report must say of it.
    fn operation(&mut self, identity: &Value, account: &str, at: i64, owner: &Owner) {
        let (service, name, read_only) = OPERATIONS[self.choices.below(OPERATIONS.len())];
        let mut event = self.event(identity, account, service, name, at);
        if let Some(read_only) = read_only {
            event["readOnly"] = read_only.into();
        }
        if self.choices.one_in(3) {
            let (code, _) = ERRORS[self.choices.below(ERRORS.len())];
            event["errorCode"] = code.into();
            event["errorMessage"] = "no".into();
        }
        if self.choices.one_in(2) {
            let arns = ["arn:aws:s3:::b", "arn:aws:s3:::a", "arn:aws:s3:::b"];
            let arns = &arns[self.choices.below(3)..];
            event["resources"] = arns.iter().map(|arn| json!({"ARN": arn})).collect();
        }
        if self.choices.one_in(5) {
            event["userIdentity"]["invokedBy"] = "cloudformation.amazonaws.com".into();
        }
        self.expect(&event, owner);
        self.log_often(&event, owner);
    }

    /// An event without what it is about.
    fn event(&mut self, identity: &Value, account: &str, service: &str, name: &str, at: i64) -> Value {
        json!({
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": time(at),
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "awsRegion": REGIONS[self.choices.below(2)],
            "sourceIPAddress": "192.0.2.7",
            "userAgent": if self.next.is_multiple_of(3) { "Terraform/1.9.5 \"q\" {" } else { "Terraform/1.9.5 {" },
            "eventID": self.event_id(),
            "recipientAccountId": account,
        })
    }

    fn expect(&mut self, event: &Value, owner: &Owner) {
        let Owner::Run { run, join, hops, via, role } = owner else {
            *self.tally.get_mut("unattributed").unwrap() += u64::from(matches!(owner, Owner::Unattributed));
            return;
        };
        *self.tally.get_mut("attributed").unwrap() += 1;
        let code = event["errorCode"].as_str();
        let outcome = code.map_or("ok", |code| ERRORS.iter().find(|(error, _)| *error == code).unwrap().1);
        let arns = event["resources"].as_array().into_iter().flatten().map(|it| it["ARN"].as_str().unwrap());
        let arns: std::collections::BTreeSet<&str> = arns.collect();
        let mut row = json!({
            "time": event["eventTime"],
            "account_id": event["recipientAccountId"],
            "region": event["awsRegion"],
            "service": event["eventSource"].as_str().unwrap().replace(".amazonaws.com", ""),
            "event_name": event["eventName"],
            "read_only": event["readOnly"],
            "outcome": outcome,
            "error_code": code,
            "role_arn": role,
            "hops": hops,
            "via": via,
            "join": join,
            "caller": event["userIdentity"]["invokedBy"].as_str().unwrap_or("run"),
            "resources": arns,
        });
        for (name, text) in &run.0 {
            row[*name] = text.clone().into();
        }
        self.expected.insert(event["eventID"].as_str().unwrap().to_owned(), shown(&row));
    }

    /// Once, or with a copy, or with another record of the same event.
    fn log_often(&mut self, event: &Value, owner: &Owner) {
        let text = self.log(event);
        let counts = !matches!(owner, Owner::Foreign);
        if self.choices.one_in(8) {
            let last = self.logged.last().unwrap();
            let (account, region, time) = (last.account.clone(), last.region.clone(), last.time + 7 * HOUR);
            self.logged.push(Logged { account, region, time, text });
            *self.tally.get_mut("duplicate").unwrap() += u64::from(counts);
        } else if self.choices.one_in(12) {
            let mut other = event.clone();
            other["additionalEventData"] = json!({"SignatureVersion": "SigV4"});
            self.log(&other);
            *self.tally.get_mut("conflicts").unwrap() += u64::from(counts);
        }
    }

    fn log(&mut self, event: &Value) -> String {
        let text = spelled(event, &mut self.choices);
        let cell = |name: &str| event[name].as_str().unwrap().to_owned();
        let time = Timestamp::parse_event_time(&cell("eventTime")).unwrap().seconds();
        self.logged.push(Logged {
            account: cell("recipientAccountId"),
            region: cell("awsRegion"),
            time,
            text: text.clone(),
        });
        text
    }
}

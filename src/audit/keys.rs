//! The migration board: where Terraform still uses long-lived credentials, beside what already uses OIDC.
//!
//! Memory grows by 32 bytes for each call, copies included, and by what the rows show. That much is needed: copies of one
//! event may stand in any two files, so that only their identities can tell how many calls there were.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::call::{Call, Circumstances, Principal};
use crate::domain::role::arn_account;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::tally::KeptTally;
use crate::domain::timestamp::Timestamp;

/// An address that more workspaces than these share, such as that of a NAT gateway, ties nothing.
const TIED_BY_ADDRESS: usize = 5;

/// A long-lived credential, or an account without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// How far its account is.
    pub status: MigrationStatus,
    /// The account that the credential belongs to.
    pub account_id: Option<Box<str>>,
    /// Whose credential it is; none in the row of an account that has only OIDC, or is only led to.
    pub principal: Option<Principal>,
    /// The name of the IAM user.
    pub user: Option<Box<str>>,
    /// The id of the access key.
    pub access_key_id: Option<Box<str>>,
    /// What was done with it.
    pub used: CredentialUse,
    /// The workspaces and Stacks that it seems to belong to, as `organization/workspace` or `organization/project/stack`.
    pub workspaces: BTreeSet<Box<str>>,
    /// Why it seems so.
    pub tie: Option<WorkspaceTie>,
    /// What uses OIDC in the account.
    pub oidc: OidcUse,
}

/// How far an account is on its way to OIDC, as the window shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MigrationStatus {
    /// Long-lived credentials alone.
    StaticKeys,
    /// Long-lived credentials and OIDC.
    Moving,
    /// OIDC alone.
    Done,
}

impl MigrationStatus {
    /// The word in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StaticKeys => "static-keys",
            Self::Moving => "moving",
            Self::Done => "done",
        }
    }
}

/// What ties a credential to workspaces. Both are inferred: a user agent can be made up, an address shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceTie {
    /// A word that somebody put into the user agent is the name of a workspace or Stack.
    UserAgent,
    /// Runs of at most five workspaces or Stacks came from the same IP address into the same account.
    SourceAddress,
}

impl WorkspaceTie {
    /// The words in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserAgent => "inferred: user agent",
            Self::SourceAddress => "inferred: source address",
        }
    }
}

/// What was done with a long-lived credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CredentialUse {
    /// Distinct calls.
    pub calls: u64,
    /// How many of them AWS refused.
    pub denied: u64,
    /// Time of the first call.
    pub first_seen: Option<Timestamp>,
    /// Time of the last one.
    pub last_seen: Option<Timestamp>,
    /// Services called.
    pub services: BTreeSet<Box<str>>,
    /// Regions of the events.
    pub regions: BTreeSet<Box<str>>,
    /// Source addresses.
    pub source_ips: BTreeSet<Box<str>>,
    /// Versions of Terraform or OpenTofu.
    pub terraform_versions: BTreeSet<Box<str>>,
    /// Versions of the AWS provider.
    pub provider_versions: BTreeSet<Box<str>>,
    /// Roles that it assumed, or tried to: calls made with those are no longer seen as its own.
    pub role_arns: BTreeSet<Box<str>>,
}

/// What uses OIDC in an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcUse {
    /// Granted assumptions.
    pub assumptions: u64,
    /// Time of the first.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// Roles assumed.
    pub role_arns: BTreeSet<Box<str>>,
    /// Workspaces and Stacks, written as in [`KeyRow::workspaces`].
    pub workspaces: BTreeSet<Box<str>>,
}

/// The rows, and what became of the calls.
#[derive(Debug, Default)]
pub struct KeyReport {
    /// By account, user, key and principal, what is absent first.
    pub rows: Vec<KeyRow>,
    /// The counters of the calls.
    pub calls: KeptTally,
}

/// Makes the board of the calls that `keep` and of the granted assumptions among `events`. The order of neither makes a
/// difference. Of copies of one call that do not say the same, the earliest stands, then the smallest in text.
#[must_use]
pub fn board<'a>(
    calls: Vec<Call>,
    keep: impl Fn(&Call) -> bool,
    events: impl IntoIterator<Item = &'a Assumption>,
) -> KeyReport {
    let runs = OidcRuns::new(events);
    let (calls, tally) = fold(calls, keep);
    let mut keys: BTreeMap<KeyRowOrder, KeyRow> = BTreeMap::new();
    let mut ties: HashMap<KeyRowOrder, [BTreeSet<Box<str>>; 2]> = HashMap::new();
    for (it, span) in &calls {
        let key = (it.account_id.clone(), it.user.clone(), it.access_key_id.clone(), Some(it.principal));
        let by_cause = ties.entry(key.clone()).or_default();
        by_cause[0].extend(runs.named(&it.agent_words));
        by_cause[1].extend(runs.from(it.account_id.as_deref(), it.source_address.as_ref()));
        keys.entry(key).or_insert_with_key(empty).used.add(it, span);
    }
    let led_to: Vec<Box<str>> = calls
        .iter()
        .filter(|(it, _)| !it.denied)
        .filter_map(|(it, _)| arn_account(it.role_arn.as_deref()?).map(Into::into))
        .collect();
    let with_keys: BTreeSet<Option<Box<str>>> =
        keys.keys().map(|key| key.0.clone()).chain(led_to.into_iter().map(Some)).collect();
    let with_rows: BTreeSet<Option<Box<str>>> = keys.keys().map(|key| key.0.clone()).collect();
    for account in with_keys.iter().chain(runs.accounts.keys()).filter(|account| !with_rows.contains(*account)) {
        keys.entry((account.clone(), None, None, None)).or_insert_with_key(empty);
    }
    for (key, row) in &mut keys {
        row.oidc = runs.accounts.get(&key.0).cloned().unwrap_or_default();
        row.status = match (with_keys.contains(&key.0), row.oidc.assumptions > 0) {
            (true, false) => MigrationStatus::StaticKeys,
            (true, true) => MigrationStatus::Moving,
            (false, _) => MigrationStatus::Done,
        };
        let [by_agent, by_address] = ties.remove(key).unwrap_or_default();
        let found = [(WorkspaceTie::UserAgent, by_agent), (WorkspaceTie::SourceAddress, by_address)];
        if let Some((tie, workspaces)) = found.into_iter().find(|(_, workspaces)| !workspaces.is_empty()) {
            (row.tie, row.workspaces) = (Some(tie), workspaces);
        }
    }
    KeyReport { rows: keys.into_values().collect(), calls: tally }
}

/// Account, user, access key and principal of a row, in the order of rows.
type KeyRowOrder = (Option<Box<str>>, Option<Box<str>>, Option<Box<str>>, Option<Principal>);

fn empty(key: &KeyRowOrder) -> KeyRow {
    let (account_id, user, access_key_id, principal) = key.clone();
    KeyRow {
        status: MigrationStatus::Done,
        account_id,
        principal,
        user,
        access_key_id,
        used: CredentialUse::default(),
        workspaces: BTreeSet::new(),
        tie: None,
        oidc: OidcUse::default(),
    }
}

/// How many calls of the same circumstances there were, and when the first and the last one.
struct CallTimes {
    calls: u64,
    first: Timestamp,
    last: Timestamp,
}

/// Removes copies, applies `keep` and counts what is left by its circumstances.
fn fold(mut calls: Vec<Call>, keep: impl Fn(&Call) -> bool) -> (BTreeMap<Arc<Circumstances>, CallTimes>, KeptTally) {
    calls.sort_unstable_by(|one, other| {
        one.identity
            .cmp(&other.identity)
            .then_with(|| one.time.cmp(&other.time))
            .then_with(|| one.circumstances.cmp(&other.circumstances))
    });
    let mut tally = KeptTally::default();
    let mut stands: Option<&Call> = None;
    // By its address first, which spares comparing texts for every call; then by what it says.
    let mut spans: HashMap<*const Circumstances, (&Call, CallTimes)> = HashMap::new();
    for call in &calls {
        if let Some(first) = stands.filter(|first| first.identity == call.identity) {
            let same = first.time == call.time && first.circumstances == call.circumstances;
            *(if same { &mut tally.duplicate } else { &mut tally.conflicts }) += 1;
            continue;
        }
        stands = Some(call);
        if !keep(call) {
            tally.filtered += 1;
            continue;
        }
        tally.reported += 1;
        let at = Arc::as_ptr(&call.circumstances);
        let fresh = || (call, CallTimes { calls: 0, first: call.time, last: call.time });
        spans.entry(at).or_insert_with(fresh).1.add(&CallTimes { calls: 1, first: call.time, last: call.time });
    }
    let mut folded: BTreeMap<Arc<Circumstances>, CallTimes> = BTreeMap::new();
    for (call, span) in spans.into_values() {
        match folded.get_mut(&call.circumstances) {
            Some(more) => more.add(&span),
            None => drop(folded.insert(Arc::clone(&call.circumstances), span)),
        }
    }
    (folded, tally)
}

impl CallTimes {
    fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
    }
}

impl CredentialUse {
    fn add(&mut self, it: &Circumstances, span: &CallTimes) {
        self.calls += span.calls;
        self.denied += if it.denied { span.calls } else { 0 };
        self.first_seen = Some(self.first_seen.map_or(span.first, |first| first.min(span.first)));
        self.last_seen = self.last_seen.max(Some(span.last));
        self.services.extend(it.service.clone());
        self.regions.extend(it.region.clone());
        self.source_ips.extend(it.source_address.as_ref().map(|address| Box::from(address.as_str())));
        self.terraform_versions.extend(it.terraform_version.clone());
        self.provider_versions.extend(it.provider_version.clone());
        self.role_arns.extend(it.role_arn.clone());
    }
}

/// What is known of OIDC: by account, and by what can tie a credential to a workspace.
#[derive(Default)]
struct OidcRuns {
    accounts: BTreeMap<Option<Box<str>>, OidcUse>,
    names: HashMap<Box<str>, BTreeSet<Box<str>>>,
    addresses: HashMap<(Box<str>, SourceAddress), BTreeSet<Box<str>>>,
}

impl OidcRuns {
    fn new<'a>(events: impl IntoIterator<Item = &'a Assumption>) -> Self {
        let mut runs = Self::default();
        let granted = events.into_iter().filter(|event| matches!(event.outcome, Outcome::Granted { .. }));
        for event in granted.filter(|event| !matches!(event.subject, Subject::Other(_))) {
            runs.add(event);
        }
        runs
    }

    fn add(&mut self, event: &Assumption) {
        let oidc = self.accounts.entry(event.account_id.as_deref().map(Into::into)).or_default();
        oidc.assumptions += 1;
        oidc.first_seen = Some(oidc.first_seen.map_or(event.time, |first| first.min(event.time)));
        oidc.last_seen = oidc.last_seen.max(Some(event.time));
        if let Some(role) = event.role_arn.as_deref().filter(|role| !oidc.role_arns.contains(*role)) {
            oidc.role_arns.insert(role.into());
        }
        let Some((name, full)) = workspace(&event.subject) else { return };
        oidc.workspaces.insert(full.clone());
        self.names.entry(name.into()).or_default().insert(full.clone());
        self.names.entry(full.clone()).or_default().insert(full.clone());
        if let (Some(account), Some(address)) = (&event.account_id, &event.source_address)
            && address.ip().is_some()
        {
            self.addresses.entry((Box::from(&**account), address.clone())).or_default().insert(full);
        }
    }

    /// The workspaces that one of the words names.
    fn named(&self, words: &str) -> impl Iterator<Item = Box<str>> {
        words.split(' ').filter_map(|word| self.names.get(word)).flatten().cloned()
    }

    /// The few workspaces whose runs came from this address into this account.
    fn from(&self, account: Option<&str>, address: Option<&SourceAddress>) -> impl Iterator<Item = Box<str>> {
        let found =
            account.zip(address).and_then(|(account, address)| self.addresses.get(&(account.into(), address.clone())));
        found.filter(|workspaces| workspaces.len() <= TIED_BY_ADDRESS).into_iter().flatten().cloned()
    }
}

/// The bare name of a workspace or Stack, and its full one. Workspaces are unique in their organization, Stacks in their
/// project.
fn workspace(subject: &Subject) -> Option<(&str, Box<str>)> {
    match subject {
        Subject::Workspace { organization, workspace, .. } => {
            Some((workspace, format!("{organization}/{workspace}").into()))
        }
        Subject::Stack { organization, project, stack, .. } => {
            Some((stack, format!("{organization}/{project}/{stack}").into()))
        }
        Subject::ModuleTest { .. } | Subject::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    /// `id time account user key address words role denied`, with `-` for what is absent.
    fn call(text: &str) -> Call {
        let parts: Vec<&str> = text.split(' ').collect();
        let part = |at: usize| Some(parts[at]).filter(|part| *part != "-").map(Box::from);
        let mut identity = [0; 16];
        identity[0] = parts[0].parse().unwrap();
        let circumstances = Circumstances {
            principal: if parts[3] == "root" { Principal::Root } else { Principal::IamUser },
            account_id: part(2),
            user: Some(parts[3]).filter(|user| !["-", "root"].contains(user)).map(Into::into),
            access_key_id: part(4),
            service: Some("ec2".into()),
            region: Some("eu-west-1".into()),
            source_address: part(5).map(|text: Box<str>| SourceAddress::new(&text)),
            terraform_version: Some("1.9.5".into()),
            provider_version: None,
            agent_words: part(6).unwrap_or_default().replace('+', " ").into(),
            role_arn: part(7),
            denied: parts[8] == "denied",
        };
        let time = Timestamp::from_seconds(parts[1].parse().unwrap()).unwrap();
        Call { identity, time, circumstances: Arc::new(circumstances) }
    }

    /// `account address organization workspace outcome`.
    fn run(text: &str) -> Assumption {
        let parts: Vec<&str> = text.split(' ').collect();
        let mut event = sample::events().remove(0);
        event.account_id = Some(parts[0].into());
        event.source_address = Some(SourceAddress::new(parts[1]));
        event.subject =
            Subject::parse(&format!("organization:{}:project:p:workspace:{}:run_phase:plan", parts[2], parts[3]));
        event.outcome = match parts[4] {
            "granted" => Outcome::Granted { access_key_id: None },
            code => Outcome::Denied { code: code.into() },
        };
        event
    }

    /// Rows as `status account user key calls denied first last workspaces tie`; any order of the calls gives them.
    fn check(calls: &[&str], runs: &[&str], rows: &[&str], counters: [u64; 4]) {
        let runs: Vec<Assumption> = runs.iter().map(|text| run(text)).collect();
        let mut calls: Vec<Call> = calls.iter().map(|text| call(text)).collect();
        for _ in 0..calls.len().max(1) {
            let found = board(calls.clone(), |call| call.time.seconds() < 1_000, &runs);
            let shown: Vec<String> = found.rows.iter().map(show).collect();
            assert_eq!(shown, rows);
            let KeptTally { reported, filtered, duplicate, conflicts } = found.calls;
            assert_eq!([reported, filtered, duplicate, conflicts], counters);
            assert_eq!(found.calls.total(), calls.len() as u64);
            let by = 1.min(calls.len());
            calls.rotate_left(by);
        }
    }

    fn show(row: &KeyRow) -> String {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
        let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.seconds().to_string());
        let workspaces: Vec<&str> = row.workspaces.iter().map(|name| &**name).collect();
        let user = if row.principal == Some(Principal::Root) { "root".to_owned() } else { text(&row.user) };
        [
            row.status.as_str().to_owned(),
            text(&row.account_id),
            user,
            text(&row.access_key_id),
            row.used.calls.to_string(),
            row.used.denied.to_string(),
            time(row.used.first_seen),
            time(row.used.last_seen),
            workspaces.join("+"),
            row.tie.map_or("-", WorkspaceTie::as_str).to_owned(),
        ]
        .join(" ")
    }

    #[test]
    fn an_account_is_on_static_keys_moving_or_done() {
        check(&[], &[], &[], [0; 4]);
        check(
            &["1 10 1 ci AKIA1 192.0.2.1 - - -", "2 20 2 ci AKIA2 192.0.2.1 - - denied", "3 30 - root - - - - -"],
            &["2 192.0.2.9 acme web granted", "3 192.0.2.9 acme web granted", "4 192.0.2.9 acme web AccessDenied"],
            &[
                "static-keys - root - 1 0 30 30  -",
                "static-keys 1 ci AKIA1 1 0 10 10  -",
                "moving 2 ci AKIA2 1 1 20 20  -",
                "done 3 - - 0 0 - -  -",
            ],
            [3, 0, 0, 0],
        );
    }

    #[test]
    fn an_account_that_a_key_leads_to_is_not_done() {
        let role = "arn:aws:iam::111122223333:role/deploy";
        let lead = |denied: &str| format!("1 10 1 ci AKIA1 - - {role} {denied}");
        let key = "static-keys 1 ci AKIA1 1";
        let run = ["111122223333 192.0.2.9 acme web granted"];
        let (granted, refused) = (lead("-"), lead("denied"));
        check(
            &[&granted],
            &[],
            &[&format!("{key} 0 10 10  -"), "static-keys 111122223333 - - 0 0 - -  -"],
            [1, 0, 0, 0],
        );
        check(&[&granted], &run, &[&format!("{key} 0 10 10  -"), "moving 111122223333 - - 0 0 - -  -"], [1, 0, 0, 0]);
        check(&[&refused], &run, &[&format!("{key} 1 10 10  -"), "done 111122223333 - - 0 0 - -  -"], [1, 0, 0, 0]);
    }

    #[test]
    fn copies_count_once_and_the_earliest_stands() {
        check(
            &[
                "1 10 1 ci AKIA1 - - - -",
                "1 10 1 ci AKIA1 - - - -",
                "1 9 1 ci AKIA9 - - - -",
                "2 2000 1 ci AKIA1 - - - -",
                "3 50 1 ci AKIA9 - - - denied",
            ],
            &[],
            &["static-keys 1 ci AKIA9 2 1 9 50  -"],
            [2, 1, 0, 2],
        );
        check(&["1 9 1 ci K - - - -"; 3], &[], &["static-keys 1 ci K 1 0 9 9  -"], [1, 0, 2, 0]);
    }

    #[test]
    fn ties_are_words_of_the_agent_or_few_workspaces_behind_an_address() {
        let tie = |call: &str, runs: &[&str], row: &str| check(&[call], runs, &[row], [1, 0, 0, 0]);
        let runs = ["1 192.0.2.1 acme web granted", "1 192.0.2.2 acme api granted", "1 192.0.2.1 beta web granted"];
        let row = "moving 1 ci K 1 0 9 9";
        tie("1 9 1 ci K 192.0.2.2 - - -", &runs, &format!("{row} acme/api inferred: source address"));
        tie("1 9 1 ci K 192.0.2.2 team+web - -", &runs, &format!("{row} acme/web+beta/web inferred: user agent"));
        tie("1 9 1 ci K 192.0.2.2 acme/web - -", &runs, &format!("{row} acme/web inferred: user agent"));
        tie("1 9 1 ci K 192.0.2.3 webs - -", &runs, &format!("{row}  -"));
        // The same address into another account, no address at all, and one that too many share.
        let other = ["2 192.0.2.1 acme web granted", "1 192.0.2.9 acme api granted"];
        let rows = ["moving 1 ci K 1 0 9 9  -", "done 2 - - 0 0 - -  -"];
        check(&["1 9 1 ci K 192.0.2.1 - - -"], &other, &rows, [1, 0, 0, 0]);
        tie("1 9 1 ci K AWS_Internal - - -", &["1 AWS_Internal acme web granted"], &format!("{row}  -"));
        let many: Vec<String> = (0..6).map(|at| format!("1 192.0.2.1 acme w{at} granted")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        tie("1 9 1 ci K 192.0.2.1 - - -", &many, &format!("{row}  -"));
        let few = "acme/w0+acme/w1+acme/w2+acme/w3+acme/w4";
        tie(
            "1 9 1 ci K 192.0.2.1 - - -",
            &many[1..].iter().map(|_| many[0]).collect::<Vec<_>>(),
            &format!("{row} acme/w0 inferred: source address"),
        );
        tie("1 9 1 ci K 192.0.2.1 - - -", &many[..5], &format!("{row} {few} inferred: source address"));
    }
}

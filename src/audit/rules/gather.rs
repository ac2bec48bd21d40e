//! Puts the hits of a rule together: one finding for one thing at one place, with a count.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use sha2::{Digest, Sha256};

use super::asked::Asked;
use super::group_part::GroupPart;
use super::rule::Rule;
use crate::audit::activity::run_call_group::{GroupEvent, RunCallGroup};
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Evidence, Finding, MORE, Severity};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::VerifiedFile;

/// So many events stand in the evidence of a finding, and so many values of one name.
pub(super) const SHOWN: usize = 5;
/// So many findings of one rule stand alone; events of further places are counted in one more. A stranger who can make
/// up names must not be able to fill a report, or the memory.
const PLACES: usize = 1_000;

/// What the events of a finding have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct FindingPlace<'a> {
    account_id: Option<&'a str>,
    organization: Option<&'a str>,
    project: Option<&'a str>,
    workspace: Option<&'a str>,
    run_id: Option<&'a str>,
    what: Option<(&'static str, Cow<'a, str>)>,
    also: Option<(&'static str, Cow<'a, str>)>,
}

impl<'a> FindingPlace<'a> {
    /// Anywhere.
    #[must_use]
    pub fn anywhere() -> Self {
        Self::default()
    }

    /// The account of an event.
    #[must_use]
    pub fn account(event: &'a Assumption) -> Self {
        Self { account_id: event.account_id.as_deref(), ..Self::default() }
    }

    /// The account and the organization.
    #[must_use]
    pub fn organization(event: &'a Assumption) -> Self {
        Self { organization: event.subject.organization(), ..Self::account(event) }
    }

    /// The account and the project.
    #[must_use]
    pub fn project(event: &'a Assumption) -> Self {
        Self { project: event.subject.project(), ..Self::organization(event) }
    }

    /// The account and the workspace; of a Stack, its deployment as well.
    #[must_use]
    pub fn workspace(event: &'a Assumption) -> Self {
        let place = Self { workspace: event.subject.workspace(), ..Self::project(event) };
        match (event.subject.stack(), event.subject.deployment(), event.subject.module()) {
            (Some(stack), Some(deployment), _) => place.with("deployment", format!("{stack}/{deployment}")),
            (_, _, Some(module)) => place.with("module", module),
            _ => place,
        }
    }

    /// The account, the workspace and the run.
    #[must_use]
    pub fn run(event: &'a Assumption) -> Self {
        Self { run_id: event.run_id.as_deref(), ..Self::workspace(event) }
    }

    /// The account that received calls, and the workspace of their run; of a Stack, its deployment as well.
    #[must_use]
    pub fn workspace_of_calls(group: &'a RunCallGroup) -> Self {
        let run = &*group.kind.run;
        let place = Self {
            account_id: group.kind.operation.account_id.as_deref(),
            organization: run.organization.as_deref(),
            project: run.project.as_deref(),
            workspace: run.workspace.as_deref(),
            ..Self::default()
        };
        match (run.stack.as_deref(), run.deployment.as_deref(), run.module.as_deref()) {
            (Some(stack), Some(deployment), _) => place.with("deployment", format!("{stack}/{deployment}")),
            (_, _, Some(module)) => place.with("module", module),
            _ => place,
        }
    }

    /// The same and the run.
    #[must_use]
    pub fn run_of_calls(group: &'a RunCallGroup) -> Self {
        Self { run_id: group.kind.run.run_id.as_deref(), ..Self::workspace_of_calls(group) }
    }

    /// The account, the region and the trail of a file of the archive.
    #[must_use]
    pub fn of_file(file: &'a VerifiedFile) -> Self {
        let place = Self { account_id: file.account.as_deref(), ..Self::default() };
        let place = file.region.as_deref().into_iter().fold(place, |place, region| place.with("region", region));
        file.trail.as_deref().into_iter().fold(place, |place, trail| place.and("trail", trail))
    }

    /// The same without the account.
    #[must_use]
    pub fn in_any_account(self) -> Self {
        Self { account_id: None, ..self }
    }

    /// The same, and one more value that its events have in common.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        Self { what: Some((name, value.into())), ..self }
    }

    /// The same, and a value beside that one.
    #[must_use]
    pub fn and(self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        Self { also: Some((name, value.into())), ..self }
    }

    /// The same, and the role of the event.
    #[must_use]
    pub fn with_role(self, event: &'a Assumption) -> Self {
        match event.role_arn.as_deref() {
            Some(role) => self.with("role", role),
            None => self,
        }
    }

    /// A name of the same thing in every scan: 32 hexadecimal digits.
    fn uid(&self, rule_id: &str, severity: Severity) -> Box<str> {
        let (name, value) = self.what.as_ref().map_or(("", ""), |(name, value)| (*name, &**value));
        let parts = [self.account_id, self.organization, self.project, self.workspace, self.run_id];
        let also = self.also.iter().flat_map(|(name, value)| [*name, &**value]);
        let parts = parts.map(Option::unwrap_or_default).into_iter().chain([name, value]).chain(also);
        let mut hash = Sha256::new();
        for part in [rule_id, severity.as_str()].into_iter().chain(parts) {
            // With its length in front, no part can pass for two.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let hex = digest[..16].iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        hex.into()
    }
}

/// An event in the evidence of a finding, in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct EvidentEvent<'a> {
    time: Timestamp,
    id: &'a str,
    content: &'a [u8; 32],
    log_file: &'a str,
}

impl<'a> EvidentEvent<'a> {
    fn of(event: &'a Assumption) -> Self {
        let id = event.event_id.as_deref().unwrap_or_default();
        Self { time: event.time, id, content: &event.content, log_file: &event.log_file }
    }

    fn of_write(write: &'a ResourceWrite) -> Self {
        Self { time: write.time, id: &write.event_id, content: &[0; 32], log_file: &write.log_file }
    }

    fn of_file(file: &'a VerifiedFile, time: Timestamp) -> Self {
        Self { time, id: "", content: &[0; 32], log_file: &file.file }
    }

    fn of_call(event: &'a GroupEvent) -> Self {
        Self { time: event.time, id: &event.event_id, content: &[0; 32], log_file: &event.log_file }
    }
}

/// A finding that still grows. Events come in their order, so the first ones stay.
#[derive(Debug, Clone)]
pub struct GrowingFinding<'a> {
    first: Timestamp,
    last: Timestamp,
    count: u64,
    /// Which events make that it is shown, and whether it has one of them.
    asked: Asked<'a>,
    is_asked: bool,
    events: Vec<EvidentEvent<'a>>,
    values: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> GrowingFinding<'a> {
    /// Nothing yet; the first event will be `event`, which is not counted here.
    #[must_use]
    pub fn before(event: &Assumption, asked: Asked<'a>) -> Self {
        Self::at(event.time, asked)
    }

    /// Nothing yet; something at that time will be the first.
    #[must_use]
    pub fn at(time: Timestamp, asked: Asked<'a>) -> Self {
        let (events, values) = (Vec::new(), Vec::new());
        Self { first: time, last: time, count: 0, asked, is_asked: false, events, values }
    }

    /// Counts an event. Its role, source address and error code are evidence.
    pub fn add(&mut self, event: &'a Assumption) {
        self.first = self.first.min(event.time);
        self.last = self.last.max(event.time);
        self.count += 1;
        self.is_asked = self.is_asked || self.asked.takes(event);
        if self.events.len() < SHOWN {
            self.events.push(EvidentEvent::of(event));
        }
        let values = [
            ("role", event.role_arn.as_deref()),
            ("source_ip", event.source_address.as_ref().map(SourceAddress::as_str)),
            ("error_code", event.outcome.error_code()),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                self.show(name, value);
            }
        }
    }

    /// Counts calls, which come in any order. What they called, their role, source address, error code and join are evidence.
    pub fn add_calls(&mut self, part: GroupPart<'a>) {
        let GroupPart { group, first, last, event, calls } = part;
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.count += calls;
        self.is_asked = true;
        self.events.push(EvidentEvent::of_call(event));
        self.events.sort_unstable();
        self.events.truncate(SHOWN);
        self.show("call", group.call());
        let kind = &group.kind;
        let values = [
            ("role", kind.role_arn.as_deref()),
            ("source_ip", kind.caller.source_address.as_ref().map(SourceAddress::as_str)),
            ("error_code", kind.operation.error_code.as_deref().filter(|code| !code.is_empty())),
            ("join", Some(kind.join.as_str())),
            ("caller", kind.caller.invoked_by.as_deref()),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                self.show(name, value);
            }
        }
    }

    /// Counts a write of somebody who is no run, in any order.
    pub fn add_write(&mut self, write: &'a ResourceWrite) {
        self.first = self.first.min(write.time);
        self.last = self.last.max(write.time);
        self.count += 1;
        self.is_asked = true;
        self.events.push(EvidentEvent::of_write(write));
        self.events.sort_unstable();
        self.events.truncate(SHOWN);
        let text = |text: &'a Option<Arc<str>>| text.as_deref().unwrap_or("?");
        self.show("call", format!("{}:{}", text(&write.service), text(&write.event_name)));
    }

    /// Counts a file of the archive, in any order.
    pub fn add_file(&mut self, file: &'a VerifiedFile, time: Timestamp) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.count += 1;
        self.is_asked = true;
        self.events.push(EvidentEvent::of_file(file, time));
        self.events.sort_unstable();
        self.events.truncate(SHOWN);
    }

    /// Takes a value as evidence, unless there are enough of that name.
    pub fn show(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        let value = value.into();
        let of_name = self.values.iter().filter(|(known, _)| *known == name);
        let mut count = 0;
        for (_, known) in of_name {
            if *known == value {
                return;
            }
            count += 1;
        }
        match count {
            ..SHOWN => self.values.push((name, value)),
            SHOWN => self.values.push((name, Cow::Borrowed(MORE))),
            _ => {}
        }
    }

    /// Takes another one of the same place, whose events are others.
    pub fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.is_asked |= other.is_asked;
        self.events.extend(other.events);
        self.events.sort_unstable();
        self.events.truncate(SHOWN);
        for (name, value) in other.values {
            self.show(name, value);
        }
    }

    fn evidence(self, what: impl Iterator<Item = (&'static str, Cow<'a, str>)>) -> Evidence {
        let text = |text: Cow<'_, str>| -> Box<str> { text.into_owned().into() };
        let mut values: Vec<(&'static str, Box<str>)> =
            self.values.into_iter().chain(what).map(|(name, value)| (name, text(value))).collect();
        values.sort_unstable();
        values.dedup();
        let events = self.events.iter().map(|event| (event.id.into(), event.log_file.into()));
        Evidence { events: events.collect(), values }
    }
}

type FindingKey<'a> = (Severity, &'static str, FindingPlace<'a>);

/// The findings of one rule.
#[derive(Debug)]
pub struct FindingCollector<'a> {
    rule: &'static Rule,
    asked: Asked<'a>,
    /// Where in `findings` each is.
    places: HashMap<FindingKey<'a>, usize>,
    findings: Vec<GrowingFinding<'a>>,
}

impl<'a> FindingCollector<'a> {
    /// None yet.
    #[must_use]
    pub fn new(rule: &'static Rule, asked: Asked<'a>) -> Self {
        Self { rule, asked, places: HashMap::new(), findings: Vec::new() }
    }

    /// Counts an event for the finding at a place, which it begins if need be.
    pub fn add(&mut self, hit: RuleHit<'a>, event: &'a Assumption) {
        self.grow(hit, event.time, |growing| growing.add(event));
    }

    /// Counts calls likewise.
    pub fn add_calls(&mut self, hit: RuleHit<'a>, part: GroupPart<'a>) {
        self.grow(hit, part.first, |growing| growing.add_calls(part));
    }

    /// Counts a write of somebody who is no run likewise.
    pub fn add_write(&mut self, hit: RuleHit<'a>, write: &'a ResourceWrite) {
        self.grow(hit, write.time, |growing| growing.add_write(write));
    }

    /// Counts a file of the archive likewise. One whose name tells no time is of the first second that there is.
    pub fn add_file(&mut self, hit: RuleHit<'a>, file: &'a VerifiedFile) {
        let time = file.time.or_else(|| Timestamp::from_seconds(0)).unwrap_or(Timestamp::LAST);
        self.grow(hit, time, |growing| growing.add_file(file, time));
    }

    fn grow(&mut self, hit: RuleHit<'a>, time: Timestamp, add: impl FnOnce(&mut GrowingFinding<'a>)) {
        let RuleHit { severity, title, place, values } = hit;
        let key = (severity, title, place);
        let is_full = self.places.len() >= PLACES && !self.places.contains_key(&key);
        let key = if is_full { (key.0, key.1, FindingPlace::anywhere().with("places", MORE)) } else { key };
        let at = *self.places.entry(key).or_insert_with(|| {
            self.findings.push(GrowingFinding::at(time, self.asked));
            self.findings.len() - 1
        });
        let growing = &mut self.findings[at];
        add(growing);
        for (name, value) in values {
            growing.show(name, value);
        }
    }

    /// Takes a finding as a whole.
    pub fn put(
        &mut self,
        severity: Severity,
        title: &'static str,
        place: FindingPlace<'a>,
        growing: GrowingFinding<'a>,
    ) {
        match self.places.entry((severity, title, place)) {
            Entry::Occupied(known) => self.findings[*known.get()].join(growing),
            Entry::Vacant(slot) => {
                slot.insert(self.findings.len());
                self.findings.push(growing);
            }
        }
    }

    /// What was found of events that somebody asked for, as it was begun.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        let rule = self.rule;
        let name = |name: Option<&str>| name.map(Into::into);
        let mut places: Vec<(FindingKey<'a>, usize)> = self.places.into_iter().collect();
        places.sort_unstable_by_key(|(_, at)| *at);
        let shown = places.into_iter().zip(self.findings).filter(|(_, growing)| growing.is_asked);
        let findings = shown.map(|(((severity, title, place), _), growing)| Finding {
            uid: place.uid(rule.id, severity),
            severity,
            rule_id: rule.id,
            title,
            account_id: name(place.account_id),
            organization: name(place.organization),
            project: name(place.project),
            workspace: name(place.workspace),
            run_id: name(place.run_id),
            first_seen: growing.first,
            last_seen: growing.last,
            count: growing.count,
            evidence: growing.evidence(place.what.into_iter().chain(place.also)),
            remedy: rule.remedy,
            suppressed: None,
        });
        findings.collect()
    }
}

/// One event that a rule is about.
#[derive(Debug)]
pub struct RuleHit<'a> {
    severity: Severity,
    title: &'static str,
    place: FindingPlace<'a>,
    values: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> RuleHit<'a> {
    /// At a place, as the rule is called.
    #[must_use]
    pub fn new(severity: Severity, title: &'static str, place: FindingPlace<'a>) -> Self {
        Self { severity, title, place, values: Vec::new() }
    }

    /// The same with a value for the evidence.
    #[must_use]
    pub fn showing(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// The same with several values of one name.
    #[must_use]
    pub fn showing_all<V: Into<Cow<'a, str>>>(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        // One more than fits says that there are more.
        self.values.extend(values.into_iter().take(SHOWN + 1).map(|value| (name, value.into())));
        self
    }
}

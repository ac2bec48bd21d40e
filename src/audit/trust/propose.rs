//! The tightest trust of each role that covers the subjects seen: each pair of subject and audience that got the role, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::expect::{Expectation, OrganizationStanding};
use super::pattern::{exactly, exactly_in_like};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// What a role's trust should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The role.
    pub role_arn: Box<str>,
    /// The organizations that it covers.
    pub organizations: BTreeSet<Box<str>>,
    /// One for each issuer and set of audiences, in order; empty if nothing can be covered.
    pub trusts: Vec<TrustStatement>,
    /// Subjects that were granted the role and would no longer be, each with the reason.
    pub stops: BTreeSet<StoppedSubject>,
    /// Subjects of the same workspaces in their other documented phase, which nobody was seen in: neither here, nor on a
    /// role of that phase alone. They are not covered.
    pub unseen: BTreeSet<Box<str>>,
    /// Subjects of the same workspaces whose phase another role has alone: the phases are split, and stay so.
    pub split: BTreeSet<Box<str>>,
    /// Granted assumptions.
    pub assumptions: u64,
    /// Time of the first.
    pub first_seen: Timestamp,
    /// Time of the last.
    pub last_seen: Timestamp,
}

/// One statement: any of the subjects, together with any of the audiences.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustStatement {
    /// The ARN of the identity provider, in the role's own account.
    pub provider_arn: String,
    /// Its issuer.
    pub issuer: Box<str>,
    /// Values of the audience for `StringEquals`.
    pub audiences: BTreeSet<String>,
    /// Values of the subject.
    pub subjects: BTreeSet<String>,
    /// Whether the subjects are for `StringLike`, else for `StringEquals`.
    pub like: bool,
}

/// A subject that stops working.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoppedSubject {
    /// The subject, as in the token.
    pub subject: String,
    /// Why it is not covered.
    pub reason: &'static str,
}

/// Proposals for the roles that were granted in `events`, by their ARNs. Subjects of organizations that are expected are
/// covered; with `any_phase`, the whole workspace, Stack deployment or module of each. Events of other roles than those that
/// are asked for belong to `events` too: they tell which phase has a role of its own.
#[must_use]
pub fn propose<'a>(
    events: impl IntoIterator<Item = &'a Assumption>,
    expectation: &Expectation,
    any_phase: bool,
) -> Vec<Proposal> {
    let mut roles: BTreeMap<&str, RoleGrants<'_>> = BTreeMap::new();
    let mut on_roles: OnRoles<'_> = BTreeMap::new();
    for event in events.into_iter().filter(|event| matches!(event.outcome, Outcome::Granted { .. })) {
        if let Some(role) = event.role_arn.as_deref() {
            roles.entry(role).or_insert_with(|| RoleGrants::new(event.time)).add(event, expectation);
            let issuer = event.issuer.as_deref().unwrap_or_default();
            on_roles.entry((issuer, &event.subject)).or_default().insert(role);
        }
    }
    roles.into_iter().map(|(role, seen)| seen.proposal(role, any_phase, &on_roles)).collect()
}

/// The roles of each issuer and subject.
type OnRoles<'a> = BTreeMap<(&'a str, &'a Subject), BTreeSet<&'a str>>;

/// What was granted one role.
struct RoleGrants<'a> {
    /// By issuer and subject.
    audiences: BTreeMap<(&'a str, &'a Subject), BTreeSet<&'a str>>,
    stops: BTreeSet<StoppedSubject>,
    assumptions: u64,
    first: Timestamp,
    last: Timestamp,
}

impl<'a> RoleGrants<'a> {
    fn new(time: Timestamp) -> Self {
        Self { audiences: BTreeMap::new(), stops: BTreeSet::new(), assumptions: 0, first: time, last: time }
    }

    fn add(&mut self, event: &'a Assumption, expectation: &Expectation) {
        self.assumptions += 1;
        self.first = self.first.min(event.time);
        self.last = self.last.max(event.time);
        let subject = &event.subject;
        let standing = expectation.of(subject.organization());
        let mut stop = |reason| {
            self.stops.insert(StoppedSubject { subject: subject.to_string(), reason });
        };
        match (event.issuer.as_deref(), event.audience.as_deref()) {
            _ if matches!(subject, Subject::Other(_)) => stop("not a documented subject of Terraform"),
            _ if standing != OrganizationStanding::Covered => stop(standing.reason()),
            (Some(issuer), Some(audience)) => {
                self.audiences.entry((issuer, subject)).or_default().insert(audience);
            }
            _ => stop("the event does not tell its audience or issuer"),
        }
    }

    fn proposal(mut self, role: &str, any_phase: bool, on_roles: &OnRoles<'_>) -> Proposal {
        let Some(provider) = provider_prefix(role) else {
            let all = self.audiences.keys().map(|(_, subject)| subject.to_string());
            let reason = "the role's ARN is none of IAM";
            self.stops.extend(all.map(|subject| StoppedSubject { subject, reason }));
            return self.finish(role, Vec::new(), [BTreeSet::new(), BTreeSet::new()]);
        };
        let [mut unseen, split] = self.other_phases(on_roles);
        if any_phase {
            unseen.clear();
        }
        let mut trusts: BTreeMap<(&str, &BTreeSet<&str>), BTreeSet<String>> = BTreeMap::new();
        for ((issuer, subject), audiences) in &self.audiences {
            let value = if any_phase { whole(subject) } else { exactly(&subject.to_string()) };
            trusts.entry((issuer, audiences)).or_default().insert(value);
        }
        let trusts = trusts.into_iter().map(|((issuer, audiences), subjects)| TrustStatement {
            provider_arn: format!("{provider}{issuer}"),
            issuer: issuer.into(),
            audiences: audiences.iter().map(|audience| exactly(audience)).collect(),
            subjects,
            like: any_phase,
        });
        let trusts = trusts.collect();
        self.finish(role, trusts, [unseen, split])
    }

    fn finish(self, role: &str, trusts: Vec<TrustStatement>, [unseen, split]: [BTreeSet<Box<str>>; 2]) -> Proposal {
        Proposal {
            role_arn: role.into(),
            organizations: self.audiences.keys().filter_map(|(_, it)| it.organization().map(Into::into)).collect(),
            trusts,
            stops: self.stops,
            unseen,
            split,
            assumptions: self.assumptions,
            first_seen: self.first,
            last_seen: self.last,
        }
    }

    /// The plan of what was only applied, and the apply of what was only planned: those that nobody was seen in, and those
    /// that another role has, which never was given the phase of this one.
    fn other_phases(&self, on_roles: &OnRoles<'_>) -> [BTreeSet<Box<str>>; 2] {
        let [mut unseen, mut split] = [BTreeSet::new(), BTreeSet::new()];
        for (issuer, subject) in self.audiences.keys() {
            let Some(phase) = subject.phase().and_then(other_phase) else { continue };
            let other = subject.in_phase(phase);
            if self.audiences.contains_key(&(issuer, &other)) {
                continue;
            }
            let (mine, others) = (on_roles.get(&(*issuer, *subject)), on_roles.get(&(*issuer, &other)));
            let is_alone = |role: &&str| mine.is_none_or(|mine| !mine.contains(role));
            let is_split = others.is_some_and(|others| others.iter().any(is_alone));
            let list = if is_split { &mut split } else { &mut unseen };
            list.insert(other.to_string().into());
        }
        [unseen, split]
    }
}

/// The other documented phase (DOMAIN §1).
fn other_phase(phase: &str) -> Option<&'static str> {
    match phase {
        "plan" => Some("apply"),
        "apply" => Some("plan"),
        _ => None,
    }
}

/// `arn:PARTITION:iam::ACCOUNT:oidc-provider/` of the account that a role is in.
fn provider_prefix(role_arn: &str) -> Option<String> {
    let (front, name) = role_arn.split_once(":role/")?;
    let account = front.strip_prefix("arn:")?.split_once(":iam::")?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let digits = account.1.len() == 12 && account.1.bytes().all(|byte| byte.is_ascii_digit());
    (plain(account.0) && digits && !name.is_empty()).then(|| format!("{front}:oidc-provider/"))
}

/// A value of `StringLike` for every phase of what the subject belongs to.
fn whole(subject: &Subject) -> String {
    format!("{}*", exactly_in_like(&subject.without_phase().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    const ROLE: &str = "arn:aws:iam::111122223333:role/x/deploy";

    /// `subject | audience | role`, or `denied` in front.
    fn event(text: &str) -> Assumption {
        let granted = text.strip_prefix("denied ");
        let parts: Vec<&str> = granted.unwrap_or(text).split(" | ").collect();
        let mut event = sample::events().remove(0);
        event.issuer = Some("app.terraform.io".into());
        event.subject = Subject::parse(parts[0]);
        event.audience = Some(parts[1]).filter(|it| !it.is_empty()).map(Into::into);
        event.role_arn = Some((*parts.get(2).unwrap_or(&ROLE)).into());
        event.outcome = match granted {
            Some(_) => Outcome::Denied { code: "AccessDenied".into() },
            None => Outcome::Granted { access_key_id: None },
        };
        event
    }

    /// Each trust as `audiences => subjects`, then stops and what was not seen, of all roles.
    fn check(events: &[&str], any_phase: bool, expected: &[&str]) {
        let events: Vec<Assumption> = events.iter().map(|text| event(text)).collect();
        let expectation = Expectation { organizations: ["a".into()].into(), ..Expectation::default() };
        let found = propose(&events, &expectation, any_phase);
        let lines = found.iter().flat_map(|role| {
            let join = |texts: &BTreeSet<String>| texts.iter().cloned().collect::<Vec<_>>().join(" ");
            let trusts = role.trusts.iter().map(move |trust| {
                assert_eq!(trust.like, any_phase);
                assert_eq!(trust.provider_arn, "arn:aws:iam::111122223333:oidc-provider/app.terraform.io");
                format!("{} => {}", join(&trust.audiences), join(&trust.subjects))
            });
            let stops = role.stops.iter().map(|stop| format!("stops {}: {}", stop.subject, stop.reason));
            let unseen = role.unseen.iter().map(|subject| format!("unseen {subject}"));
            let split = role.split.iter().map(|subject| format!("split {subject}"));
            trusts.chain(stops).chain(unseen).chain(split).collect::<Vec<_>>()
        });
        assert_eq!(lines.collect::<Vec<_>>(), expected, "{events:?}");
        let reversed: Vec<&Assumption> = events.iter().rev().collect();
        assert_eq!(propose(reversed, &expectation, any_phase), found);
    }

    #[test]
    fn each_subject_is_covered_with_its_own_audience_and_nothing_else() {
        let (plan, apply) = (
            "organization:a:project:p:workspace:w:run_phase:plan",
            "organization:a:project:p:workspace:w:run_phase:apply",
        );
        let at = |subject: &str, audience: &str| format!("{subject} | {audience}");
        check(&[], false, &[]);
        check(&[&format!("denied {plan} | aud")], false, &[]);
        check(&[&at(plan, "aud"), &at(apply, "aud"), &at(plan, "aud")], false, &[&format!("aud => {apply} {plan}")]);
        check(&[&at(plan, "aud")], false, &[&format!("aud => {plan}"), &format!("unseen {apply}")]);
        // Together they would admit the plan with the audience of the apply.
        check(&[&at(plan, "one"), &at(apply, "two")], false, &[&format!("one => {plan}"), &format!("two => {apply}")]);
        check(
            &[&at(plan, "one"), &at(plan, "two"), &at(apply, "one"), &at(apply, "two")],
            false,
            &[&format!("one two => {apply} {plan}")],
        );
        check(&[&at(plan, "aud")], true, &["aud => organization:a:project:p:workspace:w:run_phase:*"]);
        check(
            &[&at("organization:a:module:m:operation:test_run", "aud")],
            false,
            &["aud => organization:a:module:m:operation:test_run"],
        );
    }

    #[test]
    fn what_stops_is_named() {
        let evil = "organization:evil:project:p:workspace:w:run_phase:plan";
        let left_out = format!("stops {evil}: of an organization that nobody expects");
        check(&[&format!("{evil} | aud")], false, &[&left_out]);
        check(&[&format!("{evil} | aud")], true, &[&left_out]);
        check(&["repo:a/b | aud"], false, &["stops repo:a/b: not a documented subject of Terraform"]);
        let test = "organization:a:module:m:operation:test_run";
        check(
            &[&format!("{test} | ")],
            false,
            &[&format!("stops {test}: the event does not tell its audience or issuer")],
        );
        for role in [
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::111122223333:user/x",
            "arn:a s:iam::111122223333:role/x",
            "x",
            "arn:aws:iam::111122223333:role/",
        ] {
            check(
                &[&format!("{test} | aud | {role}")],
                false,
                &[&format!("stops {test}: the role's ARN is none of IAM")],
            );
        }
    }

    #[test]
    fn a_phase_that_another_role_has_alone_is_split() {
        let subject = |phase: &str| format!("organization:a:project:p:workspace:w:run_phase:{phase}");
        let (plan, apply) = (subject("plan"), subject("apply"));
        let [one, two] = ["1111", "2222"].map(|name| format!("arn:aws:iam::111122223333:role/{name}"));
        let on = |subject: &str, role: &str| format!("{subject} | aud | {role}");
        let (only_plan, only_apply) = (format!("aud => {plan}"), format!("aud => {apply}"));
        let (split_apply, split_plan) = (format!("split {apply}"), format!("split {plan}"));
        let split = [only_plan.as_str(), &split_apply, &only_apply, &split_plan];
        check(&[&on(&plan, &one), &on(&apply, &two)], false, &split);
        // A role that has both phases says nothing about the other one.
        let (both, unseen) = (format!("aud => {apply} {plan}"), format!("unseen {apply}"));
        let events = [on(&plan, &one), on(&plan, &two), on(&apply, &two)];
        check(&events.each_ref().map(String::as_str), false, &[&only_plan, &unseen, &both]);
        // What was refused on the other role was not given to it.
        let events = [on(&plan, &one), format!("denied {}", on(&apply, &two))];
        check(&events.each_ref().map(String::as_str), false, &[&only_plan, &unseen]);
        let whole = "aud => organization:a:project:p:workspace:w:run_phase:*";
        check(&[&on(&plan, &one), &on(&apply, &two)], true, &[whole, &split_apply, whole, &split_plan]);
    }

    #[test]
    fn names_that_mean_something_in_a_policy_are_escaped() {
        let odd = "organization:a:project:${x}*?:workspace:w$:run_phase:plan";
        let exact = "aud => organization:a:project:${$}{x}*?:workspace:w${$}:run_phase:plan";
        let unseen = "unseen organization:a:project:${x}*?:workspace:w$:run_phase:apply";
        check(&[&format!("{odd} | aud")], false, &[exact, unseen]);
        check(
            &[&format!("{odd} | aud")],
            true,
            &["aud => organization:a:project:${$}{x}${*}${?}:workspace:w${$}:run_phase:*"],
        );
    }
}

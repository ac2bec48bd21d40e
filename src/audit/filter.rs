//! Which events a report is about: the window and the filters of the command line, applied to one event at a time.

pub mod address_pattern;

pub mod event_field;

pub mod pattern;

pub mod select;

pub mod word_pattern;

use std::collections::BTreeSet;

use self::address_pattern::AddressPatterns;
use self::event_field::EventField;
use self::pattern::Patterns;
use self::word_pattern::WordPatterns;
use crate::domain::assumption::Assumption;
use crate::domain::call::Call;
use crate::domain::role::role_name;
use crate::domain::window::Window;

/// All conditions that an event must meet. Each field is the flag of its name.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `--from`, `--to`, `--last`.
    pub window: Window,
    /// Organization.
    pub org: Patterns,
    /// Project.
    pub project: Patterns,
    /// Workspace.
    pub workspace: Patterns,
    /// Stack.
    pub stack: Patterns,
    /// Deployment of a Stack.
    pub deployment: Patterns,
    /// Phase or operation.
    pub phase: Patterns,
    /// Run id, with its `run-`.
    pub run: Patterns,
    /// Account that received the event.
    pub account: Patterns,
    /// Region of the event.
    pub region: Patterns,
    /// Role, by its ARN or its bare name.
    pub role: Patterns,
    /// Issuer.
    pub issuer: Patterns,
    /// Source address.
    pub ip: AddressPatterns,
    /// `granted` or `denied`.
    pub outcome: WordPatterns,
    /// Kind of subject.
    pub kind: WordPatterns,
}

impl Filter {
    /// The first condition that removes the event, by its flag; none if it passes.
    #[must_use]
    pub fn removes(&self, event: &Assumption) -> Option<&'static str> {
        if self.window.contains(event.time) { self.fails(event) } else { Some("--from/--to") }
    }

    /// The same for a call. Only the window, the account, the region and the source address speak of calls.
    #[must_use]
    pub fn removes_call(&self, call: &Call) -> Option<&'static str> {
        let it = &call.circumstances;
        [
            ("--from/--to", self.window.contains(call.time)),
            ("--account", self.account.pass(it.account_id.as_deref())),
            ("--region", self.region.pass(it.region.as_deref())),
            ("--ip", self.ip.pass(it.source_address.as_ref())),
        ]
        .into_iter()
        .find_map(|(flag, passes)| (!passes).then_some(flag))
    }

    /// Whether every event passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.window == Window::default() && self.takes_all()
    }

    /// Whether every event of the window passes.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        CONDITIONS.iter().all(|condition| (condition.is_empty)(self))
    }

    /// The window and the accounts alone. What rules know of somebody there is known through everybody there.
    #[must_use]
    pub fn place(&self) -> Self {
        Self { window: self.window, account: self.account.clone(), ..Self::default() }
    }

    /// The only accounts that log files are asked for, where they are named by their ids. With `whole_runs` an event of any account may
    /// be wanted for its run.
    #[must_use]
    pub fn accounts_asked(&self, whole_runs: bool) -> Option<BTreeSet<Box<str>>> {
        let literals = self.account.literals().filter(|_| !whole_runs)?;
        Some(literals.into_iter().map(Box::from).collect())
    }

    /// Whether every event of the window in these accounts passes.
    #[must_use]
    pub fn takes_all_of_place(&self) -> bool {
        CONDITIONS.iter().all(|condition| condition.part == EventField::Account || (condition.is_empty)(self))
    }

    /// The parts of an event that conditions beside the window look at.
    pub fn parts(&self) -> impl Iterator<Item = EventField> {
        CONDITIONS.iter().filter(|condition| !(condition.is_empty)(self)).map(|condition| condition.part)
    }

    /// The first condition on that part alone which removes the event: its place among all conditions, which stand in the
    /// order in which they are tried, and its flag.
    #[must_use]
    pub fn removes_by(&self, part: EventField, event: &Assumption) -> Option<(usize, &'static str)> {
        let of_part = CONDITIONS.iter().enumerate().filter(|(_, condition)| condition.part == part);
        let mut failing = of_part.filter(|(_, condition)| !(condition.passes)(self, event));
        failing.next().map(|(place, condition)| (place, condition.flag))
    }

    fn fails(&self, event: &Assumption) -> Option<&'static str> {
        CONDITIONS.iter().find(|condition| !(condition.passes)(self, event)).map(|condition| condition.flag)
    }
}

/// A condition on one part of an event.
struct FilterCondition {
    flag: &'static str,
    part: EventField,
    is_empty: fn(&Filter) -> bool,
    passes: fn(&Filter, &Assumption) -> bool,
}

/// A condition whose patterns are in one field, on one value.
macro_rules! condition {
    ($flag:literal, $part:ident, $field:ident, $event:ident => $value:expr) => {
        FilterCondition {
            flag: $flag,
            part: EventField::$part,
            is_empty: |filter| filter.$field.is_empty(),
            passes: |filter, $event| filter.$field.pass($value),
        }
    };
}

/// All conditions beside the window, in the order in which they are tried.
const CONDITIONS: [FilterCondition; 14] = [
    condition!("--org", Subject, org, event => event.subject.organization()),
    condition!("--project", Subject, project, event => event.subject.project()),
    condition!("--workspace", Subject, workspace, event => event.subject.workspace()),
    condition!("--stack", Subject, stack, event => event.subject.stack()),
    condition!("--deployment", Subject, deployment, event => event.subject.deployment()),
    condition!("--phase", Subject, phase, event => event.subject.phase()),
    condition!("--run", Run, run, event => event.run_id.as_deref()),
    condition!("--account", Account, account, event => event.account_id.as_deref()),
    condition!("--region", Region, region, event => event.region.as_deref()),
    condition!("--issuer", Issuer, issuer, event => event.issuer.as_deref()),
    FilterCondition {
        flag: "--role",
        part: EventField::Role,
        is_empty: |filter| filter.role.is_empty(),
        passes: |filter, event| {
            let role = event.role_arn.as_deref().map(|arn| [arn, role_name(arn)]);
            filter.role.pass_any(role.as_ref().map_or(&[], |names| names.as_slice()))
        },
    },
    condition!("--ip", Address, ip, event => event.source_address.as_ref()),
    condition!("--outcome", Outcome, outcome, event => event.outcome.as_str()),
    condition!("--kind", Subject, kind, event => event.subject.kind().as_str()),
];

#[cfg(test)]
mod tests {
    use super::word_pattern::WordPattern;
    use super::*;
    use crate::domain::assumption::Outcome;
    use crate::domain::source_address::SourceAddress;
    use crate::domain::subject::Subject;
    use crate::domain::timestamp::Timestamp;

    fn event(subject: &str) -> Assumption {
        Assumption {
            time: Timestamp::parse_rfc3339("2026-11-02T12:00:00Z").unwrap(),
            event_id: None,
            account_id: Some("111122223333".into()),
            region: Some("eu-west-1".into()),
            source_address: Some(SourceAddress::new("192.0.2.7")),
            subject: Subject::parse(subject),
            issuer: Some("app.terraform.io".into()),
            audience: None,
            role_arn: Some("arn:aws:iam::111122223333:role/tfc/deploy".into()),
            role_session_name: None,
            duration_seconds: None,
            expiration: None,
            verification_method: None,
            run_id: Some("run-abc".into()),
            outcome: Outcome::Granted { access_key_id: None },
            user_agent: None,
            log_file: "f".into(),
            content: [0; 32],
            correction: None,
        }
    }

    fn filter(flag: &str, text: &str) -> Filter {
        let mut filter = Filter::default();
        let slot = match flag {
            "--org" => &mut filter.org,
            "--project" => &mut filter.project,
            "--workspace" => &mut filter.workspace,
            "--stack" => &mut filter.stack,
            "--deployment" => &mut filter.deployment,
            "--phase" => &mut filter.phase,
            "--run" => &mut filter.run,
            "--account" => &mut filter.account,
            "--region" => &mut filter.region,
            "--role" => &mut filter.role,
            "--issuer" => &mut filter.issuer,
            "--ip" => {
                filter.ip = AddressPatterns::new(vec![text.parse().unwrap()]);
                return filter;
            }
            "--outcome" => {
                filter.outcome = WordPatterns::new(vec![WordPattern::outcome(text).unwrap()]);
                return filter;
            }
            _ => {
                filter.kind = WordPatterns::new(vec![WordPattern::kind(text).unwrap()]);
                return filter;
            }
        };
        *slot = Patterns::new(vec![text.parse().unwrap()]);
        filter
    }

    const WORKSPACE: &str = "organization:acme:project:Default Project:workspace:web:run_phase:plan";

    fn check(subject: &str, flag: &'static str, text: &str, passes: bool) {
        let filter = filter(flag, text);
        assert!(!filter.is_empty());
        assert_eq!(filter.removes(&event(subject)), (!passes).then_some(flag), "{flag} {text}");
    }

    #[test]
    fn each_flag_looks_at_its_own_value() {
        for (flag, value) in [
            ("--org", "acme"),
            ("--project", "Default Project"),
            ("--workspace", "web"),
            ("--phase", "plan"),
            ("--run", "run-abc"),
            ("--account", "111122223333"),
            ("--region", "eu-west-1"),
            ("--role", "deploy"),
            ("--role", "arn:aws:iam::111122223333:role/tfc/deploy"),
            ("--issuer", "app.terraform.io"),
            ("--ip", "192.0.2.0/24"),
            ("--outcome", "granted"),
            ("--kind", "workspace"),
        ] {
            check(WORKSPACE, flag, value, true);
            check(WORKSPACE, flag, &format!("!{value}"), false);
        }
        let stack = "organization:acme:project:p:stack:net:deployment:prod:operation:apply";
        check(stack, "--stack", "net", true);
        check(stack, "--deployment", "prod", true);
        check(stack, "--kind", "!workspace", true);
    }

    #[test]
    fn absent_values_pass_negations_only() {
        for flag in ["--org", "--project", "--workspace", "--stack", "--deployment", "--phase"] {
            check("other", flag, "*", false);
            check("other", flag, "!*", true);
        }
    }

    #[test]
    fn a_role_matches_by_either_name() {
        check(WORKSPACE, "--role", "tfc/deploy", false);
        check(WORKSPACE, "--role", "!arn:*", false);
        check(WORKSPACE, "--role", "!other", true);
    }

    #[test]
    fn the_window_comes_first() {
        let to = Some(event("").time);
        let outside = Filter { window: Window { from: None, to }, ..filter("--org", "nobody") };
        assert_eq!(outside.removes(&event(WORKSPACE)), Some("--from/--to"));
        assert!(Filter::default().is_empty());
        assert_eq!(Filter::default().removes(&event(WORKSPACE)), None);
    }
}

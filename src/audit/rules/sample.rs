//! Cases for rules, as short texts.

use std::sync::Arc;

use super::asked::Asked;
use super::detect;
use super::rule::{Rule, RuleContext};
use super::settings::Settings;
use crate::audit::baseline::Baseline;
use crate::audit::baseline::encoded::EncodedEvents;
use crate::audit::network::Networks;
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::finding::Finding;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;
use crate::domain::version::Version;

/// What is configured, and what was seen before.
#[derive(Clone, Default)]
pub(super) struct RuleCase {
    settings: Settings,
    networks: Vec<(Box<str>, Vec<ipnet::IpNet>)>,
    hosts: Vec<String>,
    before: Vec<&'static str>,
}

impl RuleCase {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn with(&self, set: impl FnOnce(&mut Self)) -> Self {
        let mut case = self.clone();
        set(&mut case);
        case
    }

    pub(super) fn expects(&self, organizations: &[&str]) -> Self {
        self.with(|case| {
            case.settings.expected_organizations = organizations.iter().map(|name| Box::from(*name)).collect();
        })
    }

    pub(super) fn alias(&self, old: &str, new: &str) -> Self {
        self.with(|case| drop(case.settings.organization_aliases.insert(old.into(), new.into())))
    }

    pub(super) fn host(&self, host: &str) -> Self {
        self.with(|case| {
            case.hosts.push(host.to_owned());
            case.settings.issuers = Issuers::new(&case.hosts, true);
        })
    }

    pub(super) fn network(&self, name: &str, block: &str) -> Self {
        self.with(|case| {
            case.networks.push((name.into(), vec![block.parse().unwrap()]));
            case.settings.networks = Networks::new(case.networks.clone());
        })
    }

    pub(super) fn audience(&self, audience: &str) -> Self {
        self.with(|case| case.settings.audience = Some(audience.into()))
    }

    pub(super) fn max_session(&self, seconds: u32) -> Self {
        self.with(|case| case.settings.max_session = Some(seconds))
    }

    pub(super) fn silence(&self, seconds: i64) -> Self {
        self.with(|case| case.settings.silence = seconds)
    }

    pub(super) fn replay_after(&self, seconds: i64) -> Self {
        self.with(|case| case.settings.replay_after = seconds)
    }

    pub(super) fn support(&self, terraform: &str, provider: &str) -> Self {
        self.with(|case| {
            case.settings.terraform_support = Version::parse(terraform);
            case.settings.provider_support = Version::parse(provider);
        })
    }

    /// An account that is named.
    pub(super) fn account(&self, id: &str) -> Self {
        self.with(|case| case.settings.accounts.extend([id.into()]))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// An event of the baseline, at the time 0.
    pub(super) fn before(&self, event: &'static str) -> Self {
        self.with(|case| case.before.push(event))
    }

    /// The findings of rules over events.
    pub(super) fn findings(&self, rules: &[&'static Rule], events: &[Assumption]) -> Vec<Finding> {
        let mut known = Baseline::new(self.settings.networks.clone());
        for text in &self.before {
            known.add(&self.event(text, 0));
        }
        let known = (!self.before.is_empty()).then_some(&known);
        let events = EncodedEvents::new(events.iter().collect(), 3_600);
        detect(
            rules,
            &events,
            RuleContext { settings: &self.settings, known, activity: None, verified: None, asked: Asked::ALL },
        )
    }

    /// Events out of `a | b`, one second apart unless `at` says otherwise.
    pub(super) fn events(&self, text: &str) -> Vec<Assumption> {
        let parts = text.split('|').enumerate();
        let mut events: Vec<Assumption> =
            parts.map(|(at, part)| self.event(part, i64::try_from(at).unwrap())).collect();
        events.sort_by(Assumption::order);
        events
    }

    /// An event out of `name=value` words, where `_` is a space: a granted plan of acme, unless they say otherwise.
    fn event(&self, text: &str, number: i64) -> Assumption {
        let word = |name: &str| {
            let found = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            found.map(|value| value.replace('_', " "))
        };
        let or = |name: &str, default: &str| word(name).unwrap_or_else(|| default.to_owned());
        let (org, project) = (or("org", "acme"), or("project", "p"));
        let subject = match (word("sub"), word("stack"), word("module")) {
            (Some(_), _, _) => raw(text, "sub"),
            (_, Some(stack), _) => format!(
                "organization:{org}:project:{project}:stack:{stack}:deployment:prod:operation:{}",
                or("phase", "plan")
            ),
            (_, _, Some(module)) => format!("organization:{org}:module:{module}:operation:test_run"),
            _ => format!(
                "organization:{org}:project:{project}:workspace:{}:run_phase:{}",
                or("workspace", "w"),
                or("phase", "plan")
            ),
        };
        let issuer = or("issuer", "app.terraform.io");
        let subject = match self.settings.issuers.role(&issuer) {
            IssuerRole::Terraform => Subject::parse(&subject),
            _ => Subject::Other(subject.into()),
        };
        let some = |text: String| (!text.is_empty()).then(|| Arc::from(text));
        let session = match word("run") {
            Some(run) => format!("terraform-run-{run}"),
            None => or("session", "terraform-run-run-1"),
        };
        let run_id = run_id_of_session(&session).filter(|_| subject.kind() != SubjectKind::Other);
        let account = or("account", "111122223333");
        let agent = or("agent", "APN/1.0 Terraform/1.9.5 terraform-provider-aws/5.70.0");
        Assumption {
            time: Timestamp::from_seconds(1_790_000_000 + word("at").map_or(number, |text| seconds(&text))).unwrap(),
            event_id: Some(format!("event-{number:04}").into()),
            role_arn: some(format!("arn:aws:iam::{account}:role/{}", or("role", "deploy"))),
            account_id: some(account),
            region: Some("eu-west-1".into()),
            source_address: Some(SourceAddress::new(&or("ip", "192.0.2.7"))),
            subject,
            issuer: some(issuer),
            audience: some(or("audience", "aws.workload.identity")),
            role_session_name: Some(session).filter(|session| !session.is_empty()).map(Into::into),
            run_id: run_id.map(Into::into),
            duration_seconds: word("duration").map(|text| text.parse().unwrap()),
            expiration: None,
            verification_method: word("verified").and_then(some),
            outcome: if text.split_whitespace().any(|word| word == "denied") {
                Outcome::Denied { code: "AccessDenied".into() }
            } else {
                Outcome::Granted { access_key_id: None }
            },
            user_agent: some(agent),
            log_file: format!("log-{number:04}.json.gz").into(),
            content: [0; 32],
            correction: None,
        }
    }
}

/// The value of a word as it is.
fn raw(text: &str, name: &str) -> String {
    let found = text.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    found.unwrap().to_owned()
}

pub(super) fn seconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    number.parse::<i64>().unwrap() * if unit == "d" { 86_400 } else { 1 }
}

/// `expected` are the findings, joined with ` | `: severity, the names that are there, and the count.
pub(super) fn check(rule: &'static Rule, case: &RuleCase, events: &str, expected: &str) {
    let events = case.events(events);
    let findings = case.findings(&[rule], &events);
    let shown: Vec<String> = findings.iter().map(show).collect();
    assert_eq!(shown.join(" | "), expected, "{} of {events:#?}", rule.id);
    for finding in findings {
        assert_eq!(finding.rule_id, rule.id);
        assert!(finding.severity <= rule.severity, "{} is more severe than its rule says", rule.id);
        assert!(!finding.evidence.events.is_empty() && finding.count > 0);
    }
}

pub(super) fn show(finding: &Finding) -> String {
    let names = [
        ("account", &finding.account_id),
        ("org", &finding.organization),
        ("project", &finding.project),
        ("workspace", &finding.workspace),
        ("run", &finding.run_id),
    ];
    let names = names.iter().filter_map(|(name, value)| Some(format!("{name}={} ", value.as_deref()?)));
    format!("{} {}count={}", finding.severity, names.collect::<String>(), finding.count)
}

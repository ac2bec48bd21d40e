//! An organization that was denied where it never got in, while others do.

use std::collections::BTreeMap;

use super::asked::Asked;
use super::gather::{FindingCollector, FindingPlace, GrowingFinding};
use super::rule::{BoxedDetector, Detector, DetectorFactory, Rule, RuleContext, RuleEvent};
use crate::audit::baseline::{Baseline, FactRef};
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    id: "denied-stranger",
    title: "an organization tried to enter an account that it has no access to",
    severity: Severity::Medium,
    meaning: "Every assumption of this organization was denied in an account where another organization is let in.",
    why: "A denied event still shows the signed subject, so it tells who tries roles that are not theirs: the usual way to look for \
          roles whose trust policy has no condition on the subject.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "Find out whose organization it is. Name yours in expected_organizations, then this rule leaves the matter to \
             unexpected-organization.",
    unknown: "Whether it is a stranger or a colleague with a wrong role ARN or a trust policy that is not ready yet.",
    needs: "",
    through_others: "which organizations are let in beside it",
    open: DetectorFactory::IfGiven(open),
};

struct Strangers<'a> {
    known: Option<&'a Baseline>,
    asked: Asked<'a>,
    accounts: BTreeMap<Option<&'a str>, Organizations<'a>>,
}

/// By issuer and organization.
type Organizations<'a> = BTreeMap<(Option<&'a str>, &'a str), OrganizationAttempts<'a>>;

struct OrganizationAttempts<'a> {
    granted: bool,
    first: &'a Assumption,
    denied: GrowingFinding<'a>,
}

fn open<'a>(context: RuleContext<'a>) -> Option<BoxedDetector<'a>> {
    let is_open = context.settings.expected_organizations.is_empty();
    is_open.then(|| {
        Box::new(Strangers { known: context.known, asked: context.asked, accounts: BTreeMap::new() })
            as BoxedDetector<'a>
    })
}

/// So many organizations are watched in an account; more than that share a name, and are one stranger.
const WATCHED: usize = 1_000;

impl<'a> Detector<'a> for Strangers<'a> {
    fn see(&mut self, event: RuleEvent<'a>) {
        let Some(organization) = event.assumption.subject.organization() else { return };
        let account = self.accounts.entry(event.assumption.account_id.as_deref()).or_default();
        let mut key = (event.assumption.issuer.as_deref(), organization);
        if account.len() >= WATCHED && !event.granted && !account.contains_key(&key) {
            key = (None, "");
        }
        let tried = account.entry(key).or_insert_with(|| OrganizationAttempts {
            granted: false,
            first: event.assumption,
            denied: GrowingFinding::before(event.assumption, self.asked),
        });
        if event.granted {
            tried.granted = true;
        } else {
            tried.denied.add(event.assumption);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        let mut gather = FindingCollector::new(&RULE, self.asked);
        for organizations in self.accounts.into_values() {
            // Where nobody gets in, the trust is broken for all, and nobody is a stranger.
            if !organizations.values().any(|tried| tried.granted) {
                continue;
            }
            for ((_, organization), tried) in organizations {
                let was_granted = |known: &Baseline| was_granted(known, tried.first);
                if tried.granted || self.known.is_some_and(was_granted) {
                    continue;
                }
                let place = if organization.is_empty() {
                    FindingPlace::account(tried.first)
                } else {
                    FindingPlace::organization(tried.first)
                };
                gather.put(RULE.severity, RULE.title, place, tried.denied);
            }
        }
        gather.into_findings()
    }
}

fn was_granted(known: &Baseline, event: &Assumption) -> bool {
    FactRef::account_organization(event).is_some_and(|fact| known.was_granted(&fact))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let found = "medium account=111122223333 org=evil count=2";
        check(&RULE, &any, "org=acme | org=evil denied | org=evil denied", found);
        check(&RULE, &any, "org=evil denied | org=evil denied | org=acme", found);
        // Two organizations may have one name, on two issuers: none is lost.
        check(&RULE, &any, "org=acme | org=evil denied | org=evil issuer=app.eu.terraform.io denied", found);
        check(&RULE, &any, "org=acme | org=acme denied", "");
        // It got in later, or nobody does, or elsewhere others do.
        check(&RULE, &any, "org=acme | org=evil denied | org=evil", "");
        check(&RULE, &any, "org=evil denied", "");
        check(&RULE, &any, "org=acme account=222233334444 | org=evil denied", "");
        check(&RULE, &any.before("org=evil"), "org=acme | org=evil denied", "");
        check(
            &RULE,
            &any.before("org=evil account=222233334444"),
            "org=acme | org=evil denied | org=evil denied",
            found,
        );
        check(&RULE, &any.expects(&["acme"]), "org=acme | org=evil denied", "");
    }
}

//! A source address outside the networks that calls come from.

use super::each::each;
use super::gather::{FindingPlace, RuleHit};
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "unexpected-network",
    title: "a role was assumed from outside the expected networks",
    severity: Severity::High,
    meaning: "The source address is in none of the configured networks. One finding for each /24 or /48.",
    why: "A workload identity token is good for anybody who holds it until it expires. Runs on your own agents come from your own \
          addresses; from elsewhere, somebody may be using a token that left its run.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/architectural-details/ip-ranges",
    remedy: "Find out what is at the address. If it belongs to your agents, add it to networks; if not, treat the token as stolen and \
             review what the session did.",
    unknown: "The addresses of remote execution: HashiCorp does not publish them, and its ip-ranges list does not cover runs. Configure \
              networks only where runs use agents. Addresses that are names of AWS services are left out.",
    needs: "networks",
    through_others: "",
    open: DetectorFactory::IfGiven(open),
};

const DENIED: &str = "a role was denied to a caller outside the expected networks";

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let networks = &context.settings.networks;
    if networks.is_empty() {
        return None;
    }
    Some(each(&RULE, context.asked, move |event| {
        let address = event.assumption.source_address.as_ref()?;
        if !event.is_decoded() || networks.name_of(address.ip()?).is_some() {
            return None;
        }
        let place =
            FindingPlace::organization(event.assumption).with("network", String::from(networks.network_of(address)));
        let (severity, title) = if event.granted { (RULE.severity, RULE.title) } else { (Severity::Low, DENIED) };
        Some(RuleHit::new(severity, title, place))
    }))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let agents = RuleCase::new().network("agents", "192.0.2.0/24");
        let found = "high account=111122223333 org=acme count=2";
        check(&RULE, &agents, "ip=198.51.100.7 | ip=198.51.100.8", found);
        check(&RULE, &agents, "ip=2001:db8::1", "high account=111122223333 org=acme count=1");
        check(&RULE, &agents, "ip=192.0.3.0 denied", "low account=111122223333 org=acme count=1");
        check(&RULE, &agents, "ip=192.0.2.0 | ip=192.0.2.255 | ip=::ffff:192.0.2.1", "");
        check(&RULE, &agents, "ip=cloudformation.amazonaws.com", "");
        check(&RULE, &agents, "issuer=token.actions.githubusercontent.com sub=x ip=198.51.100.7", "");
        check(&RULE, &RuleCase::new(), "ip=198.51.100.7", "");
    }
}

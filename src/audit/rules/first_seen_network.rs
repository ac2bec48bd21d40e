//! A network that calls came from for the first time.

use super::first_seen::{Decisive, Novelty, first_seen};
use super::gather::FindingPlace;
use super::rule::{BoxedDetector, DetectorFactory, Rule, RuleContext};
use crate::audit::baseline::{FactKind, FactRef};
use crate::audit::network::Networks;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;
use crate::domain::source_address::SourceAddress;

pub(super) const RULE: Rule = Rule {
    id: "first-seen-network",
    title: "a role was assumed from a network for the first time",
    severity: Severity::Low,
    meaning: "No assumption from this /24 or /48 was granted in the baseline, and it is in no configured network.",
    why: "A token works from anywhere. Where runs always come from the same few networks, another one is worth a look.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/architectural-details/ip-ranges",
    remedy: "Find out what is at the address. Name your agents' networks in networks; then unexpected-network says more.",
    unknown: "The addresses of remote execution change without notice and are not published, so the rule reports \
              them as well. It leaves out source addresses that are not IP addresses.",
    needs: "a baseline",
    through_others: "what was seen before it",
    open: DetectorFactory::IfGiven(open),
};

fn open(context: RuleContext<'_>) -> Option<BoxedDetector<'_>> {
    let skip = |context: RuleContext<'_>, event: &Assumption| {
        let ip = event.source_address.as_ref().and_then(SourceAddress::ip);
        ip.is_none_or(|ip| context.settings.networks.name_of(ip).is_some())
    };
    let place = |event| FindingPlace::organization(event).with("network", network_text(event));
    first_seen(&RULE, context, Novelty { skip, ..Novelty::of(Decisive::Address, network, place) })
}

/// What is in a named network is skipped before, so that blocks are all that is left.
fn network_text(event: &Assumption) -> String {
    let address = event.source_address.as_ref();
    address.map(|address| Networks::default().network_of(address).into()).unwrap_or_default()
}

fn network(event: &Assumption) -> Option<FactRef<'_>> {
    event.source_address.as_ref().map(|_| FactRef::made(FactKind::Network, network_text(event)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let known = RuleCase::new().before("ip=192.0.2.1");
        check(&RULE, &known, "ip=198.51.100.1 | ip=198.51.100.2", "low account=111122223333 org=acme count=2");
        check(&RULE, &known, "ip=192.0.2.200", "");
        check(&RULE, &known, "ip=198.51.100.1 denied", "");
        check(&RULE, &known, "ip=AWS_Internal", "");
        check(&RULE, &known.network("agents", "198.51.100.0/25"), "ip=198.51.100.1", "");
        check(&RULE, &RuleCase::new(), "ip=198.51.100.1", "");
    }
}

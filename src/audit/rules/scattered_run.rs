//! One phase of one run from several networks.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::asked::Asked;
use super::gather::{FindingCollector, FindingPlace, GrowingFinding};
use super::rule::{BoxedDetector, Detector, DetectorFactory, Rule, RuleContext, RuleEvent};
use super::settings::Settings;
use crate::audit::network::Networks;
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    id: "scattered-run",
    title: "one phase of a run came from several networks",
    severity: Severity::Medium,
    meaning: "Assumptions of one phase of one run came both from a configured network and from outside of all (medium), or from three \
              or more networks (low). A /24, a /48 or a configured network counts as one.",
    why: "A phase is one process on one machine. A second place that uses its token is what a stolen token looks like.",
    source: "https://github.com/HackTricks-wiki/hacktricks-cloud/blob/master/src/pentesting-ci-cd/terraform-security.md",
    remedy: "Compare the addresses and user agents of the events. If one is not where your runs are, review what its session did.",
    unknown: "Pools of addresses: a NAT may spread the calls of one machine over several networks, and a VPC endpoint shows a private \
              address beside the public one. Two unnamed networks are therefore no finding, and plan and apply may differ.",
    needs: "",
    through_others: "",
    open: DetectorFactory::Always(open),
};

/// So many networks that nobody named are too many for one phase: IPv4, IPv6 and a VPC endpoint can show one each
/// of one machine, but seldom in the same phase.
const SEVERAL: usize = 3;

struct ScatteredRuns<'a> {
    settings: &'a Settings,
    asked: Asked<'a>,
    /// By the step. Most steps have one event, which has one network, and are not kept.
    phases: HashMap<u32, PhaseNetworks<'a>>,
}

struct PhaseNetworks<'a> {
    first: &'a Assumption,
    networks: BTreeSet<Box<str>>,
    inside: bool,
    outside: bool,
    growing: GrowingFinding<'a>,
}

impl<'a> PhaseNetworks<'a> {
    fn before(first: &'a Assumption, asked: Asked<'a>) -> Self {
        let growing = GrowingFinding::before(first, asked);
        Self { first, networks: BTreeSet::new(), inside: false, outside: false, growing }
    }

    fn add(&mut self, event: &'a Assumption, networks: &Networks) {
        let Some(address) = &event.source_address else { return };
        let is_named = address.ip().is_some_and(|ip| networks.name_of(ip).is_some());
        self.inside |= is_named;
        self.outside |= !is_named;
        self.networks.insert(networks.network_of(address));
        self.growing.add(event);
    }
}

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    Box::new(ScatteredRuns { settings: context.settings, asked: context.asked, phases: HashMap::new() })
}

impl<'a> Detector<'a> for ScatteredRuns<'a> {
    fn see(&mut self, event: RuleEvent<'a>) {
        let assumption = event.assumption;
        // Without a run id, events of one subject are only taken for one run.
        let (true, 2.., Some(_)) = (event.granted, event.step.events, &assumption.run_id) else { return };
        let (Some(_), Some(address)) = (assumption.subject.phase(), &assumption.source_address) else { return };
        if address.ip().is_some() {
            let phase =
                self.phases.entry(event.codes.step).or_insert_with(|| PhaseNetworks::before(assumption, self.asked));
            phase.add(assumption, &self.settings.networks);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        let mut gather = FindingCollector::new(&RULE, self.asked);
        let mut phases: Vec<(u32, PhaseNetworks<'a>)> = self.phases.into_iter().collect();
        phases.sort_unstable_by_key(|(step, _)| *step);
        // The phases of a run are one matter, as severe as the worst of them.
        let mut runs: HashMap<FindingPlace<'a>, (Severity, GrowingFinding<'a>)> = HashMap::new();
        for (_, PhaseNetworks { first, networks, inside, outside, mut growing }) in phases {
            let severity = match (inside && outside, networks.len()) {
                (true, _) => RULE.severity,
                (false, SEVERAL..) => Severity::Low,
                _ => continue,
            };
            for network in networks {
                growing.show("network", String::from(network));
            }
            growing.show("phase", first.subject.phase().unwrap_or_default());
            match runs.entry(FindingPlace::run(first).in_any_account()) {
                Entry::Occupied(mut known) => {
                    let (worst, known) = known.get_mut();
                    *worst = severity.max(*worst);
                    known.join(growing);
                }
                Entry::Vacant(slot) => {
                    slot.insert((severity, growing));
                }
            }
        }
        for (place, (severity, growing)) in runs {
            gather.put(severity, RULE.title, place, growing);
        }
        gather.into_findings()
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let three = "ip=192.0.2.1 | ip=198.51.100.1 | ip=203.0.113.1";
        check(&RULE, &any, three, "low org=acme project=p workspace=w run=run-1 count=3");
        check(&RULE, &any, "ip=192.0.2.1 | ip=198.51.100.1 | ip=198.51.100.99", "");
        check(&RULE, &any, "ip=192.0.2.1 | ip=198.51.100.1 | ip=203.0.113.1 phase=apply", "");
        check(&RULE, &any, "ip=192.0.2.1 | ip=198.51.100.1 | ip=203.0.113.1 run=run-2", "");
        check(&RULE, &any, "ip=192.0.2.1 | ip=198.51.100.1 | ip=203.0.113.1 denied", "");
        check(&RULE, &any, "ip=192.0.2.1 | ip=198.51.100.1 | ip=AWS_Internal", "");
        let both = "ip=192.0.2.1 | ip=198.51.100.1 | ip=203.0.113.1 | ip=192.0.2.1 phase=apply | ip=198.51.100.1 phase=apply | ip=203.0.113.1 phase=apply";
        check(&RULE, &any, both, "low org=acme project=p workspace=w run=run-1 count=6");
        let agents = any.network("agents", "192.0.2.0/24");
        let two = "ip=192.0.2.1 | ip=198.51.100.1";
        check(&RULE, &agents, two, "medium org=acme project=p workspace=w run=run-1 count=2");
        check(&RULE, &agents, "ip=192.0.2.1 | ip=192.0.2.2", "");
        check(&RULE, &any, two, "");
    }
}

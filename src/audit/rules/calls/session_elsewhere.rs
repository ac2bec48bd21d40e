//! Credentials of a run that are used by something else, or from somewhere else.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::NEEDS;
use super::over_runs::over_runs;
use super::programs::foreign;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::{RunActivity, RunsActivity};
use crate::audit::network::Networks;
use crate::audit::rules::gather::{FindingCollector, FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::finding::Severity;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "session-elsewhere",
    title: "the credentials of a run were used on the other side of a configured network",
    severity: Severity::High,
    meaning: "Calls of a run came from outside of all configured networks, and its role was assumed inside of one, or the other way round \
              (high); or from another public network than that of the phase's assumptions (low; a /24 or a /48 is one). Or a program that \
              is no Terraform made them: a browser or the console (high), the AWS CLI or an SDK other than that for Go (medium), or one \
              that is not known (low). What a service called on the run's behalf does not count.",
    why: "A phase is one process on one machine, and it got the credentials itself. A second place or program that uses them is what \
          stolen credentials look like.",
    source: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html",
    remedy: "Compare the addresses and the programs of the calls with those of the assumptions. If one is not where your runs are, and no \
             script of the run explains it, revoke the sessions of the role and review what was called.",
    unknown: "Pools of addresses: a NAT may spread the calls of one machine over several networks. Private addresses, which VPC endpoints \
              show, and the other version of IP are left out, unless a configured network has them. A user agent can be made up, and \
              programs in Go that a run may well start are not told apart.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

const OTHER_NETWORK: &str = "calls of a run came from another network than its assumptions";

const OTHER_PROGRAM: &str = "a program that is no Terraform used the credentials of a run";

fn open<'a>(context: RuleContext<'a>, _: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    let networks = &context.settings.networks;
    over_runs(&RULE, move |run, found| {
        for group in run.groups.iter().filter(|group| group.is_own()) {
            add_place(run, group, networks, found);
            add_program(group, found);
        }
    })
}

fn add_place<'a>(run: RunActivity<'a>, group: &'a RunCallGroup, networks: &Networks, found: &mut FindingCollector<'a>) {
    let Some((address, ip)) = group.kind.caller.source_address.as_ref().and_then(|it| Some((it, it.ip()?))) else {
        return;
    };
    let of_phase = |event: &&&Assumption| {
        let phase = group.kind.run.phase.as_deref();
        matches!(event.outcome, Outcome::Granted { .. })
            && phase.is_none_or(|phase| event.subject.phase() == Some(phase))
    };
    let began = run.assumptions.iter().filter(of_phase).filter_map(|event| event.source_address.as_ref());
    let began: Vec<_> = began.filter_map(|address| Some((address, address.ip()?))).collect();
    let network = networks.network_of(address);
    if began.is_empty() || began.iter().any(|(address, _)| networks.network_of(address) == network) {
        return;
    }
    let is_named = |ip: &IpAddr| networks.name_of(*ip).is_some();
    let inside = is_named(&ip);
    let crossed = began.iter().all(|(_, began)| is_named(began) != inside);
    let is_comparable = began.iter().any(|(_, began)| is_public(*began) && began.is_ipv4() == ip.is_ipv4());
    let (severity, title) = match crossed {
        _ if !is_public(ip) && !inside => return,
        true => (RULE.severity, RULE.title),
        false if !inside && is_comparable => (Severity::Low, OTHER_NETWORK),
        false => return,
    };
    let began: BTreeSet<Box<str>> = began.iter().map(|(address, _)| networks.network_of(address)).collect();
    let hit = RuleHit::new(severity, title, FindingPlace::run_of_calls(group).in_any_account())
        .showing("network", String::from(network))
        .showing_all("network_of_assumptions", began.into_iter().map(String::from));
    found.add_calls(hit, GroupPart::all(group));
}

fn add_program<'a>(group: &'a RunCallGroup, found: &mut FindingCollector<'a>) {
    let Some(agent) = group.kind.caller.user_agent.as_deref() else { return };
    let Some(program) = foreign(agent) else { return };
    let place = FindingPlace::run_of_calls(group).in_any_account().and("program", program.name);
    let hit = RuleHit::new(program.severity, OTHER_PROGRAM, place).showing("user_agent", agent);
    found.add_calls(hit, GroupPart::all(group));
}

/// Whether an address is one on the Internet. Others are shown by VPC endpoints.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [one, two, ..] = ip.octets();
            // 100.64.0.0/10 is shared by carriers and clouds.
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || (one == 100 && two & 0xc0 == 64))
        }
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::check;
    use crate::audit::rules::sample::RuleCase;

    const PLACE: &str = "org=acme project=p workspace=w run=run-1";

    #[test]
    fn places() {
        let any = RuleCase::new();
        let agents = any.network("agents", "192.0.2.0/24").network("office", "10.0.0.0/8");
        let other = "call=s3:Get ip=198.51.100.7";
        check(&RULE, &any, "", other, &format!("low {PLACE} count=1"));
        check(&RULE, &agents, "", other, &format!("high {PLACE} count=1"));
        check(&RULE, &agents, "ip=203.0.113.1", other, &format!("low {PLACE} count=1"));
        check(&RULE, &agents, "ip=203.0.113.1", "call=s3:Get ip=10.1.1.1", &format!("high {PLACE} count=1"));
        check(&RULE, &agents, "", "call=s3:Get ip=10.1.1.1", "");
        check(&RULE, &any, "", "call=s3:Get ip=10.1.1.1 | call=s3:Get ip=100.64.0.1 | call=s3:Get ip=fd00::1", "");
        check(&RULE, &agents, "", "call=s3:Get ip=172.16.0.1", "");
        check(&RULE, &any, "", "call=s3:Get ip=192.0.2.250 | call=s3:Get ip=2001:db8::1", "");
        check(&RULE, &any, "", "call=s3:Get ip=AWS_Internal | call=s3:Get ip=198.51.100.7 by=s3.amazonaws.com", "");
        // One of the assumptions of the phase came from there; one of the other phase does not count, nor one that was denied.
        check(&RULE, &any, "at=0s | at=1s ip=198.51.100.9", other, "");
        check(&RULE, &any, "at=0s | at=1s ip=198.51.100.9 phase=apply", other, &format!("low {PLACE} count=1"));
        check(&RULE, &any, "at=0s | at=1s ip=198.51.100.9 phase=apply", &format!("{other} phase="), "");
        check(&RULE, &any, "at=0s | at=1s ip=198.51.100.9 denied", other, &format!("low {PLACE} count=1"));
        // Nothing is known of where it began.
        check(&RULE, &any, "ip=sts.amazonaws.com", other, "");
        check(&RULE, &any, "run=run-2", &format!("{other} run=run-3"), "");
        let both = "call=s3:Get ip=198.51.100.7 | call=s3:Get ip=203.0.113.7 account=222233334444";
        check(&RULE, &any, "", both, &format!("low {PLACE} count=2"));
    }

    #[test]
    fn programs() {
        let any = RuleCase::new();
        for (agent, severity) in [
            ("aws-cli/2.15.0_Python/3.11", "medium"),
            ("Boto3/1.34", "medium"),
            ("[aws-sdk-js/3]", "medium"),
            ("Mozilla/5.0_(X11)", "high"),
            ("console.amazonaws.com", "high"),
            ("curl/8.0", "medium"),
            ("whatever", "low"),
            ("myTerraform/9", "low"),
        ] {
            check(&RULE, &any, "", &format!("call=s3:Get agent={agent}"), &format!("{severity} {PLACE} count=1"));
            check(&RULE, &any, "", &format!("call=s3:Get agent={agent} by=s3.amazonaws.com"), "");
        }
        for agent in [
            "APN/1.0_HashiCorp/1.0_Terraform/1.9.5_terraform-provider-aws/5.70.0_aws-sdk-go-v2/1.30",
            "terraform-provider-awscc/1.0",
            "aws-sdk-go-v2/1.30_lang/go",
            "lambda.amazonaws.com",
            "AWS_Internal",
            "",
        ] {
            check(&RULE, &any, "", &format!("call=s3:Get agent={agent}"), "");
        }
        let two = "call=s3:Get agent=aws-cli/2 | call=s3:Get agent=aws-cli/1 | call=s3:Get agent=Boto3/1";
        check(&RULE, &any, "", two, &format!("medium {PLACE} count=2 | medium {PLACE} count=1"));
    }
}

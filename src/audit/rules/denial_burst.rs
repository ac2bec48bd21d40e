//! Many denials in a short time.

use std::collections::BTreeMap;

use super::asked::Asked;
use super::gather::{FindingCollector, FindingPlace, GrowingFinding};
use super::rule::{BoxedDetector, Detector, DetectorFactory, Rule, RuleContext, RuleEvent};
use super::settings::Settings;
use crate::domain::assumption::Assumption;
use crate::domain::finding::{Finding, Severity};
use crate::domain::source_address::SourceAddress;

pub(super) const RULE: Rule = Rule {
    id: "denial-burst",
    title: "many denials in a short time",
    severity: Severity::Medium,
    meaning: "More than twenty assumptions of one organization, whatever the accounts, were denied within an hour; or as many from \
              one source address under the names of several organizations.",
    why: "Role names are tried out like passwords: each denial costs nothing, and the first role with a loose trust policy is a way in.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "See which roles were asked for: many different ones are somebody's search; one and the same, of an organization of yours, \
             is a broken trust policy or a wrong audience. Trust no organization that is not yours.",
    unknown: "Which of the two it is. A provider with many aliases multiplies each failure, and retries double it.",
    needs: "",
    through_others: "who else was denied",
    open: DetectorFactory::Always(open),
};

struct Bursts<'a> {
    settings: &'a Settings,
    asked: Asked<'a>,
    denials: Vec<&'a Assumption>,
}

fn open(context: RuleContext<'_>) -> BoxedDetector<'_> {
    Box::new(Bursts { settings: context.settings, asked: context.asked, denials: Vec::new() })
}

/// Who is denied: an organization, or whoever is at a source address. Without either it is all of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DeniedParty<'a> {
    Organization(&'a str),
    Address(&'a str),
    Account(Option<&'a str>),
}

impl<'a> Detector<'a> for Bursts<'a> {
    fn see(&mut self, event: RuleEvent<'a>) {
        if !event.granted && event.issuer_is_named {
            self.denials.push(event.assumption);
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Vec<Finding> {
        let mut gather = FindingCollector::new(&RULE, self.asked);
        let organization = |event: &'a Assumption| event.subject.organization().map(DeniedParty::Organization);
        let rest = self.report(self.denials.clone(), organization, &mut gather);
        // One who takes many names has one address; what an organization did is told once.
        let address = |event: &'a Assumption| {
            let address = event.source_address.as_ref().map(SourceAddress::as_str);
            Some(address.map_or(DeniedParty::Account(event.account_id.as_deref()), DeniedParty::Address))
        };
        self.report(rest, address, &mut gather);
        gather.into_findings()
    }
}

impl<'a> Bursts<'a> {
    /// Reports the bursts of each, and gives back the denials that are in none.
    fn report(
        &self,
        denials: Vec<&'a Assumption>,
        who: impl Fn(&'a Assumption) -> Option<DeniedParty<'a>>,
        gather: &mut FindingCollector<'a>,
    ) -> Vec<&'a Assumption> {
        let mut by_who: BTreeMap<DeniedParty<'a>, Vec<&'a Assumption>> = BTreeMap::new();
        let mut rest = Vec::new();
        for event in denials {
            match who(event) {
                Some(who) => by_who.entry(who).or_default().push(event),
                None => rest.push(event),
            }
        }
        for (who, events) in by_who {
            let (burst, others) = self.part(&events);
            rest.extend(others);
            if let Some(first) = burst.first() {
                put(who, GrowingFinding::before(first, self.asked), &burst, gather);
            }
        }
        rest.sort_by(|one, other| one.order(other));
        rest
    }

    /// Which of these denials, in their order, are in a burst, and which are in none.
    fn part(&self, events: &[&'a Assumption]) -> (Vec<&'a Assumption>, Vec<&'a Assumption>) {
        let time = |at: usize| events[at].time.seconds();
        let (mut is_in, mut start) = (vec![false; events.len()], 0);
        for at in 0..events.len() {
            // What follows a burst within the hour is part of it.
            let follows = at > 0 && is_in[at - 1] && time(at) - time(at - 1) <= self.settings.burst_within;
            while time(at) - time(start) > self.settings.burst_within {
                start += 1;
            }
            if follows || at + 1 - start >= self.settings.burst {
                is_in[if follows { at } else { start }..=at].fill(true);
            }
        }
        let parted = |wanted: bool| {
            let all = events.iter().zip(&is_in);
            all.filter(|(_, is_in)| **is_in == wanted).map(|(event, _)| *event).collect()
        };
        (parted(true), parted(false))
    }
}

/// One finding, at the account where it is one, and anywhere where there are several.
fn put<'a>(
    who: DeniedParty<'a>,
    mut growing: GrowingFinding<'a>,
    burst: &[&'a Assumption],
    gather: &mut FindingCollector<'a>,
) {
    let Some(first) = burst.first() else { return };
    for event in burst {
        growing.add(event);
    }
    let place = match who {
        DeniedParty::Organization(_) => FindingPlace::organization(first),
        DeniedParty::Address(address) => FindingPlace::account(first).with("source_ip", address),
        DeniedParty::Account(_) => FindingPlace::account(first),
    };
    let is_one = burst.iter().all(|event| event.account_id == first.account_id);
    if !is_one {
        for event in burst {
            growing.show("account", event.account_id.as_deref().unwrap_or_default());
        }
    }
    if let DeniedParty::Address(_) = who {
        for event in burst {
            growing.show("organization", event.subject.organization().unwrap_or_default());
        }
    }
    gather.put(RULE.severity, RULE.title, if is_one { place } else { place.in_any_account() }, growing);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::sample::{RuleCase, check};

    #[test]
    fn cases() {
        let any = RuleCase::new();
        let denials = |count: usize, step: usize| -> String {
            let events: Vec<String> = (0..count).map(|at| format!("at={}s denied", at * step)).collect();
            events.join(" | ")
        };
        let found = |count: usize| format!("medium account=111122223333 org=acme count={count}");
        check(&RULE, &any, &denials(21, 180), &found(21));
        check(&RULE, &any, &denials(30, 60), &found(30));
        check(&RULE, &any, &denials(20, 1), "");
        check(&RULE, &any, &denials(60, 181), "");
        check(&RULE, &any, &denials(21, 1).replace("denied", ""), "");
        // One incident, whatever the accounts.
        let accounts = |count: usize| -> String {
            let events: Vec<String> =
                (0..count).map(|at| format!("at={}s account=11112222333{} denied", at * 7, at % 4)).collect();
            events.join(" | ")
        };
        check(&RULE, &any, &accounts(25), "medium org=acme count=25");
        check(&RULE, &any, &accounts(20), "");
        // One address under many names; what one of them did by itself is told once.
        let names = |count: usize| -> String {
            let events: Vec<String> = (0..count).map(|at| format!("at={at}s org=evil-{at} denied")).collect();
            events.join(" | ")
        };
        check(&RULE, &any, &names(21), "medium account=111122223333 count=21");
        check(&RULE, &any, &names(21).replace("at=7s", "at=7s ip=198.51.100.1"), "");
        check(&RULE, &any, &format!("{} | {}", denials(21, 1), names(20)), &found(21));
        let both = "medium account=111122223333 count=21 | medium account=111122223333 org=acme count=21";
        check(&RULE, &any, &format!("{} | {}", denials(21, 1), names(21)), both);
        let odd: Vec<String> = (0..21).map(|at| format!("at={at}s sub=x{at} denied")).collect();
        check(&RULE, &any, &odd.join(" | "), "medium account=111122223333 count=21");
        // What comes an hour after a burst is none of it.
        check(&RULE, &any, &format!("{} | at=2d denied", denials(21, 1)), &found(21));
    }
}

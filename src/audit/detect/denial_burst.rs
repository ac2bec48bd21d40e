//! Many denials in a short time.

use std::collections::{HashMap, VecDeque};

use super::gather::{Gather, Hit, Place};
use super::settings::Settings;
use super::{Context, Detector, Event, Open, Opened, Rule};
use crate::domain::assumption::Assumption;
use crate::domain::finding::Severity;

pub(super) const RULE: Rule = Rule {
    id: "denial-burst",
    title: "many denials in a short time",
    severity: Severity::Medium,
    meaning: "More than twenty assumptions of one organization were denied in one account within an hour.",
    why: "Role names are tried out like passwords: each denial costs nothing, and the first role with a loose trust policy is a way in.",
    source: "https://www.wiz.io/blog/avoiding-mistakes-with-aws-oidc-integration-conditions",
    remedy: "See which roles were asked for: many different ones are somebody's search, one and the same is a broken trust policy or a \
             wrong audience.",
    unknown: "Which of the two it is. A provider with many aliases multiplies each failure, and retries double it.",
    needs: "",
    open: Open::Always(open),
};

struct Bursts<'a> {
    settings: &'a Settings,
    gather: Gather<'a>,
    /// By account and organization: the last denials, as long as they are no burst.
    waiting: HashMap<(Option<&'a str>, Option<&'a str>), Waiting<'a>>,
}

#[derive(Default)]
struct Waiting<'a> {
    denials: VecDeque<&'a Assumption>,
    /// Whether the last denial was part of a burst, so that the next one is unless it comes late.
    in_burst: Option<&'a Assumption>,
}

fn open(context: Context<'_>) -> Opened<'_> {
    Box::new(Bursts { settings: context.settings, gather: Gather::new(&RULE), waiting: HashMap::new() })
}

impl<'a> Detector<'a> for Bursts<'a> {
    fn see(&mut self, event: Event<'a>) {
        let assumption = event.assumption;
        if event.granted || !event.issuer_is_named {
            return;
        }
        let within = self.settings.burst_within;
        let is_near = |then: &Assumption| assumption.time.seconds() - then.time.seconds() <= within;
        let key = (assumption.account_id.as_deref(), assumption.subject.organization());
        let waiting = self.waiting.entry(key).or_default();
        if waiting.in_burst.is_some_and(is_near) {
            waiting.in_burst = Some(assumption);
            self.gather.add(hit(assumption), assumption);
            return;
        }
        waiting.in_burst = None;
        while waiting.denials.front().is_some_and(|first| !is_near(first)) {
            waiting.denials.pop_front();
        }
        waiting.denials.push_back(assumption);
        if waiting.denials.len() >= self.settings.burst {
            waiting.in_burst = Some(assumption);
            for denied in waiting.denials.drain(..) {
                self.gather.add(hit(denied), denied);
            }
        }
    }

    fn finish(self: Box<Self>, _: &[&'a Assumption]) -> Gather<'a> {
        self.gather
    }
}

fn hit(event: &Assumption) -> Hit<'_> {
    Hit::new(RULE.severity, RULE.title, Place::organization(event))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Case, check};
    use super::RULE;

    #[test]
    fn cases() {
        let any = Case::new();
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
        check(&RULE, &any, &denials(21, 1).replace("0s", "0s account=222233334444"), "");
        // What comes an hour after a burst is none of it.
        check(&RULE, &any, &format!("{} | at=2d denied", denials(21, 1)), &found(21));
    }
}

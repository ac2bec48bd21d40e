//! Credentials of a phase that is over.

use std::collections::{BTreeMap, HashMap};

use super::NEEDS;
use super::over_runs::over_runs;
use crate::audit::activity::run_call_group::RunCallGroup;
use crate::audit::activity::runs_activity::{RunActivity, RunsActivity};
use crate::audit::rules::gather::{FindingCollector, FindingPlace, RuleHit};
use crate::audit::rules::group_part::GroupPart;
use crate::audit::rules::rule::{BoxedCallDetector, DetectorFactory, Rule, RuleContext};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;

pub(in crate::audit::rules) const RULE: Rule = Rule {
    id: "session-after-run",
    title: "the credentials of a phase were used when the phase was over",
    severity: Severity::High,
    meaning: "A plan's credentials were used more than five minutes after the apply of the same run had begun, or an apply's more than five \
              minutes after the apply of a later run of the same workspace had (high); or a phase with a run id called again after an hour \
              without any call or assumption (medium).",
    why: "A session lasts an hour or more, whatever became of the run: who copied its credentials can go on. Phases of a run come one \
          after the other, and a workspace applies one run at a time.",
    source: "https://developer.hashicorp.com/terraform/cloud-docs/run/remote-operations",
    remedy: "Look at the run in Terraform: if the phase was over by then, treat the credentials as stolen, revoke the sessions of the role, \
             and review what was called. Ask for sessions that are as short as a phase.",
    unknown: "When a phase really ended: only the next one shows it, and that the last one of a workspace is over shows nothing but \
              silence. A phase that waits for something outside of AWS is silent, too, and so is one whose calls the trail does not \
              record. Applies that two hosts or organizations give one workspace name are told apart; Stacks are left out. Of a \
              window, what runs did more than 12 hours before it is not known.",
    needs: NEEDS,
    through_others: "",
    open: DetectorFactory::OfCalls(open),
};

const AFTER_SILENCE: &str = "the credentials of a phase were used again after a long silence";

/// The last call of one phase and the first of the next may come in together; whole seconds and clocks allow for no less.
const SLACK: i64 = 300;

/// The host, the organization, the project and the workspace.
type Workspace<'a> = [Option<&'a str>; 4];

/// When each run of a workspace began to apply, in the order of time.
type Applies<'a> = HashMap<Workspace<'a>, Vec<(Timestamp, usize)>>;

fn open<'a>(context: RuleContext<'a>, activity: &'a RunsActivity<'a>) -> BoxedCallDetector<'a> {
    let quiet_after = context.settings.quiet_after;
    let applies = applies(activity);
    over_runs(&RULE, move |run, found| {
        let end_of_plan = apply_of(run.assumptions);
        let end_of_apply = next_apply(run, &applies);
        let mut phases: BTreeMap<&str, Vec<&'a RunCallGroup>> = BTreeMap::new();
        for group in run.groups.iter().filter(|group| group.kind.run.run_id.is_some() && group.is_own()) {
            let Some(phase) = group.kind.run.phase.as_deref() else { continue };
            phases.entry(phase).or_default().push(group);
        }
        for (phase, groups) in phases {
            let end = match phase {
                "plan" => end_of_plan,
                "apply" => end_of_apply,
                _ => None,
            };
            let limit = end.and_then(|end| Timestamp::from_seconds(end.seconds() + SLACK));
            let silence = silence(phase, run.assumptions, &groups, quiet_after);
            for group in groups {
                if let Some(part) = limit.and_then(|limit| GroupPart::after(group, limit)) {
                    add(RULE.severity, RULE.title, phase, part, found);
                } else if let Some(part) = silence.and_then(|silence| GroupPart::after(group, silence)) {
                    add(Severity::Medium, AFTER_SILENCE, phase, part, found);
                }
            }
        }
    })
}

fn add<'a>(
    severity: Severity,
    title: &'static str,
    phase: &'a str,
    part: GroupPart<'a>,
    found: &mut FindingCollector<'a>,
) {
    let place = FindingPlace::run_of_calls(part.group).in_any_account();
    found.add_calls(RuleHit::new(severity, title, place).showing("phase", phase), part);
}

/// When the run began to apply, as an assumption that was granted shows.
fn apply_of(assumptions: &[&Assumption]) -> Option<Timestamp> {
    let is_apply = |event: &&&Assumption| {
        event.subject.phase() == Some("apply")
            && event.subject.workspace().is_some()
            && matches!(event.outcome, Outcome::Granted { .. })
    };
    assumptions.iter().find(is_apply).map(|event| event.time)
}

fn workspace(event: &Assumption) -> Option<Workspace<'_>> {
    let subject = &event.subject;
    let workspace = Some(subject.workspace()?);
    Some([event.issuer.as_deref(), subject.organization(), subject.project(), workspace])
}

fn applies<'a>(activity: &'a RunsActivity<'a>) -> Applies<'a> {
    let mut applies: Applies<'a> = HashMap::new();
    for (number, assumptions) in activity.assumptions() {
        // Without a run id, events of one subject are only taken for one run.
        let Some(first) = assumptions.first().filter(|event| event.run_id.is_some()) else { continue };
        if let (Some(workspace), Some(began)) = (workspace(first), apply_of(assumptions)) {
            applies.entry(workspace).or_default().push((began, number));
        }
    }
    for of_workspace in applies.values_mut() {
        of_workspace.sort_unstable();
    }
    applies
}

/// When the next run of the workspace began to apply after this one had.
fn next_apply(run: RunActivity<'_>, applies: &Applies<'_>) -> Option<Timestamp> {
    let own = (apply_of(run.assumptions)?, run.number);
    let of_workspace = applies.get(&workspace(run.assumptions.first()?)?)?;
    let later = of_workspace.partition_point(|apply| *apply <= own);
    of_workspace.get(later).map(|(began, _)| *began)
}

/// The end of the first silence of a phase, if it called after one: the last time before it that anything is known of.
fn silence(phase: &str, assumptions: &[&Assumption], groups: &[&RunCallGroup], quiet_after: i64) -> Option<Timestamp> {
    let of_phase = assumptions.iter().filter(|event| event.subject.phase() == Some(phase));
    let mut busy: Vec<Timestamp> = of_phase.map(|event| event.time).collect();
    busy.extend(groups.iter().flat_map(|group| &group.times));
    busy.sort_unstable();
    let silence = |pair: &&[Timestamp]| pair[1].seconds() - pair[0].seconds() > quiet_after;
    busy.windows(2).find(silence).map(|pair| pair[0])
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::audit::rules::calls::sample::check;
    use crate::audit::rules::sample::RuleCase;

    const PLACE: &str = "org=acme project=p workspace=w run=run-1";

    #[test]
    fn the_next_phase_ends_a_phase() {
        let any = RuleCase::new();
        let run = "at=0s | at=600s phase=apply";
        let high = format!("high {PLACE} count=1");
        check(&RULE, &any, run, "call=s3:Get at=901s", &high);
        check(&RULE, &any, run, "call=s3:Get at=901s hops=1 account=222233334444", &high);
        check(&RULE, &any, run, "call=s3:Get at=900s", "");
        check(&RULE, &any, run, "call=s3:Get at=901s phase=apply", "");
        check(&RULE, &any, run, "call=s3:Get at=901s phase=", "");
        check(&RULE, &any, run, "call=s3:Get at=901s by=s3.amazonaws.com", "");
        check(&RULE, &any, "at=0s | at=600s phase=apply denied", "call=s3:Get at=901s", "");
        check(&RULE, &any, "at=0s | at=600s phase=apply run=run-2", "call=s3:Get at=901s", "");
        check(&RULE, &any, run, "call=s3:Get at=10s | call=s3:Get at=20s | call=s3:Get at=901s", &high);
        let alike = "call=s3:Get at=10s | call=s3:Get at=900s | call=s3:Get at=901s | call=s3:Get at=902s | call=s3:Get at=902s";
        check(&RULE, &any, run, alike, &format!("high {PLACE} count=3"));
    }

    #[test]
    fn the_next_apply_of_the_workspace_ends_an_apply() {
        let any = RuleCase::new();
        let runs = "at=0s phase=apply | at=600s phase=apply run=run-2";
        let late = "call=s3:Get at=901s phase=apply";
        check(&RULE, &any, runs, late, &format!("high {PLACE} count=1"));
        check(&RULE, &any, runs, "call=s3:Get at=900s phase=apply", "");
        check(&RULE, &any, runs, &format!("{late} run=run-2"), "");
        // Plans of other runs go on beside it, as do other workspaces.
        check(&RULE, &any, &runs.replace("phase=apply run", "run"), late, "");
        check(&RULE, &any, &format!("{runs} workspace=other"), late, "");
        check(&RULE, &any, &format!("{runs} issuer=app.eu.terraform.io"), late, "");
    }

    #[test]
    fn silence_is_a_sign() {
        let any = RuleCase::new();
        let medium = format!("medium {PLACE} count=1");
        check(&RULE, &any, "at=0s", "call=s3:Get at=10s | call=s3:Put at=3611s", &medium);
        check(&RULE, &any, "at=0s", "call=s3:Get at=10s | call=s3:Put at=3610s", "");
        check(&RULE, &any, "at=0s", "call=s3:Put at=3601s", &medium);
        check(&RULE, &any, "at=0s | at=1800s", "call=s3:Put at=3601s", "");
        check(&RULE, &any, "at=0s", "call=s3:Get at=10s | call=s3:Put at=2000s | call=s3:Put at=5000s", "");
        // What is like a call from before the silence breaks none.
        check(&RULE, &any, "at=0s", "call=s3:Get at=10s | call=s3:Get at=3611s", &medium);
        let more = format!("medium {PLACE} count=3");
        check(
            &RULE,
            &any,
            "at=0s",
            "call=s3:Get at=10s | call=s3:Get at=3611s | call=s3:Put at=3612s | call=s3:Get at=9000s",
            &more,
        );
        check(&RULE, &any, "at=0s", "call=s3:Get at=10s | call=s3:Get at=3610s | call=s3:Get at=7210s", "");
        check(&RULE, &any, "at=0s session=build", "call=s3:Put at=9000s session=build", "");
    }
}

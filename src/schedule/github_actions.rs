//! A workflow for GitHub Actions, which signs in to AWS with OIDC.

use askama::Template;

use super::command::{CONFIG, STATE, ScheduleError, ScheduledReport, TimeOfDay};
use super::file::UnitFile;
use super::quote::{lines, shell, workflow, yaml};

/// What the workflow uses, by commit: a tag can be moved.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
const CREDENTIALS: &str = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3";

/// Variables that the container is given: what signs in to AWS, before the secrets of the config file.
const VARIABLES: [&str; 4] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"];

/// The workflow. No value has an expression of GitHub's; those of the script are words of a shell, the others scalars of YAML.
#[derive(Template)]
#[template(path = "github_actions.yaml", escape = "none", syntax = "at")]
struct Workflow<'a> {
    at: TimeOfDay,
    role: String,
    region: String,
    state: String,
    image: String,
    /// Names of variables that hold secrets.
    secrets: &'a [String],
    variables: Vec<&'a str>,
    /// The lines of the command.
    lines: Vec<String>,
}

pub(super) fn render(plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
    let role = ScheduledReport::need(plan.role_arn.as_ref(), "--role-arn", "the workflow assumes it by OIDC")?;
    let region = ScheduledReport::need(plan.region.as_ref(), "--aws-region", "the workflow signs in there")?;
    let state = ScheduledReport::need(
        plan.state.as_ref(),
        "--state",
        "a runner has no disk that lasts; name s3://bucket/prefix",
    )?;
    check(plan, state)?;
    let scalar = |text: &str| yaml(&workflow(text));
    let word = |text: &str| workflow(&shell(text));
    let workflow = Workflow {
        at: plan.at,
        role: scalar(role),
        region: scalar(region),
        state: word(state),
        image: word(&plan.image),
        secrets: &plan.secrets,
        variables: VARIABLES.into_iter().chain(plan.secrets.iter().map(String::as_str)).collect(),
        lines: lines(&plan.words(), word),
    };
    Ok(vec![UnitFile::render("tfctrail-report.yml", &workflow)?])
}

/// Refuses places that a runner does not keep or does not have.
fn check(plan: &ScheduledReport, state: &str) -> Result<(), ScheduleError> {
    if !state.starts_with("s3://") {
        return Err(ScheduleError(format!("--state '{state}': not of the form s3://bucket/prefix")));
    }
    if plan.config != CONFIG {
        return Err(ScheduleError(format!("--config-path '{}': in the container it lies at {CONFIG}", plan.config)));
    }
    let inside = |path: &str| path.strip_prefix(STATE).is_some_and(|rest| rest.starts_with('/'));
    for (flag, path) in [("--store", &plan.store), ("--out", &plan.out)] {
        if !inside(path) && !path.starts_with("s3://") {
            return Err(ScheduleError(format!("{flag} '{path}': the runner keeps only what is below {STATE}")));
        }
    }
    Ok(())
}

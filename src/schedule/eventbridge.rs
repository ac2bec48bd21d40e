//! A template of `CloudFormation`: EventBridge Scheduler starts a task on Fargate.

use askama::Template;

use super::command::{CONFIG, STATE, ScheduleError, ScheduledReport, TimeOfDay};
use super::file::UnitFile;
use super::quote::yaml;

/// The template of the template. Every value is a scalar of YAML, or needs no quotes.
#[derive(Template)]
#[template(path = "eventbridge.yaml", escape = "none")]
struct CloudFormationTemplate<'a> {
    at: TimeOfDay,
    image: String,
    words: Vec<String>,
    region: String,
    /// The default of the parameter.
    role: Option<String>,
    /// Names of variables, which are also the names of their values in the secret.
    secrets: &'a [String],
}

pub(super) fn render(plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
    if let Some((flag, value)) = plan.values().into_iter().find(|(_, value)| value.contains("{{")) {
        let text = "CloudFormation would take it for a dynamic reference; choose a name without {{";
        return Err(ScheduleError(format!("{flag} '{value}': {text}")));
    }
    // The task has one volume, and the config file lies on it.
    let config = if plan.config == CONFIG { format!("{STATE}/tfctrail.toml") } else { plan.config.clone() };
    let plan = ScheduledReport { config, ..plan.clone() };
    let stack = CloudFormationTemplate {
        at: plan.at,
        image: yaml(&plan.image),
        words: plan.words().into_iter().map(yaml).collect(),
        region: plan.region.as_deref().map_or_else(|| "!Ref AWS::Region".to_owned(), yaml),
        role: plan.role_arn.as_deref().map(yaml),
        secrets: &plan.secrets,
    };
    Ok(vec![UnitFile::render("tfctrail-report.cfn.yaml", &stack)?])
}

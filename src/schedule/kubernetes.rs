//! A `CronJob`, with what it needs around it.

use askama::Template;

use super::command::{CONFIG, STATE, ScheduleError, ScheduledReport, TimeOfDay};
use super::file::UnitFile;
use super::quote::{argument, block, yaml};

/// The manifests. Every value is a scalar of YAML.
#[derive(Template)]
#[template(path = "kubernetes.yaml", escape = "none")]
struct Manifests {
    at: TimeOfDay,
    /// The text of the config file.
    config: String,
    image: String,
    words: Vec<String>,
    region: Option<String>,
    role: Option<String>,
}

pub(super) fn render(plan: &ScheduledReport) -> Result<Vec<UnitFile>, ScheduleError> {
    if plan.config != CONFIG {
        return Err(ScheduleError(format!("--config-path '{}': the ConfigMap lies at {CONFIG}", plan.config)));
    }
    let config = plan.config_text.clone().unwrap_or_else(|| format!("store = \"{STATE}/store.db\"\n"));
    let manifests = Manifests {
        at: plan.at,
        config: block(&config, 2),
        image: yaml(&plan.image),
        words: plan.words().into_iter().map(scalar).collect(),
        region: plan.region.as_deref().map(scalar),
        role: plan.role_arn.as_deref().map(yaml),
    };
    Ok(vec![UnitFile::render("tfctrail.yaml", &manifests)?])
}

/// A word of a container, as a scalar of YAML.
fn scalar(word: &str) -> String {
    yaml(&argument(word))
}

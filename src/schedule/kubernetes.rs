//! A `CronJob`, with what it needs around it.

use askama::Template;

use super::command::{CONFIG, NotPlanned, Plan, STATE, TimeOfDay};
use super::file::File;
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

pub(super) fn render(plan: &Plan) -> Result<Vec<File>, NotPlanned> {
    if plan.config != CONFIG {
        return Err(NotPlanned(format!("--config-path '{}': the ConfigMap lies at {CONFIG}", plan.config)));
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
    Ok(vec![File::render("tfctrail.yaml", &manifests)?])
}

/// A word of a container, as a scalar of YAML.
fn scalar(word: &str) -> String {
    yaml(&argument(word))
}

//! Arguments of `setup`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::name::NameKind;

/// Arguments of `setup`.
#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Organization
    #[arg(long, value_name = "NAME", value_parser = |name: &str| named(NameKind::Organization, name))]
    pub org: String,
    /// Project
    #[arg(long, value_name = "NAME", default_value = "Default Project")]
    #[arg(value_parser = |name: &str| named(NameKind::Project, name))]
    pub project: String,
    /// Workspace
    #[arg(long, value_name = "NAME", value_parser = |name: &str| named(NameKind::Workspace, name))]
    pub workspace: String,
    /// Make a role for the plan and one for the apply, in place of one for both
    ///
    /// A plan runs code of whoever can open a pull request. With a role of its own it need not be able to change anything.
    #[arg(long)]
    pub split_phases: bool,
    /// Issuer: app.eu.terraform.io for HCP Europe, or a Terraform Enterprise host
    #[arg(long, value_name = "HOST", default_value = "app.terraform.io")]
    #[arg(value_parser = |name: &str| named(NameKind::Host, name))]
    pub tfe_host: String,
    /// Role name [default: tfc-WORKSPACE]; with --split-phases, -plan and -apply are put behind it
    #[arg(long, value_name = "NAME", value_parser = |name: &str| named(NameKind::Role, name))]
    pub role_name: Option<String>,
    /// Audience of the tokens
    #[arg(long, value_name = "TEXT", default_value = "aws.workload.identity")]
    #[arg(value_parser = |name: &str| named(NameKind::Audience, name))]
    pub audience: String,
    /// Managed policy to attach to the role, or to the role of the apply; repeatable
    #[arg(long, value_name = "ARN", value_parser = |name: &str| named(NameKind::PolicyArn, name))]
    pub policy_arn: Vec<String>,
    /// Managed policy to attach to the role of the plan; repeatable
    #[arg(long, value_name = "ARN", requires = "split_phases")]
    #[arg(value_parser = |name: &str| named(NameKind::PolicyArn, name))]
    pub plan_policy_arn: Vec<String>,
    /// Account of the roles, to be put into the variables
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// What to print
    #[arg(long, value_name = "WHAT", default_value = "all")]
    pub emit: SetupPart,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What `setup` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SetupPart {
    /// Everything, each part under a line that names it
    All,
    /// A CloudFormation template (JSON)
    Cloudformation,
    /// Terraform's language
    Terraform,
    /// The variables of the workspace
    Variables,
}

fn named(kind: NameKind, name: &str) -> Result<String, String> {
    kind.check(name).map(|()| name.to_owned()).map_err(|error| error.to_string())
}

fn account(text: &str) -> Result<String, &'static str> {
    super::account::id(text).ok_or("an account is twelve digits")
}

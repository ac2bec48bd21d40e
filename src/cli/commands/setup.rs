//! `tfctrail setup`: what brings a workspace into an account by OIDC, with a trust that admits nobody else.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::audit::trust::setup::{RoleUser, SetupRole, SetupWorkspace};
use crate::cli::args::account::id;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::emitting::emit;
use crate::cli::terminal::talk::Level;
use crate::domain::name::NameKind;
use crate::report::setup::{cloudformation, terraform, variables};

/// Print what a workspace needs for OIDC, with a tight trust policy
///
/// A CloudFormation template and the same in Terraform's language: the identity provider, a role (or one for the plan and one
/// for the apply) that admits this workspace's subjects with this audience and nobody else, outputs, and the variables to
/// set in the workspace. Reads no logs and calls no service.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail setup --org acme --project Platform --workspace web --split-phases
  tfctrail setup --org acme --workspace web --emit cloudformation --out web.json
  tfctrail setup --org acme --workspace web --tfe-host tfe.example.com --emit variables")]
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
    id(text).ok_or("an account is twelve digits")
}

impl RunCommand for SetupArgs {
    /// Prints templates and variables. Asks nobody, and reads no logs.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let workspace = SetupWorkspace {
            organization: self.org.clone(),
            project: self.project.clone(),
            workspace: self.workspace.clone(),
            host: self.tfe_host.clone(),
            audience: self.audience.clone(),
        };
        let roles = roles(self)?;
        let parts = [
            (SetupPart::Cloudformation, "CloudFormation", cloudformation(&workspace, &roles)),
            (SetupPart::Terraform, "Terraform", terraform(&workspace, &roles)),
            (
                SetupPart::Variables,
                "variables of the workspace",
                variables(&workspace, &roles, self.account.as_deref()),
            ),
        ];
        let wanted = parts.iter().filter(|(part, _, _)| self.emit == SetupPart::All || self.emit == *part);
        let texts: Vec<String> = wanted
            .map(
                |(_, title, text)| {
                    if self.emit == SetupPart::All { format!("# {title}\n{text}") } else { text.clone() }
                },
            )
            .collect();
        emit(self.out.as_deref(), &texts.join("\n"))?;
        if roles.iter().any(|role| role.policy_arns.is_empty()) {
            let text = "a role without --policy-arn may do nothing until you attach a policy; tfctrail attaches none by itself";
            context.talk.say(Level::Info, text);
        }
        context.talk.say(Level::Info, "create one of the templates, set the variables (category env), run a plan, then see it with: tfctrail trust SOURCE");
        Ok(())
    }
}

fn roles(args: &SetupArgs) -> Result<Vec<SetupRole>, Error> {
    let base = args.role_name.clone().unwrap_or_else(|| format!("tfc-{}", args.workspace));
    let role = |user, name: String, policy_arns: &[String]| SetupRole { user, name, policy_arns: policy_arns.to_vec() };
    let roles = if args.split_phases {
        vec![
            role(RoleUser::Plan, format!("{base}-plan"), &args.plan_policy_arn),
            role(RoleUser::Apply, format!("{base}-apply"), &args.policy_arn),
        ]
    } else {
        vec![role(RoleUser::Run, base, &args.policy_arn)]
    };
    for role in &roles {
        let refuse =
            |error| Error::usage(format!("role '{}': {error}", role.name)).hint("--role-name gives it another name");
        NameKind::Role.check(&role.name).map_err(refuse)?;
    }
    Ok(roles)
}

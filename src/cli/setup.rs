//! `tfctrail setup`: what brings a workspace into an account by OIDC, with a trust that admits nobody else.

use super::args::{SetupArgs, SetupPart};
use super::emitting::emit;
use super::error::Error;
use super::reading::CommandContext;
use super::talk::Level;
use crate::audit::trust::setup::{Role, RoleUser, Workspace};
use crate::domain::name::NameKind;
use crate::report::setup::{cloudformation, terraform, variables};

/// Prints templates and variables. Asks nobody, and reads no logs.
pub fn run(args: &SetupArgs, context: &CommandContext<'_>) -> Result<(), Error> {
    let workspace = Workspace {
        organization: args.org.clone(),
        project: args.project.clone(),
        workspace: args.workspace.clone(),
        host: args.tfe_host.clone(),
        audience: args.audience.clone(),
    };
    let roles = roles(args)?;
    let parts = [
        (SetupPart::Cloudformation, "CloudFormation", cloudformation(&workspace, &roles)),
        (SetupPart::Terraform, "Terraform", terraform(&workspace, &roles)),
        (SetupPart::Variables, "variables of the workspace", variables(&workspace, &roles, args.account.as_deref())),
    ];
    let wanted = parts.iter().filter(|(part, _, _)| args.emit == SetupPart::All || args.emit == *part);
    let texts: Vec<String> = wanted
        .map(|(_, title, text)| if args.emit == SetupPart::All { format!("# {title}\n{text}") } else { text.clone() })
        .collect();
    emit(args.out.as_deref(), &texts.join("\n"))?;
    if roles.iter().any(|role| role.policy_arns.is_empty()) {
        let text =
            "a role without --policy-arn may do nothing until you attach a policy; tfctrail attaches none by itself";
        context.talk.say(Level::Info, text);
    }
    context.talk.say(Level::Info, "create one of the templates, set the variables (category env), run a plan, then see it with: tfctrail trust SOURCE");
    Ok(())
}

fn roles(args: &SetupArgs) -> Result<Vec<Role>, Error> {
    let base = args.role_name.clone().unwrap_or_else(|| format!("tfc-{}", args.workspace));
    let role = |user, name: String, policy_arns: &[String]| Role { user, name, policy_arns: policy_arns.to_vec() };
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

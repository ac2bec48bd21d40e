//! What brings a workspace into an account by OIDC: templates for the account, variables for the workspace.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::hcl;
use super::trust_policy::statement;
use crate::audit::trust::setup::{RoleUser, SetupRole, SetupWorkspace};

/// A CloudFormation template, as JSON.
#[must_use]
pub fn cloudformation(workspace: &SetupWorkspace, roles: &[SetupRole]) -> String {
    let provider = json!({"Fn::If": ["MakesProvider", {"Ref": "Provider"}, {"Ref": "ProviderArn"}]});
    let mut resources = Map::new();
    let mut outputs = Map::new();
    resources.insert(
        "Provider".to_owned(),
        json!({
            "Type": "AWS::IAM::OIDCProvider",
            "Condition": "MakesProvider",
            "Properties": {"Url": format!("https://{}", workspace.host), "ClientIdList": [workspace.audience]},
        }),
    );
    for role in roles {
        let name = format!("{}Role", word(role.user));
        let mut properties = json!({
            "RoleName": role.name,
            "AssumeRolePolicyDocument": policy(workspace, role, &provider),
        });
        if !role.policy_arns.is_empty() {
            properties["ManagedPolicyArns"] = json!(role.policy_arns);
        }
        resources.insert(name.clone(), json!({"Type": "AWS::IAM::Role", "Properties": properties}));
        let description = format!("Value of the workspace variable {}", role.user.variable());
        let value = json!({"Description": description, "Value": {"Fn::GetAtt": [name, "Arn"]}});
        outputs.insert(format!("{}RoleArn", word(role.user)), value);
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("OIDC access of the workspace {} of {} on {}", workspace.workspace, workspace.organization, workspace.host),
        "Parameters": {
            "ProviderArn": {
                "Type": "String",
                "Default": "",
                "AllowedPattern": "^$|^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/[a-z0-9.-]+$",
                "Description": "ARN of the identity provider where the account has it already; it must list the audience",
            },
        },
        "Conditions": {"MakesProvider": {"Fn::Equals": [{"Ref": "ProviderArn"}, ""]}},
        "Resources": resources,
        "Outputs": outputs,
    });
    format!("{template:#}\n")
}

fn word(user: RoleUser) -> &'static str {
    match user {
        RoleUser::Run => "Run",
        RoleUser::Plan => "Plan",
        RoleUser::Apply => "Apply",
    }
}

fn policy(workspace: &SetupWorkspace, role: &SetupRole, provider: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement(&workspace.trust(role, ""), provider)]})
}

/// The same for Terraform, in its own language.
#[must_use]
pub fn terraform(workspace: &SetupWorkspace, roles: &[SetupRole]) -> String {
    let mut out = format!(
        r#"terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }}
  }}
}}

variable "provider_arn" {{
  type        = string
  default     = null
  description = "ARN of the identity provider where the account has it already; it must list the audience"
}}

resource "aws_iam_openid_connect_provider" "terraform" {{
  count          = var.provider_arn == null ? 1 : 0
  url            = {}
  client_id_list = [{}]
}}

locals {{
  provider_arn = var.provider_arn == null ? one(aws_iam_openid_connect_provider.terraform[*].arn) : var.provider_arn
}}
"#,
        hcl::text(&format!("https://{}", workspace.host)),
        hcl::text(&workspace.audience),
    );
    for role in roles {
        let name = word(role.user).to_lowercase();
        // Inside a text the quotes would be escaped, so that nothing else can read like this.
        let policy = hcl::value(&policy(workspace, role, &Value::Null), 2);
        let policy = policy.replace("\"Federated\" = null", "\"Federated\" = local.provider_arn");
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\nresource \"aws_iam_role\" \"{name}\" {{\n  name = {}\n\n  assume_role_policy = jsonencode({policy})\n}}\n",
            hcl::text(&role.name)
        );
        if !role.policy_arns.is_empty() {
            let arns = hcl::value(&json!(role.policy_arns), 2);
            let _ = write!(
                out,
                "\nresource \"aws_iam_role_policy_attachment\" \"{name}\" {{\n  for_each   = toset({arns})\n  role       = aws_iam_role.{name}.name\n  policy_arn = each.value\n}}\n"
            );
        }
        let _ = write!(
            out,
            "\noutput \"{name}_role_arn\" {{\n  description = \"Value of the workspace variable {}\"\n  value       = aws_iam_role.{name}.arn\n}}\n",
            role.user.variable()
        );
    }
    out
}

/// The variables of the workspace, of category `env`, one `NAME=value` a line; `account` is that of the roles.
#[must_use]
pub fn variables(workspace: &SetupWorkspace, roles: &[SetupRole], account: Option<&str>) -> String {
    let mut out = String::from("TFC_AWS_PROVIDER_AUTH=true\n");
    for role in roles {
        let account = account.unwrap_or("ACCOUNT_ID");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}=arn:aws:iam::{account}:role/{}", role.user.variable(), role.name);
    }
    let _ = writeln!(out, "TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE={}", workspace.audience);
    out
}

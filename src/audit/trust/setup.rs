//! The tight trust of a workspace that is yet to be set up.

use std::collections::BTreeSet;

use super::pattern::exactly;
use super::propose::TrustStatement;
use crate::domain::subject::Subject;

/// A workspace that shall get into an account. Its names have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupWorkspace {
    /// Organization name.
    pub organization: String,
    /// Project name.
    pub project: String,
    /// Workspace name.
    pub workspace: String,
    /// The issuer: HCP Terraform, or a Terraform Enterprise host.
    pub host: String,
    /// The audience that its tokens shall have.
    pub audience: String,
}

/// A role to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupRole {
    /// Who uses it.
    pub user: RoleUser,
    /// Its name.
    pub name: String,
    /// Managed policies to be attached.
    pub policy_arns: Vec<String>,
}

/// Which phases use a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleUser {
    /// Both phases.
    Run,
    /// The plan alone.
    Plan,
    /// The apply alone.
    Apply,
}

impl RoleUser {
    /// The phases (DOMAIN §1).
    #[must_use]
    pub fn phases(self) -> &'static [&'static str] {
        match self {
            Self::Run => &["plan", "apply"],
            Self::Plan => &["plan"],
            Self::Apply => &["apply"],
        }
    }

    /// The variable that tells a workspace its role (DOMAIN §1).
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Run => "TFC_AWS_RUN_ROLE_ARN",
            Self::Plan => "TFC_AWS_PLAN_ROLE_ARN",
            Self::Apply => "TFC_AWS_APPLY_ROLE_ARN",
        }
    }
}

impl SetupWorkspace {
    /// What a role is trusted to: the workspace's own subjects and audience, and nothing else.
    #[must_use]
    pub fn trust(&self, role: &SetupRole, provider_arn: &str) -> TrustStatement {
        let subjects = role.user.phases().iter().map(|phase| {
            let subject = Subject::Workspace {
                organization: self.organization.as_str().into(),
                project: Some(self.project.as_str().into()),
                workspace: self.workspace.as_str().into(),
                phase: (*phase).into(),
            };
            exactly(&subject.to_string())
        });
        TrustStatement {
            provider_arn: provider_arn.to_owned(),
            issuer: self.host.as_str().into(),
            audiences: BTreeSet::from([exactly(&self.audience)]),
            subjects: subjects.collect(),
            like: false,
        }
    }
}

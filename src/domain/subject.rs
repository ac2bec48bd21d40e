//! The subject (`sub`) of a workload identity token, and what it says.
//!
//! Four forms are documented, each with a fixed order of keys (DOMAIN §1, DESIGN §8):
//!
//! | workload | subject |
//! |---|---|
//! | workspace run | `organization:O:project:P:workspace:W:run_phase:F` |
//! | workspace run, until early 2023 | `organization:O:workspace:W:run_phase:F` |
//! | Stack | `organization:O:project:P:stack:S:deployment:D:operation:X` |
//! | registry module test | `organization:O:module:M:operation:test_run` |
//!
//! No documented name may hold a `:`, and none begins or ends with white space, so a full match is unambiguous; whatever
//! does not match in full is kept verbatim as [`Subject::Other`] and never guessed at.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A decoded subject. Names are as the token has them; none is empty, none holds a `:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A run of a workspace.
    Workspace {
        /// Organization name.
        organization: Arc<str>,
        /// Project name; may hold spaces (`Default Project`). Absent in tokens from before there were projects.
        project: Option<Arc<str>>,
        /// Workspace name.
        workspace: Arc<str>,
        /// `plan`, `apply`, or any other phase.
        phase: Arc<str>,
    },
    /// An operation of a Stack's deployment.
    Stack {
        /// Organization name.
        organization: Arc<str>,
        /// Project name.
        project: Arc<str>,
        /// Stack name.
        stack: Arc<str>,
        /// Deployment name, an HCL identifier.
        deployment: Arc<str>,
        /// The operation, shown as phase.
        phase: Arc<str>,
    },
    /// A test run of a module in the private registry.
    ModuleTest {
        /// Organization name.
        organization: Arc<str>,
        /// Module name.
        module: Arc<str>,
        /// The operation, `test_run`, shown as phase.
        phase: Arc<str>,
    },
    /// Anything else, verbatim; empty if the event names no subject at all.
    Other(Arc<str>),
}

/// A subject without its phase: what the plan and the apply of one workspace or Stack have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubjectOwner<'a> {
    /// A workspace.
    Workspace {
        /// Organization name.
        organization: &'a str,
        /// Project name, unless the token is from before there were projects.
        project: Option<&'a str>,
        /// Workspace name.
        workspace: &'a str,
    },
    /// A Stack's deployment.
    Stack {
        /// Organization name.
        organization: &'a str,
        /// Project name.
        project: &'a str,
        /// Stack name.
        stack: &'a str,
        /// Deployment name.
        deployment: &'a str,
    },
    /// A module in the private registry.
    ModuleTest {
        /// Organization name.
        organization: &'a str,
        /// Module name.
        module: &'a str,
    },
    /// Anything else, verbatim.
    Other(&'a str),
}

impl<'a> SubjectOwner<'a> {
    /// The organization, unless undecoded.
    #[must_use]
    pub fn organization(self) -> Option<&'a str> {
        match self {
            Self::Workspace { organization, .. }
            | Self::Stack { organization, .. }
            | Self::ModuleTest { organization, .. } => Some(organization),
            Self::Other(_) => None,
        }
    }
}

/// The text of the token with an empty phase.
impl fmt::Display for SubjectOwner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workspace { organization, project: Some(project), workspace } => {
                write!(f, "organization:{organization}:project:{project}:workspace:{workspace}:run_phase:")
            }
            Self::Workspace { organization, project: None, workspace } => {
                write!(f, "organization:{organization}:workspace:{workspace}:run_phase:")
            }
            Self::Stack { organization, project, stack, deployment } => write!(
                f,
                "organization:{organization}:project:{project}:stack:{stack}:deployment:{deployment}:operation:"
            ),
            Self::ModuleTest { organization, module } => {
                write!(f, "organization:{organization}:module:{module}:operation:")
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What a subject belongs to; the `kind` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// A workspace run.
    Workspace,
    /// A Stack deployment.
    Stack,
    /// A registry module test.
    ModuleTest,
    /// Not one of the documented forms, or not from a known issuer.
    Other,
}

impl SubjectKind {
    /// Every kind, in the order of its declaration.
    pub const ALL: [Self; 4] = [Self::Workspace, Self::Stack, Self::ModuleTest, Self::Other];

    /// The word in rows and filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Stack => "stack",
            Self::ModuleTest => "module-test",
            Self::Other => "other",
        }
    }
}

impl Subject {
    /// Decodes a subject whose issuer is known to be HCP Terraform or a Terraform Enterprise host.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, |text| text.into())
    }

    /// The same; `share` makes the texts that it is made of.
    #[must_use]
    pub fn parse_with(text: &str, mut share: impl FnMut(&str) -> Arc<str>) -> Self {
        Self::parse_documented(text, &mut share).unwrap_or_else(|| Self::Other(share(text)))
    }

    fn parse_documented(text: &str, mut share: impl FnMut(&str) -> Arc<str>) -> Option<Self> {
        let (mut all, mut count) = ([""; 11], 0);
        for part in text.splitn(all.len(), ':') {
            all[count] = part;
            count += 1;
        }
        let parts = &all[..count];
        // A control character cannot be in a name, but it is in no rule either: kept, and made visible when shown.
        if parts.iter().any(|part| part.is_empty()) || text.trim().len() != text.len() {
            return None;
        }
        Some(match *parts {
            ["organization", o, "project", p, "workspace", w, "run_phase", phase] => {
                let (organization, project) = (share(o), Some(share(p)));
                Self::Workspace { organization, project, workspace: share(w), phase: share(phase) }
            }
            ["organization", o, "workspace", w, "run_phase", phase] => {
                Self::Workspace { organization: share(o), project: None, workspace: share(w), phase: share(phase) }
            }
            ["organization", o, "project", p, "stack", s, "deployment", d, "operation", phase] => Self::Stack {
                organization: share(o),
                project: share(p),
                stack: share(s),
                deployment: share(d),
                phase: share(phase),
            },
            ["organization", o, "module", m, "operation", phase] => {
                Self::ModuleTest { organization: share(o), module: share(m), phase: share(phase) }
            }
            _ => return None,
        })
    }

    /// The text of the token, byte for byte.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        Cow::Owned(match self {
            Self::Workspace { organization, project: Some(project), workspace, phase } => {
                ["organization:", organization, ":project:", project, ":workspace:", workspace, ":run_phase:", phase]
                    .concat()
            }
            Self::Workspace { organization, project: None, workspace, phase } => {
                ["organization:", organization, ":workspace:", workspace, ":run_phase:", phase].concat()
            }
            Self::Stack { organization, project, stack, deployment, phase } => {
                let owner = ["organization:", organization, ":project:", project, ":stack:", stack];
                [&owner[..], &[":deployment:", deployment, ":operation:", phase]].concat().concat()
            }
            Self::ModuleTest { organization, module, phase } => {
                ["organization:", organization, ":module:", module, ":operation:", phase].concat()
            }
            Self::Other(text) => return Cow::Borrowed(text),
        })
    }

    /// Itself without its phase.
    #[must_use]
    pub fn owner(&self) -> SubjectOwner<'_> {
        match self {
            Self::Workspace { organization, project, workspace, .. } => {
                SubjectOwner::Workspace { organization, project: project.as_deref(), workspace }
            }
            Self::Stack { organization, project, stack, deployment, .. } => {
                SubjectOwner::Stack { organization, project, stack, deployment }
            }
            Self::ModuleTest { organization, module, .. } => SubjectOwner::ModuleTest { organization, module },
            Self::Other(text) => SubjectOwner::Other(text),
        }
    }

    /// What it belongs to.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Workspace { .. } => SubjectKind::Workspace,
            Self::Stack { .. } => SubjectKind::Stack,
            Self::ModuleTest { .. } => SubjectKind::ModuleTest,
            Self::Other(_) => SubjectKind::Other,
        }
    }

    /// The organization, unless undecoded.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        match self {
            Self::Workspace { organization, .. }
            | Self::Stack { organization, .. }
            | Self::ModuleTest { organization, .. } => Some(organization),
            Self::Other(_) => None,
        }
    }

    /// The project of a workspace or Stack.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        match self {
            Self::Workspace { project, .. } => project.as_deref(),
            Self::Stack { project, .. } => Some(project),
            Self::ModuleTest { .. } | Self::Other(_) => None,
        }
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> Option<&str> {
        match self {
            Self::Workspace { workspace, .. } => Some(workspace),
            _ => None,
        }
    }

    /// The Stack.
    #[must_use]
    pub fn stack(&self) -> Option<&str> {
        match self {
            Self::Stack { stack, .. } => Some(stack),
            _ => None,
        }
    }

    /// The Stack's deployment.
    #[must_use]
    pub fn deployment(&self) -> Option<&str> {
        match self {
            Self::Stack { deployment, .. } => Some(deployment),
            _ => None,
        }
    }

    /// The module under test.
    #[must_use]
    pub fn module(&self) -> Option<&str> {
        match self {
            Self::ModuleTest { module, .. } => Some(module),
            _ => None,
        }
    }

    /// The phase of a run, or the operation of a Stack or module test.
    #[must_use]
    pub fn phase(&self) -> Option<&str> {
        match self {
            Self::Workspace { phase, .. } | Self::Stack { phase, .. } | Self::ModuleTest { phase, .. } => Some(phase),
            Self::Other(_) => None,
        }
    }

    /// The same subject with an empty phase: what the plan and the apply of one Stack have in common.
    #[must_use]
    pub fn without_phase(&self) -> Self {
        self.in_phase("")
    }

    /// The same subject in another phase; an undecoded one has none.
    #[must_use]
    pub fn in_phase(&self, new: &str) -> Self {
        let mut subject = self.clone();
        match &mut subject {
            Self::Workspace { phase, .. } | Self::Stack { phase, .. } | Self::ModuleTest { phase, .. } => {
                *phase = new.into();
            }
            Self::Other(_) => {}
        }
        subject
    }
}

/// The text of the token, byte for byte.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is `kind|organization|project|workspace|stack|deployment|module|phase`.
    fn check(text: &str, expected: &str) {
        let subject = Subject::parse(text);
        let cells = [
            Some(subject.kind().as_str()),
            subject.organization(),
            subject.project(),
            subject.workspace(),
            subject.stack(),
            subject.deployment(),
            subject.module(),
            subject.phase(),
        ];
        let found: Vec<&str> = cells.iter().map(|cell| cell.unwrap_or("")).collect();
        assert_eq!(found.join("|"), expected, "{text:?}");
        assert_eq!(subject.to_string(), text);
    }

    #[test]
    fn decodes_the_documented_forms() {
        check(
            "organization:acme:project:Default Project:workspace:web:run_phase:plan",
            "workspace|acme|Default Project|web||||plan",
        );
        check("organization:acme:project:p:workspace:w:run_phase:apply", "workspace|acme|p|w||||apply");
        check("organization:acme:project:p:workspace:w:run_phase:sentinel", "workspace|acme|p|w||||sentinel");
        check("organization:a:project:p:stack:s:deployment:größe:operation:apply", "stack|a|p||s|größe||apply");
        check("organization:a:module:vpc:operation:test_run", "module-test|a|||||vpc|test_run");
        check("organization:acme:workspace:w:run_phase:plan", "workspace|acme||w||||plan");
        check("organization:acme:workspace:w:run_phase:apply", "workspace|acme||w||||apply");
    }

    #[test]
    fn a_workspace_without_a_project_is_another_one() {
        let [old, new] =
            ["organization:a:workspace:w:run_phase:plan", "organization:a:project:p:workspace:w:run_phase:plan"]
                .map(Subject::parse);
        assert_ne!(old.owner(), new.owner());
        assert_eq!(old.owner().to_string(), "organization:a:workspace:w:run_phase:");
        assert_eq!(old.in_phase("apply").to_string(), "organization:a:workspace:w:run_phase:apply");
    }

    #[test]
    fn decodes_names_that_look_like_keys() {
        check(
            "organization:project:project:workspace:workspace:run_phase:run_phase:plan",
            "workspace|project|workspace|run_phase||||plan",
        );
    }

    #[test]
    fn keeps_everything_else_verbatim() {
        for text in [
            "",
            "organization",
            "organization:acme",
            "organization:acme:workspace:w:run_phase:",
            "organization:acme:workspace:w:project:p:run_phase:plan",
            "organization:acme:project:p:workspace:w:run_phase:",
            "organization::project:p:workspace:w:run_phase:plan",
            "organization:acme:project:p:workspace:w:run_phase:plan:extra",
            "organization:acme:project:p:workspace:w:run_phase:plan\n:",
            " organization:acme:project:p:workspace:w:run_phase:plan",
            "organization:acme:project:p:workspace:w:run_phase:plan ",
            "organization:acme:project:p:workspace:w:run_phase:plan\n",
            "organization:acme:workspace:w:run_phase:plan\u{a0}",
            "\torganization:a:module:m:operation:test_run",
            "Organization:acme:project:p:workspace:w:run_phase:plan",
            "organization:a:b:project:p:workspace:w:run_phase:plan",
            "organization:a:project:p:stack:s:deployment:d:run_phase:plan",
            "organization:a:project:p:stack:s:deployment:d:operation:plan:x:y:z",
            "repo:acme/site:ref:refs/heads/main",
            "system:serviceaccount:ns:name",
        ] {
            check(text, "other|||||||");
        }
    }
}

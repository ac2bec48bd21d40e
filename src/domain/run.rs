//! A Terraform run, folded from its assumptions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::subject::SubjectKind;
use super::timestamp::Timestamp;

/// How the assumptions of a run were put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// By the run id of the session name.
    RunId,
    /// By subject and nearness in time, for want of a run id.
    Inferred,
}

impl Grouping {
    /// The word in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunId => "run-id",
            Self::Inferred => "inferred",
        }
    }
}

/// One Terraform run as AWS saw it. Names are those of its first assumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// `run-…`, where the session name had it.
    pub run_id: Option<Box<str>>,
    /// What it belongs to.
    pub kind: SubjectKind,
    /// The host that issued the tokens.
    pub issuer: Option<Box<str>>,
    /// Organization name.
    pub organization: Option<Box<str>>,
    /// Project name.
    pub project: Option<Box<str>>,
    /// Workspace name.
    pub workspace: Option<Box<str>>,
    /// Stack name.
    pub stack: Option<Box<str>>,
    /// Deployment name.
    pub deployment: Option<Box<str>>,
    /// Phases seen.
    pub phases: BTreeSet<Box<str>>,
    /// Time of the first assumption.
    pub first_seen: Timestamp,
    /// Time of the last one.
    pub last_seen: Timestamp,
    /// Accounts that received an assumption.
    pub account_ids: BTreeSet<Box<str>>,
    /// Regions of the events.
    pub regions: BTreeSet<Box<str>>,
    /// Source addresses.
    pub source_ips: BTreeSet<Box<str>>,
    /// Roles asked for.
    pub role_arns: BTreeSet<Box<str>>,
    /// How many assumptions, granted or denied.
    pub assumptions: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// Terraform versions in the user agents.
    pub terraform_versions: BTreeSet<Box<str>>,
    /// AWS provider versions in the user agents.
    pub provider_versions: BTreeSet<Box<str>>,
    /// How the assumptions were put together.
    pub grouping: Grouping,
    /// The smallest event id, the last resort of the order of runs.
    pub smallest_event_id: Option<Box<str>>,
}

impl Run {
    /// The page of the run: `https://ISSUER/app/ORG/workspaces/WORKSPACE/runs/RUN_ID`, for a workspace with a run id.
    /// Names go in percent-encoded: a stranger's workspace name must not lead elsewhere.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        if self.kind != SubjectKind::Workspace {
            return None;
        }
        let (issuer, organization) = (self.issuer.as_deref()?, self.organization.as_deref()?);
        let (workspace, run_id) = (self.workspace.as_deref()?, self.run_id.as_deref()?);
        Some(format!("https://{issuer}{}{run_id}", path_to_runs(organization, workspace)))
    }
}

/// What leads from an issuer to the runs of a workspace: `/app/ORG/workspaces/WORKSPACE/runs/`.
#[must_use]
pub fn path_to_runs(organization: &str, workspace: &str) -> String {
    let [organization, workspace] = [organization, workspace].map(path_segment);
    format!("/app/{organization}/workspaces/{workspace}/runs/")
}

/// RFC 3986 §2.3: everything but unreserved characters is percent-encoded.
fn path_segment(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

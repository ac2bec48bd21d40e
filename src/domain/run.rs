//! A Terraform run, folded from its assumptions.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::subject::SubjectKind;
use super::texts::Texts;
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

/// One Terraform run as AWS saw it, in the texts of its assumptions. Names are those of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<'a> {
    /// `run-…`, where the session name had it.
    pub run_id: Option<&'a str>,
    /// What it belongs to.
    pub kind: SubjectKind,
    /// The host that issued the tokens.
    pub issuer: Option<&'a str>,
    /// Organization name.
    pub organization: Option<&'a str>,
    /// Project name.
    pub project: Option<&'a str>,
    /// Workspace name.
    pub workspace: Option<&'a str>,
    /// Stack name.
    pub stack: Option<&'a str>,
    /// Deployment name.
    pub deployment: Option<&'a str>,
    /// Phases seen.
    pub phases: Texts<'a>,
    /// Time of the first assumption.
    pub first_seen: Timestamp,
    /// Time of the last one.
    pub last_seen: Timestamp,
    /// Accounts that received an assumption.
    pub account_ids: Texts<'a>,
    /// Regions of the events.
    pub regions: Texts<'a>,
    /// Source addresses.
    pub source_ips: Texts<'a>,
    /// Roles asked for.
    pub role_arns: Texts<'a>,
    /// How many assumptions, granted or denied.
    pub assumptions: u64,
    /// How many of them were denied.
    pub denied: u64,
    /// Terraform versions in the user agents.
    pub terraform_versions: Texts<'a>,
    /// AWS provider versions in the user agents.
    pub provider_versions: Texts<'a>,
    /// How the assumptions were put together.
    pub grouping: Grouping,
    /// The smallest event id, the last resort of the order of runs.
    pub smallest_event_id: Option<&'a str>,
}

impl Run<'_> {
    /// The page of the run: `https://ISSUER/app/ORG/workspaces/WORKSPACE/runs/RUN_ID`, for a workspace with a run id.
    /// Names go in percent-encoded: a stranger's workspace name must not lead elsewhere.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        if self.kind != SubjectKind::Workspace {
            return None;
        }
        let (issuer, organization) = (self.issuer?, self.organization?);
        let (workspace, run_id) = (self.workspace?, self.run_id?);
        let mut url = String::with_capacity(40 + issuer.len() + organization.len() + workspace.len() + run_id.len());
        url.push_str("https://");
        url.push_str(issuer);
        push_path_to_runs(&mut url, organization, workspace);
        url.push_str(run_id);
        Some(url)
    }
}

/// What leads from an issuer to the runs of a workspace: `/app/ORG/workspaces/WORKSPACE/runs/`.
#[must_use]
pub fn path_to_runs(organization: &str, workspace: &str) -> String {
    let mut path = String::new();
    push_path_to_runs(&mut path, organization, workspace);
    path
}

fn push_path_to_runs(path: &mut String, organization: &str, workspace: &str) {
    path.push_str("/app/");
    push_segment(path, organization);
    path.push_str("/workspaces/");
    push_segment(path, workspace);
    path.push_str("/runs/");
}

/// All but what RFC 3986 §2.3 calls unreserved.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// RFC 3986 §2.3: everything but unreserved characters is percent-encoded.
fn push_segment(path: &mut String, name: &str) {
    path.extend(utf8_percent_encode(name, RESERVED));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_in_a_path_are_encoded_byte_by_byte(organization: String, workspace in "[a-z~é/%? .]{0,12}") {
            let [organization_segment, workspace_segment] = [&organization, &workspace].map(|name| {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
                let byte = |byte: u8| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
                name.bytes().map(byte).collect::<String>()
            });
            prop_assert_eq!(
                path_to_runs(&organization, &workspace),
                format!("/app/{organization_segment}/workspaces/{workspace_segment}/runs/")
            );
        }
    }
}

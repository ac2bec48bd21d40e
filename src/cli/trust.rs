//! `tfctrail trust`: the tightest trust policy of each role, and a review of an existing one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::args::{Emit, TrustArgs};
use super::emitting::emit;
use super::error::{Error, reason};
use super::reading::{Answer, Voice, read};
use super::scan::Scan;
use super::talk::Level;
use super::writing::Writing;
use crate::audit::filter::Filter;
use crate::audit::pattern::Patterns;
use crate::audit::trust::policy::Policy;
use crate::audit::trust::propose::{Proposal, propose};
use crate::audit::trust::review::{Grant, review};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::HCP_HOSTS;
use crate::report::row::trust::{remarks_schema, schema};
use crate::report::trust_policy::{all_as_hcl, all_as_json, document};

/// A trust policy is a few KiB; IAM takes no larger one.
const POLICY_BYTES: u64 = 1 << 20;

/// How large a trust policy may be by default, in characters without white space (IAM quotas; can be raised to 8192).
const POLICY_QUOTA: usize = 2048;

/// The scan of the roles asked for.
#[must_use]
pub fn scan_of_roles(args: &TrustArgs, mut scan: Scan) -> Scan {
    scan.filter =
        Filter { role: Patterns::new(args.role.clone()), account: Patterns::new(args.account.clone()), ..scan.filter };
    scan
}

/// Scans, and writes policies or the review of one.
pub fn run(args: &TrustArgs, scan: &Scan, voice: &Voice<'_>) -> Result<(), Error> {
    if let Some(path) = &args.policy {
        return run_review(args, path, scan, voice);
    }
    let organizations = Patterns::new(args.org.clone());
    let proposals = |answer: &Answer| {
        propose(&answer.selected.events, |organization| organizations.pass(organization), args.any_phase)
    };
    let (zone, format) = (args.scan.time.tz.time_zone(), args.emit);
    if format == Emit::Rows {
        let writing = Writing::open(&args.output, schema())?;
        let answer = read(scan, None, writing.own_files(), voice)?;
        let found = proposals(&answer);
        tell(&found, voice);
        writing.write(found, Some(&answer.coverage), zone, voice)?;
        return answer.verdict();
    }
    let out = args.output.out.as_deref();
    let answer = read(scan, None, out.map(Path::to_owned).into_iter().collect(), voice)?;
    let found = proposals(&answer);
    tell(&found, voice);
    let text = if format == Emit::Hcl { all_as_hcl(&found) } else { all_as_json(&found) };
    emit(out, &text)?;
    answer.verdict()
}

/// What the reader of a policy must know before it is put to use.
fn tell(proposals: &[Proposal], voice: &Voice<'_>) {
    for proposal in proposals {
        let role = &proposal.role_arn;
        let say = |text: String| voice.talk.say(Level::Warning, &text);
        if proposal.organizations.len() > 1 {
            let names: Vec<&str> = proposal.organizations.iter().map(|name| &**name).collect();
            say(format!("{role}: covers {}; --org names those that shall get in", names.join(", ")));
        }
        for stop in &proposal.stops {
            say(format!("{role}: stops working: {}: {}", stop.subject, stop.reason));
        }
        if !proposal.unseen.is_empty() {
            let count = proposal.unseen.len();
            say(format!(
                "{role}: {count} phases of its workspaces were not seen and are not admitted; a longer window or --any-phase covers them"
            ));
        }
        let length = document(&proposal.trusts).to_string().chars().count();
        if length > POLICY_QUOTA {
            say(format!(
                "{role}: the policy has {length} characters, and IAM takes {POLICY_QUOTA} unless the quota was raised"
            ));
        }
    }
}

fn run_review(args: &TrustArgs, path: &Path, scan: &Scan, voice: &Voice<'_>) -> Result<(), Error> {
    let policy = load(path)?;
    let writing = Writing::open(&args.output, remarks_schema())?;
    let answer = read(scan, None, writing.own_files(), voice)?;
    let granted = |event: &&Assumption| matches!(event.outcome, Outcome::Granted { .. });
    let events: Vec<&Assumption> = answer.selected.events.iter().filter(granted).collect();
    let roles: BTreeSet<&str> = events.iter().filter_map(|event| event.role_arn.as_deref()).collect();
    let role = match (policy.role_arn.as_deref(), roles.len()) {
        (Some(named), _) => Some(named),
        (None, 0 | 1) => roles.first().copied(),
        (None, count) => {
            return Err(Error::usage(format!(
                "--policy '{}': names no role, and {count} roles were seen",
                path.display()
            ))
            .hint("name the policy's role with --role, or export it with: aws iam get-role --role-name NAME"));
        }
    };
    let grants: BTreeSet<Grant> = events
        .iter()
        .filter(|event| event.role_arn.as_deref() == role)
        .map(|event| Grant {
            subject: event.subject.to_string(),
            issuer: event.issuer.as_deref().unwrap_or_default().to_owned(),
            audience: event.audience.as_deref().unwrap_or_default().to_owned(),
        })
        .collect();
    let named = args.scan.issuers.tfe_host.iter().map(|host| host.to_lowercase());
    let issuers = HCP_HOSTS.iter().map(|host| (*host).to_owned()).chain(named);
    let issuers: BTreeSet<String> = issuers.chain(grants.iter().map(|grant| grant.issuer.clone())).collect();
    let remarks = review(&policy, &grants, &issuers);
    writing.write(remarks, Some(&answer.coverage), args.scan.time.tz.time_zone(), voice)?;
    let seen = match role {
        Some(role) => format!("held against {} subjects that were granted {role}", grants.len()),
        None => "no role was granted in the window, so that only strangers and dead values can be told".to_owned(),
    };
    voice.talk.say(Level::Info, &seen);
    answer.verdict()
}

fn load(path: &Path) -> Result<Policy, Error> {
    let refuse = |what: &dyn std::fmt::Display| Error::usage(format!("--policy '{}': {what}", path.display()));
    let mut text = String::new();
    let file = File::open(path).map_err(|error| refuse(&reason(&error)))?;
    let read = file.take(POLICY_BYTES + 1).read_to_string(&mut text).map_err(|error| refuse(&reason(&error)))?;
    if read as u64 > POLICY_BYTES {
        return Err(refuse(&format!("larger than {POLICY_BYTES} bytes, which no trust policy is")));
    }
    Policy::parse(&text)
        .map_err(|error| refuse(&error).hint("export it with: aws iam get-role --role-name NAME > FILE"))
}

//! `tfctrail policy`: the permissions that runs used, and the policy that allows just these.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::audit::activity::permissions::{NeededPermissions, PermissionsBy, needed};
use crate::audit::policy::statements::{INLINE_LIMIT, MANAGED_LIMIT};
use crate::cli::args::call_filter::SessionCallFilterArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::ScanArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::emitting::emit;
use crate::cli::output::writing::Writing;
use crate::cli::reading::answer::ScanResult;
use crate::cli::reading::calls::{read_calls, scan_for_calls};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::talk::Level;
use crate::ingest::options::WantedCalls;
use crate::report::permission_policy::{PolicyText, size};
use crate::report::row::policy::{PolicyRow, schema};

/// The IAM permissions that runs really used, and the policy that allows just these
///
/// One row for each role that made calls (or workspace, phase, run), with the IAM actions of the calls that succeeded and
/// the resources that they name. A policy has no wildcard in its actions, and a resource is * only where AWS knows no
/// narrower one, or where the call does not name it; standard error lists these. What AWS checks without logging it, such as
/// iam:PassRole, is inferred from the parameters of the calls and is part of the policy only with --with-inferred. What the
/// log files do not hold, the policy does not allow: a trail without data events has no s3:GetObject. What AWS services
/// called on a run's behalf, with its credentials, stands in statements with the Sid Forwarded.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail policy logs/ --last 90d
  tfctrail policy logs/ --role deploy --with-inferred --emit json > deploy.json
  tfctrail policy logs/ --by phase --workspace network-prod --emit hcl
  tfctrail policy logs/ --include-denied -o csv --columns role_arn,denied,unmapped")]
pub struct PolicyArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What a policy is for
    #[arg(long, value_name = "WHAT", default_value = "role", help_heading = "Policy")]
    pub by: ByArg,
    /// What to print: the rows, or the policies as JSON, or as data sources for Terraform
    ///
    /// JSON of a single policy is the bare document; of several it is an object, from the name of each to its document.
    #[arg(long, value_name = "WHAT", default_value = "rows", help_heading = "Policy")]
    pub emit: PolicyEmit,
    /// Allow what AWS denied, too
    #[arg(long, help_heading = "Policy")]
    pub include_denied: bool,
    /// Allow what is inferred, too: iam:PassRole, and the tags of what was created
    #[arg(long, help_heading = "Policy")]
    pub with_inferred: bool,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: SessionCallFilterArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// The role that made the calls
    Role,
    /// The workspace
    Workspace,
    /// The workspace and the phase
    Phase,
    /// The run
    Run,
}

/// What `policy` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyEmit {
    /// Rows, in the format of --output
    Rows,
    /// Policy documents
    Json,
    /// Terraform data sources
    Hcl,
}

impl From<ByArg> for PermissionsBy {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Role => Self::Role,
            ByArg::Workspace => Self::Workspace,
            ByArg::Phase => Self::Phase,
            ByArg::Run => Self::Run,
        }
    }
}

impl RunCommand for PolicyArgs {
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let scan = scan_for_calls(
            "policy",
            Scan::new(&self.scan, None, &self.limits, context.now)?,
            WantedCalls::Session { parameters: true },
        )?;
        carry_out(scan, &self.output, context, |scan| self.write(scan, context))
    }
}

impl PolicyArgs {
    fn write(&self, scan: Scan, context: &CommandContext<'_>) -> Result<(), Error> {
        let out = self.output.out.as_deref();
        if self.emit == PolicyEmit::Rows {
            let writing = Writing::open(&self.output, schema())?;
            let (answer, found) = self.read(scan, writing.own_files(), context)?;
            self.tell(&found, context);
            let include_denied = self.include_denied;
            let rows = found.into_iter().map(|needed| PolicyRow { needed, include_denied }).collect::<Vec<_>>();
            writing.write(rows, Some(&answer.coverage), &self.scan.time.tz, context)?;
            return answer.verdict();
        }
        let (answer, found) = self.read(scan, out.map(Path::to_owned).into_iter().collect(), context)?;
        self.tell(&found, context);
        let named: Vec<_> = found
            .iter()
            .map(|needed| (needed.group.name(), needed.statements(self.include_denied, self.with_inferred)))
            // IAM takes no document without a statement.
            .filter(|(_, statements)| !statements.is_empty())
            .collect();
        if named.is_empty() {
            context.talk.say(Level::Warning, "no call that was read needed a permission, so there is no policy");
        }
        let written = named.len() as u64;
        let text = PolicyText::new(named);
        emit(out, &if self.emit == PolicyEmit::Hcl { text.hcl() } else { text.json() })?;
        if let Some(out) = out.filter(|out| *out != "-") {
            context.say_written(out, written);
        }
        answer.verdict()
    }

    fn read(
        &self,
        mut scan: Scan,
        exclude: Vec<PathBuf>,
        context: &CommandContext<'_>,
    ) -> Result<(ScanResult, Vec<NeededPermissions>), Error> {
        let filter = self.filter.filter(scan.filter.window);
        scan.filter = filter.run.clone();
        // Runs are not counted here, so that it does not matter how far apart their events are.
        let (answer, found) = read_calls(&scan, &filter, 0, exclude, context)?;
        Ok((answer, needed(&found.calls, self.by.into())))
    }

    /// What a reader of the policies has to know.
    fn tell(&self, found: &[NeededPermissions], context: &CommandContext<'_>) {
        for (level, line) in found.iter().flat_map(|needed| self.lines(needed)).chain(general(found)) {
            context.talk.say(level, &line);
        }
    }

    fn lines(&self, needed: &NeededPermissions) -> Vec<(Level, String)> {
        let name = needed.group.name();
        let mut lines = Vec::new();
        let mut say = |level, what: &str, items: Vec<&str>| {
            if !items.is_empty() {
                lines.push((level, format!("{name}: {what}: {}", items.join(", "))));
            }
        };
        say(
            Level::Warning,
            "no IAM action is known for these events, and the policy lacks them",
            texts(&needed.unmapped),
        );
        if !self.with_inferred {
            let what =
                "left out, so that the next apply may fail; --with-inferred adds what AWS checks and does not log";
            say(Level::Warning, what, needed.inferred.iter().map(|(action, _)| action).collect());
        }
        if !self.include_denied {
            let what = "was denied and is left out; --include-denied adds it";
            say(Level::Info, what, needed.denied.iter().map(|(action, _)| action).collect());
        }
        let what = "iam:PassRole may be wanting for the roles of these instance profiles, which no call names";
        say(Level::Warning, what, texts(&needed.profiles));
        let what = "on * because some calls name no resource, or none that a policy can hold";
        say(Level::Info, what, texts(&needed.unnameable));
        say(Level::Debug, "on * because AWS has no narrower resource", texts(&needed.unscoped));
        if needed.loosely_joined > 0 {
            let what = format!(
                "{name}: {} of {} calls were joined to their run by the principal or the session name alone, and may be \
                 somebody else's with the same ones; activity --calls shows which",
                needed.loosely_joined, needed.calls
            );
            lines.push((Level::Warning, what));
        }
        let size = size(&needed.statements(self.include_denied, self.with_inferred));
        if size > INLINE_LIMIT {
            let what =
                format!("{size} characters, more than the {INLINE_LIMIT} that all inline policies of a role may have");
            lines.push((Level::Warning, format!("{name}: the policy has {what}; split it into several managed ones")));
        } else if size > MANAGED_LIMIT {
            let what = format!("{size} characters, more than the {MANAGED_LIMIT} that a managed policy may have");
            lines.push((Level::Warning, format!("{name}: the policy has {what}; split it, or make it an inline one")));
        }
        lines
    }
}

/// Some of the events that a trail records only where it was set up for data events.
const DATA_ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "lambda:InvokeFunction",
];

fn texts(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

/// What holds for all of them.
fn general(found: &[NeededPermissions]) -> Option<(Level, String)> {
    let is_data = |needed: &NeededPermissions| DATA_ACTIONS.iter().any(|action| needed.used(true).0.contains(action));
    (!found.is_empty() && !found.iter().any(is_data)).then(|| {
        let text = "the log files hold no data events of these runs, such as s3:GetObject on the state's bucket; if the runs \
                    use data, the policies lack these actions, because a trail records data events only where it was set up \
                    to";
        (Level::Info, text.to_owned())
    })
}

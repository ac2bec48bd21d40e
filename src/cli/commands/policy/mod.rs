//! `tfctrail policy`: the permissions that runs used, and the policy that allows just these.

mod said;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use self::said::Asked;
use crate::audit::activity::permissions::{NeededPermissions, PermissionsBy, needed};
use crate::cli::args::call_filter::SessionCallFilterArgs;
use crate::cli::args::limit::LimitArgs;
use crate::cli::args::logs::LogsArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::args::scan::{ScanArgs, of_log_files};
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::emitting::{emit, refuse_rows, typed_for_rows};
use crate::cli::output::writing::Writing;
use crate::cli::parsing::parse::ParsedCommandLine;
use crate::cli::reading::answer::ScanResult;
use crate::cli::reading::calls::{read_calls, scan_for_calls};
use crate::cli::reading::dry_run::carry_out;
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::talk::Level;
use crate::ingest::options::WantedCalls;
use crate::report::permission_policy::PolicyText;
use crate::report::row::policy::{PolicyRow, schema};

/// The IAM permissions that runs used, and a policy of just these
///
/// One row for each role that made calls (or workspace, phase, run), with the IAM actions of the calls that succeeded and
/// the resources that they name. A policy has no wildcard in its actions, and a resource is * only where AWS knows no
/// narrower one, or where the call does not name it; standard error lists these. What AWS checks without logging it, such as
/// iam:PassRole, is inferred from the parameters of the calls and is part of the policy only with --with-inferred. What the
/// log files do not hold, the policy does not allow: a trail without data events has no s3:GetObject. What AWS services
/// called on a run's behalf, with its credentials, stands in statements with the Sid Forwarded.
#[derive(Debug, Args)]
#[command(mut_arg("sources", of_log_files))]
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
    /// The archive that extracts are of.
    #[command(flatten)]
    pub logs: LogsArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// The flags about rows that were typed.
    #[arg(skip)]
    pub for_rows: Vec<&'static str>,
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
    fn prepare(&mut self, read: &ParsedCommandLine) -> Result<(), clap::Error> {
        self.for_rows = typed_for_rows(read);
        Ok(())
    }

    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        if self.emit != PolicyEmit::Rows {
            refuse_rows(&self.for_rows)?;
        }
        let scan = scan_for_calls(
            "policy",
            Scan::new(&self.scan, None, &self.limits, context.now)?,
            WantedCalls::Session { parameters: true },
        )?;
        carry_out(scan.with_logs(&self.logs)?, &self.output, context, |scan| self.write(scan, context))
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
        let asked = Asked { include_denied: self.include_denied, with_inferred: self.with_inferred };
        said::about(found, asked, context);
    }
}

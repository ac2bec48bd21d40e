//! Arguments of `trust`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::account::{AccountParser, AccountPatterns};
use super::findings::severities;
use super::{LimitArgs, OutputArgs, ScanArgs};
use crate::audit::filter::pattern::Pattern;
use crate::domain::finding::Severity;

/// Arguments of `trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Review this trust policy: what `aws iam get-role` answers with, or the bare document
    #[arg(long, value_name = "FILE", conflicts_with_all = ["emit", "any_phase"], help_heading = "Trust")]
    pub policy: Option<PathBuf>,
    /// What to print: the rows, or the policies as JSON by role, or as locals for Terraform
    #[arg(long, value_name = "WHAT", default_value = "rows", help_heading = "Trust")]
    pub emit: Emit,
    /// Cover every phase of the workspaces and Stacks that were seen
    #[arg(long, help_heading = "Trust")]
    pub any_phase: bool,
    /// Organizations that shall get in: glob, /regex/, or with ! in front; others that did are left out and named
    ///
    /// Where expected organizations are named too, no pattern takes in any other one.
    #[arg(long, value_name = "PATTERN", help_heading = "Trust")]
    pub org: Vec<Pattern>,
    /// An organization of yours; others that got in are left out and named. Repeatable [default: the config file's]
    #[arg(long, value_name = "ORG", value_delimiter = ',', help_heading = "Trust")]
    pub expected_organization: Vec<String>,
    /// Cover organizations too that nobody expects
    #[arg(long, help_heading = "Trust")]
    pub admit_unexpected: bool,
    /// Exit with 3 if an organization that nobody expects got in, which is critical: at this level or below
    #[arg(long, value_name = "LEVEL", value_parser = severities(), help_heading = "Trust")]
    pub fail_on: Option<Severity>,
    /// Role, by its ARN or its bare name
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)")]
    pub role: Vec<Pattern>,
    /// Account that received the event
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)", value_parser = AccountParser::default())]
    pub account: Vec<AccountPatterns>,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What `trust` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// Rows, in the format of --output
    Rows,
    /// One JSON object: role ARN to policy document
    Json,
    /// Terraform locals
    Hcl,
}

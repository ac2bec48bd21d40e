//! Arguments of `trust`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LimitArgs, OutputArgs, ScanArgs};
use crate::audit::pattern::Pattern;

/// Arguments of `trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Review this trust policy: what `aws iam get-role` answers with, or the bare document
    #[arg(long, value_name = "FILE", conflicts_with_all = ["emit", "any_phase", "org"], help_heading = "Trust")]
    pub policy: Option<PathBuf>,
    /// What to print: the rows, or the policies as JSON by role, or as locals for Terraform
    #[arg(long, value_name = "WHAT", default_value = "rows", help_heading = "Trust")]
    pub emit: Emit,
    /// Cover every phase of the workspaces and Stacks that were seen
    #[arg(long, help_heading = "Trust")]
    pub any_phase: bool,
    /// Organizations to cover: glob, /regex/, or with ! in front; subjects of others are named as what stops
    #[arg(long, value_name = "PATTERN", help_heading = "Trust")]
    pub org: Vec<Pattern>,
    /// Role, by its ARN or its bare name
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)")]
    pub role: Vec<Pattern>,
    /// Account that received the event
    #[arg(long, value_name = "PATTERN", help_heading = "Filters (repeatable)")]
    pub account: Vec<Pattern>,
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

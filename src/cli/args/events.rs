//! A scan of which events are kept.

use clap::Args;

use super::filter::FilterArgs;
use super::grouping::GroupingArgs;
use super::limit::LimitArgs;
use super::memory::EventMemoryArgs;
use super::output::OutputArgs;
use super::scan::ScanArgs;

/// What `runs`, `events` and `summary` take, which differ in what they show.
#[derive(Debug, Args)]
pub struct EventArgs {
    /// What is read.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What is kept of it.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How events become runs.
    #[command(flatten)]
    pub grouping: GroupingArgs,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How much of it may lie in memory.
    #[command(flatten)]
    pub memory: EventMemoryArgs,
}

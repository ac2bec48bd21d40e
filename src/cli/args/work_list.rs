//! `--work-list`.

use std::path::PathBuf;

use clap::Args;

/// What was to be extracted, as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct WorkListArgs {
    /// The log files that were to be extracted, a line each; one that no extract has is a failed file
    ///
    /// It is the list of keys that the workers had, or all of their lists together. Sources are then directories of extracts.
    #[arg(long, value_name = "FILE", help_heading = "Limits")]
    pub work_list: Option<PathBuf>,
}

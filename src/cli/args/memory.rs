//! `--memory` of commands that show events, or what they are folded into.

use clap::Args;

use crate::cli::size::Size;

/// How much of what is read may lie in memory, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct EventMemoryArgs {
    /// Most memory for events while they are put together; those beyond it go into temporary files
    ///
    /// An event takes some 540 bytes of memory, and 250 of a file. Tables, and what --sort orders, lie in memory as a whole; rows of
    /// other formats are written as they are made. Temporary files have no name, and are gone when the program ends; TMPDIR says
    /// where they lie.
    #[arg(long, value_name = "SIZE", default_value = "512MiB")]
    pub memory: Size,
}

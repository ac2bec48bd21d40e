//! `--notify`, and the arguments of `notify`.

use clap::Args;

/// Who is told, as typed.
#[derive(Debug, Clone, Args)]
pub struct TellArgs {
    /// Tell [notify.NAME] of the config file when the report is out; repeatable
    ///
    /// A delivery that fails is tried again a few times, and then said; the report is there all the same. Exit code 1 tells
    /// that somebody was not told.
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Notifications")]
    pub notify: Vec<String>,
}

/// Arguments of `notify`.
#[derive(Debug, Args)]
pub struct NotifyArgs {
    /// [notify.NAME] of the config file
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
}

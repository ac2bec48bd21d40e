//! `--from`, `--to`, `--last`, `--tz`.

use clap::Args;

use crate::cli::error::Error;
use crate::cli::time::window;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::report::zone::Zone;

/// The window, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Time")]
pub struct TimeArgs {
    /// First second of the window: 2026-11-01, RFC 3339, today, yesterday, now, or how long ago: 7d
    ///
    /// Dates are midnight in UTC. A time of day needs an offset: 2026-11-01T09:30:00Z, 2026-11-01T09:30:00+02:00;
    /// fractions of a second are cut. 90s, 30m, 24h, 7d and 2w count back from now.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// First second after the window, in the same forms
    ///
    /// The window is half open: an event at this very second is not in it.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// The time up to now, in place of --from and --to: 90s, 30m, 24h, 7d, 2w
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    pub last: Option<String>,
    /// Zone in which tables and Markdown show times: UTC, local, Europe/Berlin
    ///
    /// Data formats are always in UTC, and so are the times of the flags.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub tz: Zone,
}

impl TimeArgs {
    /// The window they make.
    pub fn window(&self, now: Timestamp) -> Result<Window, Error> {
        window(self.from.as_deref(), self.to.as_deref(), self.last.as_deref(), now)
    }
}

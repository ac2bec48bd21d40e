//! `--expected-organization`, `--audience`, `--max-session`, `--silence`, `--replay-after`.

use clap::Args;

use crate::cli::time::Length;

/// What an organization expects of itself; the config file has more of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Expected")]
pub struct ExpectedArgs {
    /// An organization of yours; any other that gets in is a critical finding. Repeatable
    #[arg(long, value_name = "ORG", value_delimiter = ',')]
    pub expected_organization: Vec<String>,
    /// The audience that your tokens have
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Option<String>,
    /// The longest session that a run may request
    #[arg(long, value_name = "LENGTH")]
    pub max_session: Option<Length>,
    /// How long a subject has to be unseen before its return is a finding
    #[arg(long, value_name = "LENGTH", default_value = "90d")]
    pub silence: Length,
    /// How long after the first assumption of a run's phase another one of that phase is a finding
    #[arg(long, value_name = "LENGTH", default_value = "1d")]
    pub replay_after: Length,
}

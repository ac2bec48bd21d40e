//! `--verified`, `--public-keys`, `--signatures`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::error::Error;
use crate::cli::parsing::parse::{ParsedCommandLine, deepest};

/// Whether only log files count that are as CloudTrail wrote them, as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct VerifiedArgs {
    /// Take only log files that are as CloudTrail wrote them, by its digest files
    ///
    /// The digests of the window are judged first, as `tfctrail verify` does. A log file that is altered, missing, in no
    /// digest or that cannot be told is named as a failed file, and nothing of it counts. What the newest digest does not
    /// cover yet is left out and named, and is no failure unless it was delivered in the window.
    #[arg(long)]
    pub verified: bool,
    /// Public keys for --verified: the output of aws cloudtrail list-public-keys, several regions' one behind the other
    #[arg(long, value_name = "FILE")]
    pub public_keys: Option<PathBuf>,
    /// Signatures of digests for --verified, a JSON object a line: key, signature (hex), signature_algorithm
    #[arg(long, value_name = "FILE")]
    pub signatures: Option<PathBuf>,
}

/// Refuses a command line with files that nothing is judged by: whoever names them takes the answer for a verified one. Files
/// that the environment or the config file names are for all questions, verified or not.
pub fn refuse_idle_files(read: &ParsedCommandLine) -> Result<(), Error> {
    let given = deepest(&read.matches);
    if !given.try_contains_id("verified").unwrap_or(false) || given.get_flag("verified") {
        return Ok(());
    }
    let idle = ["public_keys", "signatures"].into_iter().find(|id| read.is_typed(id));
    idle.map_or(Ok(()), |id| {
        let error = Error::usage(format!("--{} changes nothing without --verified", id.replace('_', "-")));
        Err(error.hint(
            "--verified takes only log files that are as CloudTrail wrote them; tfctrail verify judges all of them",
        ))
    })
}

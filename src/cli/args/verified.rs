//! `--verified`, `--public-keys`, `--signatures`.

use std::path::PathBuf;

use clap::Args;

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

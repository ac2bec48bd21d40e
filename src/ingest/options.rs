//! How log files are read, whoever takes what is in them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::decode::DecodeLimits;
use crate::domain::issuer::Issuers;
use crate::domain::window::Window;

/// How to read.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Which web identities to keep.
    pub issuers: Issuers,
    /// What a single file may demand.
    pub limits: DecodeLimits,
    /// Which local log files can be left unread; events outside are not removed here.
    pub window: Window,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// How many workers decode.
    pub threads: NonZeroUsize,
    /// Whether the calls that Terraform made with long-lived credentials are asked for too; a store
    /// keeps none, so that a sync asks for none.
    pub calls: bool,
    /// Files that are not part of any source: what is being written, and what that will replace.
    pub exclude: Vec<PathBuf>,
}

//! Exit codes. Scripts depend on them (DESIGN §2): a code never changes its meaning.

/// Everything asked for was done, or the reader of standard output went away.
pub const DONE: u8 = 0;
/// Something failed that is none of the below.
pub const FAILURE: u8 = 1;
/// The command line, the environment or the configuration is wrong; no work was started.
pub const USAGE: u8 = 2;
/// Findings at or above `--fail-on`, or a failed verification.
pub const FINDINGS: u8 = 3;
/// A whole source could not be read for want of credentials or permission.
pub const PERMISSION: u8 = 4;
/// Finished, but the coverage is incomplete; the report says where.
pub const INCOMPLETE: u8 = 5;
/// Interrupted by a signal.
pub const INTERRUPTED: u8 = 130;

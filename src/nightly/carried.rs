//! What is carried from one window to the next one.

use crate::audit::baseline::earlier::Earlier;
use crate::domain::timestamp::Timestamp;

/// What was before some time.
pub(super) struct CarriedHistory {
    /// The end of what was taken.
    pub(super) end: Option<Timestamp>,
    /// What it shows.
    pub(super) earlier: Earlier,
}

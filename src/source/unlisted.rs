//! What of a source could not be listed or opened.

use std::sync::Arc;

/// A file or folder that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Its name, as in the `log_file` column.
    pub file: Arc<str>,
    /// What failed.
    pub reason: String,
    /// Whether it was for want of permission.
    pub forbidden: bool,
}

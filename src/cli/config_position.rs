//! A line of the config file, for whoever speaks about a value in it.

use std::fmt;
use std::sync::Arc;

/// Where a value stands. Shown as `tfctrail.toml:12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPosition {
    /// The file, as it was found.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: usize,
}

impl fmt::Display for ConfigPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

//! What a schedule is written as.

/// A file of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its text, which ends with a line break.
    pub text: String,
}

//! What a user has of his own.

/// What of a user's own something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserFolder {
    /// What somebody has set up.
    Config,
    /// What somebody would miss.
    Data,
    /// What nobody would miss for long.
    State,
}

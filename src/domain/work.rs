//! What reading a source would take.

/// One part of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceWork {
    /// The source, as given.
    pub source: String,
    /// What the keys begin with.
    pub prefix: String,
    /// Requests to list it.
    pub list_requests: u64,
    /// Requests to fetch what is wanted of it.
    pub get_requests: u64,
    /// Bytes to fetch.
    pub bytes: u64,
    /// Log files that are not fetched, since delivered outside the window or of another kind.
    pub skipped: u64,
}

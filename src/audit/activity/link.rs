//! How a call is joined to a session.

/// The row of the join table that holds for a call, the strongest first (DESIGN §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Join {
    /// The access key and the principal of a session.
    Key,
    /// Its principal and its start.
    Session,
    /// Its principal, while a session of it lasts.
    Principal,
    /// No session that is known: the issuer and the session name speak of a run.
    Name,
}

impl Join {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Key, Self::Session, Self::Principal, Self::Name];

    /// The word in rows and filters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Session => "session",
            Self::Principal => "principal",
            Self::Name => "name",
        }
    }
}

/// What a call is joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// A session, by its place among all, in one of the first three ways.
    Session(Join, usize),
    /// None that is known.
    Name,
}

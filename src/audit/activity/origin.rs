//! Where the cells of a call's run come from.

use crate::domain::assumption::Assumption;

/// Which run a call belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunOrigin {
    /// The assumptions with which the session of the call began, or each session that it can belong to, as places among the
    /// events, ascending. A cell in which they disagree is empty.
    ///
    /// There are several only by [`Principal`](super::link::Join::Principal), by
    /// [`Session`](super::link::Join::Session) where that is a tie, and in what such calls began. Of many, the first and
    /// the last one are there, and for each cell the first that disagrees with the first one: they agree in just what all
    /// agree in, the run that they lie in too. There is none only where nothing is known of some of them but run ids, and
    /// these differ.
    Assumptions(Box<[usize]>),
    /// The session name speaks of the run with this id, or all that the call can belong to speak of it and nothing else is
    /// known of one of them.
    Name(Box<str>),
}

impl RunOrigin {
    /// A cell of the assumptions, if they agree in it.
    pub fn agreed<'a, T: PartialEq>(
        &self,
        events: &[&'a Assumption],
        cell: impl Fn(&'a Assumption) -> Option<T>,
    ) -> Option<T> {
        let Self::Assumptions(places) = self else { return None };
        let mut cells = places.iter().map(|at| cell(events[*at]));
        let first = cells.next()??;
        cells.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// The run id, if they agree in it.
    #[must_use]
    pub fn run_id<'a>(&'a self, events: &[&'a Assumption]) -> Option<&'a str> {
        match self {
            Self::Name(id) => Some(id),
            Self::Assumptions(_) => self.agreed(events, |event| event.run_id.as_deref()),
        }
    }
}

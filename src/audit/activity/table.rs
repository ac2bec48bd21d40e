//! The join table (DESIGN §9) over the sessions that there are.

use std::ops::Range;

use super::lasting::Lasting;
use super::link::{Join, Link};
use super::sessions::{Claim, Session, Sessions, TOLERANCE};

/// The sessions that there are, as calls are looked up in them.
#[derive(Debug)]
pub(super) struct SessionTable {
    by_key: ByStart,
    pub by_principal: ByStart,
    /// Of each principal.
    pub lasting: Vec<Lasting>,
}

/// The row that holds for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// This session, by its key or its start.
    Session(Join, usize),
    /// Whichever session of the principal lasts: that leaf.
    Lasting(usize),
}

impl SessionTable {
    /// Of the sessions that are known.
    pub(super) fn new(sessions: &Sessions<'_>, is_known: impl Fn(usize) -> bool) -> Self {
        let all = &sessions.all;
        let known: Vec<usize> = (0..all.len()).filter(|at| is_known(*at)).collect();
        let mut of_principal = vec![Vec::new(); sessions.principals()];
        for at in &known {
            of_principal[all[*at].principal].push(*at);
        }
        Self {
            by_key: ByStart::new(all, known.iter().filter_map(|at| Some((all[*at].key?, *at)))),
            by_principal: ByStart::new(all, known.iter().map(|at| (all[*at].principal, *at))),
            lasting: of_principal.iter().map(|known| Lasting::new(all, known)).collect(),
        }
    }

    /// The first row that holds, if one of the first three does. A call does not belong to `own`, the session that it begins.
    pub(super) fn row(&self, all: &[Session], claim: &Claim, own: Option<usize>) -> Option<Row> {
        let by_key = claim.key.and_then(|key| match claim.created {
            Some(created) => self.by_key.nearest(key, created, own),
            None => self.by_key.latest(key, claim.time, own),
        });
        if let Some(session) = by_key {
            return Some(Row::Session(Join::Key, session));
        }
        let nearest = claim.created.and_then(|created| self.by_principal.nearest(claim.principal, created, own));
        if let Some(session) = nearest {
            return Some(Row::Session(Join::Session, session));
        }
        let lasting = &self.lasting[claim.principal];
        let leaf = lasting.leaf(claim.time)?;
        let is_in_own = own.is_some_and(|own| {
            let (from, to) = all[own].span();
            all[own].principal == claim.principal && (from..=to).contains(&claim.time)
        });
        (lasting.count(leaf) > usize::from(is_in_own)).then_some(Row::Lasting(leaf))
    }

    /// The same for a call that begins no session, where it holds whenever the call was made.
    pub(super) fn lasting_row(&self, all: &[Session], claim: &Claim) -> Option<Row> {
        claim.created?;
        self.row(all, claim, None).filter(|row| matches!(row, Row::Session(..)))
    }

    /// The groups in [`Self::by_principal`] whose start is as far from a call's creation date as that of the session that
    /// it is linked to: the ties.
    pub(super) fn ties(&self, all: &[Session], claim: &Claim, session: usize) -> Vec<Range<usize>> {
        let Some(created) = claim.created else { return Vec::new() };
        let distance = all[session].start.abs_diff(created);
        let mut starts = vec![created.saturating_sub_unsigned(distance), created.saturating_add_unsigned(distance)];
        starts.dedup();
        let groups = starts.into_iter().map(|start| self.by_principal.group(claim.principal, start));
        groups.filter(|group| !group.is_empty()).collect()
    }
}

impl Row {
    /// The link, where the row says which session it is.
    pub(super) fn link(self) -> Option<Link> {
        match self {
            Self::Session(join, session) => Some(Link::Session(join, session)),
            Self::Lasting(_) => None,
        }
    }
}

/// Sessions of a key or a principal, by start, then by rank.
#[derive(Debug)]
pub(super) struct ByStart(Vec<Timed>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Timed {
    id: usize,
    start: i64,
    rank: usize,
    session: usize,
}

impl ByStart {
    fn new(all: &[Session], sessions: impl Iterator<Item = (usize, usize)>) -> Self {
        let timed = |(id, session): (usize, usize)| {
            let Session { start, rank, .. } = all[session];
            Timed { id, start, rank, session }
        };
        let mut rows: Vec<Timed> = sessions.map(timed).collect();
        rows.sort_unstable();
        Self(rows)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Some of them.
    pub(super) fn sessions(&self, places: Range<usize>) -> impl Iterator<Item = usize> {
        self.0[places].iter().map(|row| row.session)
    }

    /// The place of the first one of an id that does not begin before a second.
    fn place(&self, id: usize, second: i64) -> usize {
        self.0.partition_point(|row| (row.id, row.start) < (id, second))
    }

    /// The places of those of an id that begin in a second.
    pub(super) fn group(&self, id: usize, second: i64) -> Range<usize> {
        self.place(id, second)..self.place(id, second.saturating_add(1))
    }

    /// The group of a place.
    pub(super) fn group_of(&self, place: usize) -> Range<usize> {
        let Timed { id, start, .. } = self.0[place];
        self.group(id, start)
    }

    /// The one with the smallest rank in a group.
    fn first(&self, group: Range<usize>, own: Option<usize>) -> Option<&Timed> {
        self.0[group].iter().find(|row| Some(row.session) != own)
    }

    /// The one that begins nearest to a second, within the tolerance; of several that with the smallest rank.
    fn nearest(&self, id: usize, second: i64, own: Option<usize>) -> Option<usize> {
        (0..=TOLERANCE).find_map(|distance| {
            let starts = [second - distance, second + distance];
            let firsts = starts.into_iter().filter_map(|start| self.first(self.group(id, start), own));
            firsts.min_by_key(|row| row.rank).map(|row| row.session)
        })
    }

    /// The one that had begun last in a second, else the one that begins first after it; of several that with the smallest
    /// rank.
    fn latest(&self, id: usize, second: i64, own: Option<usize>) -> Option<usize> {
        let (first, after, end) =
            (self.place(id, i64::MIN), self.place(id, second + TOLERANCE + 1), self.place(id + 1, i64::MIN));
        let mut place = after;
        while place > first {
            let group = self.group_of(place - 1);
            if let Some(row) = self.first(group.clone(), own) {
                return Some(row.session);
            }
            place = group.start;
        }
        self.first(after..end, own).map(|row| row.session)
    }
}

//! Calls that are too many for memory: put aside in files, in parts each of which is small enough to be read back whole. All
//! records of one event lie in one part, whoever put them aside.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::hash::BuildHasher as _;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::grouped_call::{CALL_BYTES, GroupedCall};
use crate::audit::aside::file::{AsideError, AsideFile, MakeFile};

/// How many calls may lie in memory, and where the others go.
#[derive(Debug, Clone)]
pub struct CallRoom {
    /// So many, several copies of a call counted as one or more.
    most: usize,
    make: MakeFile,
    /// By which the part of a call is told. It differs from process to process, so that nobody can fill a part.
    hasher: DefaultHashBuilder,
}

/// So many parts there are.
pub(super) const PARTS: usize = 64;

impl CallRoom {
    /// Room for so many bytes of calls.
    #[must_use]
    pub fn new(bytes: u64, make: MakeFile) -> Self {
        let most = usize::try_from(bytes).unwrap_or(usize::MAX) / CALL_BYTES;
        Self { most: most.max(1), make, hasher: DefaultHashBuilder::default() }
    }

    /// The same for each of several that fill it together.
    #[must_use]
    pub fn shared_by(&self, count: usize) -> Self {
        Self { most: (self.most / count.max(1)).max(1), ..self.clone() }
    }

    /// How many calls may lie in memory.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// The part that the calls of an event lie in.
    fn part(&self, call: &GroupedCall) -> usize {
        usize::try_from(self.hasher.hash_one(call.id) >> 32).unwrap_or_default() % PARTS
    }
}

/// What the numbers of calls become where they are put beside those of others.
#[derive(Debug)]
pub(super) struct Renumbering {
    pub groups: Vec<u32>,
    pub resources: Vec<u32>,
    pub first_log_file: u32,
}

impl Renumbering {
    pub(super) fn apply(&self, call: GroupedCall) -> GroupedCall {
        GroupedCall {
            group: self.groups[call.group as usize],
            resources: self.resources[call.resources as usize],
            log_file: self.first_log_file + call.log_file,
            ..call
        }
    }
}

/// Calls that were put aside together, part after part.
pub(super) struct AsideRun {
    file: Box<dyn AsideFile>,
    /// How many calls there are up to the end of each part.
    ends: Vec<usize>,
    /// What became of their numbers since.
    renumbered: Vec<Arc<Renumbering>>,
}

impl fmt::Debug for AsideRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsideRun").field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl AsideRun {
    /// Puts calls aside by their parts, and takes them out of memory.
    pub(super) fn by_parts(room: &CallRoom, calls: &mut Vec<GroupedCall>) -> Result<Self, AsideError> {
        calls.sort_unstable_by_key(|call| room.part(call));
        let end = |part: usize| calls.partition_point(|call| room.part(call) <= part);
        let ends = (0..PARTS).map(end).collect();
        Self::write(room, calls, ends)
    }

    /// Puts calls aside as one part, in their order.
    pub(super) fn in_order(room: &CallRoom, calls: &mut Vec<GroupedCall>) -> Result<Self, AsideError> {
        let ends = vec![calls.len()];
        Self::write(room, calls, ends)
    }

    fn write(room: &CallRoom, calls: &mut Vec<GroupedCall>, ends: Vec<usize>) -> Result<Self, AsideError> {
        let mut out = BufWriter::new((room.make)()?);
        for call in calls.drain(..) {
            out.write_all(&call.to_bytes())?;
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Self { file, ends, renumbered: Vec::new() })
    }

    /// That the numbers of its calls have become others.
    pub(super) fn renumber(&mut self, renumbering: &Arc<Renumbering>) {
        self.renumbered.push(Arc::clone(renumbering));
    }

    /// Puts the calls of a part beside others.
    pub(super) fn read_part(&mut self, part: usize, into: &mut Vec<GroupedCall>) -> Result<(), AsideError> {
        let before = part.checked_sub(1).and_then(|part| self.ends.get(part)).copied().unwrap_or(0);
        let end = self.ends.get(part).copied().unwrap_or(before);
        into.reserve_exact(end - before);
        for call in self.read(before..end)? {
            into.push(call?);
        }
        Ok(())
    }

    /// All calls, one after the other.
    pub(super) fn each(&mut self) -> AsideCalls<'_> {
        let last = self.ends.last().copied().unwrap_or(0);
        match self.read(0..last) {
            Ok(calls) => Box::new(calls),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn read(
        &mut self,
        places: Range<usize>,
    ) -> Result<impl Iterator<Item = Result<GroupedCall, AsideError>>, AsideError> {
        let Self { file, renumbered, .. } = self;
        file.seek(SeekFrom::Start((places.start * CALL_BYTES) as u64))?;
        let mut input = BufReader::with_capacity(BUFFER, file);
        Ok(places.map(move |_| {
            let mut bytes = [0; CALL_BYTES];
            input.read_exact(&mut bytes)?;
            Ok(renumbered.iter().fold(GroupedCall::from_bytes(&bytes), |call, numbers| numbers.apply(call)))
        }))
    }
}

/// So much of a file is read at once. There may be many files side by side.
const BUFFER: usize = 32 << 10;

/// Calls one after the other.
pub(super) type AsideCalls<'a> = Box<dyn Iterator<Item = Result<GroupedCall, AsideError>> + 'a>;

/// All calls of runs that are each in the order of events, in that order. What cannot be read ends it.
pub(super) fn merged(runs: Vec<AsideCalls<'_>>) -> impl Iterator<Item = Result<GroupedCall, AsideError>> {
    let mut runs: Vec<Peekable<AsideCalls<'_>>> = runs.into_iter().map(Iterator::peekable).collect();
    let place = |run: &mut Peekable<AsideCalls<'_>>| match run.peek() {
        Some(Ok(call)) => Some(call.place()),
        // It comes next, whatever the others have.
        Some(Err(_)) => Some((0, 0)),
        None => None,
    };
    let mut heads: BinaryHeap<Reverse<((u32, u128), usize)>> =
        runs.iter_mut().enumerate().filter_map(|(at, run)| Some(Reverse((place(run)?, at)))).collect();
    std::iter::from_fn(move || {
        let Reverse((_, at)) = heads.pop()?;
        let call = runs[at].next();
        if matches!(call, Some(Err(_))) {
            heads.clear();
        } else {
            heads.extend(place(&mut runs[at]).map(|place| Reverse((place, at))));
        }
        call
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn room(calls: u64) -> CallRoom {
        CallRoom::new(calls * CALL_BYTES as u64, || Ok(Box::new(Cursor::new(Vec::new()))))
    }

    fn call(time: u32, id: u8) -> GroupedCall {
        GroupedCall { id: [id; 16], content: [0; 16], time, group: 0, resources: 0, log_file: 0, copies: 1 }
    }

    #[test]
    fn parts_are_all_that_was_put_aside_and_an_event_lies_in_one() {
        let room = room(8);
        let mut all: Vec<GroupedCall> = (0..200).map(|at| call(u32::from(at), at % 50)).collect();
        let mut runs = [AsideRun::by_parts(&room, &mut all[..100].to_vec()).unwrap(), {
            AsideRun::by_parts(&room.shared_by(3), &mut all[100..].to_vec()).unwrap()
        }];
        let mut seen = Vec::new();
        for part in 0..PARTS {
            let mut calls = Vec::new();
            for run in &mut runs {
                run.read_part(part, &mut calls).unwrap();
            }
            for id in calls.iter().map(|call| call.id) {
                assert_eq!(calls.iter().filter(|call| call.id == id).count(), 4);
            }
            seen.append(&mut calls);
        }
        seen.sort_by_key(GroupedCall::place);
        all.sort_by_key(GroupedCall::place);
        assert_eq!(seen, all);
    }

    #[test]
    fn runs_are_merged_in_the_order_of_events() {
        let room = room(8);
        let mut runs: Vec<AsideRun> = [[1, 4, 9], [2, 4, 8], [0, 0, 7]]
            .map(|times| {
                let mut calls: Vec<GroupedCall> = times.iter().map(|time| call(*time, 1)).collect();
                AsideRun::in_order(&room, &mut calls).unwrap()
            })
            .into();
        let calls = merged(runs.iter_mut().map(AsideRun::each).collect());
        assert_eq!(calls.map(|call| call.unwrap().time).collect::<Vec<_>>(), [0, 0, 1, 2, 4, 4, 7, 8, 9]);
    }

    #[test]
    fn what_cannot_be_read_back_is_an_error() {
        let mut run = AsideRun::in_order(&room(8), &mut vec![call(1, 1), call(2, 2)]).unwrap();
        run.file = Box::new(Cursor::new(call(1, 1).to_bytes().to_vec()));
        let mut calls = merged(vec![run.each()]);
        assert!(calls.next().is_some_and(|call| call.is_ok()));
        let error = calls.next().unwrap().unwrap_err().to_string();
        assert!(error.contains("temporary file") && error.contains("--memory"), "{error}");
        assert!(calls.next().is_none());
        let full = CallRoom::new(1, || Err(io::Error::other("no space")));
        assert!(AsideRun::in_order(&full, &mut vec![call(1, 1)]).is_err());
    }
}

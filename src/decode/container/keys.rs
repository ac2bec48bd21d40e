//! Members of objects that tell something, by their keys.

use std::ops::Range;

use crate::decode::structure::{InnerObject, StructureScan};

/// The keys of lists whose elements are events or carriers, of no carrier alone.
pub(super) const LISTS: &[&str] = &["Records", "records", "Events", "events"];

/// The keys of events.
pub(super) const EVENTS: &[&str] = &["eventVersion", "eventName"];

/// Keys that tell something beside others.
pub(super) const HINTS: &[&str] = &["eventSource", "EventSource", "digestS3Object", "userIdentity"];

/// No event of ours has fewer bytes, however little of one there is: its name, and a key of its version and of its id.
pub(super) const SHORTEST_EVENT: usize = 48;

/// The key of a member that tells nothing by its key, and may hold an event in its value.
pub(super) static UNKNOWN: KnownKey = KnownKey { tells: 0, name: "", carriers: 0, claims: 0 };

/// A key that tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKey {
    /// What it tells, as bits.
    pub(super) tells: u8,
    /// How it is written.
    pub name: &'static str,
    /// The carriers that look at it, as bits.
    pub(super) carriers: u32,
    /// The carriers for which its value says whether there is more, as bits.
    pub(super) claims: u32,
}

/// What a key of an object may tell. Some tell several things, by what their value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyMeaning {
    /// It may be that of a list of elements.
    List = 1,
    /// A list of it has rows: elements that are lists of cells.
    Rows = 2,
    /// An object of it is in the place of an element, without being a carrier.
    Nest = 4,
    /// It is that of an event.
    Event = 8,
    /// A carrier opens its value.
    Carrier = 16,
    /// It says whether there is more.
    Extent = 32,
}

impl KnownKey {
    /// Whether it may tell that.
    #[must_use]
    #[inline]
    pub fn may_be(&self, meaning: KeyMeaning) -> bool {
        self.tells & meaning as u8 != 0
    }

    /// Whether its value, which begins with this byte, has elements that are events or carriers.
    #[must_use]
    #[inline]
    pub fn has_elements(&self, first: Option<u8>) -> bool {
        match first {
            Some(b'[') => self.may_be(KeyMeaning::List),
            Some(b'{') => self.may_be(KeyMeaning::Nest),
            _ => false,
        }
    }
}

/// A member of an object that tells something.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its key.
    pub key: &'static KnownKey,
    /// Where its value is in the object.
    pub value: Range<usize>,
    /// What a leap over the value saw.
    pub scan: StructureScan,
    /// The string in the value, or that is the value, whose text begins as an object, if the walk saw one.
    pub text: Option<InnerString>,
}

/// A string whose text begins as an object.
#[derive(Debug, Clone, Copy)]
pub struct InnerString {
    /// Where its first quote is in the value that it is, or is in.
    pub begin: usize,
    /// Where the value goes on behind it.
    pub end: usize,
    /// What was seen of the object.
    pub object: InnerObject,
}

/// What some put in front of a text in UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many carriers may lie in each other.
pub const MAX_CARRIERS: u8 = 4;

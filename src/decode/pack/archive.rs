//! What archives have in common: members with names, one behind another.

use super::text::Feed;
use crate::decode::defect::Defect;

/// The longest name of a member that is read.
pub(super) const MAX_NAME: usize = 4096;

/// A file of files. A defect of the archive itself ends it; one of a member leaves the others.
pub(in crate::decode) trait Archive {
    /// The next member that is no folder.
    fn next(&mut self) -> Result<Option<ArchiveMember>, Defect>;
    /// The bytes of that member.
    fn member(&mut self) -> Result<MemberBytes<'_>, Defect>;
    /// A defect of the archive itself, which showed while a member was read.
    fn defect(&mut self) -> Option<Defect>;
}

/// The bytes of a member.
pub(in crate::decode) enum MemberBytes<'a> {
    /// They come bit by bit.
    Feed(Box<dyn Feed + 'a>),
    /// All of them are here.
    Whole(&'a [u8]),
}

/// A member as it is announced.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::decode) struct ArchiveMember {
    pub(in crate::decode) name: String,
    pub(in crate::decode) kind: MemberKind,
}

/// What a member is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::decode) enum MemberKind {
    /// A file.
    File,
    /// What a writer notes about a folder or a file, unless it begins as a file that is read.
    Note,
    /// It has no bytes, and none were left out: a device.
    Nothing,
    /// One more name of the file of this name, whose bytes stand there.
    Link(String),
    /// Its bytes are not here, for this reason.
    Elsewhere(&'static str),
}

impl ArchiveMember {
    pub(super) fn new(name: &str, kind: MemberKind) -> Self {
        Self { name: name.chars().take(MAX_NAME).collect(), kind }
    }
}

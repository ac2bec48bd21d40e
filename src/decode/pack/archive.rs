//! What archives have in common: members with names, one behind another.

use super::text::Feed;
use crate::decode::defect::Defect;

/// The longest name of a member that is read.
pub(super) const MAX_NAME: usize = 4096;

/// A file of files. A defect of the archive itself ends it; one of a member leaves the others.
pub(in crate::decode) trait Archive {
    /// The name of the next member that is a file.
    fn next(&mut self) -> Result<Option<String>, Defect>;
    /// The bytes of that member.
    fn member(&mut self) -> Result<Box<dyn Feed + '_>, Defect>;
    /// A defect of the archive itself, which showed while a member was read.
    fn defect(&mut self) -> Option<Defect>;
}

//! Extracts that lie in an archive: all of them together are one.

use super::{ExtractRows, RowQuestion, TakeRows, may_have_ended_early, read, read_window};
use crate::decode::defect::Defect;
use crate::decode::pack::text::{Feed, FeedWindow, WholeText};
use crate::domain::log_key::LogKey;

/// The rows of the extracts in an archive.
pub(in crate::decode) struct ArchivedRows<'a> {
    asked: RowQuestion<'a>,
    most: u64,
    take: Option<&'a mut TakeRows>,
    rows: ExtractRows,
    /// The name of the first extract.
    first: Option<String>,
    early: Vec<EarlyMember>,
}

/// A member that may be what is left of an extract whose writer was ended before its first row.
pub(in crate::decode) struct EarlyMember {
    /// How much text the members in front of it have.
    pub(in crate::decode) ahead: u64,
    pub(in crate::decode) name: String,
    /// What is wrong with it, if it is none.
    pub(in crate::decode) defect: Defect,
}

impl<'a> ArchivedRows<'a> {
    /// None yet; no row is larger than `most` bytes.
    pub(in crate::decode) fn new(asked: RowQuestion<'a>, most: u64, take: Option<&'a mut TakeRows>) -> Self {
        Self { asked, most, take, rows: ExtractRows::default(), first: None, early: Vec::new() }
    }

    /// Reads a member whose text is here whole.
    pub(in crate::decode) fn read_whole(&mut self, name: &str, text: &[u8]) -> Result<(), Defect> {
        let (rows, ended) = read(WholeText(text), self.most, self.asked, self.take.as_deref_mut());
        self.add(name, rows, ended)
    }

    /// Reads a member through a window.
    pub(in crate::decode) fn read_window<F: Feed>(
        &mut self,
        name: &str,
        window: &mut FeedWindow<'_, F>,
    ) -> Result<(), Defect> {
        let (rows, ended) = read_window(window, self.most, self.asked, self.take.as_deref_mut());
        self.add(name, rows, ended)
    }

    fn add(&mut self, name: &str, rows: ExtractRows, ended: Result<(), Defect>) -> Result<(), Defect> {
        self.first.get_or_insert_with(|| name.to_owned());
        self.rows.events.extend(rows.events);
        self.rows.tallies.extend(rows.tallies);
        self.rows.calls.extend(rows.calls);
        self.rows.is_cut_off |= rows.is_cut_off;
        self.rows.give(&mut self.take);
        ended.map_err(|defect| match defect {
            defect if defect.ends_archive() => defect,
            other => Defect::ExtractMember { name: name.to_owned(), reason: other.to_string() },
        })
    }

    /// Puts a member with a defect aside, of which this is all text, until it is known what the others are; or gives the defect back.
    pub(in crate::decode) fn put_aside(
        &mut self,
        ahead: u64,
        name: &str,
        text: &[u8],
        defect: Defect,
    ) -> Result<(), Defect> {
        // Text that is here and ends early is as if it had been cut off.
        let ended = defect.is_empty() || defect.is_cut_off() || (!text.is_empty() && !defect.ends_archive());
        if !ended || !may_have_ended_early(text) || LogKey::parse(name).account.is_some() {
            return Err(defect);
        }
        self.early.push(EarlyMember { ahead, name: name.to_owned(), defect });
        Ok(())
    }

    /// All rows and the name of the first extract, where some member is one; else the members that were put aside.
    pub(in crate::decode) fn finish(mut self) -> Result<(String, ExtractRows), Vec<EarlyMember>> {
        let Some(first) = self.first else { return Err(self.early) };
        self.rows.is_cut_off |= self.early.iter().any(|member| !member.defect.is_empty());
        Ok((first, self.rows))
    }
}

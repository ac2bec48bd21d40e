//! Where a report lies: the files beside it, the days around it, and the index above it. All are relative addresses that
//! need no escape anywhere, and none where a page stands alone.

use crate::domain::timestamp::Day;
use crate::report::index::ReportNumbers;

/// Where a report lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportPlace {
    /// The files beside it that people or programs open, by their names.
    pub files: Vec<&'static str>,
    /// The report of the day before, if it lies there.
    pub before: Option<PageLink>,
    /// The report of the day after, if it lies there or will lie there.
    pub after: Option<PageLink>,
    /// What the reports of earlier days say that lie beside it, in any order.
    pub earlier: Vec<(Day, ReportNumbers)>,
    /// The indexes that list it, the nearest first.
    pub indexes: Vec<PageLink>,
}

/// A link to another page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub href: String,
}

impl ReportPlace {
    /// The address of a file beside it, if it is there.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&'static str> {
        self.files.iter().copied().find(|file| *file == name)
    }

    /// The same as a page sees it that lies one directory deeper.
    #[must_use]
    pub fn below(&self) -> Self {
        let deeper = |link: &PageLink| PageLink { href: format!("../{}", link.href), ..link.clone() };
        Self {
            files: self.files.clone(),
            before: self.before.as_ref().map(deeper),
            after: self.after.as_ref().map(deeper),
            earlier: Vec::new(),
            indexes: self.indexes.iter().map(deeper).collect(),
        }
    }
}

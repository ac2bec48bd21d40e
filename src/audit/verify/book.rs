//! What the digests of a window say of its log files: asked for one log file after the other, by whoever reads them.

use std::sync::Arc;

use super::digests::JudgedChain;
use super::listed::{ListedLogs, Listing};
use super::logs::{FoundLog, NewestLogs};
use super::unlisted::unlisted;
use crate::domain::digest::LogText;
use crate::domain::digest_key::archive_part;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile};
use crate::domain::window::Window;

/// The judged digests of a window. Any number of workers may ask it at once.
#[derive(Debug, Default)]
pub struct DigestBook {
    chains: Vec<JudgedChain>,
    listed: ListedLogs,
    window: Window,
}

impl DigestBook {
    /// That of these chains, in their order. What they list moves into the book.
    #[must_use]
    pub fn new(mut chains: Vec<JudgedChain>, window: Window) -> Self {
        let listed = ListedLogs::take(&mut chains, &window);
        Self { chains, listed, window }
    }

    /// The chains.
    #[must_use]
    pub fn chains(&self) -> &[JudgedChain] {
        &self.chains
    }

    /// A valid digest that does not lie where it was written: where that is, and its name here.
    #[must_use]
    pub fn moved(&self) -> Option<(String, &str)> {
        let digests = self.chains.iter().flat_map(|chain| &chain.digests);
        digests.filter_map(|judged| Some((judged, judged.valid()?))).find_map(|(judged, digest)| {
            let found = &judged.found;
            let is_elsewhere = found.bucket.as_ref().is_some_and(|bucket| *bucket != digest.bucket);
            let is_moved = is_elsewhere || (archive_part(&found.file).is_some() && *found.file != *digest.object);
            is_moved.then(|| (format!("s3://{}/{}", digest.bucket, digest.object), &*found.file))
        })
    }

    /// The rows of the digests of the window, and of those that are missing in it.
    pub fn digests(&self) -> impl Iterator<Item = VerifiedFile> {
        self.chains.iter().flat_map(|chain| chain.rows(|end| self.window.contains(end)))
    }

    /// Whether a valid digest lists a log file of that name, so that its text has to be hashed.
    #[must_use]
    pub fn wants(&self, file: &str) -> bool {
        self.listed.of(file).is_some_and(Listing::is_wanted)
    }

    /// The row of a log file that is there and that a digest of the window lists, with what its text turned out to be where it was wanted;
    /// nothing for one that none lists.
    #[must_use]
    pub fn listed(&self, log: &FoundLog, text: Option<LogText>) -> Option<VerifiedFile> {
        let listing = self.listed.of(&log.file)?;
        listing.meet();
        let (verdict, digest) = listing.verdict(text);
        // Where a valid chain covers its time and does not list it, what else does is of no weight.
        let not_valid = verdict == Verdict::Unchecked(UncheckedReason::DigestNotValid);
        let stronger = not_valid.then(|| unlisted(log, &self.chains, &self.window, &NewestLogs::default())).flatten();
        let stronger = stronger.filter(|row| row.verdict == Verdict::Unlisted);
        Some(stronger.unwrap_or_else(|| listing.row(Arc::clone(&log.file), verdict, digest)))
    }

    /// The row of a log file that no digest of the window lists. Nothing for one whose name speaks of another time than the
    /// window, and for one that a valid digest of another time lists. What the newest digest does not cover yet is told by
    /// the newest log file of its place, so that this is asked when all have been seen.
    #[must_use]
    pub fn unlisted(&self, log: &FoundLog, newest: &NewestLogs) -> Option<VerifiedFile> {
        if self.listed.is_elsewhere(&log.file) {
            return None;
        }
        unlisted(log, &self.chains, &self.window, newest)
    }

    /// The same, which remembers that somebody asked.
    #[must_use]
    pub fn ask(&self, file: &str) -> bool {
        let wanted = self.listed.of(file).filter(|listing| listing.is_wanted());
        wanted.map(Listing::ask).is_some()
    }

    /// Where the log files of a source, by its number, lie that valid digests of the window list and for which nobody asked.
    /// Wherever an archive was moved or copied to, log files and digests were so together. In no order that means anything.
    pub fn unasked(&self, source: usize) -> impl Iterator<Item = String> {
        let listed = self.listed.all().filter(move |listing| listing.source() == source && listing.is_wanted());
        listed.filter(|listing| !listing.is_asked()).map(Listing::place)
    }

    /// Where the log files lie that valid digests of the window list, in no order that means anything.
    pub fn wanted(&self) -> impl Iterator<Item = String> {
        self.listed.all().filter(|listing| listing.is_wanted()).map(Listing::place)
    }

    /// The rows of the log files that digests of the window list and that are not there: those for which nobody asked
    /// [`Self::listed`].
    pub fn absent(&self) -> impl Iterator<Item = VerifiedFile> {
        self.listed.all().filter(|listing| !listing.is_met()).map(Listing::absent)
    }
}

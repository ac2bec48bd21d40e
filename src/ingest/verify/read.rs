//! Reads digest files: local ones, and those that come over a network.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::found::{FoundArchive, LocalDigest};
use super::long_lists::LongLists;
use super::side_by_side::side_by_side;
use crate::audit::verify::LATE_SECONDS;
use crate::audit::verify::digests::{Beside, FoundDigest, UnreadDigest};
use crate::decode::digest::MAX_TEXT;
use crate::decode::pack::stored_text::{StoredTextDefect, StoredTextReader};
use crate::domain::digest::DigestFile;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::ingest::pool::on_each;
use crate::progress::Progress;
use crate::source::digests::{DigestDelivery, DigestInbox};
use crate::source::place::FolderHandle;
use crate::source::{Body, Unlisted};

/// What a worker reads with.
pub(super) struct Tool {
    reader: StoredTextReader,
    nearby: FolderHandle,
}

impl Tool {
    pub(super) fn new() -> Self {
        Self { reader: StoredTextReader::new(MAX_TEXT as u64), nearby: FolderHandle::default() }
    }

    pub(super) fn read(&mut self, body: &Body) -> Result<DigestFile, UnreadDigest> {
        let file = body.reader(&mut self.nearby).map_err(|_| UnreadDigest::Unreadable)?;
        let text = self.reader.text(file).map_err(|defect| match defect {
            StoredTextDefect::Io(_) => UnreadDigest::Unreadable,
            StoredTextDefect::Gzip(_) => UnreadDigest::Gzip,
            StoredTextDefect::TooLarge(_) => UnreadDigest::Format,
        })?;
        DigestFile::read(text).map_err(|_| UnreadDigest::Format)
    }
}

/// So many local digests are held as they are read, and more only where one chain has more.
const BATCH: usize = 1_024;

/// The local digests that may say something of a window, whole chains at a time.
pub(super) fn local_batches<'a>(found: &'a FoundArchive, window: &Window) -> Vec<Vec<&'a LocalDigest>> {
    let mut batches: Vec<Vec<&LocalDigest>> = Vec::new();
    for mut chain in found.chains(|end| may_list(end, window)) {
        match batches.last_mut().filter(|batch| batch.len() + chain.len() <= BATCH) {
            Some(batch) => batch.append(&mut chain),
            None => batches.push(chain),
        }
    }
    batches
}

/// Reads local digests.
pub(super) fn read_local(
    digests: &[&LocalDigest],
    threads: NonZeroUsize,
    long: &LongLists,
    progress: &Progress,
) -> Vec<FoundDigest> {
    side_by_side(threads, digests, progress, Tool::new, |tool, digest| {
        let body = Body::File { place: digest.place.clone(), size: 0 };
        let (file, key, read) = (Arc::clone(&digest.name), digest.key.clone(), tool.read(&body));
        let mut found = FoundDigest { file, key, read, bucket: None, source: digest.source, beside: Beside::default() };
        long.take(&mut found, || body);
        found
    })
}

/// What remote sources have.
#[derive(Default)]
pub(super) struct Fetched {
    /// Digests, in no order that means anything.
    pub(super) digests: Vec<FoundDigest>,
    /// The names of files among them that no digest can have.
    pub(super) odd: Vec<Arc<str>>,
    /// What could not be listed or fetched.
    pub(super) failed: Vec<Unlisted>,
}

/// Reads what remote sources have.
pub(super) fn read_fetched(
    inboxes: &[(usize, Box<dyn DigestInbox>)],
    threads: NonZeroUsize,
    long: &LongLists,
    progress: &Progress,
) -> Fetched {
    let workers = if inboxes.is_empty() { 1 } else { threads.get() };
    let of_workers = on_each(workers, || {
        let (mut tool, mut fetched) = (Tool::new(), Fetched::default());
        for (source, inbox) in inboxes {
            while let Some(delivery) = inbox.next() {
                fetched.take(*source, delivery, &mut tool, long, progress);
            }
        }
        fetched
    });
    let mut all = Fetched::default();
    for mut fetched in of_workers {
        all.digests.append(&mut fetched.digests);
        all.odd.append(&mut fetched.odd);
        all.failed.append(&mut fetched.failed);
    }
    all
}

impl Fetched {
    fn take(
        &mut self,
        source: usize,
        delivery: DigestDelivery,
        tool: &mut Tool,
        long: &LongLists,
        progress: &Progress,
    ) {
        match delivery {
            DigestDelivery::Digest(fetched) => {
                let texts = [&fetched.signature, &fetched.algorithm, &fetched.generated].map(Option::as_deref);
                let [signature, algorithm, generated] = texts;
                let beside = Beside::read(signature, algorithm, generated);
                let read = tool.read(&fetched.body);
                progress.finish_file(0, 0);
                let bucket = Some(fetched.bucket).filter(|name| !name.starts_with("arn:"));
                let (file, key) = (fetched.file, fetched.key);
                let mut found = FoundDigest { file, key, read, bucket, source, beside };
                long.take(&mut found, || fetched.body.without_share());
                self.digests.push(found);
            }
            DigestDelivery::Unfetched(key, unlisted) => {
                progress.finish_file(0, 0);
                let (file, read, beside) =
                    (Arc::clone(&unlisted.file), Err(UnreadDigest::Unreadable), Beside::default());
                self.digests.push(FoundDigest { file, key, read, bucket: None, source, beside });
                self.failed.push(unlisted);
            }
            DigestDelivery::OddName(name) => self.odd.push(name),
            DigestDelivery::Failed(unlisted) => self.failed.push(unlisted),
        }
    }
}

/// Whether a digest with that end may say something of a window: of its own hour, or of what came late.
fn may_list(end: Timestamp, window: &Window) -> bool {
    let is_after = window.from.is_none_or(|from| from <= end);
    is_after && window.to.is_none_or(|to| end.seconds() - to.seconds() <= LATE_SECONDS)
}

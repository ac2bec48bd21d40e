//! Reads digest files: local ones, and those that come over a network.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::found::{FoundArchive, LocalDigest};
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
use crate::source::Unlisted;
use crate::source::digests::{DigestDelivery, DigestInbox};
use crate::source::place::FolderHandle;

/// What a worker reads with.
struct Tool {
    reader: StoredTextReader,
    nearby: FolderHandle,
}

impl Tool {
    fn new() -> Self {
        Self { reader: StoredTextReader::new(MAX_TEXT as u64), nearby: FolderHandle::default() }
    }

    fn read(&mut self, file: io::Result<impl Read>) -> Result<DigestFile, UnreadDigest> {
        let file = file.map_err(|_| UnreadDigest::Unreadable)?;
        let text = self.reader.text(file).map_err(|defect| match defect {
            StoredTextDefect::Io(_) => UnreadDigest::Unreadable,
            StoredTextDefect::Gzip(_) => UnreadDigest::Gzip,
            StoredTextDefect::TooLarge(_) => UnreadDigest::Format,
        })?;
        DigestFile::read(&text).map_err(|_| UnreadDigest::Format)
    }
}

/// Reads the local digests that may say something of a window.
pub(super) fn read_local(
    found: &FoundArchive,
    window: &Window,
    threads: NonZeroUsize,
    progress: &Progress,
) -> Vec<FoundDigest> {
    let wanted: Vec<&LocalDigest> = found.digests().iter().filter(|digest| may_list(digest.key.end, window)).collect();
    side_by_side(threads, &wanted, progress, Tool::new, |tool, digest| {
        let file = tool.nearby.open(&digest.place);
        let (file, key, read) = (Arc::clone(&digest.name), digest.key.clone(), tool.read(file));
        FoundDigest { file, key, read, bucket: None, source: digest.source, beside: Beside::default() }
    })
}

/// Reads what remote sources have of them, and tells what could not be listed or fetched. In no order that means anything.
pub(super) fn read_fetched(
    inboxes: &[(usize, Box<dyn DigestInbox>)],
    threads: NonZeroUsize,
    progress: &Progress,
) -> (Vec<FoundDigest>, Vec<Unlisted>) {
    let workers = if inboxes.is_empty() { 1 } else { threads.get() };
    let of_workers = on_each(workers, || {
        let (mut tool, mut digests, mut failed) = (Tool::new(), Vec::new(), Vec::new());
        for (source, inbox) in inboxes {
            while let Some(delivery) = inbox.next() {
                match delivery {
                    DigestDelivery::Digest(fetched) => {
                        let texts = [&fetched.signature, &fetched.algorithm, &fetched.generated].map(Option::as_deref);
                        let [signature, algorithm, generated] = texts;
                        let beside = Beside::read(signature, algorithm, generated);
                        let read = tool.read(fetched.body.reader(&mut FolderHandle::default()));
                        progress.finish_file(0, 0);
                        let (file, key, bucket) =
                            (fetched.file, fetched.key, Some(fetched.bucket).filter(|name| !name.starts_with("arn:")));
                        digests.push(FoundDigest { file, key, read, bucket, source: *source, beside });
                    }
                    DigestDelivery::Unfetched(key, unlisted) => {
                        progress.finish_file(0, 0);
                        let (file, read) = (Arc::clone(&unlisted.file), Err(UnreadDigest::Unreadable));
                        digests.push(FoundDigest {
                            file,
                            key,
                            read,
                            bucket: None,
                            source: *source,
                            beside: Beside::default(),
                        });
                        failed.push(unlisted);
                    }
                    DigestDelivery::Failed(unlisted) => failed.push(unlisted),
                }
            }
        }
        (digests, failed)
    });
    let (digests, failed): (Vec<_>, Vec<_>) = of_workers.into_iter().unzip();
    (digests.into_iter().flatten().collect(), failed.into_iter().flatten().collect())
}

/// Whether a digest with that end may say something of a window: of its own hour, or of what came late.
fn may_list(end: Timestamp, window: &Window) -> bool {
    let is_after = window.from.is_none_or(|from| from <= end);
    is_after && window.to.is_none_or(|to| end.seconds() - to.seconds() <= LATE_SECONDS)
}

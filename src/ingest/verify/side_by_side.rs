//! Many pieces of work of one kind, on all threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ingest::pool::on_each;
use crate::progress::Progress;

/// Does the work for each piece, which was announced as one to come; the answers are in the order of the pieces. Each worker has a tool of its own.
pub(super) fn side_by_side<P: Sync, T: Send, W>(
    threads: NonZeroUsize,
    pieces: &[P],
    progress: &Progress,
    tool: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &P) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let of_workers = on_each(threads.get().min(pieces.len().max(1)), || {
        let (mut tool, mut answers) = (tool(), Vec::new());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { return answers };
            answers.push((at, work(&mut tool, piece)));
            progress.finish_file(0, 0);
        }
    });
    let mut answers: Vec<(usize, T)> = of_workers.into_iter().flatten().collect();
    answers.sort_unstable_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

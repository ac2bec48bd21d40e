//! The workers that read, and that write report files: each pulls its next piece of work itself, the largest first, and
//! nobody waits for anybody. Sizes that differ by less than 64 KiB count as equal, and equals keep their order: files of
//! one folder are then read one after the other, which the file system does faster.
//!
//! A large file takes many times the memory of the others while it is read. So only half of the workers read large files
//! as long as there are others to read, and the rest of them begin with the largest of the others.
//!
//! The threads are a private pool of rayon. `broadcast` runs the same work on each of them; an iterator of rayon would
//! split the list into halves, and lose the order of sizes.

use std::cmp::Reverse;
use std::iter;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

use crate::progress::Progress;
use crate::source::remote::Remote;
use crate::source::{Chunk, Delivery};

/// So many bytes do not matter for which worker is done first.
const STEP: u64 = 64 * 1024;

/// A file from this size on is large: packed, it has some 6 MiB of text, and few files of an archive have as much.
const LARGE: u64 = 8 * STEP;

/// Runs `work` on each of `workers` threads, and gives what each of them made, in no order that means anything.
///
/// A single worker is the calling thread, and so it is where the system gives no thread.
///
/// # Panics
///
/// Panics as a worker did, when all of them have ended.
pub fn on_each<T: Send>(workers: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    if workers > 1
        && let Ok(pool) = ThreadPoolBuilder::new().num_threads(workers).build()
    {
        return pool.broadcast(|_| work());
    }
    vec![work()]
}

/// The log files that workers read: local ones, the largest first, then what `remotes` fetch.
pub struct Pool<'a> {
    chunks: &'a [Chunk],
    remotes: &'a [Remote],
    large: PullQueue,
    others: PullQueue,
    /// How many more workers may read a large file beside those that do.
    free: AtomicUsize,
    workers: usize,
}

/// Places among the chunks, which are pulled one after the other.
struct PullQueue {
    places: Vec<usize>,
    /// How many were pulled.
    pulled: AtomicUsize,
}

impl PullQueue {
    fn new(places: Vec<usize>) -> Self {
        Self { places, pulled: AtomicUsize::new(0) }
    }

    fn pull(&self) -> Option<usize> {
        self.places.get(self.pulled.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

/// What a worker does next.
pub enum PoolTask<'a> {
    /// Reads a local log file, of which this is the place among the chunks.
    Local(usize, &'a Chunk),
    /// Takes what came over a network.
    Fetched(&'a Remote, Delivery),
}

impl<'a> Pool<'a> {
    /// At most `threads` workers, and no more than there are files if all of them are known. `progress` expects them.
    #[must_use]
    pub fn new(chunks: &'a [Chunk], remotes: &'a [Remote], threads: NonZeroUsize, progress: &Progress) -> Self {
        let mut order: Vec<usize> = (0..chunks.len()).collect();
        order.sort_by_key(|at| Reverse(chunks[*at].size() / STEP));
        let others = order.split_off(order.partition_point(|at| chunks[*at].size() >= LARGE));
        for chunk in chunks {
            progress.expect_file(chunk.size());
        }
        let most = if remotes.is_empty() { chunks.len().max(1) } else { usize::MAX };
        let workers = threads.get().min(most);
        let free = AtomicUsize::new(workers.div_ceil(2));
        Self { chunks, remotes, large: PullQueue::new(order), others: PullQueue::new(others), free, workers }
    }

    /// Runs `work` on each worker, which takes pieces from its iterator until there are none, or it has enough.
    ///
    /// # Panics
    ///
    /// As [`on_each`].
    pub fn run<T: Send>(&self, work: impl Fn(&mut dyn Iterator<Item = PoolTask<'a>>) -> T + Sync) -> Vec<T> {
        on_each(self.workers, || work(&mut self.pieces()))
    }

    /// What one worker pulls. Nothing is pulled before it is asked for.
    fn pieces(&self) -> impl Iterator<Item = PoolTask<'a>> {
        // What the worker pulled before is read by now.
        let mut share = None;
        let next = move || {
            drop(share.take());
            share = LargeShare::of(&self.free);
            if share.is_some()
                && let Some(at) = self.large.pull()
            {
                return Some(at);
            }
            share = None;
            self.others.pull().or_else(|| self.large.pull())
        };
        let local = iter::from_fn(next).map(|at| PoolTask::Local(at, &self.chunks[at]));
        let deliveries =
            |remote: &'a Remote| iter::from_fn(|| remote.inbox.next()).map(|it| PoolTask::Fetched(remote, it));
        local.chain(self.remotes.iter().flat_map(deliveries))
    }
}

/// Says that a worker reads a large file, until it is dropped.
struct LargeShare<'a>(&'a AtomicUsize);

impl<'a> LargeShare<'a> {
    fn of(free: &'a AtomicUsize) -> Option<Self> {
        let taken = free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| free.checked_sub(1));
        taken.is_ok().then(|| Self(free))
    }
}

impl Drop for LargeShare<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::domain::log_key::LogKey;
    use crate::source::Body;
    use crate::source::place::FilePath;

    fn chunks(sizes: &[u64]) -> Vec<Chunk> {
        let chunk = |size: &u64| Chunk {
            source: 0,
            log_file: "x".into(),
            key: LogKey::default(),
            version: None,
            modified: None,
            walked: None,
            body: Body::File { place: FilePath::of_path(Path::new("x"), &"x".into()), size: *size },
        };
        sizes.iter().map(chunk).collect()
    }

    fn places(chunks: &[Chunk], threads: usize) -> Vec<Vec<usize>> {
        let pool = Pool::new(chunks, &[], NonZeroUsize::new(threads).unwrap(), &Progress::default());
        pool.run(|pieces| {
            let place = |piece| match piece {
                PoolTask::Local(at, _) => at,
                PoolTask::Fetched(..) => unreachable!("there is no remote source"),
            };
            pieces.map(place).collect()
        })
    }

    #[test]
    fn the_largest_comes_first_and_equals_in_their_order() {
        let sizes = [3, 9, 3, 0, 12].map(|size| size * STEP);
        assert_eq!(places(&chunks(&sizes), 1), [[4, 1, 0, 2, 3]]);
        assert_eq!(places(&chunks(&[3, STEP - 1, 0, 2 * STEP, STEP]), 1), [[3, 4, 0, 1, 2]]);
        assert_eq!(places(&[], 4), [[0_usize; 0]]);
    }

    #[test]
    fn each_piece_is_pulled_once_and_each_worker_goes_downwards() {
        let sizes: Vec<u64> = (0..1_000).map(|at| at * 7 % 1_000 * STEP).collect();
        let chunks = chunks(&sizes);
        let pulled = places(&chunks, 3);
        assert_eq!(pulled.len(), 3);
        // A worker that reads another file may come back to the large ones, but never goes up among either.
        let is_large = |at: &usize| sizes[*at] >= LARGE;
        for places in &pulled {
            let (large, others): (Vec<usize>, Vec<usize>) = places.iter().partition(|at| is_large(at));
            assert!([large, others].iter().all(|places| places.is_sorted_by_key(|at| Reverse(sizes[*at]))));
        }
        let mut all: Vec<usize> = pulled.into_iter().flatten().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1_000));
        assert_eq!(places(&chunks[..2], 8).len(), 2);
    }

    #[test]
    fn half_of_the_workers_read_large_files_as_long_as_there_are_others() {
        let check = |sizes: &[u64], threads: usize, expected: usize| {
            let chunks = chunks(sizes);
            let pool = Pool::new(&chunks, &[], NonZeroUsize::new(threads).unwrap(), &Progress::default());
            let barrier = Barrier::new(threads);
            let large = pool.run(|pieces| {
                let first = pieces.next();
                barrier.wait();
                matches!(first, Some(PoolTask::Local(_, chunk)) if chunk.size() >= LARGE)
            });
            assert_eq!(large.into_iter().filter(|large| *large).count(), expected, "{sizes:?} {threads}");
        };
        let sizes = [LARGE, LARGE, LARGE, 3 * LARGE, LARGE - 1, 7, 0, 0];
        check(&sizes, 1, 1);
        check(&sizes, 2, 1);
        check(&sizes, 3, 2);
        check(&sizes, 4, 2);
        check(&[LARGE, LARGE, LARGE, 1], 3, 2);
        check(&[LARGE, LARGE, LARGE], 3, 3);
        check(&[1, 2, 3], 2, 0);
    }

    #[test]
    fn workers_run_side_by_side_and_a_single_one_is_the_caller() {
        let barrier = Barrier::new(3);
        let names = on_each(3, || (barrier.wait(), thread::current().id()).1);
        assert!(names.len() == 3 && !names.contains(&thread::current().id()));
        assert_eq!(on_each(1, || thread::current().id()), [thread::current().id()]);
        assert_eq!(on_each(0, || 7), [7]);
    }

    #[test]
    fn a_panic_of_a_worker_is_that_of_the_caller_after_all_have_ended() {
        for workers in [1, 2] {
            let (turn, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let work = || match turn.fetch_add(1, Ordering::SeqCst) {
                0 => std::panic::panic_any("first"),
                _ => ended.fetch_add(1, Ordering::SeqCst),
            };
            let panic = catch_unwind(AssertUnwindSafe(|| on_each(workers, work))).unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"first"));
            assert_eq!(ended.load(Ordering::SeqCst), workers - 1);
        }
    }
}

//! The floor: what a machine needs to find, read and inflate every log file, and nothing more.
//!
//! Steps share one loop, so that they differ in nothing but the work on the bytes: one worker for each thread,
//! the largest file first, buffers that are used again.
#![expect(unsafe_code, reason = "libdeflate is a C library, and no wrapper of ours is to be measured here")]

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What a step used, and what it found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured<T> {
    /// User and system time of all threads of this process.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) value: T,
}

/// Runs `step` with both clocks.
pub(crate) fn measure<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<Measured<T>> {
    let (cpu, wall) = (cpu_time(), Instant::now());
    let value = step()?;
    Ok(Measured { cpu: cpu_time().saturating_sub(cpu), wall: wall.elapsed(), value })
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The files below `root`, the largest first.
pub(crate) fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push((entry.metadata()?.len(), entry.into_path()));
        }
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

/// Reads every file and drops it. Returns the gzip bytes.
pub(crate) fn read_all(root: &Path, threads: usize) -> io::Result<u64> {
    each(root, threads, || |gzip: &[u8]| Ok(length(gzip)))
}

/// Inflates every file and drops it: the floor. Returns the text bytes.
pub(crate) fn inflate_all(root: &Path, threads: usize) -> io::Result<u64> {
    inflate_each(root, threads, length)
}

/// Inflates every file and gives its text to `look`; returns the sum of what that returned.
pub(crate) fn inflate_each(root: &Path, threads: usize, look: impl Fn(&[u8]) -> u64 + Sync) -> io::Result<u64> {
    each(root, threads, || {
        let mut inflater = Inflater::new();
        let look = &look;
        move |gzip: &[u8]| Ok(look(inflater.inflate(gzip)?))
    })
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Reads each file into a buffer of its worker, and sums what the worker makes of it.
fn each<W>(root: &Path, threads: usize, worker: impl Fn() -> W + Sync) -> io::Result<u64>
where
    W: FnMut(&[u8]) -> io::Result<u64>,
{
    let files = files(root)?;
    let next = AtomicUsize::new(0);
    let line = || -> io::Result<u64> {
        let (mut work, mut gzip, mut sum) = (worker(), Vec::new(), 0);
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            gzip.clear();
            File::open(path)?.read_to_end(&mut gzip)?;
            sum += work(&gzip)?;
        }
        Ok(sum)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(line)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| io::Error::other("a worker panicked"))?).sum()
    })
}

/// libdeflate with an output buffer that only grows.
struct Inflater {
    raw: NonNull<libdeflate_sys::libdeflate_decompressor>,
    text: Vec<u8>,
}

impl Inflater {
    fn new() -> Self {
        // SAFETY: takes nothing; null when there is no memory, which ends the bench.
        let raw = NonNull::new(unsafe { libdeflate_sys::libdeflate_alloc_decompressor() });
        Self { raw: raw.unwrap_or_else(|| std::process::abort()), text: Vec::new() }
    }

    /// The text of all members of `gzip`. The size in the trailer is a hint, no more.
    fn inflate(&mut self, gzip: &[u8]) -> io::Result<&[u8]> {
        let hint = gzip.last_chunk().map_or(0, |size| u32::from_le_bytes(*size));
        self.grow(usize::try_from(hint).unwrap_or(0).max(1));
        let (mut taken, mut filled) = (0, 0);
        while taken < gzip.len() {
            match self.member(&gzip[taken..], filled) {
                Ok((used, made)) => (taken, filled) = (taken + used, filled + made),
                Err(libdeflate_sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE) => self.grow(self.text.len() * 2),
                Err(_) => return Err(io::Error::from(io::ErrorKind::InvalidData)),
            }
        }
        Ok(&self.text[..filled])
    }

    fn grow(&mut self, len: usize) {
        if self.text.len() < len {
            self.text.resize(len, 0);
        }
    }

    /// One member of `gzip` to `self.text` from `filled`: bytes used and made, or libdeflate's code.
    fn member(&mut self, gzip: &[u8], filled: usize) -> Result<(usize, usize), libdeflate_sys::libdeflate_result> {
        let room = &mut self.text[filled..];
        let (mut used, mut made) = (0, 0);
        // SAFETY: both slices are valid for their lengths and do not overlap; the decompressor lives as long as self.
        let code = unsafe {
            libdeflate_sys::libdeflate_gzip_decompress_ex(
                self.raw.as_ptr(),
                gzip.as_ptr().cast(),
                gzip.len(),
                room.as_mut_ptr().cast(),
                room.len(),
                &raw mut used,
                &raw mut made,
            )
        };
        if code == libdeflate_sys::libdeflate_result_LIBDEFLATE_SUCCESS { Ok((used, made)) } else { Err(code) }
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`, freed once.
        unsafe { libdeflate_sys::libdeflate_free_decompressor(self.raw.as_ptr()) }
    }
}

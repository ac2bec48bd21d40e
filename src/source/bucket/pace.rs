//! How many requests run at a time, and when all of them pause. Shared by every request to a bucket: when S3 asks one
//! of them to slow down, all do.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Where a pace that is not fixed starts, and its bounds.
const START: usize = 32;
const LEAST: usize = 16;
const MOST: usize = 128;

/// The first pause. It doubles up to the last one while nothing succeeds in between; where some requests do, short
/// pauses and fewer requests are enough.
const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// So many refusals in a row, without a success of anyone: more attempts would only take time.
const HOPELESS: u32 = 400;

/// More by one after each round of successes, half as much when asked to slow down.
#[derive(Debug)]
pub(crate) struct AdaptivePace {
    slots: Arc<Semaphore>,
    least: usize,
    most: usize,
    /// Slots there are, of which some may still have to be taken away.
    width: AtomicUsize,
    surplus: AtomicUsize,
    successes: AtomicUsize,
    refusals: AtomicU32,
    pause: Mutex<Pause>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    length: Duration,
}

/// One request that runs.
pub(crate) struct RequestSlot {
    pace: Arc<AdaptivePace>,
    permit: Option<OwnedSemaphorePermit>,
}

impl AdaptivePace {
    /// A fixed number of requests, or one that follows how they go.
    pub(crate) fn new(fixed: Option<usize>) -> Self {
        let (start, least, most) = fixed.map_or((START, LEAST, MOST), |count| (count, count.min(LEAST), count));
        Self {
            slots: Arc::new(Semaphore::new(start)),
            least,
            most,
            width: AtomicUsize::new(start),
            surplus: AtomicUsize::new(0),
            successes: AtomicUsize::new(0),
            refusals: AtomicU32::new(0),
            pause: Mutex::new(Pause { until: Instant::now(), length: PAUSE }),
        }
    }

    /// Waits for a slot.
    pub(crate) async fn slot(self: &Arc<Self>) -> RequestSlot {
        let permit = Arc::clone(&self.slots).acquire_owned().await.ok();
        RequestSlot { pace: Arc::clone(self), permit }
    }

    /// Waits while everybody pauses.
    pub(crate) async fn pause(&self) {
        let until = self.pause.lock().unwrap_or_else(PoisonError::into_inner).until;
        sleep_until(until).await;
    }

    /// A request succeeded.
    pub(crate) fn success(&self) {
        self.refusals.store(0, Ordering::Relaxed);
        let width = self.width.load(Ordering::Relaxed);
        if self.successes.fetch_add(1, Ordering::Relaxed) + 1 >= width {
            self.successes.store(0, Ordering::Relaxed);
            if width < self.most {
                self.width.fetch_add(1, Ordering::Relaxed);
                self.slots.add_permits(1);
            }
        }
    }

    /// A request was refused, or broke off: with `all`, everybody pauses, and fewer go on. Whoever comes while all pause
    /// has been told already.
    pub(crate) fn refused(&self, all: bool) {
        let in_a_row = self.refusals.fetch_add(1, Ordering::Relaxed);
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if !all || pause.until > now {
            return;
        }
        // All that were on their way when the last pause began may have been refused, without that meaning more.
        let is_new = in_a_row as usize <= self.width.load(Ordering::Relaxed);
        let length = if is_new { PAUSE } else { (pause.length * 2).min(LONGEST_PAUSE) };
        *pause = Pause { until: now + length, length };
        self.successes.store(0, Ordering::Relaxed);
        let width = self.width.load(Ordering::Relaxed);
        let narrow = (width / 2).max(self.least).min(width);
        self.width.store(narrow, Ordering::Relaxed);
        self.surplus.fetch_add(width - narrow, Ordering::Relaxed);
    }

    /// Whether another attempt would be in vain.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.refusals.load(Ordering::Relaxed) >= HOPELESS
    }

    /// How many requests may run.
    #[cfg(test)]
    fn width(&self) -> usize {
        self.width.load(Ordering::Relaxed)
    }
}

impl Drop for RequestSlot {
    fn drop(&mut self) {
        let less = |surplus: usize| surplus.checked_sub(1);
        let is_surplus = self.pace.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if let Some(permit) = self.permit.take().filter(|_| is_surplus) {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn slows_down_together_and_recovers() {
        let pace = Arc::new(AdaptivePace::new(None));
        assert_eq!((pace.width(), pace.slots.available_permits()), (32, 32));
        let slots = [pace.slot().await, pace.slot().await];
        pace.refused(true);
        pace.refused(true);
        assert_eq!(pace.width(), 16);
        drop(slots);
        assert_eq!(pace.slots.available_permits(), 30);
        for _ in 0..14 {
            drop(pace.slot().await);
        }
        assert_eq!(pace.slots.available_permits(), 16);
        for _ in 0..16 {
            pace.success();
        }
        assert_eq!((pace.width(), pace.slots.available_permits()), (17, 17));
    }

    #[tokio::test]
    async fn a_fixed_pace_never_grows() {
        let pace = Arc::new(AdaptivePace::new(Some(2)));
        for _ in 0..100 {
            pace.success();
        }
        assert_eq!(pace.slots.available_permits(), 2);
        pace.refused(true);
        assert_eq!(pace.width(), 2);
    }
}

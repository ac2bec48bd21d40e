//! How long SQLite has worked on a statement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(100);

/// Runs while SQLite does, and stands while the rows are written: a reader that pages through them takes its time.
#[derive(Debug)]
pub(super) struct StatementClock {
    limit: Duration,
    state: Mutex<ClockState>,
    interrupted: AtomicBool,
}

#[derive(Debug, Default)]
struct ClockState {
    used: Duration,
    since: Option<Instant>,
    /// When somebody asked for the end of it.
    stopped: Option<Instant>,
}

impl StatementClock {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, state: Mutex::default(), interrupted: AtomicBool::new(false) }
    }

    /// For the next statement, which is being prepared now.
    pub(super) fn restart(&self) {
        self.interrupted.store(false, Ordering::Relaxed);
        *self.lock() = ClockState::default();
    }

    pub(super) fn start(&self) {
        self.lock().since = Some(Instant::now());
    }

    pub(super) fn stop(&self) {
        let mut state = self.lock();
        let worked = state.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        state.used += worked;
    }

    pub(super) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
        self.lock().stopped.get_or_insert_with(Instant::now);
    }

    /// Calls `stuck` where a statement still runs that should have ended so long ago. SQLite looks at the clock between
    /// steps, and a call of a function is one step. The watch ends with the clock.
    pub(super) fn watch(self: &Arc<Self>, grace: Duration, stuck: impl FnOnce() + Send + 'static) {
        let clock = Arc::downgrade(self);
        thread::spawn(move || {
            while let Some(clock) = clock.upgrade() {
                if clock.is_stuck(grace) {
                    return stuck();
                }
                drop(clock);
                thread::sleep(LOOK);
            }
        });
    }

    fn is_stuck(&self, grace: Duration) -> bool {
        let state = self.lock();
        let Some(since) = state.since else { return false };
        let late = (state.used + since.elapsed()).saturating_sub(self.limit);
        let asked = state.stopped.map_or(Duration::ZERO, |stopped| stopped.max(since).elapsed());
        late.max(asked) > grace
    }

    pub(super) fn was_stopped(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Whether the statement has to end.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        self.was_stopped() || state.used + state.since.map_or(Duration::ZERO, |since| since.elapsed()) >= self.limit
    }

    fn lock(&self) -> MutexGuard<'_, ClockState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! How long SQLite has worked on a statement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Runs while SQLite does, and stands while the rows are written: a reader that pages through them takes its time.
#[derive(Debug)]
pub(super) struct Clock {
    limit: Duration,
    state: Mutex<State>,
    interrupted: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    used: Duration,
    since: Option<Instant>,
}

impl Clock {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, state: Mutex::default(), interrupted: AtomicBool::new(false) }
    }

    /// For the next statement, which is being prepared now.
    pub(super) fn restart(&self) {
        self.interrupted.store(false, Ordering::Relaxed);
        *self.lock() = State { used: Duration::ZERO, since: None };
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
    }

    pub(super) fn was_stopped(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Whether the statement has to end.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        self.was_stopped() || state.used + state.since.map_or(Duration::ZERO, |since| since.elapsed()) >= self.limit
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

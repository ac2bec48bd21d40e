//! What runs elsewhere on our behalf, and costs money, until it is over or somebody stops it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

type Stop = Box<dyn FnOnce() + Send>;

/// What runs now. A signal can come at any time, so that it cannot be handed down as an argument.
static RUNNING: Mutex<Vec<(u64, Stop)>> = Mutex::new(Vec::new());

/// Something that runs; when this is dropped, it is over.
#[must_use]
pub struct Running(u64);

/// Takes that something runs, and what stops it.
pub fn begin(stop: impl FnOnce() + Send + 'static) -> Running {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let number = running.last().map_or(0, |(number, _)| number + 1);
    running.push((number, Box::new(stop)));
    Running(number)
}

/// Stops all that runs, for the program is about to end.
pub fn stop_all() {
    let running = std::mem::take(&mut *RUNNING.lock().unwrap_or_else(PoisonError::into_inner));
    for (_, stop) in running {
        stop();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|(number, _)| *number != self.0);
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Running").field(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_is_over_is_not_stopped() {
        let stopped = Arc::new(AtomicU32::new(0));
        let counting = |by: u32| {
            let stopped = Arc::clone(&stopped);
            move || {
                stopped.fetch_add(by, Ordering::Relaxed);
            }
        };
        let first = begin(counting(1));
        let second = begin(counting(10));
        drop(first);
        stop_all();
        stop_all();
        drop(second);
        assert_eq!(stopped.load(Ordering::Relaxed), 10);
    }
}

//! Time, as deliveries need it. Tests bring their own.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::timestamp::Timestamp;

/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

/// Tells the time, and lets some of it pass.
pub trait Clock: Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Comes back after that long.
    fn pause(&self, length: Duration);
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).map_or(LAST, |seconds| seconds.min(LAST));
        #[expect(clippy::expect_used, reason = "from 0 to the last second that there is")]
        Timestamp::from_seconds(seconds).expect("a year from 1970 to 9999")
    }

    fn pause(&self, length: Duration) {
        std::thread::sleep(length);
    }
}

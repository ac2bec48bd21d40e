//! The clock of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::Error;
use crate::domain::timestamp::Timestamp;

/// The time, in whole seconds.
pub fn now() -> Result<Timestamp, Error> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    clock
        .and_then(|since| Timestamp::from_seconds(i64::try_from(since.as_secs()).ok()?))
        .ok_or_else(|| Error::failure("the clock of this machine is outside the years 1970 to 9999"))
}

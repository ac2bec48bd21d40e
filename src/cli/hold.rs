//! Holds a store, so that no other process changes it meanwhile.

use std::path::Path;

use super::context::CommandContext;
use super::error::Error;
use super::terminal::talk::Level;
use crate::domain::timestamp::Timestamp;
use crate::platform;
use crate::store::lock::{LockError, LockHolder, StoreLock};

/// The store for this process alone, until the lock is dropped; `command` is what others are told that it does.
pub(super) fn hold(
    store: &Path,
    command: &str,
    now: Timestamp,
    wait: bool,
    context: &CommandContext<'_>,
) -> Result<StoreLock, Error> {
    let me = LockHolder {
        pid: std::process::id(),
        host: platform::host_name(),
        since: now.to_string(),
        command: command.to_owned(),
    };
    match StoreLock::take(store, &me) {
        Err(held @ LockError::Held(..)) if wait => {
            context.talk.say(Level::Info, &format!("{held}; waiting"));
            Ok(StoreLock::wait(store, &me)?)
        }
        taken => Ok(taken?),
    }
}

impl From<LockError> for Error {
    fn from(error: LockError) -> Self {
        let shown = Self::failure(error.to_string());
        match error {
            LockError::Held(..) => shown
                .hint("--wait waits until it is done")
                .hint("the lock ends with that process; no file has to be removed"),
            LockError::Foreign(..) => {
                shown.hint("it is left as it is: move it away, or name another store with --store")
            }
            LockError::Io(..) => shown,
        }
    }
}

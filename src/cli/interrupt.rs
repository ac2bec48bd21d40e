//! SIGINT, SIGTERM and SIGHUP: no unfinished output stays behind, and the exit code says so.

use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::Error;
use super::exit;
use super::talk::{Level, Style, Talk};

/// The unfinished output. A signal can come at any time, so that it cannot be handed down as an argument.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What a signal does in place of ending the process, as long as there is something that can be stopped by itself.
static INSTEAD: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// From now on a signal removes the unfinished output and ends the process.
pub fn install(style: Style) -> Result<(), Error> {
    let set = ctrlc::set_handler(move || {
        if let Some(instead) = &*INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) {
            return instead();
        }
        // Held until the process is gone, so that no output is finished while it is removed.
        let unfinished = lock();
        if let Some(path) = &*unfinished {
            // It may be gone already, and nothing better can be done.
            drop(if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) });
        }
        say_interrupted(style);
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
    match set {
        // A second command in one process: the first handler does.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(Error::failure(format!("handling signals: {error}"))),
    }
}

/// Does some work, while a signal calls `instead` and leaves the process alive.
pub(super) fn instead<T>(instead: impl Fn() + Send + 'static, work: impl FnOnce() -> T) -> T {
    let set = |value| *INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) = value;
    set(Some(Box::new(instead)));
    let done = work();
    set(None);
    done
}

/// Creates the output, which a signal removes from now on; `path` tells its name.
pub(super) fn creating<T, E>(create: impl FnOnce() -> Result<T, E>, path: impl FnOnce(&T) -> PathBuf) -> Result<T, E> {
    let mut unfinished = lock();
    let created = create()?;
    *unfinished = Some(path(&created));
    Ok(created)
}

/// Finishes the output while no signal can remove it.
pub(super) fn finishing<T>(finish: impl FnOnce() -> T) -> T {
    let mut unfinished = lock();
    *unfinished = None;
    finish()
}

fn lock() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Another thread may hold standard error while nobody reads it, and that must not keep the process alive.
fn say_interrupted(style: Style) {
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        Talk::new(style).say(Level::Warning, "interrupted");
        let _ = done.send(());
    });
    let _ = wait.recv_timeout(Duration::from_millis(100));
}

//! SIGINT, SIGTERM and SIGHUP: no unfinished output stays behind, and the exit code says so. Whoever can end by himself
//! is asked to.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use super::talk::{Level, Style, Talk};
use crate::cli::error::Error;
use crate::cli::exit;
use crate::source::running;

/// The unfinished outputs. A signal can come at any time, so that they cannot be handed down as an argument.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// What a signal does in place of ending the process, as long as there is something that can be stopped by itself.
static INSTEAD: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// What a signal asks for where somebody ends by himself.
static STOP: Interrupt = Interrupt {
    asked: AtomicBool::new(false),
    awaited: AtomicBool::new(false),
    sleep: Mutex::new(()),
    wake: Condvar::new(),
};

/// After a signal, whoever ends by himself has so long for it. What is cut off then has not happened.
const GRACE: Duration = Duration::from_secs(5);

/// Whether a signal has asked for the end.
#[derive(Debug)]
pub(in crate::cli) struct Interrupt {
    asked: AtomicBool,
    awaited: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

/// From now on the first signal only asks for the end; a second one ends the process as ever.
pub(in crate::cli) fn stop() -> &'static Interrupt {
    STOP.awaited.store(true, Ordering::SeqCst);
    &STOP
}

impl Interrupt {
    /// Set by the first signal.
    pub(in crate::cli) fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Whether the end was asked for.
    pub(in crate::cli) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Sleeps so long, or until the end is asked for.
    pub(in crate::cli) fn sleep(&self, length: Duration) {
        let guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.wake.wait_timeout_while(guard, length, |()| !self.is_asked()));
    }

    /// Asks for the end: false where nobody would listen, or was asked before.
    fn ask(&self) -> bool {
        if !self.awaited.load(Ordering::SeqCst) || self.asked.swap(true, Ordering::SeqCst) {
            return false;
        }
        drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_all();
        true
    }
}

/// From now on a signal removes the unfinished output and ends the process.
pub fn install(style: Style) -> Result<(), Error> {
    let set = ctrlc::set_handler(move || {
        if let Some(instead) = &*INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) {
            return instead();
        }
        if STOP.ask() {
            std::thread::spawn(move || {
                std::thread::sleep(GRACE);
                end(style);
            });
            return;
        }
        end(style);
    });
    match set {
        // A second command in one process: the first handler does.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(()),
        Err(error) => Err(Error::failure(format!("handling signals: {error}"))),
    }
}

/// Does some work, while a signal calls `instead` and leaves the process alive.
pub(in crate::cli) fn instead<T>(instead: impl Fn() + Send + 'static, work: impl FnOnce() -> T) -> T {
    let set = replacing(instead);
    let done = work();
    drop(set);
    done
}

/// As long as this is kept, signals are somebody else's.
#[must_use]
pub(in crate::cli) fn ignored() -> Ignored {
    replacing(|| {})
}

fn replacing(instead: impl Fn() + Send + 'static) -> Ignored {
    Ignored(INSTEAD.lock().unwrap_or_else(PoisonError::into_inner).replace(Box::new(instead)))
}

/// Keeps signals from ending the process; then what they did before holds again.
pub(in crate::cli) struct Ignored(Option<Box<dyn Fn() + Send>>);

impl std::fmt::Debug for Ignored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ignored").finish()
    }
}

impl Drop for Ignored {
    fn drop(&mut self) {
        *INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) = self.0.take();
    }
}

/// Ends the process after a signal.
fn end(style: Style) -> ! {
    leave(exit::INTERRUPTED, move || Talk::new(style).say(Level::Warning, "interrupted"))
}

/// Ends the process with an error where whoever works cannot be stopped. No unfinished output stays behind.
pub(in crate::cli) fn give_up(style: Style, error: &Error) -> ! {
    let error = error.clone();
    leave(error.kind().exit_code(), move || Talk::new(style).error(&error))
}

fn leave(code: u8, say: impl FnOnce() + Send + 'static) -> ! {
    running::stop_all();
    // Held until the process is gone, so that no output is finished while it is removed.
    let unfinished = lock();
    for path in &*unfinished {
        // It may be gone already, and nothing better can be done.
        drop(if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) });
    }
    // Another thread may hold standard error while nobody reads it, and that must not keep the process alive.
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        say();
        let _ = done.send(());
    });
    let _ = wait.recv_timeout(Duration::from_millis(100));
    std::process::exit(i32::from(code));
}

/// Waits for the end of the process where a signal has begun it: what fails then fails because its files are being removed,
/// and the exit code is that of the signal.
pub(in crate::cli) fn let_end() {
    drop(lock());
}

/// Creates an output, which a signal removes from now on; `path` tells its name.
pub(in crate::cli) fn creating<T, E>(
    create: impl FnOnce() -> Result<T, E>,
    path: impl FnOnce(&T) -> PathBuf,
) -> Result<T, E> {
    let mut unfinished = lock();
    let created = create()?;
    unfinished.push(path(&created));
    Ok(created)
}

/// Finishes the output of that name while no signal can remove it.
pub(in crate::cli) fn finishing<T>(path: &Path, finish: impl FnOnce() -> T) -> T {
    let mut unfinished = lock();
    unfinished.retain(|other| other != path);
    finish()
}

fn lock() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

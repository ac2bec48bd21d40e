//! How far a scan is, on standard error: a bar on a terminal, else a line now and then.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::talk::{Level, Talk};
use crate::progress::{Progress, Reached, Reading};
use crate::report::coverage_text::grouped;

/// Scans that take less need no bar.
const PATIENCE: Duration = Duration::from_millis(300);
const REDRAW: Duration = Duration::from_millis(100);
const NEXT_LINE: Duration = Duration::from_secs(2);

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressMode {
    /// A bar that is redrawn, and removed at the end.
    Bar,
    /// Plain lines, for a log.
    Lines,
}

/// Shows progress until it is dropped.
#[derive(Debug)]
pub struct ProgressDisplay {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ProgressDisplay {
    /// Starts to show `progress`.
    #[must_use]
    pub fn start(show: ProgressMode, talk: Arc<Talk>, progress: Arc<Progress>) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let start = Instant::now();
            if wait(&stopped, PATIENCE) {
                match show {
                    ProgressMode::Bar => draw(&stopped, start, &talk, &progress),
                    ProgressMode::Lines => print(&stopped, start, &talk, &progress),
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A bar that panicked is no reason to lose the report.
            drop(thread.join());
        }
    }
}

/// Waits, and tells whether to go on.
fn wait(stopped: &Receiver<()>, time: Duration) -> bool {
    stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}

fn draw(stopped: &Receiver<()>, start: Instant, talk: &Talk, progress: &Progress) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:20} {wide_msg}") {
        bar.set_style(style);
    }
    talk.attach(Some(bar.clone()));
    loop {
        let reading = progress.read();
        let (done, total) = match reading.reached {
            Some(reached) => (reached.per_mille, 1_000),
            None => (reading.bytes_done, reading.bytes_total.max(1)),
        };
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(describe(reading, start.elapsed()));
        if !wait(stopped, REDRAW) {
            break;
        }
    }
    talk.attach(None);
    bar.finish_and_clear();
}

fn print(stopped: &Receiver<()>, start: Instant, talk: &Talk, progress: &Progress) {
    loop {
        talk.say(Level::Info, &describe(progress.read(), start.elapsed()));
        if !wait(stopped, NEXT_LINE) {
            break;
        }
    }
}

fn describe(reading: Reading, elapsed: Duration) -> String {
    let Reading { listed, files_total, files_done, bytes_total, bytes_done, found, reached } = reading;
    if files_total == 0 && listed > 0 {
        return format!("listing, {} file{} so far", grouped(listed), if listed == 1 { "" } else { "s" });
    }
    if let Some(reached) = reached {
        return describe_time(reading, reached, elapsed);
    }
    let rate = u128::from(bytes_done) * 1000 / elapsed.as_millis().max(1);
    let left = u128::from(bytes_total.saturating_sub(bytes_done)).checked_div(rate).unwrap_or(0);
    let text = format!("{files_done}/{files_total} files, {} read, {found} events", HumanBytes(bytes_done));
    let [rate, left] = [rate, left].map(|value| u64::try_from(value).unwrap_or(u64::MAX));
    match (rate, left) {
        (0, _) => text,
        (_, 0) => format!("{text}, {}/s", HumanBytes(rate)),
        _ => format!("{text}, {}/s, {} left", HumanBytes(rate), HumanDuration(Duration::from_secs(left))),
    }
}

/// How far a scan is whose files are pages that go back in time.
fn describe_time(reading: Reading, reached: Reached, elapsed: Duration) -> String {
    let Reading { files_done, found, .. } = reading;
    let Reached { back_to, per_mille } = reached;
    let left = elapsed.as_secs() * 1_000u64.saturating_sub(per_mille);
    let left = left
        .checked_div(per_mille)
        .map_or_else(String::new, |seconds| format!(", about {} left", HumanDuration(Duration::from_secs(seconds))));
    format!("{files_done} pages, back to {back_to}, {found} events{left}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[test]
    fn describes_a_reading() {
        let check = |reading, seconds, expected: &str| {
            assert_eq!(describe(reading, Duration::from_secs(seconds)), expected);
        };
        check(Reading::default(), 0, "0/0 files, 0 B read, 0 events");
        check(Reading { listed: 12_345, ..Reading::default() }, 2, "listing, 12,345 files so far");
        let reading = Reading {
            listed: 8,
            files_total: 8,
            files_done: 2,
            bytes_total: 40 << 20,
            bytes_done: 10 << 20,
            found: 3,
            reached: None,
        };
        check(reading, 5, "2/8 files, 10.00 MiB read, 3 events, 2.00 MiB/s, 15 seconds left");
        check(Reading { bytes_total: 10 << 20, ..reading }, 5, "2/8 files, 10.00 MiB read, 3 events, 2.00 MiB/s");
        check(Reading { bytes_done: u64::MAX, ..reading }, 0, "2/8 files, 16.00 EiB read, 3 events, 16.00 EiB/s");
    }

    #[test]
    fn describes_how_far_back_it_is() {
        let back_to = Timestamp::parse_rfc3339("2026-11-02T12:00:00Z").unwrap();
        let check = |per_mille, expected: &str| {
            let reached = Some(Reached { back_to, per_mille });
            let reading = Reading { files_total: 9, files_done: 9, found: 3, reached, ..Reading::default() };
            assert_eq!(describe(reading, Duration::from_secs(10)), expected);
        };
        check(0, "9 pages, back to 2026-11-02T12:00:00Z, 3 events");
        check(250, "9 pages, back to 2026-11-02T12:00:00Z, 3 events, about 30 seconds left");
    }

    #[test]
    fn stops_at_once() {
        let talk = Arc::new(Talk::new(crate::cli::terminal::talk::Style {
            least: Level::Error,
            json: false,
            color: false,
            width: None,
        }));
        let start = Instant::now();
        drop(ProgressDisplay::start(ProgressMode::Bar, talk, Arc::default()));
        assert!(start.elapsed() < PATIENCE);
    }
}

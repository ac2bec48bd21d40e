//! Who may ask next. FilterLogEvents takes five requests a second in each account and region
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>), from everybody together and
//! whatever the group; so everything in this process that asks there takes turns.
//!
//! There are five seats. A request has one, and the seat rests for a second after the answer, so that the service never
//! sees a sixth request within a second, however unsteady the network is.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

/// In any stretch of that length at most [`SEATS`] requests arrive.
const STRETCH: Duration = Duration::from_secs(1);

const SEATS: usize = 5;

/// Between the starts of two requests, so that they do not come in bundles.
const STEP: Duration = Duration::from_millis(200);

/// The turns of one account and region.
#[derive(Debug)]
pub(super) struct LogTurns {
    seats: Semaphore,
    /// When each seat that nobody has is free again.
    free: Mutex<BinaryHeap<Reverse<Instant>>>,
    /// When the next request may start.
    next: tokio::sync::Mutex<Instant>,
}

type TurnsByRegion = HashMap<(Box<str>, Box<str>), Arc<LogTurns>>;

/// A process has one address and one quota in each place, whatever number of scans it makes.
static PLACES: LazyLock<Mutex<TurnsByRegion>> = LazyLock::new(Mutex::default);

/// The turns in a place; `account` is anything that stands for one.
pub(super) fn turns(account: &str, region: &str) -> Arc<LogTurns> {
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(places.entry((account.into(), region.into())).or_default())
}

impl Default for LogTurns {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            seats: Semaphore::new(SEATS),
            free: Mutex::new((0..SEATS).map(|_| Reverse(now)).collect()),
            next: tokio::sync::Mutex::new(now),
        }
    }
}

impl LogTurns {
    /// Makes one request when its turn comes. Giving up on it half way counts as its end.
    pub(super) async fn take<T>(&self, request: impl Future<Output = T>) -> T {
        // Nobody closes it.
        let seat = self.seats.acquire().await.ok();
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut turn = Turn { turns: self, free: free.map_or_else(Instant::now, |Reverse(at)| at) };
        sleep_until(turn.free).await;
        {
            let mut next = self.next.lock().await;
            sleep_until(*next).await;
            *next = Instant::now() + STEP;
        }
        turn.free = Instant::now() + STRETCH;
        let answer = request.await;
        turn.free = Instant::now() + STRETCH;
        drop(turn);
        drop(seat);
        answer
    }
}

struct Turn<'a> {
    turns: &'a LogTurns,
    free: Instant,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.free.lock().unwrap_or_else(PoisonError::into_inner).push(Reverse(self.free));
    }
}

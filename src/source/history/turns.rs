//! Who may ask next. The limit of LookupEvents holds for an account and region, so everything in this process that asks
//! there takes turns.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

use super::pace::LookupPace;

/// The turns of one account and region.
#[derive(Debug, Default)]
pub(crate) struct LookupTurns(Mutex<LookupPace>);

type TurnsByRegion = HashMap<(Box<str>, Box<str>), Arc<LookupTurns>>;

/// A process has one address and one quota in each place, whatever number of scans it makes.
static PLACES: LazyLock<std::sync::Mutex<TurnsByRegion>> = LazyLock::new(std::sync::Mutex::default);
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The turns in a place; `account` is anything that stands for one.
pub(crate) fn turns(account: &str, region: &str) -> Arc<LookupTurns> {
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(places.entry((account.into(), region.into())).or_default())
}

impl LookupTurns {
    /// Makes one request when its turn comes. Giving up on it half way counts as its end.
    pub(crate) async fn take<T>(&self, request: impl Future<Output = T>) -> T {
        let pace = self.0.lock().await;
        sleep_until(*ORIGIN + pace.ready()).await;
        let mut turn = Turn(pace);
        turn.0.start(now());
        request.await
    }
}

struct Turn<'a>(MutexGuard<'a, LookupPace>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.end(now());
    }
}

fn now() -> Duration {
    ORIGIN.elapsed()
}

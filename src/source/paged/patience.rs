//! How long to wait after a request that failed for a while only.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

#[cfg(feature = "aws")]
use crate::aws::failure::RequestFailure;

/// Why a request is worth another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// Others ask in the same account and region. This may go on for minutes.
    Throttled,
    /// The service or the way to it broke down.
    Broken,
}

#[cfg(feature = "aws")]
impl Setback {
    /// Whether a request is worth another try.
    pub(in crate::source) fn of(failure: &RequestFailure) -> Option<Self> {
        match failure {
            RequestFailure::SlowDown => Some(Self::Throttled),
            _ => failure.is_passing().then_some(Self::Broken),
        }
    }
}

/// The setbacks since the last answer.
#[derive(Debug, Clone, Default)]
pub struct Patience {
    throttled: u32,
    broken: u32,
}

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// About four minutes of nothing but refusals.
const THROTTLED_AT_MOST: u32 = 20;
const BROKEN_AT_MOST: u32 = 4;

impl Patience {
    /// How long to wait before the next try; `None` where it is enough. The waits double, and each is cut by up to
    /// a half. The cut depends on `who` asks and on nothing else, so that regions do not ask in step, and a run of the
    /// program can be repeated.
    #[must_use]
    pub fn wait(&mut self, setback: Setback, who: &str) -> Option<Duration> {
        let (count, most) = match setback {
            Setback::Throttled => (&mut self.throttled, THROTTLED_AT_MOST),
            Setback::Broken => (&mut self.broken, BROKEN_AT_MOST),
        };
        *count += 1;
        if *count > most {
            return None;
        }
        let whole = FIRST_WAIT.saturating_mul(1 << (*count - 1).min(16)).min(LONGEST_WAIT);
        let mut hasher = DefaultHasher::new();
        (who, *count).hash(&mut hasher);
        let cut = u32::try_from(hasher.finish() % 1_000).unwrap_or_default();
        Some(whole.saturating_sub(whole / 2_000 * cut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_then_end() {
        let mut patience = Patience::default();
        let mut waits = Vec::new();
        while let Some(wait) = patience.wait(Setback::Throttled, "eu-west-1") {
            waits.push(wait);
        }
        assert_eq!(waits.len(), 20);
        for (count, wait) in waits.iter().enumerate() {
            let whole = (FIRST_WAIT * (1 << count.min(10))).min(LONGEST_WAIT);
            assert!(whole / 2 <= *wait && *wait <= whole, "{count} {wait:?}");
        }
        assert!(patience.wait(Setback::Broken, "eu-west-1").is_some(), "each setback is counted for itself");
    }

    #[test]
    fn the_same_asker_waits_the_same() {
        let wait = |who| Patience::default().wait(Setback::Broken, who);
        assert_eq!(wait("eu-west-1"), wait("eu-west-1"));
        assert_ne!(wait("eu-west-1"), wait("eu-west-2"));
    }
}

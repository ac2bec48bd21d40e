//! When the next request may leave: at most two in any one second, and never two at once.
//!
//! LookupEvents allows two requests a second in each account and region, to everybody together (DOMAIN §8). The second
//! is counted from the answer to the last request but one. Its arrival lies before its answer, so the server never
//! sees a third request within a second, however unsteady the network is.

use std::time::Duration;

/// In any stretch of that length at most [`REQUESTS`] arrive.
const STRETCH: Duration = Duration::from_secs(1);

const REQUESTS: usize = 2;

/// Between the starts of two requests: half of the stretch, so that they do not come in pairs.
const STEP: Duration = Duration::from_millis(500);

/// The requests of one account and region. Points in time are distances from a fixed one.
#[derive(Debug, Clone, Default)]
pub struct LookupPace {
    started: Option<Duration>,
    /// When the latest requests ended, the older one first.
    ended: [Option<Duration>; REQUESTS],
}

impl LookupPace {
    /// The earliest moment for the next request, once all others have ended.
    #[must_use]
    pub fn ready(&self) -> Duration {
        let step = self.started.map_or(Duration::ZERO, |at| at + STEP);
        let stretch = self.ended[0].map_or(Duration::ZERO, |at| at + STRETCH);
        step.max(stretch)
    }

    /// A request starts.
    pub fn start(&mut self, now: Duration) {
        self.started = Some(now);
    }

    /// It has its answer, or will have none.
    pub fn end(&mut self, now: Duration) {
        self.ended = [self.ended[1], Some(now)];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The moments at which a server sees requests that take `(way there, way back, thinking)` milliseconds.
    fn arrivals(requests: &[(u64, u64, u64)]) -> Vec<Duration> {
        let mut pace = LookupPace::default();
        let mut now = Duration::ZERO;
        let mut arrivals = Vec::new();
        for (there, back, thinking) in requests {
            now = now.max(pace.ready());
            pace.start(now);
            now += Duration::from_millis(*there);
            arrivals.push(now);
            now += Duration::from_millis(*back);
            pace.end(now);
            now += Duration::from_millis(*thinking);
        }
        arrivals
    }

    #[test]
    fn fast_answers_give_two_requests_a_second() {
        let seen = arrivals(&[(0, 0, 0); 9]);
        let expected: Vec<Duration> = (0..9).map(|count| STEP * count).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_pause_earns_no_burst() {
        let seen = arrivals(&[(0, 0, 60_000), (0, 0, 0), (0, 0, 0)]);
        assert_eq!(seen[2].abs_diff(seen[1]), STEP);
    }

    proptest! {
        #[test]
        fn no_second_sees_three_requests(
            requests in prop::collection::vec((0_u64..3_000, 0_u64..3_000, 0_u64..3_000), 0..60)
        ) {
            for three in arrivals(&requests).windows(REQUESTS + 1) {
                prop_assert!(three[REQUESTS].abs_diff(three[0]) >= STRETCH, "{three:?}");
            }
        }

        #[test]
        fn fast_requests_come_one_by_one(requests in prop::collection::vec((0_u64..5, 0_u64..5, 0_u64..5), 0..60)) {
            for pair in arrivals(&requests).windows(2) {
                prop_assert!(pair[1].abs_diff(pair[0]) + Duration::from_millis(5) >= STEP, "{pair:?}");
            }
        }
    }
}

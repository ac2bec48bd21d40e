//! Tries a delivery until it succeeds, cannot succeed, or was tried often enough.

use std::time::Duration;

use super::clock::Clock;

/// How long to wait before each further attempt.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];

/// A server that asks for more patience than this gets no further attempt: the report is there, and the night short.
const LONGEST: Duration = Duration::from_mins(2);

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttemptFailure {
    /// In lower case, without any secret.
    pub(super) reason: String,
    /// Whether another attempt may succeed.
    pub(super) again: RetryAdvice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryAdvice {
    /// It would fail the same way.
    Never,
    /// It may succeed.
    Soon,
    /// It may succeed after that long, as the server says.
    #[cfg_attr(not(any(test, feature = "notify")), expect(dead_code, reason = "nothing is sent in such a build"))]
    After(Duration),
}

impl AttemptFailure {
    /// One that no further attempt can change.
    pub(super) fn last(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), again: RetryAdvice::Never }
    }

    /// One that may pass.
    #[cfg_attr(not(feature = "notify"), expect(dead_code, reason = "nothing is sent in such a build"))]
    pub(super) fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), again: RetryAdvice::Soon }
    }
}

/// Attempts, with pauses between them. Tells how many it took, and why the last one failed.
pub(super) fn deliver(
    clock: &dyn Clock,
    mut attempt: impl FnMut() -> Result<(), AttemptFailure>,
) -> (u32, Result<(), String>) {
    let mut attempts = 1;
    let mut pauses = PAUSES.into_iter();
    loop {
        let Err(fault) = attempt() else { return (attempts, Ok(())) };
        let pause = match (fault.again, pauses.next()) {
            (RetryAdvice::Never, _) | (_, None) => return (attempts, Err(fault.reason)),
            (RetryAdvice::After(wanted), _) if wanted > LONGEST => {
                let reason =
                    format!("{}; it asks to wait {} seconds, which is too long", fault.reason, wanted.as_secs());
                return (attempts, Err(reason));
            }
            (RetryAdvice::After(wanted), Some(pause)) => pause.max(wanted),
            (RetryAdvice::Soon, Some(pause)) => pause,
        };
        clock.pause(pause);
        attempts += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[derive(Default)]
    struct RetryPause(Mutex<Vec<u64>>);

    impl Clock for RetryPause {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(0).unwrap()
        }

        fn pause(&self, length: Duration) {
            self.0.lock().unwrap().push(length.as_secs());
        }
    }

    /// Fails as told, and then succeeds.
    fn check(faults: &[RetryAdvice], attempts: u32, result: Result<(), &str>, paused: &[u64]) {
        let clock = RetryPause::default();
        let mut faults = faults.iter();
        let attempt = || match faults.next() {
            Some(&again) => Err(AttemptFailure { reason: "no".to_owned(), again }),
            None => Ok(()),
        };
        assert_eq!(deliver(&clock, attempt), (attempts, result.map_err(str::to_owned)));
        assert_eq!(*clock.0.lock().unwrap(), paused);
    }

    #[test]
    fn attempts_are_bounded() {
        let after = |seconds| RetryAdvice::After(Duration::from_secs(seconds));
        check(&[], 1, Ok(()), &[]);
        check(&[RetryAdvice::Never], 1, Err("no"), &[]);
        check(&[RetryAdvice::Soon], 2, Ok(()), &[1]);
        check(&[RetryAdvice::Soon; 3], 4, Ok(()), &[1, 5, 25]);
        check(&[RetryAdvice::Soon; 9], 4, Err("no"), &[1, 5, 25]);
        check(&[RetryAdvice::Soon, RetryAdvice::Never], 2, Err("no"), &[1]);
        check(&[after(7), after(2)], 3, Ok(()), &[7, 5]);
        check(&[after(0)], 2, Ok(()), &[1]);
        check(&[after(121)], 1, Err("no; it asks to wait 121 seconds, which is too long"), &[]);
    }
}

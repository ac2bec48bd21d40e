//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;

fn times() -> u32 {
    std::env::var("TFCTRAIL_MORE_CASES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// So many cases, or as many times more as `TFCTRAIL_MORE_CASES` says. A case is a seed more often than not, which
/// nothing can shrink.
#[allow(dead_code, reason = "others take seeds")]
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: cases * times(),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..ProptestConfig::default()
    }
}

/// So many seeds from the first on, or as many times more.
#[allow(dead_code, reason = "others let proptest choose")]
pub(crate) fn seeds(first: u64, count: u64) -> std::ops::Range<u64> {
    first..first + count * u64::from(times())
}

//! How many cases a property is tried with.

use proptest::prelude::ProptestConfig;

/// So many cases, or as many times more as `TFCTRAIL_MORE_CASES` says. A case is a seed more often than not, which
/// nothing can shrink.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let times = std::env::var("TFCTRAIL_MORE_CASES").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    ProptestConfig {
        cases: cases * times,
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..ProptestConfig::default()
    }
}

//! Which log files a corpus has: how long each is, and where it lies.

use chrono::{DateTime, TimeDelta, Utc};

use super::CorpusSpec;
use super::rng::{ALNUM, Rng};

/// One log file to write.
pub(crate) struct LogFile {
    /// Its path below the corpus.
    pub(crate) key: String,
    pub(crate) account: String,
    pub(crate) region: &'static str,
    pub(crate) delivered: DateTime<Utc>,
    pub(crate) text_bytes: u64,
    /// The lane of its own random numbers.
    pub(crate) lane: u64,
}

const ORGANIZATION: &str = "o-exampleorg1";
const REGIONS: [&str; 6] = ["us-east-1", "eu-central-1", "us-west-2", "eu-west-1", "ap-southeast-2", "sa-east-1"];
const ACCOUNTS: u64 = 14;
const DAYS: u64 = 10;
/// 2026-03-02T00:00:00Z, the first delivery.
const START: DateTime<Utc> = DateTime::from_timestamp(1_772_409_600, 0).expect("chrono has this time");

/// Every file of the corpus, in an order that does not depend on the number of threads.
pub(crate) fn files(spec: &CorpusSpec) -> Vec<LogFile> {
    let mut rng = Rng::new(spec.seed, 0);
    let sizes = sizes(spec, &mut rng);
    (1..).zip(sizes).map(|(lane, text_bytes)| file(lane, text_bytes, &mut rng)).collect()
}

/// One file at a random place.
pub(crate) fn file(lane: u64, text_bytes: u64, rng: &mut Rng) -> LogFile {
    let account = format!("{}", 210_000_000_000 + 7_654_321_987 * (1 + skewed(rng, ACCOUNTS)));
    let region = REGIONS[rng.skewed(REGIONS.len())];
    let minutes = i64::try_from(5 * rng.below(DAYS * 24 * 12)).unwrap_or(0);
    let delivered = START + TimeDelta::minutes(minutes);
    let mut unique = Vec::new();
    rng.text(&mut unique, ALNUM, 16);
    let key = format!(
        "AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{}.json.gz",
        delivered.format("%Y/%m/%d"),
        delivered.format("%Y%m%dT%H%MZ"),
        String::from_utf8_lossy(&unique),
    );
    LogFile { key, account, region, delivered, text_bytes, lane }
}

fn skewed(rng: &mut Rng, end: u64) -> u64 {
    let widest = rng.below(end) + 1;
    rng.below(widest)
}

/// The sizes: the fixed large ones, then log-normal ones, scaled until their sum is right.
fn sizes(spec: &CorpusSpec, rng: &mut Rng) -> Vec<u64> {
    let spread = f64::from(spec.spread_percent) / 100.0;
    let shares: Vec<f64> = (spec.large.len()..spec.files).map(|_| (spread * rng.normal()).exp()).collect();
    let wanted = spec.text_bytes.saturating_sub(spec.large.iter().sum());
    let (mut low, mut high) = (1.0, 1e9);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let sum: u64 = shares.iter().map(|share| clipped(share * middle, spec)).sum();
        if sum < wanted { low = middle } else { high = middle }
    }
    spec.large.iter().copied().chain(shares.iter().map(|share| clipped(share * low, spec))).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size is positive and below 2^53")]
fn clipped(bytes: f64, spec: &CorpusSpec) -> u64 {
    (bytes as u64).clamp(spec.smallest, spec.largest)
}

//! The names of CloudTrail's digest files (DOMAIN §7), and the part of a key that a copy keeps.

use std::fmt;
use std::sync::Arc;

use super::log_key::{is_account, is_region};
use super::timestamp::Timestamp;
use super::window::Window;

/// Which chain a digest belongs to: CloudTrail writes one for each account, region and trail, and one more for what it
/// delivered late.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainKey {
    /// The account whose log files it lists.
    pub account: Box<str>,
    /// The region that wrote them.
    pub region: Box<str>,
    /// The name of the trail.
    pub trail: Box<str>,
    /// Where the trail was made.
    pub home_region: Box<str>,
    /// Whether it lists log files that were delivered late.
    pub is_backfill: bool,
}

/// What the name of a digest file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestKey {
    /// Its chain, which the keys of many digests may have in common.
    pub chain: Arc<ChainKey>,
    /// The end of its hour.
    pub end: Timestamp,
}

impl DigestKey {
    /// Reads the name at the end of a key:
    /// `<account>_CloudTrail-Digest_<region>_<trail>_<home region>_<YYYYMMDDTHHMMSSZ>[_backfill].json[.gz]`. The name of a
    /// trail may have underscores too.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let name = key.rsplit('/').next()?;
        let name = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".json")?;
        let (name, is_backfill) = name.strip_suffix("_backfill").map_or((name, false), |name| (name, true));
        let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
        let (region, rest) = rest.split_once('_')?;
        let (rest, stamp) = rest.rsplit_once('_')?;
        let (trail, home_region) = rest.rsplit_once('_')?;
        let is_whole = is_account(account) && is_region(region) && is_region(home_region) && !trail.is_empty();
        let end = parse_stamp(stamp).filter(|_| is_whole)?;
        let [account, region, trail, home_region] = [account, region, trail, home_region].map(Into::into);
        let chain = Arc::new(ChainKey { account, region, trail, home_region, is_backfill });
        Some(Self { chain, end })
    }
}

impl fmt::Display for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, region, trail, is_backfill, .. } = self;
        write!(f, "{account} {region} {trail}{}", if *is_backfill { " (backfill)" } else { "" })
    }
}

/// Digests are of an hour each.
const HOUR: i64 = 3_600;

/// So many seconds after the end of its hour a digest is there: three hours.
const DELIVERY: i64 = 3 * HOUR;

/// Whether a chain whose newest digest has that end is cut off, or was ended, before the end of a window: a digest is written each
/// hour, also of hours in which nothing was delivered. What is not to be there yet at that moment is not asked for.
#[must_use]
pub fn ends_early(newest: Timestamp, window: Window, now: Timestamp) -> bool {
    window.to.is_some_and(|to| newest.seconds() + HOUR <= to.seconds().min(now.seconds() - DELIVERY))
}

/// Whether a hole in a chain, which ends with that time and begins with the end of an older digest, lies in the window. The
/// digest that is missing ends with the hole.
#[must_use]
pub fn is_hole_in(window: &Window, older: Option<Timestamp>, end: Timestamp) -> bool {
    let begins = window.to.zip(older).is_none_or(|(to, older)| older < to);
    begins && window.from.is_none_or(|from| from <= end)
}

/// The part of a key that stays the same wherever an archive is moved or copied to: from the last `AWSLogs` folder on. None
/// for a key without one.
#[must_use]
pub fn archive_part(key: &str) -> Option<&str> {
    const ROOT: &str = "AWSLogs/";
    let inside = key.rfind("/AWSLogs/").map(|at| at + 1);
    inside.or_else(|| key.starts_with(ROOT).then_some(0)).map(|at| &key[at..])
}

/// `YYYYMMDDTHHMMSSZ`
fn parse_stamp(stamp: &str) -> Option<Timestamp> {
    if stamp.len() != 16 || !stamp.is_ascii() {
        return None;
    }
    let (date, clock) = stamp.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, from: usize| text.get(from..from + 2).map(str::to_owned);
    let year = date.get(..4)?;
    let [month, day] = [part(date, 4)?, part(date, 6)?];
    let [hour, minute, second] = [part(clock, 0)?, part(clock, 2)?, part(clock, 4)?];
    Timestamp::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_ends_early_if_a_whole_hour_of_the_window_is_in_no_digest() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let check = |newest: &str, to: &str, now: &str, expected: bool| {
            let window = Window { from: None, to: Some(at(to)) };
            assert_eq!(ends_early(at(newest), window, at(now)), expected, "{newest} {to} {now}");
        };
        let (midnight, later) = ("2026-11-04T00:00:00Z", "2026-11-29T00:00:00Z");
        check("2026-11-04T00:00:00Z", midnight, later, false);
        // The hours of a trail begin when it was made.
        check("2026-11-03T23:00:01Z", midnight, later, false);
        check("2026-11-03T23:00:00Z", midnight, later, true);
        check("2026-11-01T00:00:00Z", midnight, later, true);
        // The newest digest of a trail that goes on is some hours old.
        check("2026-11-03T21:00:00Z", midnight, "2026-11-04T00:30:00Z", false);
        check("2026-11-03T21:00:00Z", later, "2026-11-04T00:59:59Z", false);
        check("2026-11-03T21:00:00Z", later, "2026-11-04T01:00:00Z", true);
        assert!(!ends_early(at("2026-11-01T00:00:00Z"), Window::default(), at(later)));
    }

    #[test]
    fn a_name_tells_the_chain_and_the_hour() {
        let check = |key: &str, expected: &str| {
            let found = DigestKey::parse(key).map(|key| format!("{} {} {}", key.chain, key.chain.home_region, key.end));
            assert_eq!(found.as_deref().unwrap_or("-"), expected, "{key}");
        };
        let name = "111122223333_CloudTrail-Digest_eu-west-1_my_own-trail_us-east-1_20261102T235959Z";
        let told = "111122223333 eu-west-1 my_own-trail us-east-1 2026-11-02T23:59:59Z";
        check(&format!("{name}.json.gz"), told);
        check(&format!("x/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/03/{name}.json"), told);
        let backfill = "111122223333 eu-west-1 my_own-trail (backfill) us-east-1 2026-11-02T23:59:59Z";
        check(&format!("{name}_backfill.json.gz"), backfill);
        for wrong in [
            "111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1p.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_us-east-1_20261102T235959Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261302T235959Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261102T2359Z.json.gz",
            "a_CloudTrail-Digest_eu-west-1_t_us-east-1_20261102T235959Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261102T235959Z",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261102T23595é.json",
            "",
        ] {
            check(wrong, "-");
        }
    }

    #[test]
    fn what_a_copy_keeps_begins_at_the_last_root() {
        for (key, expected) in [
            ("AWSLogs/1/x", Some("AWSLogs/1/x")),
            ("a/b/AWSLogs/1/x", Some("AWSLogs/1/x")),
            ("AWSLogs/o-a/AWSLogs/1/x", Some("AWSLogs/1/x")),
            ("aAWSLogs/1/x", None),
            ("1/x", None),
        ] {
            assert_eq!(archive_part(key), expected, "{key}");
        }
    }
}

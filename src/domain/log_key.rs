//! The grammar of CloudTrail's S3 keys, for whole keys and for the part of one that a local copy kept.
//!
//! `[prefix/]AWSLogs/[o-id/]<account>/<kind>/<region>/YYYY/MM/DD/<file>` with
//! `<account>_CloudTrail_<region>_YYYYMMDDTHHMMZ_<16 alphanumerics>.json[.gz]` (DOMAIN §6). Control Tower puts the
//! organization id in front as well, which is a custom prefix like any other.

use super::log_kind::LogKind;
use super::tally::Skip;
use super::timestamp::{Day, Timestamp};
use super::window::Window;

/// What a key says about its log file. Anything absent could not be told from the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogKey {
    /// Which kind of log file it is.
    pub kind: Option<LogKind>,
    /// The account whose events it holds.
    pub account: Option<Box<str>>,
    /// The region that delivered it.
    pub region: Option<Box<str>>,
    /// The UTC day of its folder, else of its delivery stamp.
    pub date: Option<Day>,
    /// The minute of delivery; present only where the file name has the full form of a CloudTrail log file.
    pub delivered: Option<Timestamp>,
}

impl LogKey {
    /// Reads a key, or a path below some folder of a local copy; `/` separates.
    #[must_use]
    pub fn parse(key: &str) -> Self {
        let segments: Vec<&str> = key.split('/').collect();
        let Some((name, folders)) = segments.split_last() else { return Self::default() };
        let told = KeyPart::of_folders(folders);
        let named = KeyPart::of_name(name);
        // The folder is what CloudTrail wrote; a name only fills what a partial copy lost.
        let kind = told.kind.or(named.kind);
        Self {
            kind,
            account: named.account.or(told.account).map(Into::into),
            region: named.region.or(told.region).map(Into::into),
            date: told.date.or(named.date),
            delivered: named.delivered.filter(|_| kind == Some(LogKind::CloudTrail)),
        }
    }

    /// What stands for all log files of an account, a region and a day: the folder that CloudTrail writes them to, from `AWSLogs` on
    /// and without an organization. Nothing where the key does not tell them.
    #[must_use]
    pub fn day_folder(&self) -> Option<String> {
        let (account, region, date) = (self.account.as_deref()?, self.region.as_deref()?, self.date?);
        Some(format!("AWSLogs/{account}/CloudTrail/{region}/{}/", date.to_string().replace('-', "/")))
    }

    /// The key of a name that is such a folder.
    #[must_use]
    pub fn of_day_folder(name: &str) -> Option<Self> {
        let key = Self::parse(Some(name).filter(|name| name.ends_with('/'))?);
        (key.day_folder()? == name).then_some(key)
    }

    /// Why the log file need not be opened, if so (DESIGN §2).
    #[must_use]
    pub fn reason_to_skip(&self, window: &Window, late_days: u32) -> Option<Skip> {
        match (self.kind, self.delivered) {
            (Some(kind), _) if kind != LogKind::CloudTrail => Some(Skip::Kind(kind)),
            (_, Some(delivered)) if !window.may_hold(delivered, late_days) => Some(Skip::Window),
            _ => None,
        }
    }
}

/// What one part of a key says, in the words of the key.
#[derive(Default)]
struct KeyPart<'a> {
    kind: Option<LogKind>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    date: Option<Day>,
    delivered: Option<Timestamp>,
}

impl<'a> KeyPart<'a> {
    fn of_folders(folders: &[&'a str]) -> Self {
        let date = folders.len().checked_sub(3).and_then(|at| day_of_folders(&folders[at..]));
        let Some(root) = folders.iter().rposition(|segment| *segment == "AWSLogs") else {
            // Without the root, only a segment that says so makes a file another kind.
            let kind = folders.iter().rev().find_map(|segment| LogKind::of_segment(segment));
            return Self { kind, date, ..Self::default() };
        };
        let below = &folders[root + 1..];
        let below = if below.first().is_some_and(|segment| is_organization(segment)) { &below[1..] } else { below };
        let account = below.first().filter(|segment| is_account(segment));
        let kind = account.and(below.get(1)).and_then(|segment| LogKind::of_segment(segment));
        let region = kind.filter(|kind| *kind != LogKind::Lake).and(below.get(2)).filter(|segment| is_region(segment));
        Self { kind, account: account.copied(), region: region.copied(), date, delivered: None }
    }

    fn of_name(name: &'a str) -> Self {
        let mut parts = name.split('_');
        let (Some(account), Some(kind), Some(region)) = (parts.next(), parts.next(), parts.next()) else {
            return Self::default();
        };
        let Some(kind) = LogKind::of_segment(kind).filter(|_| is_account(account) && is_region(region)) else {
            return Self::default();
        };
        let delivered = match (parts.next(), parts.next(), parts.next()) {
            (Some(stamp), Some(id), None) if kind == LogKind::CloudTrail && is_file_id(id) => parse_stamp(stamp),
            _ => None,
        };
        let complete = kind != LogKind::CloudTrail || delivered.is_some();
        if !complete {
            return Self::default();
        }
        Self {
            kind: Some(kind),
            account: Some(account),
            region: Some(region),
            date: delivered.map(Timestamp::day),
            delivered,
        }
    }
}

/// An account id. AWS has twelve digits; anonymised logs have other counts.
pub(crate) fn is_account(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An organization id: `o-` and 10 to 32 lower-case letters or digits; shorter ones occur in copies.
pub(crate) fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

pub(crate) fn is_region(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_file_id(text: &str) -> bool {
    let id = text.strip_suffix(".gz").unwrap_or(text);
    let Some(id) = id.strip_suffix(".json") else { return false };
    id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `YYYYMMDDTHHMMZ`
fn parse_stamp(stamp: &str) -> Option<Timestamp> {
    if stamp.len() != 14 || !stamp.is_ascii() {
        return None;
    }
    let (date, time) = stamp.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 4 {
        return None;
    }
    let mut text = *b"YYYY-MM-DDThh:mm:00Z";
    for (from, part) in [(0, &date[..4]), (5, &date[4..6]), (8, &date[6..]), (11, &time[..2]), (14, &time[2..])] {
        text[from..from + part.len()].copy_from_slice(part.as_bytes());
    }
    Timestamp::parse_rfc3339(str::from_utf8(&text).ok()?)
}

fn day_of_folders(folders: &[&str]) -> Option<Day> {
    let [year, month, day] = folders else { return None };
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    let mut text = *b"YYYY-MM-DD";
    for (from, part) in [(0, year), (5, month), (8, day)] {
        text[from..from + part.len()].copy_from_slice(part.as_bytes());
    }
    Day::parse(str::from_utf8(&text).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is `kind account region date delivered`, `-` for what is not told.
    fn check(key: &str, expected: &str) {
        let found = LogKey::parse(key);
        let dash = || "-".to_owned();
        let told = [
            found.kind.map_or_else(dash, |it| it.as_str().to_owned()),
            found.account.map_or_else(dash, |it| it.to_string()),
            found.region.map_or_else(dash, |it| it.to_string()),
            found.date.map_or_else(dash, |it| it.to_string()),
            found.delivered.map_or_else(dash, |it| it.to_string()),
        ];
        assert_eq!(told.join(" "), expected, "{key}");
    }

    const NAME: &str = "111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1p.json.gz";

    #[test]
    fn whole_keys_of_every_layout() {
        let all = "CloudTrail 111122223333 eu-west-1 2026-11-03 2026-11-02T23:55:00Z";
        for prefix in ["", "my/prefix/", "o-abc123def4/", "o-abc123def4/AWSLogs/o-abc123def4/", "AWSLogs/x/"] {
            check(&format!("{prefix}AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/03/{NAME}"), all);
            check(&format!("{prefix}AWSLogs/o-abc123def4/111122223333/CloudTrail/eu-west-1/2026/11/03/{NAME}"), all);
        }
    }

    #[test]
    fn a_folder_stands_for_the_log_files_of_a_day() {
        let folder = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/03/";
        let key = LogKey::of_day_folder(folder).unwrap();
        assert_eq!(key.day_folder().as_deref(), Some(folder));
        for organization in ["", "o-abc123def4/"] {
            let name = format!("AWSLogs/{organization}111122223333/CloudTrail/eu-west-1/2026/11/03/{NAME}");
            assert_eq!(LogKey::parse(&name).day_folder().as_deref(), Some(folder));
        }
        assert_eq!(LogKey::parse("events.json").day_folder(), None);
        for other in [&folder[..folder.len() - 1], "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/", "x/", "/", ""]
        {
            assert_eq!(LogKey::of_day_folder(other), None, "{other}");
        }
        assert_eq!(LogKey::of_day_folder(&format!("x/{folder}")), None);
        assert_eq!(LogKey::of_day_folder(&folder.replace("CloudTrail", "CloudTrail-Digest")), None);
    }

    #[test]
    fn what_a_partial_copy_still_tells() {
        let day = "CloudTrail 111122223333 eu-west-1 2026-11-02 2026-11-02T23:55:00Z";
        check(NAME, day);
        check(&format!("eu-west-1/2026/11/02/{NAME}"), day);
        check("111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1p.json", day);
        check("events.json", "- - - - -");
        check("2026/11/02/events.json", "- - - 2026-11-02 -");
        check(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02/copy.json",
            "CloudTrail 111122223333 eu-west-1 2026-11-02 -",
        );
    }

    #[test]
    fn other_kinds_are_told_by_the_exact_segment_or_name() {
        for kind in LogKind::SKIPPED {
            let kind = kind.as_str();
            let key = format!("AWSLogs/o-x/111122223333/CloudTrail-{kind}/eu-west-1/2026/11/02/f.json.gz");
            let region = if kind == "Lake" { "-" } else { "eu-west-1" };
            check(&key, &format!("{kind} 111122223333 {region} 2026-11-02 -"));
            check(&format!("CloudTrail-{kind}/eu-west-1/2026/11/02/f.json.gz"), &format!("{kind} - - 2026-11-02 -"));
        }
        check(
            "111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261102T235500Z.json.gz",
            "Digest 111122223333 eu-west-1 - -",
        );
        check(
            &format!("CloudTrail-Digest/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02/{NAME}"),
            "CloudTrail 111122223333 eu-west-1 2026-11-02 2026-11-02T23:55:00Z",
        );
        check("AWSLogs/111122223333/CloudTrail-Digests/eu-west-1/2026/11/02/f.json", "- 111122223333 - 2026-11-02 -");
        check("AWSLogs/111122223333/Config/eu-west-1/2026/11/2/f.json.gz", "- 111122223333 - - -");
    }

    #[test]
    fn near_misses_of_the_file_name_have_no_stamp() {
        for name in [
            "111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1.json.gz",
            "111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1p.json.bz2",
            "111122223333_CloudTrail_eu-west-1_20261302T2355Z_aB3dE5gH7jK9mN1p.json.gz",
            "111122223333_CloudTrail_eu-west-1_20261102T2365Z_aB3dE5gH7jK9mN1p.json.gz",
            "111122223333_CloudTrail_eu-west-1_20261102T235500Z_aB3dE5gH7jK9mN1p.json.gz",
            "x111122223333_CloudTrail_eu-west-1_20261102T2355Z_aB3dE5gH7jK9mN1p.json.gz",
            "111122223333_CloudTrail_eu-west-1_２0261102T2355Z_aB3dE5gH7jK9mN1p.json.gz",
        ] {
            check(name, "- - - - -");
        }
    }
}

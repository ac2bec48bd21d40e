//! What the folders of an archive are, by their names alone (DOMAIN §6). Pure: what they hold is listed elsewhere.

use crate::domain::log_key::{is_account, is_organization, is_region};
use crate::domain::log_kind::LogKind;

/// What a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FolderKind {
    /// In front of an archive, or not part of one; anything may be below.
    Above,
    /// `AWSLogs/`: accounts and organizations.
    Root,
    /// `o-…/` below it: accounts.
    Organization,
    /// An account, which has a folder for each kind of log file.
    Account,
    /// `CloudTrail/`, or the folder of another kind that is wanted: regions.
    Trail,
    /// A region: years.
    Region,
    /// Part of a date: a year, a month or a day.
    Date(String),
}

impl FolderKind {
    /// What the folder `prefix` is, which is empty or ends with a slash, to those who look for that kind of file.
    pub(crate) fn of(prefix: &str, wanted: LogKind) -> Self {
        let segments = prefix.strip_suffix('/').filter(|text| !text.is_empty());
        let segments = segments.into_iter().flat_map(|text| text.split('/'));
        segments.fold(Self::Above, |place, name| place.child(name, wanted).unwrap_or(Self::Above))
    }

    /// What a folder in it is; nothing where it holds none of that kind of file.
    pub(crate) fn child(&self, name: &str, wanted: LogKind) -> Option<Self> {
        if name == "AWSLogs" {
            return Some(Self::Root);
        }
        match self {
            Self::Above => above(name, wanted),
            Self::Root if is_organization(name) => Some(Self::Organization),
            Self::Root | Self::Organization if is_account(name) => Some(Self::Account),
            Self::Root | Self::Organization => Some(Self::Above),
            Self::Account => (LogKind::of_segment(name) == Some(wanted)).then_some(Self::Trail),
            Self::Trail => is_region(name).then_some(Self::Region),
            Self::Region => is_year(name).then(|| Self::Date(format!("{name}/"))),
            // Day folders have none; what a copy put there belongs to the day.
            Self::Date(date) if date.len() > DAY_LENGTH - 1 => Some(self.clone()),
            Self::Date(date) => is_two_digits(name).then(|| Self::Date(format!("{date}{name}/"))),
        }
    }

    /// Whether it is a year of log files only if there are months in it: in no region, anything may be called so.
    pub(crate) fn may_be_year(&self, prefix: &str, wanted: LogKind) -> bool {
        let above = || prefix.trim_end_matches('/').rfind('/').map_or("", |at| &prefix[..=at]);
        matches!(self, Self::Date(date) if date.len() == YEAR_LENGTH) && Self::of(above(), wanted) != Self::Region
    }

    /// Whether its log files lie in folders by date, so that nothing has to be listed to find them.
    pub(crate) fn is_dated(&self) -> bool {
        matches!(self, Self::Region | Self::Date(_))
    }
}

/// `YYYY/`
const YEAR_LENGTH: usize = 5;

/// `YYYY/MM/DD/`
pub(super) const DAY_LENGTH: usize = 11;

/// Copies keep only some of the folders, so any of them may come first.
fn above(name: &str, wanted: LogKind) -> Option<FolderKind> {
    if let Some(kind) = LogKind::of_segment(name) {
        return (kind == wanted).then_some(FolderKind::Trail);
    }
    Some(match name {
        _ if is_year(name) => FolderKind::Date(format!("{name}/")),
        _ if is_account(name) && name.len() == 12 => FolderKind::Account,
        _ if is_region(name) && name.ends_with(|last: char| last.is_ascii_digit()) && name.matches('-').count() > 1 => {
            FolderKind::Region
        }
        _ => FolderKind::Above,
    })
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && (name.starts_with("19") || name.starts_with("20")) && is_account(name)
}

fn is_two_digits(name: &str) -> bool {
    name.len() == 2 && is_account(name)
}

/// Where all files of that kind lie that belong to the region that a prefix lies in; the prefix itself where it is above
/// regions.
pub(crate) fn whole_region(prefix: &str, wanted: LogKind) -> String {
    let segments: Vec<&str> = prefix.split('/').collect();
    let is_kind = |segment: &&str| matches!(LogKind::of_segment(segment), Some(LogKind::CloudTrail | LogKind::Digest));
    let Some(at) = segments.iter().rposition(is_kind) else { return prefix.to_owned() };
    let (folder, region) = (wanted.segment(), segments.get(at + 1).filter(|segment| is_region(segment)));
    let kept = segments[..at].iter().copied().chain([folder.as_str()]).chain(region.copied());
    kept.flat_map(|segment| [segment, "/"]).collect()
}

/// Whether an address may well be that of an object, by the end of its name.
pub(crate) fn is_named_like_a_log(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    [".json", ".json.gz", ".gz", ".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_by_their_names() {
        let check = |prefix: &str, expected: FolderKind| {
            assert_eq!(FolderKind::of(prefix, LogKind::CloudTrail), expected, "{prefix}");
        };
        check("", FolderKind::Above);
        check("my/prefix/", FolderKind::Above);
        for front in ["", "my/prefix/", "o-abc123def4/", "AWSLogs/x/"] {
            for organization in ["", "o-abc123def4/"] {
                let root = format!("{front}AWSLogs/");
                check(&root, FolderKind::Root);
                let accounts = format!("{root}{organization}");
                check(&format!("{accounts}111122223333/"), FolderKind::Account);
                check(&format!("{accounts}111122223333/CloudTrail/"), FolderKind::Trail);
                let region = format!("{accounts}111122223333/CloudTrail/eu-west-1/");
                check(&region, FolderKind::Region);
                check(&format!("{region}2026/"), FolderKind::Date("2026/".to_owned()));
                check(&format!("{region}2026/11/"), FolderKind::Date("2026/11/".to_owned()));
                check(&format!("{region}2026/11/03/"), FolderKind::Date("2026/11/03/".to_owned()));
                check(&format!("{region}2026/11/03/more/"), FolderKind::Date("2026/11/03/".to_owned()));
            }
        }
        check("AWSLogs/o-abc123def4/", FolderKind::Organization);
        check("copy/CloudTrail/", FolderKind::Trail);
        check("copy/us-gov-west-1/", FolderKind::Region);
        check("my-logs/", FolderKind::Above);
        check("copy/111122223333/", FolderKind::Account);
        check("copy/2026/11/", FolderKind::Date("2026/11/".to_owned()));
    }

    #[test]
    fn a_year_may_be_something_else_where_no_region_is_above() {
        let check = |prefix: &str, expected: bool| {
            let place = FolderKind::of(prefix, LogKind::CloudTrail);
            assert_eq!(place.may_be_year(prefix, LogKind::CloudTrail), expected, "{prefix}");
        };
        check("2025/", true);
        check("extracts/2025/", true);
        check("extracts/2025/11/", false);
        check("AWSLogs/1/CloudTrail/eu-west-1/2025/", false);
        check("copy/eu-west-1/2025/", false);
        check("extracts/", false);
    }

    #[test]
    fn digests_lie_beside_log_files() {
        for (prefix, digests, logs) in [
            ("", "", ""),
            ("my/prefix", "my/prefix", "my/prefix"),
            ("AWSLogs/o-x/1/", "AWSLogs/o-x/1/", "AWSLogs/o-x/1/"),
            ("AWSLogs/1/CloudTrail", "AWSLogs/1/CloudTrail-Digest/", "AWSLogs/1/CloudTrail/"),
            ("a/1/CloudTrail/eu-west-1/", "a/1/CloudTrail-Digest/eu-west-1/", "a/1/CloudTrail/eu-west-1/"),
            ("a/1/CloudTrail/eu-west-1/2026/x.gz", "a/1/CloudTrail-Digest/eu-west-1/", "a/1/CloudTrail/eu-west-1/"),
            ("a/1/CloudTrail-Digest/eu-west-1/2026/", "a/1/CloudTrail-Digest/eu-west-1/", "a/1/CloudTrail/eu-west-1/"),
        ] {
            assert_eq!(whole_region(prefix, LogKind::Digest), digests);
            assert_eq!(whole_region(prefix, LogKind::CloudTrail), logs);
        }
    }

    #[test]
    fn other_kinds_are_never_entered() {
        for name in ["CloudTrail-Digest", "CloudTrail-Insight", "Config", "elasticloadbalancing"] {
            assert_eq!(FolderKind::Account.child(name, LogKind::CloudTrail), None);
        }
        assert_eq!(FolderKind::Above.child("CloudTrail-Digest", LogKind::CloudTrail), None);
        assert_eq!(FolderKind::Region.child("x", LogKind::CloudTrail), None);
        for (folder, wanted) in [("CloudTrail", LogKind::CloudTrail), ("CloudTrail-Digest", LogKind::Digest)] {
            assert_eq!(FolderKind::of(&format!("AWSLogs/1/{folder}/"), wanted), FolderKind::Trail);
        }
    }
}

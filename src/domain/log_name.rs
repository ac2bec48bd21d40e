//! Which names of a walk are log files, the same for a directory and for a bucket (DESIGN §8). Pure: what a file holds is
//! looked at elsewhere.
//!
//! Only names below the place that was named count. A file that was named itself is read, whatever its name is.

use super::log_key::{is_account, is_organization};
use super::tally::Skip;

/// What a name says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileNameVerdict {
    /// It is read.
    Read,
    /// It is read if it begins as JSON or as a packing of it.
    Look,
    /// It is no log file.
    Skip(Skip),
}

/// What log files and their packings end with. A name without any of that kind of end is read as well.
const ENDS: [&str; 14] =
    ["json", "gz", "ndjson", "jsonl", "log", "csv", "txt", "parquet", "zst", "bz2", "xz", "zip", "tar", "tgz"];

/// What file browsers leave behind.
const LEFT_BEHIND: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// Folders of other services that deliver below `AWSLogs/<account>/`, in lower case.
const SERVICES: [&str; 24] = [
    "bedrockmodelinvocationlogs",
    "cloudfront",
    "cloudwatch",
    "config",
    "elasticloadbalancing",
    "globalaccelerator",
    "guardduty",
    "inspector2",
    "kafkabrokerlogs",
    "macie",
    "network-firewall",
    "networkfirewall",
    "redshift",
    "route53resolver",
    "s3",
    "s3accesslogs",
    "securityhub",
    "transitgateway",
    "verifiedaccess",
    "vpc-lattice",
    "vpcdnsquerylogs",
    "vpcflowlogs",
    "vpclattice",
    "waflogs",
];

/// What the name of a file, without its folders, says.
#[must_use]
pub fn file(name: &str) -> FileNameVerdict {
    if name.starts_with(['.', '_']) || LEFT_BEHIND.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return FileNameVerdict::Skip(Skip::Special);
    }
    match name.rsplit_once('.') {
        Some((_, end)) if !ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)) => FileNameVerdict::Look,
        _ => FileNameVerdict::Read,
    }
}

/// Why nothing below a folder is looked at, if so. `above` are the names of the folders that it lies in.
#[must_use]
pub fn folder(above: &[&str], name: &str) -> Option<Skip> {
    if name.starts_with('.') {
        return Some(Skip::Special);
    }
    let is_known = SERVICES.iter().any(|known| name.eq_ignore_ascii_case(known));
    (is_known && is_account_folder(above)).then_some(Skip::Service)
}

/// Whether these folders end with an account's below `AWSLogs`.
fn is_account_folder(folders: &[&str]) -> bool {
    match folders {
        [.., "AWSLogs", account] => is_account(account),
        [.., "AWSLogs", organization, account] => is_organization(organization) && is_account(account),
        _ => false,
    }
}

/// What a whole key says, of which the first `start` bytes were named. Second: the part of the key that it is about, the
/// name of a folder if that is what is left out.
#[must_use]
pub fn key(key: &str, start: usize) -> (FileNameVerdict, &str) {
    let mut above: Vec<&str> = Vec::new();
    let mut end = 0;
    for part in key.split_inclusive('/') {
        end += part.len();
        match part.strip_suffix('/') {
            Some(name) => {
                if end > start
                    && let Some(skip) = folder(&above, name)
                {
                    return (FileNameVerdict::Skip(skip), &key[..end]);
                }
                above.push(name);
            }
            None => return (file(part), key),
        }
    }
    (FileNameVerdict::Read, key)
}

/// Whether a file that is in no folder of log files may be one of another service, so that what is no CloudTrail in it is no
/// failure: it lies in `AWSLogs`.
#[must_use]
pub fn may_be_of_a_service(key: &str) -> bool {
    key.split('/').rev().skip(1).any(|folder| folder == "AWSLogs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell() {
        let check = |names: &[&str], expected: FileNameVerdict| {
            for name in names {
                assert_eq!(file(name), expected, "{name}");
            }
        };
        check(
            &["a.json", "a.json.gz", "A.JSON", "export", "x.NDJSON", "x.tgz", "x.log", "october.csv", "a.parquet"],
            FileNameVerdict::Read,
        );
        check(
            &["README.md", "index.html", "x.crc", "a.json~", "store.db", "a.log.1", "x.sha256", "a."],
            FileNameVerdict::Look,
        );
        let special =
            [".DS_Store", "._a.json.gz", "_SUCCESS", "_a.json", "Thumbs.db", "thumbs.DB", "Desktop.ini", ".json"];
        check(&special, FileNameVerdict::Skip(Skip::Special));
    }

    /// `expected` is `read`, `look`, `special` or `service`, and behind it what of the key is left out.
    fn check(text: &str, start: usize, expected: &str) {
        let (glance, about) = key(text, start);
        let shown = match glance {
            FileNameVerdict::Read => "read".to_owned(),
            FileNameVerdict::Look => "look".to_owned(),
            FileNameVerdict::Skip(Skip::Special) => format!("special {about}"),
            FileNameVerdict::Skip(Skip::Service) => format!("service {about}"),
            FileNameVerdict::Skip(other) => panic!("{other:?}"),
        };
        assert_eq!(shown, expected, "{text} from {start}");
    }

    #[test]
    fn keys_tell_by_their_folders_too() {
        check("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/10/a.json.gz", 0, "read");
        check("AWSLogs/111122223333/vpcflowlogs/eu-west-1/a.log.gz", 0, "service AWSLogs/111122223333/vpcflowlogs/");
        check("x/AWSLogs/o-abc/111122223333/Config/f", 0, "service x/AWSLogs/o-abc/111122223333/Config/");
        check(
            "AWSLogs/111122223333/elasticloadbalancing/x/y.gz",
            21,
            "service AWSLogs/111122223333/elasticloadbalancing/",
        );
        // Only below an account, and nothing that nobody knows.
        check("Config/a.json", 0, "read");
        check("AWSLogs/Config/a.json", 0, "read");
        check("AWSLogs/111122223333/backup/a.json", 0, "read");
        check("a/.git/config", 0, "special a/.git/");
        check("a/_temporary/0/x.json", 0, "read");
        check("a/_SUCCESS", 0, "special a/_SUCCESS");
        // What was named is meant.
        check("AWSLogs/111122223333/vpcflowlogs/a.gz", 33, "read");
        check(".hidden/logs/a.json", 8, "read");
        check("a/", 0, "read");
    }
}

//! Copies of an archive: the same digests may lie in several sources, or in several folders of one. What one copy lacks, no
//! other one makes up for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::signatures::known_by;
use crate::domain::digest_key::archive_part;
use crate::domain::log_key::is_organization;

/// Where an archive lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Home {
    /// The number of its source.
    pub source: usize,
    /// The folder above `AWSLogs`, as names in the source have it; empty where the source begins there or below.
    pub base: Box<str>,
}

impl Home {
    /// That of a file.
    #[must_use]
    pub fn of(source: usize, file: &str) -> Self {
        Self { source, base: base_of(file).into() }
    }
}

/// Where the digests of a chain lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHomes {
    /// Where this copy lies, if others are there; the parts of an archive that is there once complete each other.
    pub own: Option<Home>,
    /// Where digests of the chain lie, in order.
    all: Arc<[Home]>,
}

impl ChainHomes {
    /// Whether digests of the chain lie where a file does.
    pub(super) fn have(&self, source: usize, base: &str) -> bool {
        self.all.binary_search_by(|home| (home.source, &*home.base).cmp(&(source, base))).is_ok()
    }

    /// Whether a log file there is the one that a digest of this copy lists. One that lies where there is no digest of the
    /// chain, so that nothing else speaks of it, is that of every copy.
    pub(super) fn own(&self, source: usize, base: &str) -> bool {
        let is_own = |own: &Home| own.source == source && *own.base == *base;
        self.own.as_ref().is_none_or(|own| is_own(own) || !self.have(source, base))
    }
}

/// The digests of a chain, and where they lie: a chain that has a digest in two places is there as often as it has places.
/// `place` tells of one the number of its source, and its name there.
pub(super) fn copies_of<T>(digests: Vec<T>, place: fn(&T) -> (usize, &str)) -> Vec<(ChainHomes, Vec<T>)> {
    let home = |found: &T| {
        let (source, file) = place(found);
        Home::of(source, file)
    };
    let (mut homes, mut names, mut is_twice) = (BTreeSet::new(), HashMap::new(), false);
    for found in &digests {
        let (source, file) = place(found);
        let home = (source, base_of(file));
        is_twice |= names.insert(known_by(file), home).is_some_and(|other| other != home);
        homes.insert(home);
    }
    let all: Arc<[Home]> = homes.into_iter().map(|(source, base)| Home { source, base: base.into() }).collect();
    if !is_twice {
        return vec![(ChainHomes { own: None, all }, digests)];
    }
    let of_home = |own: &Home| (ChainHomes { own: Some(own.clone()), all: Arc::clone(&all) }, Vec::new());
    let mut copies: Vec<(ChainHomes, Vec<T>)> = all.iter().map(of_home).collect();
    for found in digests {
        // Each has its place among them.
        if let Ok(at) = all.binary_search(&home(&found)) {
            copies[at].1.push(found);
        }
    }
    copies
}

/// The folder above `AWSLogs`. Where a name has no such folder, all folders that CloudTrail made are taken off it.
pub(super) fn base_of(file: &str) -> &str {
    if let Some(part) = archive_part(file) {
        return &file[..file.len() - part.len()];
    }
    let (mut base, name) = file.rsplit_once('/').unwrap_or(("", file));
    for is_made in FOLDERS {
        let (above, last) = base.rsplit_once('/').unwrap_or(("", base));
        if is_made(last, name) {
            base = above;
        }
    }
    base
}

/// Whether a folder is one of those below `AWSLogs`, from the last to the first, for a file of that name.
const FOLDERS: [fn(&str, &str) -> bool; 7] = [
    |day, _| is_number(day, 2),
    |month, _| is_number(month, 2),
    |year, _| is_number(year, 4),
    // The name tells region and account, too.
    |region, name| name.split('_').nth(2) == Some(region),
    |kind, name| name.split('_').nth(1) == Some(kind),
    |account, name| name.split('_').next() == Some(account),
    |organization, _| is_organization(organization),
];

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_lies_above_the_folders_that_cloudtrail_made() {
        let check = |file: &str, expected: &str| assert_eq!(base_of(file), expected, "{file}");
        let name = "111122223333_CloudTrail_eu-west-1_20261102T0015Z_aaaabbbbccccdd00.json.gz";
        let below = &format!("111122223333/CloudTrail/eu-west-1/2026/11/02/{name}");
        check(&format!("AWSLogs/{below}"), "");
        check(&format!("copy/of/AWSLogs/o-a/{below}"), "copy/of/");
        check(below, "");
        check(&below.replace("CloudTrail", "CloudTrail-Digest"), "");
        check(&format!("o-abc/{below}"), "");
        check(&format!("copy/{below}"), "copy");
        check(&format!("eu-west-1/2026/11/02/{name}"), "");
        check(&format!("11/02/{name}"), "");
        check(&format!("02/{name}"), "");
        check(&format!("copy-1/{name}"), "copy-1");
        check(name, "");
        check("", "");
    }
}

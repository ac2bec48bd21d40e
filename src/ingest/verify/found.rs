//! What the listings of local archives show, before a file is opened.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::audit::verify::copies::Home;
use crate::audit::verify::digests::Surroundings;
use crate::domain::digest_key::{ChainKey, DigestKey};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Timestamp;
use crate::source::place::FilePath;
use crate::source::{Body, Listing, Unlisted};

/// A digest file of a local source.
#[derive(Debug)]
pub(super) struct LocalDigest {
    /// Its name in the source.
    pub(super) name: Arc<str>,
    /// What the name says; all digests of a chain that are listed behind each other have their chain in common.
    pub(super) key: DigestKey,
    /// Where it is.
    pub(super) place: FilePath,
    /// The number of its source.
    pub(super) source: usize,
}

/// When something was first, everywhere and by the place of the archive. Everywhere is asked for each hole, so nobody goes over
/// all places for it.
#[derive(Debug)]
struct FirstTimes {
    everywhere: Timestamp,
    of_home: HashMap<Home, Timestamp>,
}

/// The digests of local sources, and what the names of all their files tell.
#[derive(Debug, Default)]
pub struct FoundArchive {
    digests: Vec<LocalDigest>,
    /// When the oldest file of each account and region was written, by the place of the archive.
    oldest: HashMap<Box<str>, HashMap<Box<str>, FirstTimes>>,
    /// The end of the first digest of each chain, by the place of the archive.
    first: HashMap<Arc<ChainKey>, FirstTimes>,
    /// The names of files among the digests that no digest can have.
    odd: Vec<Arc<str>>,
}

impl FoundArchive {
    /// Takes what the listing of a local source, with its number, shows: digests are among what it skips, unless a copy has put them
    /// elsewhere.
    pub fn take(&mut self, root: &Path, source: usize, listing: &Listing) {
        let (is_folder, mut folder) = (root.is_dir(), Arc::<Path>::from(Path::new("")));
        let mut place = |name: &Arc<str>| {
            let path = if is_folder { root.join(&**name) } else { root.to_owned() };
            // Those of a day share their folder, and the file system has to be asked for it once.
            let parent = path.parent().unwrap_or(Path::new(""));
            if *parent != *folder {
                folder = parent.into();
            }
            FilePath::new(&folder, path.file_name().unwrap_or_default(), name)
        };
        for (name, skip) in &listing.skipped {
            if *skip == Skip::Kind(LogKind::Digest) {
                let Some(key) = DigestKey::parse(name) else {
                    self.odd.push(Arc::clone(name));
                    continue;
                };
                self.add(name, key, place(name), source);
            }
        }
        // One that is there and that nobody can open is not missing.
        for Unlisted { file, .. } in &listing.failed {
            if let Some(key) = DigestKey::parse(file) {
                self.add(file, key, place(file), source);
            }
        }
        for chunk in &listing.chunks {
            match (&chunk.body, DigestKey::parse(&chunk.log_file)) {
                (Body::File { place, .. }, Some(key)) => {
                    self.add(&chunk.log_file, key, place.clone(), source);
                }
                _ => self.see(Home::of(source, &chunk.log_file), &chunk.key),
            }
        }
    }

    /// The digests that `may_tell` something by the end of their hours, chain by chain.
    pub(super) fn chains(&self, may_tell: impl Fn(Timestamp) -> bool) -> impl Iterator<Item = Vec<&LocalDigest>> {
        let mut chains: BTreeMap<&ChainKey, Vec<&LocalDigest>> = BTreeMap::new();
        for digest in self.digests.iter().filter(|digest| may_tell(digest.key.end)) {
            chains.entry(&digest.key.chain).or_default().push(digest);
        }
        chains.into_values()
    }

    /// The names of files among them that no digest can have.
    pub(super) fn odd(&self) -> &[Arc<str>] {
        &self.odd
    }

    fn add(&mut self, name: &Arc<str>, DigestKey { chain, end }: DigestKey, place: FilePath, source: usize) {
        let home = Home::of(source, name);
        self.is_of(home.clone(), &chain.account, &chain.region, end);
        match self.first.get_mut(&chain) {
            Some(first) => first.lower(home, end),
            None => {
                self.first.insert(Arc::clone(&chain), FirstTimes::new(home, end));
            }
        }
        let last = self.digests.last().map(|digest| &digest.key.chain).filter(|last| **last == chain);
        let chain = last.map_or(chain, Arc::clone);
        self.digests.push(LocalDigest { name: Arc::clone(name), key: DigestKey { chain, end }, place, source });
    }

    /// Takes the name of a log file.
    fn see(&mut self, home: Home, key: &LogKey) {
        if let LogKey { account: Some(account), region: Some(region), delivered: Some(delivered), .. } = key {
            self.is_of(home, account, region, *delivered);
        }
    }

    /// A file of that account and region was written then.
    fn is_of(&mut self, home: Home, account: &str, region: &str, time: Timestamp) {
        // Most often the place is known, and then nothing is copied.
        match self.oldest.get_mut(account).and_then(|regions| regions.get_mut(region)) {
            Some(first) => first.lower(home, time),
            None => {
                self.oldest.entry(account.into()).or_default().insert(region.into(), FirstTimes::new(home, time));
            }
        }
    }
}

impl FirstTimes {
    fn new(home: Home, time: Timestamp) -> Self {
        Self { everywhere: time, of_home: HashMap::from([(home, time)]) }
    }

    /// Takes a time of a place, if it is its first.
    fn lower(&mut self, home: Home, time: Timestamp) {
        self.everywhere = self.everywhere.min(time);
        let first = self.of_home.entry(home).or_insert(time);
        *first = (*first).min(time);
    }

    /// The first time of a copy, or of all places.
    fn of(&self, copy: Option<&Home>) -> Option<Timestamp> {
        copy.map_or(Some(self.everywhere), |copy| self.of_home.get(copy).copied())
    }
}

impl Surroundings for FoundArchive {
    fn oldest(&self, chain: &ChainKey, copy: Option<&Home>) -> Option<Timestamp> {
        self.oldest.get(&chain.account)?.get(&chain.region)?.of(copy)
    }

    fn has_older(&self, chain: &ChainKey, copy: Option<&Home>, end: Timestamp) -> bool {
        self.first.get(chain).and_then(|first| first.of(copy)).is_some_and(|first| first < end)
    }
}

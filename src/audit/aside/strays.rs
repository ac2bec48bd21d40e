//! Events that cannot be judged in one part alone: copies that speak of different runs, corrections, and what they correct.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::file::AsideError;
use super::keys::EventKey;
use super::parts::PARTS;
use super::writer::EventWriter;
use crate::audit::runs::dedupe::Deduplicated;
use crate::domain::assumption::Assumption;

/// The keys of such events, and the parts that they lie in.
#[derive(Debug, Default)]
pub(super) struct StrayKeys {
    pub(super) keys: HashSet<EventKey>,
    pub(super) parts: BTreeSet<usize>,
}

/// What stands of such events.
#[derive(Debug, Default)]
pub(super) struct Strays {
    pub(super) keys: HashSet<EventKey>,
    /// By the part of their run.
    pub(super) by_part: HashMap<usize, Vec<Assumption>>,
    /// What became of the others.
    pub(super) counted: Deduplicated,
}

impl Strays {
    pub(super) fn new(keys: StrayKeys, mut whole: Deduplicated, part: impl Fn(&Assumption) -> usize) -> Self {
        let mut by_part: HashMap<usize, Vec<Assumption>> = HashMap::new();
        for event in std::mem::take(&mut whole.events) {
            by_part.entry(part(&event)).or_default().push(event);
        }
        Self { keys: keys.keys, by_part, counted: whole }
    }
}

/// The bytes of a key and a part.
const ENTRY: usize = 17;

/// Finds them. Of all keys, those of one part lie in memory.
pub(super) fn find(writers: &mut [EventWriter]) -> Result<StrayKeys, AsideError> {
    let mut found = StrayKeys::default();
    let related: HashSet<EventKey> = writers.iter().flat_map(EventWriter::related).copied().collect();
    let mut bytes = Vec::new();
    for part in 0..PARTS {
        bytes.clear();
        writers.iter_mut().try_for_each(|writer| writer.keys(part, &mut bytes))?;
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        let mut entries: Vec<[u8; ENTRY]> = entries.to_vec();
        entries.sort_unstable();
        entries.dedup();
        for same in entries.chunk_by(|one, other| one[..16] == other[..16]) {
            let Some(Ok(key)) = same.first().map(|entry| EventKey::try_from(&entry[..16])) else { continue };
            if same.len() > 1 || related.contains(&key) {
                found.keys.insert(key);
                found.parts.extend(same.iter().map(|entry| usize::from(entry[16])));
            }
        }
    }
    Ok(found)
}

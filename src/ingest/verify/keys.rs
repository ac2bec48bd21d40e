//! Which public keys are asked for: those of the regions and the times of digests.

use std::collections::BTreeMap;

use crate::audit::verify::digests::FoundDigest;
use crate::domain::public_key::{PublicKey, PublicKeyQuestion};
use crate::domain::timestamp::Timestamp;
use crate::source::Unlisted;
use crate::source::digests::DigestInbox;

/// A digest is signed some time after its hour: the key that signed it may begin as late as this, in seconds (DOMAIN §7).
const LATE_KEY: i64 = 2 * 3_600;

/// A digest for late log files is signed within so many seconds of the time that it was made at.
const AROUND: i64 = 3_600;

/// Asks the remote sources, each for the keys of its own digests; what cannot be listed is `failed`. No two are the same,
/// and they are in the order of their fingerprints.
pub(super) fn public_keys(
    inboxes: &[(usize, Box<dyn DigestInbox>)],
    digests: &[FoundDigest],
    failed: &mut Vec<Unlisted>,
) -> Vec<PublicKey> {
    let mut keys = Vec::new();
    for (source, inbox) in inboxes {
        let questions = questions(digests.iter().filter(|digest| digest.source == *source));
        for answer in inbox.public_keys(&questions) {
            match answer {
                Ok(mut more) => keys.append(&mut more),
                Err(unlisted) => failed.push(unlisted),
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A question for each region.
fn questions<'a>(digests: impl Iterator<Item = &'a FoundDigest>) -> Vec<PublicKeyQuestion> {
    let mut regions: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for digest in digests {
        let (end, generated) = (digest.key.end.seconds(), digest.beside.generated.map(Timestamp::seconds));
        let start = digest.read.as_ref().map_or(end - AROUND, |read| read.start.seconds());
        let first = generated.map_or(start, |generated| start.min(generated - AROUND));
        let last = generated.map_or(end, |generated| end.max(generated + AROUND)) + LATE_KEY;
        let (from, to) = regions.entry(&digest.key.chain.region).or_insert((first, last));
        (*from, *to) = ((*from).min(first), (*to).max(last));
    }
    let question = |(region, (from, to)): (&str, (i64, i64))| {
        let (from, to) = (Timestamp::from_seconds(from)?, Timestamp::from_seconds(to)?);
        Some(PublicKeyQuestion { region: region.into(), from, to })
    };
    regions.into_iter().filter_map(question).collect()
}

//! A day of an archive: log files in batches of neighbours, each with its prefix in the bucket.

use super::rng::Rng;

/// How many log files are read as one here. A batch lies below one prefix.
pub(crate) const BATCH: u64 = 50;

/// Packed bytes of log files: a twentieth of them lies between a number and the next one. The mean is that of an archive
/// that was measured, 61 KB.
const SIZES: [u64; 21] = [
    600, 1_200, 1_800, 2_600, 3_500, 4_600, 6_000, 7_600, 9_600, 12_400, 16_000, 21_000, 27_000, 35_000, 45_000,
    58_000, 77_000, 105_000, 145_000, 215_000, 790_000,
];
/// So many of a million log files are of an account that writes without a break, and have up to `GIANT` bytes.
const GIANTS: u32 = 50;
const GIANT: u64 = 60_000_000;

/// Neighbours in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Which share of the bucket S3 keeps it in, see `Limit`.
    pub(crate) partition: usize,
    /// How many log files.
    pub(crate) objects: u64,
    /// Their packed bytes.
    pub(crate) bytes: u64,
}

/// What there is to read.
#[derive(Debug)]
pub(crate) struct Archive {
    /// In the order of a listing that goes through many prefixes side by side.
    pub(crate) batches: Vec<Batch>,
    /// Into how many shares S3 has divided the bucket.
    pub(crate) partitions: usize,
    /// How many log files the largest prefix has.
    pub(crate) longest_prefix: u64,
}

impl Archive {
    /// An archive with `objects` log files below `prefixes` prefixes of accounts and regions, a few of which have most.
    pub(crate) fn new(objects: u64, prefixes: usize, partitions: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 1);
        let mut in_prefix = vec![0_u64; prefixes];
        let mut left = objects;
        let mut batches = Vec::new();
        while left > 0 {
            let count = left.min(BATCH);
            left -= count;
            let prefix = rng.skewed(prefixes);
            in_prefix[prefix] += count;
            let bytes = (0..count).map(|_| size(&mut rng)).sum();
            batches.push(Batch { partition: prefix % partitions, objects: count, bytes });
        }
        Self { batches, partitions, longest_prefix: in_prefix.into_iter().max().unwrap_or(0) }
    }

    /// Log files of all batches.
    pub(crate) fn objects(&self) -> u64 {
        self.batches.iter().map(|batch| batch.objects).sum()
    }

    /// Packed bytes of all batches.
    pub(crate) fn bytes(&self) -> u64 {
        self.batches.iter().map(|batch| batch.bytes).sum()
    }
}

fn size(rng: &mut Rng) -> u64 {
    if rng.chance(GIANTS) {
        return rng.below(GIANT) + 1;
    }
    let at = usize::try_from(rng.below(20)).unwrap_or(0);
    SIZES[at] + rng.below(SIZES[at + 1] - SIZES[at])
}

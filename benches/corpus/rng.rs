//! A small seeded generator of numbers (splitmix64), so that a corpus is the same on every machine.
//! Not for secrets.

/// One stream of numbers; equal seeds give equal streams.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream of `seed`, apart from the streams of the same seed with another `lane`.
    pub(crate) fn new(seed: u64, lane: u64) -> Self {
        let mut rng = Self(seed ^ lane.wrapping_mul(0xd134_2543_de82_ef95));
        rng.next();
        rng
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// An index below `len`, small ones far more often: a few names make most of a log.
    pub(crate) fn skewed(&mut self, len: usize) -> usize {
        let end = u64::try_from(len).unwrap_or(1).max(1);
        let widest = self.below(end) + 1;
        usize::try_from(self.below(widest)).unwrap_or(0)
    }

    /// One of `choices`, which are not empty, all equally likely.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let end = u64::try_from(choices.len()).unwrap_or(1);
        choices[usize::try_from(self.below(end)).unwrap_or(0)]
    }

    /// True in `share` of a million cases.
    pub(crate) fn chance(&mut self, share: u32) -> bool {
        self.below(1_000_000) < u64::from(share)
    }

    /// About normally distributed, mean 0, deviation 1; sums uniform numbers, so no platform's `ln` shows.
    pub(crate) fn normal(&mut self) -> f64 {
        let sum: u64 = (0..12).map(|_| self.below(1 << 20)).sum();
        f64::from(u32::try_from(sum).unwrap_or(0)) / f64::from(1 << 20) - 6.0
    }

    /// Appends `len` characters of `alphabet`, which holds at most 64.
    pub(crate) fn text(&mut self, out: &mut Vec<u8>, alphabet: &[u8], len: usize) {
        let size = alphabet.len();
        for start in (0..len).step_by(8) {
            let bytes = self.next().to_le_bytes();
            out.extend(bytes.iter().take(len - start).map(|byte| alphabet[usize::from(*byte) % size]));
        }
    }

    /// Appends `len` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, out: &mut Vec<u8>, len: usize) {
        self.text(out, b"0123456789abcdef", len);
    }

    /// Appends a random UUID.
    pub(crate) fn uuid(&mut self, out: &mut Vec<u8>) {
        for (part, len) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if part > 0 {
                out.push(b'-');
            }
            self.hex(out, len);
        }
    }
}

/// The alphabet of run ids and file names.
pub(crate) const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The alphabet of access keys and principal ids.
pub(crate) const KEY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The alphabet of session tokens.
pub(crate) const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

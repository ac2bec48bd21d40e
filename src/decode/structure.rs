//! Where a JSON object or array ends, found 64 bytes at a time, without parsing what is inside.
//!
//! The text is classified by vector compares into bit masks (quotes, backslashes, brackets); escapes and the inside of
//! strings are worked out on the masks, and what is left is a count of brackets. The bracket positions are
//! exact for every JSON text: pretty-printed, reordered, or with look-alikes in strings. On the way the scan tells
//! whether the text may name the event searched for, so that all else is never looked at again.
//!
//! What it does not do: say whether the text between the brackets is JSON.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod compiled;
mod inner;
mod lanes;
mod portable;
mod scan;
mod scanner;
mod strings;

pub use self::inner::{InnerObject, InnerScan};
pub(in crate::decode) use self::lanes::NEEDLE_BYTE;
pub use self::scan::{MAX_DEPTH, ScanProgress, StructureScan, nests_too_deep};
pub use self::scanner::Scanner;

impl Default for Scanner {
    fn default() -> Self {
        Self::fastest()
    }
}

impl Scanner {
    /// The fastest of [`Self::every`].
    #[must_use]
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(scanner) = avx512::scanner().or_else(avx2::scanner) {
            return scanner;
        }
        portable::SCANNER
    }

    /// Every way to scan that this machine can run; all give the same answers.
    #[must_use]
    pub fn every() -> Vec<Self> {
        let mut all = vec![portable::SCANNER];
        #[cfg(target_arch = "x86_64")]
        all.extend([avx2::scanner(), avx512::scanner()].into_iter().flatten());
        all
    }
}

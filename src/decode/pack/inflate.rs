//! Inflates a whole gzip file into a reused buffer, the fastest way there is.
//!
//! It says how far it came and never why it failed: what does not inflate cleanly within the limit goes through
//! [`super::gzip_stream`], which is slower, streams, and knows the byte offset of the defect.
#![expect(unsafe_code, reason = "libdeflate's safe wrapper hides how many bytes of input a member took")]

use std::ptr::NonNull;

use libdeflate_sys::{
    libdeflate_alloc_decompressor, libdeflate_crc32, libdeflate_decompressor, libdeflate_deflate_decompress_ex,
    libdeflate_free_decompressor, libdeflate_gzip_decompress_ex, libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE,
    libdeflate_result_LIBDEFLATE_SUCCESS,
};

use super::spare::make_room;

/// The first two bytes of every gzip member (RFC 1952).
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The flag of a header that has a checksum of itself (RFC 1952), which libdeflate passes over. Hardly any writer sets it.
const HEADER_CRC: u8 = 1 << 1;

/// Stored files up to this size are read whole. What is larger and packed seldom has a text that may be inflated whole.
pub const WHOLE_FILE: u64 = 2 << 20;

/// Texts up to this size are inflated whole, which is faster; larger ones go through a window. The largest files are
/// read first and side by side, so that this times the number of workers is most of what the program needs.
pub const WHOLE_TEXT: usize = 16 << 20;

/// A reusable decompressor.
#[derive(Debug)]
pub struct Inflater {
    state: NonNull<libdeflate_decompressor>,
}

// SAFETY: libdeflate's state is plain memory without thread affinity, and every use goes through `&mut`.
unsafe impl Send for Inflater {}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`, freed once.
        unsafe { libdeflate_free_decompressor(self.state.as_ptr()) }
    }
}

impl Inflater {
    /// A new decompressor; `None` if there is no memory for it.
    #[must_use]
    pub fn new() -> Option<Self> {
        // SAFETY: no preconditions.
        let state = unsafe { libdeflate_alloc_decompressor() };
        NonNull::new(state).map(|state| Self { state })
    }

    /// Inflates every member of `gzip`, which must end with its last member, into `text`, which never grows beyond
    /// `limit` bytes. The length of the text, or `None` if anything at all is not as it should be.
    pub fn inflate(&mut self, gzip: &[u8], text: &mut Vec<u8>, limit: usize) -> Option<usize> {
        let (mut taken, mut given) = (0, 0);
        while taken < gzip.len() {
            let member = &gzip[taken..];
            if !member.starts_with(&GZIP_MAGIC) {
                return None;
            }
            let hint = size_hint(member);
            if given + hint > limit {
                return None;
            }
            make_room(text, given + hint);
            let (input, output) = loop {
                match self.member(member, &mut text[given..]) {
                    Ok(lengths) => break lengths,
                    Err(InflateFailure::NoRoom) if text.len() < limit => {
                        make_room(text, text.len().saturating_mul(2).max(64 * 1024).min(limit));
                    }
                    Err(_) => return None,
                }
            };
            taken += input;
            given += output;
        }
        (taken > 0).then_some(given)
    }

    /// The same of a file that has one member, and nothing behind it.
    pub fn inflate_one(&mut self, gzip: &[u8], text: &mut Vec<u8>, limit: usize) -> Option<usize> {
        let hint = size_hint(gzip);
        if !gzip.starts_with(&GZIP_MAGIC) || hint > limit {
            return None;
        }
        make_room(text, hint);
        let (taken, given) = self.member(gzip, text).ok()?;
        (taken == gzip.len()).then_some(given)
    }

    /// Inflates a stream without a header, whose text fills this room and has this CRC-32. What stands behind the stream is not
    /// looked at. False if anything is not as it should be.
    pub fn inflate_headless(&mut self, deflate: &[u8], text: &mut [u8], crc: u32) -> bool {
        let (mut taken, mut given) = (0, 0);
        // SAFETY: both slices are valid for their lengths, the state was allocated, the out-pointers are our own.
        let result = unsafe {
            libdeflate_deflate_decompress_ex(
                self.state.as_ptr(),
                deflate.as_ptr().cast(),
                deflate.len(),
                text.as_mut_ptr().cast(),
                text.len(),
                &raw mut taken,
                &raw mut given,
            )
        };
        // SAFETY: the slice is valid for its length.
        result == libdeflate_result_LIBDEFLATE_SUCCESS
            && given == text.len()
            && unsafe { libdeflate_crc32(0, text.as_ptr().cast(), text.len()) } == crc
    }

    /// Inflates one member: bytes taken and bytes given.
    fn member(&mut self, gzip: &[u8], text: &mut [u8]) -> Result<(usize, usize), InflateFailure> {
        if gzip.get(3).is_some_and(|flags| flags & HEADER_CRC != 0) {
            return Err(InflateFailure::BadData);
        }
        let (mut taken, mut given) = (0, 0);
        // SAFETY: both slices are valid for their lengths, the state was allocated, the out-pointers are our own.
        let result = unsafe {
            libdeflate_gzip_decompress_ex(
                self.state.as_ptr(),
                gzip.as_ptr().cast(),
                gzip.len(),
                text.as_mut_ptr().cast(),
                text.len(),
                &raw mut taken,
                &raw mut given,
            )
        };
        #[expect(non_upper_case_globals, reason = "the names of the C library")]
        match result {
            libdeflate_result_LIBDEFLATE_SUCCESS => Ok((taken, given)),
            libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => Err(InflateFailure::NoRoom),
            _ => Err(InflateFailure::BadData),
        }
    }
}

enum InflateFailure {
    NoRoom,
    BadData,
}

/// The size that the trailer of a single member claims, modulo 2³²; only a hint, and bounded by what deflate can do.
fn size_hint(gzip: &[u8]) -> usize {
    let claimed = gzip.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    claimed.min(gzip.len().saturating_mul(1032))
}

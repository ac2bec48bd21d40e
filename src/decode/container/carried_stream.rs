//! Streams in what a carrier holds: undone whole where they are small, which is faster, and else piece by piece.

use super::foreign::ARCHIVE_INSIDE;
use crate::decode::defect::{Defect, PackedPlace};
use crate::decode::pack::inflate::{Inflater, WHOLE_TEXT};
use crate::decode::pack::text::{Feed as _, PlainFeed};
use crate::decode::pack::unpack::{MAX_STREAMS, is_packed, unpack};

/// Undoes streams in streams; what is inside may have so many bytes.
pub(super) fn inflate_streams(bytes: &[u8], room: u64, text: &mut Vec<u8>) -> Result<(), Defect> {
    let most = usize::try_from(room).map_or(WHOLE_TEXT, |room| room.min(WHOLE_TEXT));
    let whole = Inflater::new().and_then(|mut inflater| inflater.inflate(bytes, text, most));
    text.truncate(whole.unwrap_or_default());
    if whole.is_some() && !is_packed(text) {
        return Ok(());
    }
    // What is larger, packed once more or not as it should be goes piece by piece.
    text.clear();
    let unpacked = unpack(Box::new(PlainFeed::new(bytes)), MAX_STREAMS, room, PackedPlace::Text)?;
    if unpacked.is_tar {
        return Err(Defect::Foreign { offset: 0, foreign: ARCHIVE_INSIDE });
    }
    let mut feed = unpacked.feed;
    let mut piece = vec![0; 64 << 10];
    loop {
        match feed.read(&mut piece)? {
            0 => return Ok(()),
            count => text.extend_from_slice(&piece[..count]),
        }
        if text.len() as u64 > room {
            return Err(Defect::TooLarge { limit: room });
        }
    }
}

//! Zip archives, by the directory at their end: what is in no directory is in no archive. Zip64 too.
//!
//! The directory is read entry by entry, so that nothing grows with their number.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::archive::{Archive, ArchiveMember, MemberBytes, MemberKind};
use super::streams::stream_named;
use super::text::{Feed, PlainFeed};
use super::whole_member;
use crate::decode::defect::{CUT_OFF, Defect, PackedPlace};

/// Whether an archive begins like this; the second one is empty.
#[must_use]
pub fn begins(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// The end of the directory, without the comment behind it.
const END: usize = 22;

/// The longest comment.
const MAX_COMMENT: u64 = u16::MAX as u64;

/// How much of the archive is read at a time.
const PIECE: usize = 32 * 1024;

/// Bytes that can be read from any place.
pub(in crate::decode) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// An archive whose directory was found.
pub(in crate::decode) struct ZipReader<'a> {
    input: &'a mut (dyn ReadSeek + 'a),
    /// Where the next entry of the directory is, and where the directory ends.
    at: u64,
    end: u64,
    /// How many entries were read.
    entries: u64,
    /// How many the end of the directory counts, in so many bits: writers that know no Zip64 leave the higher ones out.
    counted: (u64, u32),
    /// The most bytes of the text of a member.
    limit: u64,
    /// Where small members are inflated whole, if they are.
    text: Option<&'a mut Vec<u8>>,
    entry: Option<Entry>,
}

/// An entry of the directory.
struct Entry {
    flags: u64,
    method: u64,
    crc: u64,
    packed: u64,
    size: u64,
    /// Where the member's own header is.
    header: u64,
}

/// A number of two, four or eight bytes, the low one first.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A number of two bytes.
fn small(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes).into())
}

fn damaged(reason: &'static str, offset: u64) -> Defect {
    Defect::Archive { archive: "zip", reason, offset }
}

/// Reads at a place; what is not there is a defect.
fn read_at(input: &mut dyn ReadSeek, at: u64, bytes: &mut [u8]) -> Result<(), Defect> {
    let read = input.seek(SeekFrom::Start(at)).and_then(|_| input.read_exact(bytes));
    read.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("is cut off", at),
        _ => Defect::io(at, &error),
    })
}

impl<'a> ZipReader<'a> {
    /// Finds the directory.
    pub(in crate::decode) fn open(
        input: &'a mut (dyn ReadSeek + 'a),
        limit: u64,
        text: Option<&'a mut Vec<u8>>,
    ) -> Result<Self, Defect> {
        let length = input.seek(SeekFrom::End(0)).map_err(|error| Defect::io(0, &error))?;
        let start = length.saturating_sub(END as u64 + MAX_COMMENT);
        let mut tail = vec![0; usize::try_from(length - start).unwrap_or_default()];
        read_at(input, start, &mut tail)?;
        let is_end =
            |at: &usize| tail[*at..].starts_with(b"PK\x05\x06") && tail.len() - at == END + small(&tail, at + 20);
        let end = (0..(tail.len() + 1).saturating_sub(END)).rev().find(is_end);
        let end =
            end.ok_or_else(|| damaged("has no directory at its end: it is cut off, or something follows it", length))?;
        let place = start + end as u64;
        let directory = Directory::of(input, &tail[end..], place)?;
        if directory.is_of_several {
            return Err(damaged("is one of several volumes: put them together first; it ends", place));
        }
        // Whatever is not in the directory would be lost in silence: that of a second archive in front, for one.
        if directory.at.checked_add(directory.size) != Some(directory.place) {
            return Err(damaged("has a directory that does not fill what is in front of its end", directory.place));
        }
        let Directory { at, place: end, counted, .. } = directory;
        Ok(Self { input, at, end, entries: 0, counted, limit, text, entry: None })
    }

    /// The bytes of the member of the entry, as they are packed.
    fn packed(&mut self, entry: &Entry) -> Result<io::Take<&mut (dyn ReadSeek + 'a)>, Defect> {
        let mut header = [0; 30];
        read_at(self.input, entry.header, &mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(damaged("has a damaged member", entry.header));
        }
        let data = entry.header + 30 + number(&header, 26, 2) + number(&header, 28, 2);
        self.input.seek(SeekFrom::Start(data)).map_err(|error| Defect::io(data, &error))?;
        Ok((&mut *self.input).take(entry.packed))
    }
}

impl ZipReader<'_> {
    /// Inflates a member, if it is small and as it should be: how much text it has.
    fn inflate_whole(&mut self, entry: &Entry) -> Option<usize> {
        if self.text.is_none() || entry.method != 8 || !whole_member::fits(entry.packed, entry.size) {
            return None;
        }
        let mut packed = Vec::new();
        self.packed(entry).ok()?.read_to_end(&mut packed).ok()?;
        whole_member::inflate(&packed, self.text.as_mut()?, entry.size, entry.crc)
    }
}

/// What the end of the directory says of it.
struct Directory {
    at: u64,
    size: u64,
    /// Where its end is.
    place: u64,
    /// How many entries it has, in so many bits.
    counted: (u64, u32),
    /// The archive goes on in other files.
    is_of_several: bool,
}

impl Directory {
    /// Reads the end of the directory, which is at a place, and that of Zip64 where one of its numbers is too large for it.
    fn of(input: &mut dyn ReadSeek, record: &[u8], place: u64) -> Result<Self, Defect> {
        let directory = Self {
            at: number(record, 16, 4),
            size: number(record, 12, 4),
            place,
            counted: (number(record, 10, 2), 16),
            is_of_several: [4, 6].iter().any(|at| ![0, 0xffff].contains(&small(record, *at)))
                || small(record, 8) != small(record, 10),
        };
        let is_large = directory.counted.0 == 0xffff || [directory.at, directory.size].contains(&0xffff_ffff);
        let Some(before) = place.checked_sub(20).filter(|_| is_large) else { return Ok(directory) };
        let mut locator = [0; 20];
        read_at(input, before, &mut locator)?;
        if !locator.starts_with(b"PK\x06\x07") {
            return Ok(directory);
        }
        let place = number(&locator, 8, 8);
        let mut large = [0; 56];
        read_at(input, place, &mut large)?;
        let end = number(&large, 4, 8).checked_add(12).and_then(|length| place.checked_add(length));
        if !large.starts_with(b"PK\x06\x06") || end != Some(before) {
            return Err(damaged("has a damaged directory", place));
        }
        Ok(Self {
            at: number(&large, 48, 8),
            size: number(&large, 40, 8),
            place,
            counted: (number(&large, 32, 8), 64),
            is_of_several: number(&locator, 16, 4) > 1 || number(&large, 24, 8) != number(&large, 32, 8),
        })
    }
}

impl Entry {
    /// Whether it says that nothing is in it, as that of a folder does. Nothing at all may be packed as two bytes.
    fn is_empty(&self) -> bool {
        self.size == 0 && self.packed <= 2
    }

    /// What the directory says, with the larger numbers of Zip64 where they are.
    fn new(fixed: &[u8; 46], extra: &[u8]) -> Self {
        let mut entry = Self {
            flags: number(fixed, 8, 2),
            method: number(fixed, 10, 2),
            crc: number(fixed, 16, 4),
            packed: number(fixed, 20, 4),
            size: number(fixed, 24, 4),
            header: number(fixed, 42, 4),
        };
        let mut rest = extra;
        while rest.len() >= 4 {
            let (id, length) = (small(rest, 0), small(rest, 2));
            let mut field = rest.get(4..4 + length).unwrap_or_default();
            if id == 1 {
                for large in [&mut entry.size, &mut entry.packed, &mut entry.header] {
                    if *large == 0xffff_ffff && field.len() >= 8 {
                        *large = number(field, 0, 8);
                        field = &field[8..];
                    }
                }
            }
            rest = rest.get(4 + length..).unwrap_or_default();
        }
        entry
    }
}

impl Archive for ZipReader<'_> {
    fn next(&mut self) -> Result<Option<ArchiveMember>, Defect> {
        while self.at < self.end {
            let mut fixed = [0; 46];
            read_at(self.input, self.at, &mut fixed)?;
            let [name, extra, comment] = [28, 30, 32].map(|at| small(&fixed, at));
            let behind = self.at + (46 + name + extra + comment) as u64;
            if !fixed.starts_with(b"PK\x01\x02") || behind > self.end {
                return Err(damaged("has a damaged directory", self.at));
            }
            let mut texts = vec![0; name + extra];
            read_at(self.input, self.at + 46, &mut texts)?;
            (self.at, self.entries) = (behind, self.entries + 1);
            let entry = Entry::new(&fixed, &texts[name..]);
            let name = String::from_utf8_lossy(&texts[..name]).into_owned();
            if !(name.ends_with('/') && entry.is_empty()) {
                self.entry = Some(entry);
                return Ok(Some(ArchiveMember::new(&name, MemberKind::File)));
            }
        }
        let (counted, bits) = self.counted;
        if self.entries & (u64::MAX >> (64 - bits)) != counted {
            return Err(damaged("has a directory of another number of members than its end says", self.end));
        }
        Ok(None)
    }

    fn member(&mut self) -> Result<MemberBytes<'_>, Defect> {
        let Some(entry) = self.entry.take() else { return Ok(MemberBytes::Whole(&[])) };
        let (expected, limit) = ((entry.crc, entry.size), self.limit);
        let refuse = |reason: &str| {
            let (packing, offset, place) = ("zip", 0, PackedPlace::Member);
            Err(Defect::Packed { packing, reason: reason.to_owned(), offset, place })
        };
        if entry.flags & 1 != 0 {
            return refuse("is encrypted");
        }
        if let Some(length) = self.inflate_whole(&entry) {
            return Ok(MemberBytes::Whole(self.text.as_ref().map_or(&[], |text| &text[..length])));
        }
        let packed = BufReader::with_capacity(PIECE, self.packed(&entry)?);
        let by = |name: &str, packed| {
            let packing = stream_named(name);
            packing.map(|packing| packing.undo(PlainFeed::new(packed), limit, PackedPlace::Member)).transpose()
        };
        let text: Option<Box<dyn Feed + '_>> = match entry.method {
            0 => Some(Box::new(PlainFeed::new(packed))),
            8 => Some(Box::new(DeflateFeed(DeflateDecoder::new(packed)))),
            12 => by("bzip2", packed)?.map(|feed| Box::new(feed) as _),
            93 => by("zstd", packed)?.map(|feed| Box::new(feed) as _),
            95 => by("xz", packed)?.map(|feed| Box::new(feed) as _),
            _ => None,
        };
        match text {
            Some(text) => Ok(MemberBytes::Feed(Box::new(CheckedFeed { text, sum: Crc::new(), given: 0, expected }))),
            None => refuse(&format!("is packed by method {}, which is not read", entry.method)),
        }
    }

    fn defect(&mut self) -> Option<Defect> {
        None
    }
}

/// The text of a member that is deflated.
struct DeflateFeed<R>(DeflateDecoder<R>);

impl<R: io::BufRead> Feed for DeflateFeed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        self.0.read(buffer).map_err(|error| {
            let cut_off = error.kind() == io::ErrorKind::UnexpectedEof;
            let reason = if cut_off { CUT_OFF.to_owned() } else { format!("is damaged ({error})") };
            Defect::Packed { packing: "deflate", reason, offset: self.0.total_in(), place: PackedPlace::Member }
        })
    }
}

/// Text whose checksum and size the directory has.
struct CheckedFeed<'a> {
    text: Box<dyn Feed + 'a>,
    sum: Crc,
    given: u64,
    expected: (u64, u64),
}

impl Feed for CheckedFeed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let count = self.text.read(buffer)?;
        self.sum.update(&buffer[..count]);
        self.given += count as u64;
        if count == 0 && !buffer.is_empty() && (u64::from(self.sum.sum()), self.given) != self.expected {
            let reason = "is not what the directory says it is".to_owned();
            return Err(Defect::Packed { packing: "zip", reason, offset: self.given, place: PackedPlace::Member });
        }
        Ok(count)
    }
}

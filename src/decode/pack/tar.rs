//! Tar archives, as POSIX (pax), GNU and older writers have them, read as a stream.
//!
//! Whatever has bytes is a file, unless it is known to be something else: POSIX says so of types that nobody knows, and nothing
//! is passed over in silence.

use super::archive::{Archive, ArchiveMember, MemberBytes, MemberKind};
use super::text::Feed;
use crate::decode::defect::Defect;

/// Everything in an archive begins at a multiple of this.
pub(in crate::decode) const BLOCK: usize = 512;

/// The most bytes of what stands in front of a member to tell its name.
const MAX_EXTENSION: u64 = 64 * 1024;

/// Whether an archive begins like this: with a header whose checksum is right.
pub(in crate::decode) fn begins(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar") && head.first_chunk().is_some_and(|block| Header(block).is_sound())
}

/// The header of a member.
struct Header<'a>(&'a [u8; BLOCK]);

impl Header<'_> {
    fn is_sound(&self) -> bool {
        let stated = self.number(148, 8);
        let sum = |byte_of: fn(u8) -> i64| {
            let bytes = self.0.iter().enumerate();
            bytes.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { byte_of(*byte) }).sum::<i64>()
        };
        // Some old writers added signed bytes up.
        let sums = [sum(i64::from), sum(|byte| i64::from(byte.cast_signed()))];
        stated.and_then(|stated| i64::try_from(stated).ok()).is_some_and(|stated| sums.contains(&stated))
    }

    /// An octal number in text, or a binary one whose first bit says so.
    fn number(&self, at: usize, length: usize) -> Option<u64> {
        let field = &self.0[at..at + length];
        if field[0] & 0x80 != 0 {
            let (high, low) = field[1..].split_at(length - 1 - 8.min(length - 1));
            let fits = field[0] == 0x80 && high.iter().all(|byte| *byte == 0);
            return fits.then(|| low.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }
        let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
        if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
    }

    fn text(&self, at: usize, length: usize) -> String {
        text(&self.0[at..at + length])
    }

    fn name(&self) -> String {
        let prefix = if self.0[257..263] == *b"ustar\0" { self.text(345, 155) } else { String::new() };
        let name = self.text(0, 100);
        if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
    }
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// An archive that is read from its start.
pub(in crate::decode) struct TarReader<F> {
    feed: F,
    /// How much of the archive was taken.
    taken: u64,
    /// How much of the member is left, and of the padding behind it.
    left: u64,
    padding: u64,
    failed: Option<Defect>,
    /// Whether what was read last is one of the empty blocks that end an archive.
    is_ended: bool,
}

/// What stood in front of a member.
#[derive(Default)]
struct Extension {
    name: Option<String>,
    size: Option<u64>,
    /// What it is a link to.
    target: Option<String>,
    /// The file has holes, which the archive leaves out.
    sparse: bool,
}

impl<F: Feed> TarReader<F> {
    pub(in crate::decode) fn new(feed: F) -> Self {
        Self { feed, taken: 0, left: 0, padding: 0, failed: None, is_ended: false }
    }

    fn wrong(&self, reason: &'static str) -> Defect {
        Defect::Archive { archive: "tar", reason, offset: self.taken }
    }

    /// Fills a buffer as far as the archive goes.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let mut length = 0;
        while length < buffer.len() {
            match self.feed.read(&mut buffer[length..])? {
                0 => break,
                count => length += count,
            }
        }
        self.taken += length as u64;
        Ok(length)
    }

    fn skip(&mut self, mut count: u64) -> Result<(), Defect> {
        let mut buffer = [0; 8 * 1024];
        while count > 0 {
            let wanted = usize::try_from(count).map_or(buffer.len(), |count| count.min(buffer.len()));
            if self.fill(&mut buffer[..wanted])? < wanted {
                return Err(self.wrong("is cut off"));
            }
            count -= wanted as u64;
        }
        Ok(())
    }

    /// The member of a header, unless it is a folder or the label of the archive.
    fn announced(&mut self, header: &Header, size: u64, extension: Extension) -> Result<Option<ArchiveMember>, Defect> {
        let kind = header.0[156];
        if kind == b'S' || extension.sparse {
            return Err(self.wrong("has a sparse file"));
        }
        let size = extension.size.unwrap_or(size);
        if size.checked_next_multiple_of(BLOCK as u64).is_none() {
            return Err(self.wrong("has a member of an impossible size"));
        }
        (self.left, self.padding) = (size, padding(size));
        let name = extension.name.unwrap_or_else(|| header.name());
        let kind = match kind {
            b'M' => MemberKind::Elsewhere("it is the rest of a file that begins in another volume of the archive"),
            b'A' | b'D' if size > 0 => MemberKind::Note,
            _ if size > 0 => MemberKind::File,
            // An old archive says by a slash that this is a folder.
            b'5' | b'A' | b'D' | b'V' => return Ok(None),
            b'1' => MemberKind::Link(extension.target.unwrap_or_else(|| header.text(157, 100))),
            b'2' => MemberKind::Elsewhere("it is a symbolic link, and the file itself was not packed"),
            b'3' | b'4' | b'6' => MemberKind::Nothing,
            _ if name.ends_with('/') => return Ok(None),
            _ => MemberKind::File,
        };
        Ok(Some(ArchiveMember::new(&name, kind)))
    }

    /// What an extension of so many bytes holds.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, Defect> {
        if size > MAX_EXTENSION {
            return Err(self.wrong("has a name of more than 64 KiB"));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        if self.fill(&mut bytes)? < bytes.len() {
            return Err(self.wrong("is cut off"));
        }
        self.skip(padding(size))?;
        Ok(bytes)
    }
}

/// How many bytes follow so many up to the next block.
fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

impl Extension {
    /// Takes records of pax: a length, a space, a key, an equals sign, a value and a line feed.
    fn take(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ')?;
            let length: usize = std::str::from_utf8(&records[..space]).ok()?.parse().ok()?;
            let record = records.get(space + 1..length.checked_sub(1)?)?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            match (&record[..equals], &record[equals + 1..]) {
                (b"path", value) => self.name = Some(String::from_utf8_lossy(value).into_owned()),
                (b"linkpath", value) => self.target = Some(String::from_utf8_lossy(value).into_owned()),
                (b"size", value) => self.size = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
                (key, _) => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
            records = &records[length..];
        }
        Some(())
    }
}

impl<F: Feed> Archive for TarReader<F> {
    fn next(&mut self) -> Result<Option<ArchiveMember>, Defect> {
        let mut extension = Extension::default();
        loop {
            self.skip(self.left)?;
            self.skip(self.padding)?;
            (self.left, self.padding) = (0, 0);
            let mut block = [0; BLOCK];
            match self.fill(&mut block)? {
                0 if self.is_ended => return Ok(None),
                BLOCK => {}
                _ => return Err(self.wrong("is cut off")),
            }
            self.is_ended = block == [0; BLOCK];
            if self.is_ended {
                // Whatever fills the last record is padding, and another archive may follow it.
                continue;
            }
            let header = Header(&block);
            let Some(size) = header.number(124, 12).filter(|_| header.is_sound()) else {
                return Err(self.wrong("has a damaged header"));
            };
            match block[156] {
                b'L' => extension.name = Some(text(&self.extension(size)?)),
                b'K' => extension.target = Some(text(&self.extension(size)?)),
                // Solaris writes the second letter.
                b'x' | b'X' => {
                    let records = self.extension(size)?;
                    extension.take(&records).ok_or_else(|| self.wrong("has a damaged header"))?;
                }
                // What is said of all members.
                b'g' => {
                    self.extension(size)?;
                }
                _ => {
                    if let Some(member) = self.announced(&header, size, std::mem::take(&mut extension))? {
                        return Ok(Some(member));
                    }
                }
            }
        }
    }

    fn member(&mut self) -> Result<MemberBytes<'_>, Defect> {
        Ok(MemberBytes::Feed(Box::new(TarMember(self))))
    }

    fn defect(&mut self) -> Option<Defect> {
        self.failed.take()
    }
}

/// The bytes of a member.
struct TarMember<'a, F>(&'a mut TarReader<F>);

impl<F: Feed> Feed for TarMember<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Defect> {
        let tar = &mut *self.0;
        let wanted = usize::try_from(tar.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if wanted == 0 {
            return Ok(0);
        }
        let count = match tar.feed.read(&mut buffer[..wanted]) {
            Ok(0) => Err(tar.wrong("is cut off")),
            other => other,
        };
        match &count {
            Ok(count) => {
                tar.taken += *count as u64;
                tar.left -= *count as u64;
            }
            Err(defect) => tar.failed = Some(defect.clone()),
        }
        count
    }
}

//! Reads an archive: one log file whose text is that of its members, one behind another (DESIGN §11).
//!
//! A member that is damaged, or is no log file, is one malformed record with its name, and leaves the others. What a walk
//! would skip by its name is counted as one record that is none of ours. A member whose bytes are not in the archive is named
//! like one that is damaged: a link that was packed in the place of its file, or the rest of a file of another volume.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::SeekFrom;
use std::sync::Arc;

use super::collect::{Collector, Decoded, no_event_in_it};
use super::container::envelope::RecordSink as _;
use super::container::{envelope, foreign};
use super::decoder::{DecodeLimits, Decoder};
use super::defect::{Defect, MalformedReason, PackedPlace};
use super::extract::archived::{ArchivedRows, EarlyMember};
use super::extract::{self, RowQuestion};
use super::pack::archive::{Archive, ArchiveMember, MemberBytes, MemberKind};
use super::pack::tar::BLOCK;
use super::pack::text::{Feed, FeedWindow, PlainFeed, Text as _, WholeText};
use super::pack::unpack::{MAX_STREAMS, is_packed, unpack};
use super::pack::zip::{ReadSeek, ZipReader};
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::tally::ByteTally;

/// So much of the name of a member is shown.
const NAME_SHOWN: usize = 256;

impl Decoder {
    /// A zip archive.
    pub(super) fn zip(&mut self, log_file: &Arc<str>, input: &mut dyn ReadSeek) -> Decoded {
        let read = input.seek(SeekFrom::End(0)).unwrap_or_default();
        let (mut text, is_whole) = (self.text.take(), self.inflater.is_some());
        let mut decoded = match ZipReader::open(input, self.limits.max_file, is_whole.then_some(&mut text)) {
            Ok(mut archive) => self.members(log_file, &mut archive),
            Err(defect) => self.failed(log_file, defect, 0),
        };
        let length = text.len();
        self.text.put(text, length);
        decoded.bytes.read = read;
        decoded
    }

    /// Each member of an archive.
    pub(super) fn members(&mut self, log_file: &Arc<str>, archive: &mut dyn Archive) -> Decoded {
        let (mut buffer, mut calls, mut taker) = (self.window.take(), self.calls.take(), self.rows.take());
        let asked = RowQuestion::new(&self.issuers, calls.as_ref());
        let take = taker.as_mut().map(|taker| &mut taker.0);
        let extracts = ArchivedRows::new(asked, self.limits.max_record, take);
        let collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let mut walk = MemberWalk {
            collector,
            extracts,
            buffer: &mut buffer,
            limits: self.limits,
            given: 0,
            is_first: true,
            names: ReadNames::default(),
            passed: None,
        };
        let outcome = loop {
            match walk.next(archive) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(defect) => break Err(defect),
            }
        };
        let decoded = walk.finish(log_file, outcome);
        (self.calls, self.rows) = (calls, taker);
        self.window.put(buffer, 0);
        decoded
    }
}

/// A walk over the members of an archive.
struct MemberWalk<'a, 'c, 'e> {
    collector: Collector<'c>,
    extracts: ArchivedRows<'e>,
    buffer: &'a mut Vec<u8>,
    /// What the whole archive may demand.
    limits: DecodeLimits,
    /// How much text the members had so far.
    given: u64,
    is_first: bool,
    names: ReadNames,
    /// The first member that was passed over.
    passed: Option<String>,
}

impl MemberWalk<'_, '_, '_> {
    /// Reads the next member: false behind the last one.
    fn next(&mut self, archive: &mut dyn Archive) -> Result<bool, Defect> {
        let (name, kind) = match archive.next()? {
            Some(ArchiveMember { name, kind }) => (below(&name), kind),
            None if self.is_first => return Err(Defect::NoMember),
            None => return Ok(false),
        };
        if let Some(foreign) = foreign::of_first_member(&name).filter(|_| self.is_first) {
            return Err(Defect::Foreign { offset: 0, foreign });
        }
        self.is_first = false;
        let looks = match self.names.treatment(&name, &kind) {
            MemberTreatment::Read { looks } => looks,
            MemberTreatment::PassOver => {
                self.pass_over(&name, self.given);
                return Ok(true);
            }
            MemberTreatment::Reject(reason) => {
                self.collector.ahead = self.given;
                self.collector.reject_member(&name, reason.to_owned());
                return Ok(true);
            }
        };
        let member = MemberText { name: &name, looks, ahead: self.given, limits: self.limits };
        let sinks = (&mut self.collector, &mut self.extracts);
        let read = archive.member().and_then(|bytes| member.read(bytes, self.buffer, &mut self.given, sinks));
        if let Some(defect) = archive.defect() {
            return Err(defect);
        }
        match read {
            Ok(true) => {}
            Ok(false) => self.pass_over(&name, member.ahead),
            Err(defect) if defect.ends_archive() => return Err(defect),
            Err(defect) => self.collector.reject_member(&name, defect.to_string()),
        }
        Ok(true)
    }

    fn pass_over(&mut self, name: &str, ahead: u64) {
        self.passed.get_or_insert_with(|| shown(name));
        self.collector.pass_over(ahead);
    }

    /// What it came to, after it ended with `outcome`.
    fn finish(self, log_file: &Arc<str>, outcome: Result<(), Defect>) -> Decoded {
        let Self { mut collector, extracts, limits, given, passed, .. } = self;
        match extracts.finish() {
            Ok((first, rows)) => {
                let outcome = outcome.and_then(|()| collector.without_log_files(&first));
                Decoded::of_extract(log_file, rows, outcome, given)
            }
            Err(early) => {
                collector.reject_members(early);
                let outcome = collector.with_passed_over(outcome, passed);
                collector.finish(outcome, ByteTally { read: 0, inflated: given }, limits.salvage)
            }
        }
    }
}

impl Collector<'_> {
    /// Reads a member of an archive, which has so much text in front of it. A defect leaves nothing of it, unless what stands
    /// in front of it is to be salvaged.
    fn member(
        &mut self,
        ahead: u64,
        salvage: bool,
        read: impl FnOnce(&mut Self) -> Result<(), Defect>,
    ) -> Result<(), Defect> {
        let before = self.snapshot();
        (self.ahead, self.first_unknown) = (ahead, None);
        let outcome = read(self).and_then(|()| match self.first_unknown {
            Some(unknown) if before.knows_as_much_as(self) && self.digests == before.digests => {
                Err(no_event_in_it(unknown))
            }
            _ => Ok(()),
        });
        self.first_unknown = before.first_unknown.or(self.first_unknown);
        if outcome.is_err() && !salvage {
            self.roll_back(before);
        }
        outcome
    }

    /// How an archive ended of which a member with some name was passed over: it fails where nothing else is known of it.
    fn with_passed_over(&self, outcome: Result<(), Defect>, passed: Option<String>) -> Result<(), Defect> {
        match passed {
            Some(name) if outcome.is_ok() && self.known == 0 && self.digests == 0 => {
                Err(Defect::MembersPassedOver { name })
            }
            _ => outcome,
        }
    }

    /// Says that log files lie beside extracts, of which this is the first, if any do.
    fn without_log_files(&self, first: &str) -> Result<(), Defect> {
        match (self.known, self.digests, self.decoded.records.malformed) {
            (0, 0, 0) => Ok(()),
            _ => Err(Defect::ExtractsBesideLogs { name: shown(first) }),
        }
    }

    /// Members that would be extracts beside others, and are none by themselves.
    fn reject_members(&mut self, early: Vec<EarlyMember>) {
        if early.is_empty() {
            return;
        }
        for EarlyMember { ahead, name, defect } in early {
            self.ahead = ahead;
            self.reject_member(&name, defect.to_string());
        }
        self.decoded.malformed.sort_by_key(|malformed| malformed.offset);
    }

    /// A member that cannot be read.
    fn reject_member(&mut self, name: &str, reason: String) {
        let name = shown(name);
        self.malformed(0, MalformedReason::Member { name, reason });
    }

    /// A member that is no log file of events by its name.
    fn pass_over(&mut self, ahead: u64) {
        self.ahead = ahead;
        self.decoded.records.total += 1;
        self.no_event(0);
    }
}

/// So much of a name as is shown.
fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN).collect()
}

/// The name of a member without the dots of the folder that it was packed in.
fn below(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').filter(|part| !["", ".", ".."].contains(part)).collect();
    parts.join("/")
}

/// What is done with a member.
enum MemberTreatment {
    /// It is read, perhaps only if it begins as JSON.
    Read { looks: bool },
    /// It counts as one record that is none of ours.
    PassOver,
    /// It cannot be read, for this reason.
    Reject(&'static str),
}

/// The names of the members that were read, as hashes: of so many that they take a few MiB at most.
#[derive(Default)]
struct ReadNames(HashSet<u64>);

impl ReadNames {
    const MOST: usize = 1 << 17;

    /// What is done with a member, by its name and its kind.
    fn treatment(&mut self, name: &str, kind: &MemberKind) -> MemberTreatment {
        let is_of_another_kind = LogKey::parse(name).kind.is_some_and(|kind| kind != LogKind::CloudTrail);
        let verdict = log_name::key(name, 0).0;
        if is_of_another_kind || matches!(verdict, FileNameVerdict::Skip(_)) {
            return MemberTreatment::PassOver;
        }
        let looks = verdict == FileNameVerdict::Look;
        match kind {
            MemberKind::Nothing => MemberTreatment::PassOver,
            MemberKind::Link(_) | MemberKind::Elsewhere(_) if looks => MemberTreatment::PassOver,
            MemberKind::Link(target) if self.0.contains(&Self::hash(&below(target))) => MemberTreatment::PassOver,
            MemberKind::Link(_) => MemberTreatment::Reject("it is a link to a file that was not read in front of it"),
            MemberKind::Elsewhere(reason) => MemberTreatment::Reject(reason),
            MemberKind::File | MemberKind::Note => {
                if self.0.len() < Self::MOST {
                    self.0.insert(Self::hash(name));
                }
                MemberTreatment::Read { looks: looks || *kind == MemberKind::Note }
            }
        }
    }

    fn hash(name: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        hasher.finish()
    }
}

/// The text of a member.
struct MemberText<'a> {
    name: &'a str,
    /// It is read only if it begins as JSON.
    looks: bool,
    /// How much text the members in front of it had.
    ahead: u64,
    /// What the whole archive may demand.
    limits: DecodeLimits,
}

/// Where what is read of a member goes: records, and rows of extracts.
type MemberSinks<'a, 'c, 'e> = (&'a mut Collector<'c>, &'a mut ArchivedRows<'e>);

impl MemberText<'_> {
    /// Reads it, and adds what it had of text. False if it does not begin as what is read.
    fn read(
        &self,
        bytes: MemberBytes<'_>,
        buffer: &mut Vec<u8>,
        given: &mut u64,
        into: MemberSinks<'_, '_, '_>,
    ) -> Result<bool, Defect> {
        match bytes {
            MemberBytes::Feed(feed) => self.read_feed(feed, buffer, given, into),
            MemberBytes::Whole(text) if !is_packed(text) && text.len() as u64 <= self.limits.max_file - self.ahead => {
                self.read_whole(text, given, into)
            }
            MemberBytes::Whole(packed) => self.read_feed(Box::new(PlainFeed::new(packed)), buffer, given, into),
        }
    }

    /// Whether one that begins like this is passed over.
    fn is_passed_over(&self, head: &[u8]) -> bool {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        self.looks && !matches!(text.first(), Some(b'{' | b'['))
    }

    fn read_whole(
        &self,
        text: &[u8],
        given: &mut u64,
        (collector, extracts): MemberSinks<'_, '_, '_>,
    ) -> Result<bool, Defect> {
        if self.is_passed_over(text.get(..BLOCK).unwrap_or(text)) {
            return Ok(false);
        }
        let DecodeLimits { max_record, salvage, .. } = self.limits;
        let scanner = collector.ways.scanner;
        *given += text.len() as u64;
        if extract::begins(text) {
            return extracts.read_whole(self.name, text).map(|()| true);
        }
        let read = |collector: &mut Collector| envelope::read(WholeText(text), scanner, max_record, collector);
        let read = collector.member(self.ahead, salvage, read);
        read.or_else(|defect| extracts.put_aside(self.ahead, self.name, text, defect)).map(|()| true)
    }

    fn read_feed(
        &self,
        feed: Box<dyn Feed + '_>,
        buffer: &mut Vec<u8>,
        given: &mut u64,
        (collector, extracts): MemberSinks<'_, '_, '_>,
    ) -> Result<bool, Defect> {
        let DecodeLimits { max_file, max_record, salvage } = self.limits;
        let unpacked = match unpack(feed, MAX_STREAMS, max_file, PackedPlace::Member) {
            Ok(unpacked) => unpacked,
            Err(defect) => return extracts.put_aside(self.ahead, self.name, b"", defect).map(|()| true),
        };
        if unpacked.is_tar {
            return Err(Defect::Foreign { offset: 0, foreign: foreign::ARCHIVE_INSIDE });
        }
        if self.is_passed_over(unpacked.feed.head()) {
            return Ok(false);
        }
        let mut window = FeedWindow::new(unpacked.feed, buffer, max_file - self.ahead).in_small_pieces(salvage);
        let scanner = collector.ways.scanner;
        window.load(0)?;
        let mut beginning = Vec::new();
        let read = if extract::begins(window.bytes()) {
            extracts.read_window(self.name, &mut window)
        } else {
            beginning.extend(window.bytes().iter().take(BLOCK));
            let read = collector.member(self.ahead, salvage, |collector| {
                let read = envelope::read(&mut window, scanner, max_record, collector);
                window.outcome(read)
            });
            read.or_else(|defect| extracts.put_aside(self.ahead, self.name, &beginning, defect))
        };
        *given += window.given();
        read.map(|()| true).map_err(|defect| match defect {
            // The window knows what is left.
            Defect::TooLarge { .. } => Defect::TooLarge { limit: max_file },
            other => other,
        })
    }
}

//! The fourth question that a scan can ask: who else wrote to the resources that runs wrote, and who used the keys that runs made?
//!
//! Which resources those are is known only after all calls of runs were read. So the first reading of a file leaves a hash
//! of each ARN that a write in it names, and of each long-lived key, and a file is read once more only if one of them turned out
//! to be a run's. Hashes that collide cost one more reading, and nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::domain::resource_write::ResourceWrite;
use crate::domain::shared::Shared;
use crate::domain::timestamp::Timestamp;

use super::assumption::{given, not_json};
use super::principals::{self, Value, value};
use super::secret::without_secrets;
use super::wire::{part_json, resources};
use crate::decode::defect::MalformedReason;
use crate::decode::fields::{NoFields, ObjectOrText, OptionalText, ReadMode, fields};

/// The hash of an ARN, or of the id of a key.
pub type ArnHash = u32;

/// The ARNs that the writes in a file name, sorted; none where they are too many to tell, or are written with escapes.
pub type WrittenArns = Option<Box<[ArnHash]>>;

/// So many ARNs of one file are told apart. A file with more may hold writes to anything.
const MOST: usize = 1 << 14;

/// The hash of the text of an ARN, or of the id of a key. It is the same in every build, since stores keep it.
#[must_use]
pub fn hash(arn: &[u8]) -> ArnHash {
    principals::hash(arn)
}

/// Finds ARNs in the text of records that may be writes.
#[derive(Debug)]
struct WriteFinder {
    read_only: Finder<'static>,
    arn: Finder<'static>,
    key: Finder<'static>,
}

/// The keys in a record.
const READ_ONLY: &str = "readOnly";
const ARN: &str = "ARN\"";

/// How the ids of long-lived access keys begin, and how long they are.
const KEY: &str = "AKIA";
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 16..=128;

impl WriteFinder {
    fn new() -> Self {
        Self { read_only: Finder::new(READ_ONLY), arn: Finder::new(ARN), key: Finder::new(KEY) }
    }

    /// Gives each long-lived key of a record, and each ARN if it may be a write, to `take`. False where only a parser can tell
    /// them.
    fn each<'r>(&self, record: &'r [u8], mut take: impl FnMut(&'r [u8])) -> bool {
        for at in self.key.find_iter(record) {
            let rest = &record[at..];
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            if KEY_LENGTH.contains(&length) {
                take(&rest[..length]);
            }
        }
        let is_write = |at: usize| {
            let rest = record[at + READ_ONLY.len()..].iter();
            rest.copied().find(u8::is_ascii_lowercase).is_none_or(|first| first == b'f')
        };
        if !self.read_only.find_iter(record).any(is_write) {
            return true;
        }
        let mut is_plain = true;
        for at in self.arn.find_iter(record) {
            match value(&record[at + ARN.len() - 1..]) {
                Value::Text(text) => take(text),
                Value::Escaped => is_plain = false,
                Value::None => {}
            }
        }
        // Behind a backslash, the name of the member ends in another way.
        is_plain && memchr::memmem::find(record, b"ARN\\").is_none()
    }
}

/// Notes the ARNs that writes name, of one file after the other.
#[derive(Debug)]
pub(in crate::decode) struct WriteNotes {
    finder: WriteFinder,
    found: HashSet<ArnHash>,
    is_over: bool,
}

impl WriteNotes {
    pub(in crate::decode) fn new() -> Self {
        Self { finder: WriteFinder::new(), found: HashSet::new(), is_over: false }
    }

    /// Notes a record. `hidden` says that escapes in it may spell letters.
    pub(super) fn note(&mut self, record: &[u8], hidden: bool) {
        let Self { finder, found, is_over } = self;
        let is_plain = finder.each(record, |arn| {
            *is_over |= found.len() >= MOST;
            if !*is_over {
                found.insert(hash(arn));
            }
        });
        self.is_over |= hidden || !is_plain;
    }

    /// Those of the file that ends here.
    pub(super) fn finish(&mut self) -> WrittenArns {
        let mut arns: Box<[ArnHash]> = self.found.drain().collect();
        arns.sort_unstable();
        let is_over = std::mem::take(&mut self.is_over);
        (!is_over).then_some(arns)
    }
}

/// Finds the writes to some resources, in one log file after the other.
#[derive(Debug)]
pub(in crate::decode) struct ResourceWriteReader {
    wanted: Arc<HashSet<ArnHash>>,
    finder: WriteFinder,
    texts: Shared<str>,
    /// The first use of each key that was met since it began: a later one tells nothing more.
    first_uses: HashMap<Arc<str>, Timestamp>,
}

impl ResourceWriteReader {
    pub(in crate::decode) fn new(wanted: Arc<HashSet<ArnHash>>) -> Self {
        // Bounded by what is kept anyway.
        Self { wanted, finder: WriteFinder::new(), texts: Shared::new(usize::MAX), first_uses: HashMap::new() }
    }

    /// Whether all that a record tells is told where it was read as a write: then none of its keys can turn out to be a run's.
    pub(super) fn tells_all(&self, record: &[u8]) -> bool {
        self.finder.key.find(record).is_none()
    }

    /// Forgets which keys were used before: what is read next is told by itself.
    pub(super) fn begin_anew(&mut self) {
        self.first_uses.clear();
    }

    /// Reads a record; none if it is no write to one of the resources. An error if it may be one and cannot be read. `is_own` says
    /// that it is a call of a run, so that whatever it writes is such a resource.
    pub(in crate::decode) fn read(
        &mut self,
        record: &[u8],
        hidden: bool,
        is_own: bool,
        log_file: &Arc<str>,
    ) -> Result<Option<ResourceWrite>, MalformedReason> {
        let mut names_one = false;
        let is_plain = self.finder.each(record, |arn| names_one |= self.wanted.contains(&hash(arn)));
        if !(hidden || names_one || is_own || !is_plain) {
            return Ok(None);
        }
        let text = simdutf8::basic::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
        let event = ReadMode::Quick.read(text).or_else(|_| ReadMode::Careful.read(text));
        let event: WriteRecord<'_> = event.map_err(|error| not_json(&error))?;
        self.write(&event, is_own, log_file)
    }

    fn write(
        &mut self,
        event: &WriteRecord<'_>,
        is_own: bool,
        log_file: &Arc<str>,
    ) -> Result<Option<ResourceWrite>, MalformedReason> {
        let json = part_json(event.resources);
        let mut arns: Vec<Arc<str>> = resources(&json)
            .iter()
            .filter_map(|resource| resource.arn.as_deref().filter(|arn| !arn.is_empty()))
            .map(|arn| self.texts.text(&without_secrets(arn)))
            .collect();
        arns.sort_unstable();
        arns.dedup();
        let is_ok_write = matches!(event.read_only, Some("false" | "\"false\"")) && event.error_code.is_blank();
        let is_wanted = |arn: &Arc<str>| is_own || self.wanted.contains(&hash(arn.as_bytes()));
        let is_write = is_ok_write && arns.iter().any(is_wanted);
        let identity = event.identity.open();
        let Some(time) = event.time.as_deref().and_then(Timestamp::parse_event_time) else {
            return if is_write { Err(MalformedReason::NoTime) } else { Ok(None) };
        };
        let created_key = self.first_use(identity.access_key_id.as_deref(), time);
        if !is_write && created_key.is_none() {
            return Ok(None);
        }
        let principal = [identity.arn.as_deref(), identity.principal.as_deref(), identity.invoked_by.as_deref()];
        let source = event.source.as_deref().map(|source| source.strip_suffix(".amazonaws.com").unwrap_or(source));
        Ok(Some(ResourceWrite {
            time,
            event_id: given(event.id.as_deref()).unwrap_or_default(),
            shared_event_id: given(event.shared_id.as_deref()),
            account_id: self.given(event.account.as_deref()),
            service: self.given(source),
            event_name: self.given(event.name.as_deref()),
            kind: self.given(identity.kind.as_deref()),
            principal: principal
                .into_iter()
                .flatten()
                .find(|text| !text.is_empty())
                .map(|text| self.texts.text(&without_secrets(text))),
            resources: arns.into(),
            created_key,
            is_write,
            log_file: Arc::clone(log_file),
        }))
    }

    /// The key of a call, if it is one of those that were made, and no earlier use of it is known.
    fn first_use(&mut self, key: Option<&str>, time: Timestamp) -> Option<Arc<str>> {
        let key = key.filter(|key| key.starts_with(KEY) && self.wanted.contains(&hash(key.as_bytes())))?;
        let key = self.texts.text(key);
        let first = self.first_uses.entry(Arc::clone(&key)).or_insert(Timestamp::LAST);
        // Of several in one second all are kept, so that the same one stands whoever reads which file.
        let is_first = time <= *first;
        *first = time.min(*first);
        is_first.then_some(key)
    }

    fn given(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        let text = text.filter(|text| !text.is_empty())?;
        Some(self.texts.text(&without_secrets(text)))
    }
}

fields! {
    /// A record.
    struct WriteRecord<'a> {
        "eventTime" => time: OptionalText<'a> = text,
        "eventID" => id: OptionalText<'a> = text,
        "sharedEventID" => shared_id: OptionalText<'a> = text,
        "eventName" => name: OptionalText<'a> = text,
        "eventSource" => source: OptionalText<'a> = text,
        "recipientAccountId" => account: OptionalText<'a> = text,
        "readOnly" => read_only: Option<&'a str> = raw,
        "errorCode" => error_code: ObjectOrText<'a, NoFields> = part,
        "userIdentity" => identity: ObjectOrText<'a, WriteIdentity<'a>> = part,
        "resources" => resources: Option<&'a str> = raw,
    }

    /// Who called.
    struct WriteIdentity<'a> {
        "type" => kind: OptionalText<'a> = text,
        "arn" => arn: OptionalText<'a> = text,
        "principalId" => principal: OptionalText<'a> = text,
        "accessKeyId" => access_key_id: OptionalText<'a> = text,
        "invokedBy" => invoked_by: OptionalText<'a> = text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: &str = "arn:aws:s3:::logs";

    fn record(read_only: &str, resources: &str, more: &str) -> String {
        format!(
            r#"{{"eventTime":"2026-11-03T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","readOnly":{read_only},"userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::1:user/x"}},"resources":{resources},"eventID":"w1"{more}}}"#
        )
    }

    /// Whether a file of the record may hold a write to the bucket, and whether the record is one.
    fn check(record: &str, noted: bool, read: bool) {
        let mut taker = WriteNotes::new();
        taker.note(record.as_bytes(), false);
        let arns = taker.finish();
        let is_noted = arns.is_none_or(|arns| arns.contains(&hash(BUCKET.as_bytes())));
        let mut reader = ResourceWriteReader::new(Arc::new(HashSet::from([hash(BUCKET.as_bytes())])));
        let found = reader.read(record.as_bytes(), false, false, &"f".into()).unwrap();
        assert_eq!((is_noted, found.is_some()), (noted, read), "{record}");
        assert!(noted || !read);
    }

    /// What may be a write and cannot be read is said.
    fn check_unreadable(record: &str) {
        let mut reader = ResourceWriteReader::new(Arc::new(HashSet::from([hash(BUCKET.as_bytes())])));
        let read = reader.read(record.as_bytes(), false, false, &"f".into());
        assert!(read.is_err(), "{record}: {read:?}");
    }

    #[test]
    fn writes_to_a_resource_are_found() {
        let list = format!(r#"[{{"type":"AWS::S3::Bucket","ARN":"{BUCKET}"}},{{"ARN":"arn:x"}}]"#);
        check(&record("false", &list, ""), true, true);
        check(&record(" \"false\"", &list.replace("\":\"arn", "\" :\n \"arn"), ""), true, true);
        check(&record("true", &list, ""), false, false);
        check(&record("false", &list, r#","errorCode":"AccessDenied""#), true, false);
        check(&record("false", r#"[{"ARN":"arn:aws:s3:::other"}]"#, ""), false, false);
        check(&record("false", "null", ""), false, false);
        check(&record("false", &list.replace("arn:aws", "arn\\u003aaws"), ""), true, true);
        check(&record("false", &format!("{list:?}"), ""), true, true);
        check_unreadable("{\"readOnly\":false,\"ARN\":\"");
        check_unreadable(&record("fals", &list, ""));
        check_unreadable(&record("false", &list, "").replace("eventTime", "time"));
        check("", false, false);
    }

    #[test]
    fn it_says_who_wrote() {
        let list = format!(r#"[{{"ARN":"{BUCKET}"}}]"#);
        let mut reader = ResourceWriteReader::new(Arc::new(HashSet::from([hash(BUCKET.as_bytes())])));
        let found = reader.read(record("false", &list, "").as_bytes(), false, false, &"f".into()).unwrap().unwrap();
        assert_eq!(found.principal.as_deref(), Some("arn:aws:iam::1:user/x"));
        assert_eq!((found.service.as_deref(), found.event_name.as_deref()), (Some("s3"), Some("PutBucketPolicy")));
    }

    #[test]
    fn the_first_use_of_a_key_is_found() {
        let of = |id: &str, minute: u32, key: &str| {
            record("true", "null", "")
                .replace("T10:00", &format!("T10:{minute:02}"))
                .replace("w1", id)
                .replace("user/x\"", &format!("user/x\",\"accessKeyId\":\"{key}\""))
        };
        let mut taker = WriteNotes::new();
        taker.note(of("u1", 5, "AKIAIOSFODNN7EXAMPLE").as_bytes(), false);
        assert_eq!(taker.finish().unwrap().as_ref(), [hash(b"AKIAIOSFODNN7EXAMPLE")]);
        let mut reader = ResourceWriteReader::new(Arc::new(HashSet::from([hash(b"AKIAIOSFODNN7EXAMPLE")])));
        let mut read = |record: &str| {
            reader.read(record.as_bytes(), false, false, &"f".into()).unwrap().map(|found| found.event_id)
        };
        assert_eq!(read(&of("u1", 5, "AKIAIOSFODNN7EXAMPLE")).as_deref(), Some("u1"));
        assert_eq!(read(&of("u2", 6, "AKIAIOSFODNN7EXAMPLE")), None);
        assert_eq!(read(&of("u3", 4, "AKIAIOSFODNN7EXAMPLE")).as_deref(), Some("u3"));
        assert_eq!(read(&of("u4", 4, "AKIAIOSFODNN7EXAMPLE")).as_deref(), Some("u4"));
        assert_eq!(read(&of("u5", 1, "AKIAIOSFODNN8EXAMPLE")), None);
    }

    #[test]
    fn too_many_arns_are_none_that_are_told_apart() {
        let mut notes = WriteNotes::new();
        let list = |count: usize| -> String {
            let all: Vec<String> = (0..count).map(|at| format!(r#"{{"ARN":"arn:{at}"}}"#)).collect();
            all.join(",")
        };
        notes.note(record("false", &list(MOST), "").as_bytes(), false);
        assert_eq!(notes.finish().map(|all| all.len()), Some(MOST));
        notes.note(record("false", &list(MOST + 1), "").as_bytes(), false);
        assert_eq!(notes.finish(), None);
        notes.note(b"{}", true);
        assert_eq!((notes.finish(), notes.finish()), (None, Some(Box::default())));
    }
}

//! Looks at each element of a text: an event, a carrier of events, or neither (DESIGN §8 and §11), each as a
//! `serde_json::Value`, one after the other, without a shortcut.

use std::io::Read as _;
use std::ops::Range;

use serde_json::Value;

use crate::cursor::{Cursor, Failed, depth, each_element, members};
use crate::reader::{Found, NAME, Oracle, holds, may_be_call, may_be_ours, parse};
use crate::spelling::{may_hold_events, may_name, regex, spellings, unbase64, unquote};

const DEEPEST: usize = 128;
pub(crate) const MOST_CARRIERS: usize = 4;
const LISTS: [&str; 10] =
    ["Records", "records", "Events", "events", "logEvents", "Messages", "results", "QueryResultRows", "hits", "data"];
const ROWS: [&str; 2] = ["results", "QueryResultRows"];
const NESTS: [&str; 4] = ["hits", "_source", "result", "attributes"];
const OPENERS: [&str; 18] = [
    "CloudTrailEvent",
    "detail",
    "message",
    "Message",
    "Sns",
    "Body",
    "body",
    "kinesis",
    "data",
    "Data",
    "awslogs",
    "s3",
    "_raw",
    "event",
    "event.original",
    "log",
    "@message",
    "fields",
];

/// What is expected of a text out of a carrier.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Anything,
    OneMessage,
    Lines,
    Event,
}

/// Members of an object: keys and the texts of their values.
type Members<'a> = [(String, &'a [u8])];

/// What the last member of a name holds.
#[derive(Clone, Copy)]
struct Parts<'m, 'b>(&'m Members<'b>);

impl<'b> Parts<'_, 'b> {
    fn raw(self, key: &str) -> &'b [u8] {
        self.0.iter().rfind(|(name, _)| name == key).map_or(&b""[..], |(_, value)| value)
    }

    fn string(self, key: &str) -> Option<&'b [u8]> {
        Some(self.raw(key)).filter(|value| value.starts_with(b"\""))
    }

    fn object(self, key: &str) -> Option<&'b [u8]> {
        Some(self.raw(key)).filter(|value| value.starts_with(b"{"))
    }

    fn inside(self, key: &str, inner: &str) -> Option<&'b [u8]> {
        let value = self.object(key)?;
        let (members, whole) = crate::cursor::members(value);
        whole.ok()?;
        members.into_iter().rfind(|(name, _)| name == inner).map(|(_, value)| value)
    }

    fn text(self, key: &str) -> String {
        self.string(key).and_then(unquote).unwrap_or_default()
    }
}

#[derive(Clone)]
pub(crate) struct State<'a> {
    oracle: &'a Oracle,
    pub(crate) found: Found,
    pub(crate) known: bool,
    pub(crate) digest: bool,
    pub(crate) unknown: bool,
    /// How many events were found, or things that would be one if they could be read.
    events: u64,
    level: usize,
    base64: Base64,
}

/// Whether bytes are what base64 stood for that no carrier holds.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Base64 {
    #[default]
    No,
    Undone,
}

impl<'a> State<'a> {
    pub(crate) fn new(oracle: &'a Oracle) -> Self {
        let found = Found::default();
        Self { oracle, found, known: false, digest: false, unknown: false, events: 0, level: 0, base64: Base64::No }
    }

    pub(crate) fn stream(&mut self, text: &[u8]) -> Result<(), Failed> {
        if is_short_test(text) {
            self.know();
            return Ok(());
        }
        let mut cursor = Cursor { text, at: 0 };
        let mut values = 0;
        while let Some(first) = cursor.token() {
            if let Some(rest) = text[cursor.at..].strip_prefix(MARK) {
                cursor.at = text.len() - rest.len();
                continue;
            }
            values += 1;
            if begins_with_time(&text[cursor.at..]) {
                let message = log_message(&text[cursor.at..]);
                cursor.at += message.len();
                if cursor.at == text.len() && is_cut_off(message) {
                    return Err(Failed);
                }
                self.line(message);
                continue;
            }
            if text[cursor.at..].starts_with(b"H4sI") {
                let base64 = payload(&text[cursor.at..]);
                cursor.at += base64.len();
                if base64.len() > self.oracle.max_record {
                    self.malformed(true);
                } else {
                    self.text(base64, Expected::Anything);
                }
                continue;
            }
            let is_word = !matches!(first, b'{' | b'[' | b'"');
            let value = cursor.value(is_word)?;
            // The year of a line, perhaps.
            if is_word && cursor.at == text.len() && value.len() < text.len() {
                return Err(Failed);
            }
            self.element(value, true)?;
        }
        if values == 0 { Err(Failed) } else { Ok(()) }
    }

    fn know(&mut self) {
        self.known = true;
        self.events += 1;
    }

    fn malformed(&mut self, known: bool) {
        if known {
            self.know();
        }
        self.unknown |= !known;
        self.found.malformed += 1;
    }

    fn element(&mut self, value: &[u8], top: bool) -> Result<(), Failed> {
        match value[0] {
            b'{' if value.ends_with(b"}") => return self.object(value),
            b'[' if value.ends_with(b"]") => return each_element(value, |element| self.element(element, false)),
            b'{' | b'[' => return Err(Failed),
            b'"' if value.len() > self.oracle.max_record => self.malformed(true),
            b'"' => self.open_text(value, Expected::OneMessage),
            _ => match serde_json::from_slice::<Value>(value) {
                Err(_) if top => return Err(Failed),
                Ok(number) if number.is_number() && value.len() <= self.oracle.max_record => self.neither(value),
                _ => self.malformed(true),
            },
        }
        Ok(())
    }

    fn object(&mut self, text: &[u8]) -> Result<(), Failed> {
        if begins_as_cloudtrail(text) {
            self.know();
            self.record(text);
            let value = parse(text).filter(|value| value["eventName"].as_str() != Some(NAME));
            let read = text.len() <= self.oracle.max_record && depth(text) <= DEEPEST;
            if read && may_be_ours(text) && value.is_some() {
                for (key, value) in members(text).0 {
                    self.list_in_object(&key, value);
                }
            }
            return Ok(());
        }
        let (members, whole) = members(text);
        let mut rest = members.as_slice();
        while let [(key, value), behind @ ..] = rest {
            let opener = OPENERS.contains(&key.as_str()) || key == "s3ObjectKey";
            if is_event_key(key) || (opener && matches!(value[0], b'"' | b'{')) {
                break;
            }
            if is_list(key, value) {
                let before = self.findings();
                if value.as_ptr().addr() - text.as_ptr().addr() <= self.oracle.max_record {
                    let front = &members[..members.len() - rest.len()];
                    for (_, value) in front {
                        self.look_beside_list(value);
                    }
                }
                self.each_in(key, value)?;
                self.behind_list(behind, before, whole)?;
                self.found.next_token |= says_more(&members, self.oracle.max_record);
                return Ok(());
            }
            rest = behind;
        }
        if text.len() > self.oracle.max_record || depth(text) > DEEPEST {
            self.malformed(true);
        } else if whole.is_err() {
            if may_hold_events(text) || (self.oracle.calls && may_be_call(text)) {
                self.malformed(true);
            } else {
                self.unknown = true;
                self.found.other += 1;
            }
        } else {
            self.look(text, &members);
        }
        Ok(())
    }

    /// What stands behind the first list, in front of which so much was found.
    fn behind_list(&mut self, behind: &Members, before: u64, whole: Result<(), Failed>) -> Result<(), Failed> {
        let mut event = false;
        for member in behind {
            let (key, value) = member;
            event |= is_event_key(key);
            let opener = (OPENERS.contains(&key.as_str()) || key == "s3ObjectKey") && matches!(value[0], b'"' | b'{');
            if is_list(key, value) && !event {
                self.each_in(key, value)?;
            } else if is_list(key, value) || opener {
                if value.len() > self.oracle.max_record || depth(value) > DEEPEST {
                    self.malformed(true);
                } else {
                    self.list_in_object(key, value);
                    let alone = std::slice::from_ref(member);
                    let mut parts = Vec::new();
                    self.carriers(alone, &mut parts);
                    if self.findings() == before {
                        self.look_beside(value, before);
                    } else {
                        self.look_for_another(alone, &parts);
                    }
                }
            } else if value.len() <= self.oracle.max_record {
                self.look_beside_list(value);
            }
        }
        whole?;
        if event {
            self.malformed(true);
        }
        Ok(())
    }

    /// An object that is here as a whole.
    fn look(&mut self, text: &[u8], members: &Members) {
        let before = self.findings();
        let (mut event, mut opened) = (is_event(members), Vec::new());
        let mut carried = false;
        if !event || !has(members, "userIdentity") {
            let mut state = self.clone();
            carried = state.carriers(members, &mut opened);
            // A text that is an event tells more than fields beside it.
            if !event || state.events > self.events {
                event = false;
                *self = state;
            } else {
                carried = false;
            }
        }
        let is_found = self.findings() > before;
        if event {
            self.know();
            self.record(text);
        }
        let lists = members.iter().filter(|(key, value)| is_list(key, value)).count() > 0;
        if lists {
            let last: Vec<_> = members
                .iter()
                .map(|(key, value)| if is_list(key, value) { (key.clone(), *value) } else { last(members, key) })
                .collect();
            self.found.next_token |= says_more(&last, self.oracle.max_record);
        }
        for (key, value) in members {
            let may_be_element = holds(value, "eventVersion") || spellings(value).iter().any(|it| holds(it, NAME));
            if !is_found || value[0] != b'{' || may_be_element {
                self.list_in_object(key, value);
            }
        }
        if event {
            let mut parts = Vec::new();
            self.clone().carriers(members, &mut parts);
            let own = without(text, &parts);
            let is_another = |part: &&[u8]| holds_another_event(part, &own);
            if parts.iter().any(is_another) {
                self.malformed(false);
            }
            return;
        }
        let is_shadowed = shadowed(members).iter().any(|value| may_hold_events(value));
        if is_shadowed {
            self.malformed(false);
        }
        if carried || lists {
            if self.findings() == before {
                self.look_beside(text, before);
            } else if !is_shadowed {
                self.look_for_another(members, &opened);
            }
        } else if has(members, "digestS3Object") {
            self.digest = true;
            self.found.other += 1;
        } else {
            self.neither(text);
        }
    }

    /// How much was found that is an event, or would be one if it could be read.
    fn findings(&self) -> u64 {
        self.events + self.found.malformed
    }

    /// What was opened in part, in front of which so much was found.
    fn look_beside(&mut self, text: &[u8], before: u64) {
        if self.findings() == before && spellings(text).iter().any(|text| holds(text, NAME)) {
            self.malformed(false);
        }
    }

    /// What stands beside parts that were opened, and may be another event.
    fn look_for_another(&mut self, members: &Members, opened: &[&[u8]]) {
        let values = members.iter().filter(|(key, value)| !is_list(key, value)).map(|(_, value)| *value);
        let mut pieces = values.flat_map(|value| without(value, opened));
        if pieces.any(|piece| holds_another_event(piece, opened)) {
            self.malformed(false);
        }
    }

    fn look_beside_list(&mut self, value: &[u8]) {
        if holds_another_event(value, &[]) && !event_ids(&resolved(value)).is_empty() {
            self.malformed(false);
        }
    }

    fn list_in_object(&mut self, key: &str, value: &[u8]) {
        if is_list(key, value) && self.attempt(|state| state.each_in(key, value)).is_err() {
            self.malformed(true);
        }
    }

    /// Each element of a list, or the object that is in the place of one.
    fn each_in(&mut self, key: &str, value: &[u8]) -> Result<(), Failed> {
        if value[0] == b'{' {
            return self.element(value, false);
        }
        each_element(value, |element| match element[0] {
            b'[' if ROWS.contains(&key) => self.row(element),
            _ => self.element(element, false),
        })
    }

    /// A row of cells.
    fn row(&mut self, row: &[u8]) -> Result<(), Failed> {
        if !row.ends_with(b"]") {
            return Err(Failed);
        }
        if row.len() > self.oracle.max_record || depth(row) > DEEPEST {
            self.malformed(true);
            return Ok(());
        }
        let (mut found, mut texts) = (None, Vec::new());
        if let Some(cells) = parse(row).as_ref().and_then(cells) {
            for column in ["@message", "_raw", "eventjson"] {
                let named = cells.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
                found = found.or_else(|| named.map(|(_, text)| text.clone()));
            }
            texts = cells.into_iter().map(|(_, text)| text).collect();
        }
        match found {
            Some(text) if text.is_empty() => self.malformed(true),
            Some(text) => {
                let before = self.findings();
                self.deeper(|state| state.text(text.as_bytes(), Expected::OneMessage));
                let named = |text: &String| spellings(text.as_bytes()).iter().any(|text| holds(text, NAME));
                let is_lost = if self.findings() == before {
                    texts.iter().any(named)
                } else {
                    texts.iter().any(|other| *other != text && holds_event(other.as_bytes()))
                };
                if is_lost {
                    self.malformed(false);
                }
            }
            None => self.neither(row),
        }
        Ok(())
    }

    /// Reads something of which a defect leaves nothing.
    fn attempt(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Failed>) -> Result<(), Failed> {
        let mut state = self.clone();
        read(&mut state)?;
        *self = state;
        Ok(())
    }

    /// Opens every carrier that the members make, and notes the parts that it opens; false if there is none.
    fn carriers<'b>(&mut self, members: &Members<'b>, opened: &mut Vec<&'b [u8]>) -> bool {
        let parts = Parts(members);
        let mut carried = false;
        if let Some(event) = parts.object("CloudTrailEvent") {
            carried = true;
            opened.push(event);
            self.open_object(event);
        } else if let Some(event) = parts.string("CloudTrailEvent") {
            carried = true;
            opened.push(event);
            self.open_text(event, Expected::Event);
        } else if has(members, "CloudTrailEvent") || (has(members, "EventId") && has(members, "EventName")) {
            carried = true;
            self.malformed(true);
        }
        if let Some(detail) = parts.object("detail") {
            carried = true;
            if parts.text("source") == "aws.s3"
                && parts.inside("detail", "object").is_some_and(|it| it.starts_with(b"{"))
            {
                self.malformed(false);
            } else {
                opened.push(detail);
                self.open_object(detail);
            }
        } else if let Some(detail) = parts.string("detail") {
            carried = true;
            opened.push(detail);
            self.open_text(detail, Expected::Anything);
        }
        if let Some(message) = parts.string("message") {
            carried = true;
            opened.push(message);
            self.open_text(message, Expected::OneMessage);
        }
        carried |= self.notifications(parts, opened);
        carried |= self.search_hits(parts, opened);
        self.packed_data(parts, opened) || carried
    }

    /// What SNS and SQS deliver.
    fn notifications<'b>(&mut self, parts: Parts<'_, 'b>, opened: &mut Vec<&'b [u8]>) -> bool {
        let mut carried = false;
        let subscription = |kind: &str| ["SubscriptionConfirmation", "UnsubscribeConfirmation"].contains(&kind);
        if let Some(message) = parts.string("Message") {
            carried = true;
            if subscription(&parts.text("Type")) {
                self.know();
            } else {
                opened.push(message);
                self.open_text(message, Expected::Anything);
            }
        }
        if let Some(message) = parts.inside("Sns", "Message").filter(|it| it.starts_with(b"\"")) {
            carried = true;
            let kind = parts.inside("Sns", "Type").and_then(unquote).unwrap_or_default();
            if subscription(&kind) {
                self.know();
            } else {
                opened.push(message);
                self.open_text(message, Expected::Anything);
            }
        }
        if let Some(body) = parts.string("Body").or_else(|| parts.string("body")) {
            carried = true;
            opened.push(body);
            self.open_text(body, Expected::Anything);
        }
        carried
    }

    /// What searches and collectors of logs give.
    fn search_hits<'b>(&mut self, parts: Parts<'_, 'b>, opened: &mut Vec<&'b [u8]>) -> bool {
        let mut carried = false;
        if let Some(raw) = parts.string("_raw") {
            carried = true;
            opened.push(raw);
            self.open_text(raw, Expected::OneMessage);
        }
        let original = parts.inside("event", "original").filter(|it| it.starts_with(b"\""));
        let field = parts.inside("fields", "event.original").and_then(first_text);
        if let Some(original) = original.or_else(|| parts.string("event.original")).or(field) {
            carried = true;
            opened.push(original);
            self.open_text(original, Expected::OneMessage);
        }
        if let Some(message) = parts.object("@message") {
            carried = true;
            opened.push(message);
            self.open_object(message);
        } else if let Some(message) = parts.string("@message") {
            carried = true;
            opened.push(message);
            self.open_text(message, Expected::OneMessage);
        }
        if let Some(log) = parts.string("log") {
            carried = true;
            opened.push(log);
            self.open_text(log, Expected::OneMessage);
        }
        carried
    }

    /// Data in base64, and what holds no event by its nature.
    fn packed_data<'b>(&mut self, parts: Parts<'_, 'b>, opened: &mut Vec<&'b [u8]>) -> bool {
        let mut carried = false;
        let data = parts.string("data").or_else(|| parts.string("Data"));
        let quoted = |it: &&[u8]| it.starts_with(b"\"");
        let records =
            [parts.inside("kinesis", "data").filter(quoted), data, parts.inside("awslogs", "data").filter(quoted)];
        for data in records.into_iter().flatten() {
            carried = true;
            opened.push(data);
            self.open_base64(data);
        }
        if parts.text("Event") == "s3:TestEvent" {
            carried = true;
            self.know();
        } else if parts.inside("s3", "object").is_some_and(|it| it.starts_with(b"{"))
            || matches!(parts.raw("s3ObjectKey").first(), Some(b'"' | b'['))
        {
            carried = true;
            self.malformed(false);
        }
        carried
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self)) {
        if self.level == MOST_CARRIERS {
            return self.malformed(true);
        }
        let base64 = std::mem::take(&mut self.base64);
        self.level += 1;
        read(self);
        self.level -= 1;
        self.base64 = base64;
    }

    /// Base64 that no carrier holds is no carrier, but for base64 right in base64.
    fn undone(&mut self, bytes: &[u8]) {
        if self.base64 == Base64::Undone {
            return self.deeper(|state| state.bytes(bytes));
        }
        self.base64 = Base64::Undone;
        self.bytes(bytes);
        self.base64 = Base64::No;
    }

    fn open_object(&mut self, text: &[u8]) {
        self.deeper(|state| {
            if state.attempt(|state| state.object(text)).is_err() {
                state.malformed(true);
            }
        });
    }

    fn open_text(&mut self, quoted: &[u8], expected: Expected) {
        match unquote(quoted) {
            Some(text) => self.deeper(|state| state.text(text.as_bytes(), expected)),
            None => self.malformed(true),
        }
    }

    fn open_base64(&mut self, quoted: &[u8]) {
        let Some(text) = unquote(quoted) else { return self.malformed(true) };
        self.deeper(|state| match unbase64(&text) {
            Some(bytes) => state.bytes(&bytes),
            None => state.text(text.as_bytes(), Expected::Anything),
        });
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return match std::str::from_utf8(bytes) {
                Ok(text) => self.text(text.as_bytes(), Expected::Anything),
                Err(_) => self.malformed(false),
            };
        }
        let mut text = bytes.to_vec();
        for _ in 0..2 {
            let mut inner = Vec::new();
            if !text.starts_with(&[0x1f, 0x8b]) {
                break;
            } else if flate2::bufread::MultiGzDecoder::new(&text[..]).read_to_end(&mut inner).is_err() {
                return self.malformed(true);
            }
            text = inner;
        }
        self.text(&text, Expected::Anything);
    }

    fn text(&mut self, text: &[u8], expected: Expected) {
        let mut text = text.trim_ascii();
        while let Some(rest) = text.strip_prefix(MARK) {
            text = rest.trim_ascii();
        }
        if is_test(text) {
            self.know();
            return;
        }
        let mut cursor = Cursor { text, at: 0 };
        let is_one = cursor.value(false).is_ok_and(|value| value.len() == text.len() && value.ends_with(b"}"));
        let is_one = is_one && expected != Expected::Lines && depth(text) <= DEEPEST;
        if is_one && begins_as_cloudtrail(text) && !may_name(text) {
            self.know();
            // One event, of which only a call is read.
            if self.oracle.calls && may_be_call(text) {
                self.record(text);
            } else {
                self.found.other += 1;
            }
            return;
        }
        match text.first() {
            Some(b'{') => {}
            _ if expected == Expected::Event => return self.malformed(true),
            Some(b'[' | b'"') => {}
            _ if begins_with_time(text) && self.level < MOST_CARRIERS => {}
            _ => {
                let packed = std::str::from_utf8(text).ok().filter(|text| text.starts_with("H4sI")).and_then(unbase64);
                return match packed.filter(|bytes| bytes.starts_with(&[0x1f, 0x8b])) {
                    Some(bytes) => self.undone(&bytes),
                    None => self.neither(text),
                };
            }
        }
        let mut state = self.clone();
        let read = state.stream(text);
        if expected == Expected::Event && (read.is_err() || state.events == self.events) {
            return self.malformed(true);
        }
        if read.is_ok() {
            *self = state;
        } else if regex(r#"^\{[ \t\n\r\x0c]*"eventVersion""#).is_match(text) || may_hold_events(text) {
            self.malformed(true);
        } else {
            self.unknown = true;
            self.found.other += 1;
        }
    }

    fn line(&mut self, line: &[u8]) {
        if line.len() > self.oracle.max_record {
            return self.malformed(true);
        }
        let (message, _) = parts_of(line);
        let expected = if message.contains(&b'\n') { Expected::Lines } else { Expected::OneMessage };
        self.deeper(|state| state.text(message, expected));
    }

    /// What is no event and no carrier.
    fn neither(&mut self, text: &[u8]) {
        if may_hold_events(text) {
            self.malformed(false);
        } else {
            self.unknown = true;
            self.found.other += 1;
        }
    }

    fn record(&mut self, text: &[u8]) {
        let found = &mut self.found;
        if text.len() > self.oracle.max_record || depth(text) > DEEPEST {
            found.malformed += 1;
        } else if let Some(value) = parse(text) {
            match self.oracle.event(&value) {
                Ok(Some(event)) => {
                    found.kept += 1;
                    found.events.push(event);
                }
                Ok(None) => match self.oracle.call(&value) {
                    Ok(call) => {
                        found.other += 1;
                        found.calls.extend(call);
                    }
                    Err(Failed) => found.malformed += 1,
                },
                Err(Failed) => found.malformed += 1,
            }
        } else if may_be_ours(text) || (self.oracle.calls && may_be_call(text)) {
            found.malformed += 1;
        } else {
            found.other += 1;
        }
    }
}

/// What some put in front of a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

const TIME: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}";

fn begins_with_time(text: &[u8]) -> bool {
    regex(&format!("^{TIME}(?s-u:.)")).is_match(text)
}

/// A message of a log, and the lines that go on with it.
fn log_message(text: &[u8]) -> &[u8] {
    let mut at = 0;
    loop {
        at += text[at..].iter().position(|byte| *byte == b'\n').unwrap_or(text.len() - at);
        let Some(rest) = text.get(at + 1..) else { return text };
        // The end of the text, which may be the beginning of a time.
        let is_cut =
            (0..20).contains(&rest.len()) && begins_with_time(&[rest, &b"2026-11-02T08:12:05Z"[rest.len()..]].concat());
        let anew = [&b"{\""[..], b"H4sI", MARK].iter().any(|beginning| rest.starts_with(beginning));
        if rest.is_empty() || is_cut || anew || begins_with_time(rest) {
            return &text[..at];
        }
        at += 1;
    }
}

/// Whether a message that ends with the text ends inside of its JSON, or in front of its words.
fn is_cut_off(message: &[u8]) -> bool {
    let (json, words) = parts_of(message);
    if json.starts_with(b"{") {
        let mut values = serde_json::Deserializer::from_slice(json).into_iter::<serde::de::IgnoredAny>();
        return values.find_map(Result::err).is_some_and(|error| error.is_eof());
    }
    !is_test(json) && words < 2
}

/// The message behind its time, and perhaps its stream; and of how many words it is, at least.
fn parts_of(line: &[u8]) -> (&[u8], usize) {
    let parts = regex(r"(?s-u)^[^ \t\n\r\x0c]+[ \t\n\r\x0c]*(.*?)[ \t\n\r\x0c]*$").captures(line).unwrap();
    let message = parts.get(1).unwrap().as_bytes();
    let stream = regex(r"(?s-u)^[^ \t\n\r\x0c{][^ \t\n\r\x0c]*[ \t\n\r\x0c]+(\{.*)$").captures(message);
    let message = stream.map_or(message, |parts| parts.get(1).unwrap().as_bytes());
    (message, message.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).take(2).count())
}

/// The first text of a list.
fn first_text(list: &[u8]) -> Option<&[u8]> {
    let values: Vec<&serde_json::value::RawValue> = serde_json::from_slice(list).ok()?;
    values.first().map(|value| value.get().as_bytes()).filter(|value| value.starts_with(b"\""))
}

/// Lines of base64, up to the next payload or to what is none, with the white space behind them.
fn payload(text: &[u8]) -> &[u8] {
    let mut at = 0;
    loop {
        at += text[at..].iter().position(|byte| *byte == b'\n').unwrap_or(text.len() - at);
        at += text[at..].iter().take_while(|byte| b" \t\n\r".contains(byte)).count();
        let rest = &text[at..];
        let starts_another = regex(r"^(?:H4sI|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?s-u:.))");
        if !regex("^[A-Za-z0-9+/=]").is_match(rest) || starts_another.is_match(rest) {
            return &text[..at];
        }
    }
}

/// The values of carriers behind which another one of the same key stands.
fn shadowed<'a>(members: &Members<'a>) -> Vec<&'a [u8]> {
    let opened = members.iter().enumerate().filter(|(_, (key, value))| {
        OPENERS.contains(&key.as_str()) && matches!(value[0], b'"' | b'{') && !is_list(key, value)
    });
    let shadowed = opened.filter(|(at, (key, _))| members[at + 1..].iter().any(|(later, _)| later == key));
    shadowed.map(|(_, (_, value))| *value).collect()
}

fn begins_as_cloudtrail(text: &[u8]) -> bool {
    let head = &text[..text.len().min(96)];
    let space = "[ \t\r\n]*";
    regex(&format!(r#"^\{{{space}"eventVersion"{space}:{space}"1\.[0-9]{{1,3}}"{space},{space}"userIdentity""#))
        .is_match(head)
}

fn is_event_key(key: &str) -> bool {
    ["eventVersion", "eventName"].contains(&key)
}

fn is_list(key: &str, value: &[u8]) -> bool {
    (LISTS.contains(&key) && value[0] == b'[') || (NESTS.contains(&key) && value[0] == b'{')
}

/// Whether members say that there is more than they hold.
/// Of what is larger than a record may be, nobody knows more than whether it is a text.
fn says_more(members: &Members, max_record: usize) -> bool {
    let lists: Vec<&(String, &[u8])> = members.iter().filter(|(key, value)| is_list(key, value)).collect();
    let beside = |key: &str| lists.iter().any(|(list, _)| list == key);
    let mut elements = 0.0;
    for (_, value) in &lists {
        let mut count = 0.0;
        // An object in the place of an element is one.
        let counted = value[0] == b'['
            && each_element(value, |_| {
                count += 1.0;
                Ok(())
            })
            .is_ok();
        elements += if value[0] == b'{' {
            1.0
        } else if counted {
            count
        } else {
            0.0
        };
    }
    members.iter().any(|(key, value)| {
        let is_large = value.len() > max_record;
        let Some(value) = parse(value).filter(|value| !is_large || value.is_string()) else { return false };
        let above = |total: &Value| total.as_f64().is_some_and(|total| total.trunc() > elements);
        match key.as_str() {
            "NextToken" | "nextToken" => value.is_string(),
            "status" => beside("results") && value.as_str().is_some_and(|status| status != "Complete"),
            "statistics" => beside("results") && above(&value["recordsMatched"]),
            "preview" => (beside("results") || beside("result")) && value == true,
            "QueryStatus" => beside("QueryResultRows") && value.as_str().is_some_and(|status| status != "FINISHED"),
            "QueryStatistics" => beside("QueryResultRows") && above(&value["TotalResultsCount"]),
            "total" => {
                beside("hits")
                    && (above(&value)
                        || above(&value["value"])
                        || (value["value"].is_number() && value["relation"].as_str().is_some_and(|it| it != "eq")))
            }
            "meta" => beside("data") && value["page"]["after"].is_string(),
            _ => false,
        }
    })
}

/// The cells of a row, by the names of their columns.
fn cells(row: &Value) -> Option<Vec<(String, String)>> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    row.as_array()?
        .iter()
        .map(|cell| {
            let cell = cell.as_object()?;
            match cell.get("field") {
                Some(field) => Some((text(field), cell.get("value").map(text).unwrap_or_default())),
                None if cell.len() == 1 => cell.iter().next().map(|(name, value)| (name.clone(), text(value))),
                None => None,
            }
        })
        .collect()
}

fn holds_event(text: &[u8]) -> bool {
    let is_event = |text| holds(text, NAME) && (holds(text, "eventVersion") || holds(text, "eventversion"));
    spellings(text).iter().any(|text| is_event(text))
}

/// Whether a value holds an event of our name with an id that none of these texts has. Without an id, its identity tells it from
/// fields of a search.
fn holds_another_event(value: &[u8], opened: &[&[u8]]) -> bool {
    let has = |text: &str, key: &str| text.contains(&format!("\"{key}\""));
    let value = resolved(value);
    if !value.contains(NAME) || !(has(&value, "eventVersion") || has(&value, "eventversion")) {
        return false;
    }
    let known: Vec<String> = opened.iter().flat_map(|text| event_ids(&resolved(text))).collect();
    match event_ids(&value) {
        found if found.is_empty() => has(&value, "userIdentity") || has(&value, "useridentity"),
        found => found.iter().any(|id| !known.contains(id)),
    }
}

/// A text with its escapes resolved.
fn resolved(text: &[u8]) -> String {
    String::from_utf8_lossy(spellings(text).last().unwrap()).into_owned()
}

/// The ids of the events in a text without escapes.
fn event_ids(text: &str) -> Vec<String> {
    let id = regex::Regex::new(r#"(?s)"eventID"[ \t\n\r\x0c]*:[ \t\n\r\x0c]*"([^"]*)"#).unwrap();
    id.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// What is left of a value without these parts of it.
fn without<'a>(value: &'a [u8], parts: &[&[u8]]) -> Vec<&'a [u8]> {
    let (begin, end) = (value.as_ptr().addr(), value.as_ptr().addr() + value.len());
    let mut left: Vec<Range<usize>> = std::iter::once(0..value.len()).collect();
    for part in parts {
        let (from, to) = (part.as_ptr().addr(), part.as_ptr().addr() + part.len());
        if from <= begin && to >= end {
            return Vec::new();
        }
        if from >= begin && to <= end {
            let (from, to) = (from - begin, to - begin);
            left = left
                .into_iter()
                .flat_map(|piece| [piece.start..piece.end.min(from), piece.start.max(to)..piece.end])
                .filter(|piece| piece.start < piece.end)
                .collect();
        }
    }
    left.into_iter().map(|piece| &value[piece]).collect()
}

fn has(members: &Members, key: &str) -> bool {
    members.iter().any(|(name, _)| name == key)
}

fn last<'a>(members: &Members<'a>, key: &str) -> (String, &'a [u8]) {
    members.iter().rfind(|(name, _)| name == key).cloned().unwrap_or((String::new(), b"0"))
}

fn is_event(members: &Members) -> bool {
    let source = |key| unquote(last(members, key).1).unwrap_or_default();
    (has(members, "eventVersion") || has(members, "eventName"))
        && !source("eventSource").starts_with("aws:")
        && source("EventSource") != "aws:sns"
}

fn is_test(text: &[u8]) -> bool {
    let texts = ["aws-logs-write-test", "Permission Check Successful", "CloudTrail validation message."];
    text.starts_with(b"CWL CONTROL MESSAGE:") || texts.iter().any(|test| test.as_bytes() == text)
}

fn is_short_test(text: &[u8]) -> bool {
    text.len() < 100 && is_test(text.trim_ascii()) && !text.trim_ascii().starts_with(b"\"")
}

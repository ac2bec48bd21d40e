//! Looks at each element of a text: an event, a carrier of events, or neither (DESIGN §8 and §11), each as a
//! `serde_json::Value`, one after the other, without a shortcut.

use std::io::Read as _;

use serde_json::Value;

use crate::cursor::{Cursor, Failed, depth, each_element, members};
use crate::reader::{Found, NAME, Oracle, holds, may_be_call, may_be_ours, parse};
use crate::spelling::{may_hold_events, may_name, regex, spellings, unbase64, unquote};

const DEEPEST: usize = 128;
pub(crate) const MOST_CARRIERS: usize = 4;
const LISTS: [&str; 6] = ["Records", "records", "Events", "events", "logEvents", "Messages"];
const OPENERS: [&str; 12] = [
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
];

/// What is expected of a text out of a carrier.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Anything,
    OneMessage,
    Event,
}

/// Members of an object: keys and the texts of their values.
type Members<'a> = [(String, &'a [u8])];

#[derive(Clone)]
pub(crate) struct State<'a> {
    oracle: &'a Oracle,
    pub(crate) found: Found,
    pub(crate) known: bool,
    pub(crate) digest: bool,
    pub(crate) unknown: bool,
    level: usize,
}

impl<'a> State<'a> {
    pub(crate) fn new(oracle: &'a Oracle) -> Self {
        Self { oracle, found: Found::default(), known: false, digest: false, unknown: false, level: 0 }
    }

    pub(crate) fn stream(&mut self, text: &[u8]) -> Result<(), Failed> {
        if is_short_test(text) {
            self.known = true;
            return Ok(());
        }
        let mut cursor = Cursor { text, at: 0 };
        let mut values = 0;
        while let Some(first) = cursor.token() {
            values += 1;
            if regex(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?s-u:.)").is_match(&text[cursor.at..]) {
                let line = text[cursor.at..].split(|byte| *byte == b'\n').next().unwrap();
                cursor.at += line.len();
                self.line(line);
                continue;
            }
            let value = cursor.value(!matches!(first, b'{' | b'[' | b'"'))?;
            self.element(value, true)?;
        }
        if values == 0 { Err(Failed) } else { Ok(()) }
    }

    fn malformed(&mut self, known: bool) {
        self.known |= known;
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
            self.known = true;
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
                let front = &members[..members.len() - rest.len()];
                self.found.next_token |= front.iter().any(is_token);
                each_element(value, |element| self.element(element, false))?;
                return self.behind_list(behind, whole);
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

    fn behind_list(&mut self, behind: &Members, whole: Result<(), Failed>) -> Result<(), Failed> {
        let mut event = false;
        for member in behind {
            let (key, value) = member;
            self.found.next_token |= is_token(member);
            event |= is_event_key(key);
            let opener = (OPENERS.contains(&key.as_str()) || key == "s3ObjectKey") && matches!(value[0], b'"' | b'{');
            if is_list(key, value) && !event {
                each_element(value, |element| self.element(element, false))?;
            } else if is_list(key, value) || opener {
                if value.len() > self.oracle.max_record || depth(value) > DEEPEST {
                    self.malformed(true);
                } else {
                    self.list_in_object(key, value);
                    let alone = std::slice::from_ref(member);
                    self.carriers(alone);
                }
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
        let event = is_event(members);
        if event {
            self.known = true;
            self.record(text);
        }
        let lists = members.iter().filter(|(key, value)| is_list(key, value)).count() > 0;
        if lists {
            self.found.next_token |= members.iter().any(|member| is_token(&last(members, &member.0)));
        }
        for (key, value) in members {
            self.list_in_object(key, value);
        }
        if event {
            return;
        }
        let before = (self.known, self.found.malformed);
        self.known = false;
        let carried = self.carriers(members);
        let nothing = !self.known && self.found.malformed == before.1;
        self.known |= before.0;
        if carried {
            if nothing && spellings(text).iter().any(|text| holds(text, NAME)) {
                self.malformed(false);
            }
        } else if lists {
        } else if has(members, "digestS3Object") {
            self.digest = true;
            self.found.other += 1;
        } else {
            self.neither(text);
        }
    }

    fn list_in_object(&mut self, key: &str, value: &[u8]) {
        if is_list(key, value) && self.attempt(|state| state.stream(value)).is_err() {
            self.malformed(true);
        }
    }

    /// Reads something of which a defect leaves nothing.
    fn attempt(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Failed>) -> Result<(), Failed> {
        let mut state = self.clone();
        read(&mut state)?;
        *self = state;
        Ok(())
    }

    /// Opens every carrier that the members make; false if there is none.
    fn carriers(&mut self, members: &Members) -> bool {
        let raw = |key: &str| members.iter().rfind(|(name, _)| name == key).map_or(&b""[..], |(_, value)| value);
        let string = |key: &str| Some(raw(key)).filter(|value| value.starts_with(b"\""));
        let object = |key: &str| Some(raw(key)).filter(|value| value.starts_with(b"{"));
        let inside = |key: &str, inner: &str| -> Option<&[u8]> {
            let value = object(key)?;
            let (members, whole) = crate::cursor::members(value);
            whole.ok()?;
            members.into_iter().rfind(|(name, _)| name == inner).map(|(_, value)| value)
        };
        let text = |key: &str| string(key).and_then(unquote).unwrap_or_default();
        let mut carried = false;
        if let Some(event) = object("CloudTrailEvent") {
            carried = true;
            self.open_object(event);
        } else if let Some(event) = string("CloudTrailEvent") {
            carried = true;
            self.open_text(event, Expected::Event);
        } else if has(members, "CloudTrailEvent") || (has(members, "EventId") && has(members, "EventName")) {
            carried = true;
            self.malformed(true);
        }
        if let Some(detail) = object("detail") {
            carried = true;
            if text("source") == "aws.s3" && inside("detail", "object").is_some_and(|it| it.starts_with(b"{")) {
                self.malformed(false);
            } else {
                self.open_object(detail);
            }
        } else if let Some(detail) = string("detail") {
            carried = true;
            self.open_text(detail, Expected::Anything);
        }
        if let Some(message) = string("message") {
            carried = true;
            self.open_text(message, Expected::OneMessage);
        }
        let subscription = |kind: &str| ["SubscriptionConfirmation", "UnsubscribeConfirmation"].contains(&kind);
        if let Some(message) = string("Message") {
            carried = true;
            if subscription(&text("Type")) { self.known = true } else { self.open_text(message, Expected::Anything) }
        }
        if let Some(message) = inside("Sns", "Message").filter(|it| it.starts_with(b"\"")) {
            carried = true;
            let kind = inside("Sns", "Type").and_then(unquote).unwrap_or_default();
            if subscription(&kind) { self.known = true } else { self.open_text(message, Expected::Anything) }
        }
        if let Some(body) = string("Body").or_else(|| string("body")) {
            carried = true;
            self.open_text(body, Expected::Anything);
        }
        let data = string("data").or_else(|| string("Data"));
        let quoted = |it: &&[u8]| it.starts_with(b"\"");
        let records = [inside("kinesis", "data").filter(quoted), data, inside("awslogs", "data").filter(quoted)];
        for data in records.into_iter().flatten() {
            carried = true;
            self.open_base64(data);
        }
        if text("Event") == "s3:TestEvent" {
            carried = true;
            self.known = true;
        } else if inside("s3", "object").is_some_and(|it| it.starts_with(b"{"))
            || matches!(raw("s3ObjectKey").first(), Some(b'"' | b'['))
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
        self.level += 1;
        read(self);
        self.level -= 1;
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
        let mut text = Vec::new();
        match flate2::bufread::MultiGzDecoder::new(bytes).read_to_end(&mut text) {
            Ok(_) => self.text(&text, Expected::Anything),
            Err(_) => self.malformed(true),
        }
    }

    fn text(&mut self, text: &[u8], expected: Expected) {
        let text = text.trim_ascii();
        if is_test(text) {
            self.known = true;
            return;
        }
        if expected != Expected::Anything && begins_as_cloudtrail(text) && !may_name(text) {
            self.known = true;
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
            _ => {
                let packed = std::str::from_utf8(text).ok().filter(|text| text.starts_with("H4sI")).and_then(unbase64);
                return match packed.filter(|bytes| bytes.starts_with(&[0x1f, 0x8b])) {
                    Some(bytes) => self.bytes(&bytes),
                    None => self.neither(text),
                };
            }
        }
        let mut state = self.clone();
        state.known = false;
        let read = state.stream(text);
        if expected == Expected::Event && (read.is_err() || !state.known) {
            return self.malformed(true);
        }
        if read.is_ok() {
            state.known |= self.known;
            *self = state;
        } else if may_hold_events(text) {
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
        let parts = regex(r"(?s-u)^[^ \t\n\r\x0c]+[ \t\n\r\x0c]*(.*?)[ \t\n\r\x0c]*$").captures(line).unwrap();
        let message = parts.get(1).unwrap().as_bytes();
        let stream = regex(r"(?s-u)^[^ \t\n\r\x0c{][^ \t\n\r\x0c]*[ \t\n\r\x0c]+(\{.*)$").captures(message);
        let message = stream.map_or(message, |parts| parts.get(1).unwrap().as_bytes());
        self.deeper(|state| state.text(message, Expected::OneMessage));
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
    LISTS.contains(&key) && value[0] == b'['
}

fn is_token(member: &(String, &[u8])) -> bool {
    ["NextToken", "nextToken"].contains(&member.0.as_str()) && member.1[0] == b'"'
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

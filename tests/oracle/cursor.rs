//! Cuts a text into values by its quotes and brackets, one byte after the other.

use serde_json::Value;

/// The text is not what it should be.
pub(crate) struct Failed;

/// How deep a text nests.
pub(crate) fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while at < text.len() {
        match text[at] {
            b'"' => at = string_end(text, at).unwrap_or(text.len()) - 1,
            b'\\' if takes_along(text, at) => at += 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        at += 1;
    }
    deepest
}

/// Whether a backslash outside of a string, where JSON has none, takes a quote or a backslash behind it along.
fn takes_along(text: &[u8], at: usize) -> bool {
    matches!(text.get(at + 1), Some(b'"' | b'\\'))
}

fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A place in a text.
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no white space.
    pub(crate) fn token(&mut self) -> Option<u8> {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Failed> {
        let found = self.token().filter(|found| *found == byte);
        self.at += 1;
        found.map(drop).ok_or(Failed)
    }

    /// The text of the next value. A bare word ends at white space on the top level, else also at punctuation.
    pub(crate) fn value(&mut self, top: bool) -> Result<&'a [u8], Failed> {
        let first = self.token().ok_or(Failed)?;
        let start = self.at;
        match first {
            b'"' => self.at = string_end(self.text, start).ok_or(Failed)?,
            b'{' | b'[' => {
                let mut depth = 0_usize;
                loop {
                    match self.text.get(self.at).ok_or(Failed)? {
                        b'"' => self.at = string_end(self.text, self.at).ok_or(Failed)? - 1,
                        b'\\' if takes_along(self.text, self.at) => self.at += 1,
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => {
                let white = |byte: &u8| b" \t\n\r".contains(byte);
                let ends = |byte: &u8| if top { white(byte) } else { b",]}{[\"".contains(byte) };
                while self.text.get(self.at).is_some_and(|byte| !ends(byte)) {
                    self.at += 1;
                }
                if self.at == start {
                    return Err(Failed);
                }
            }
        }
        Ok(&self.text[start..self.at])
    }
}

/// Gives the text of one element of a list after the other.
pub(crate) fn each_element(text: &[u8], mut give: impl FnMut(&[u8]) -> Result<(), Failed>) -> Result<(), Failed> {
    let mut cursor = Cursor { text, at: 1 };
    if cursor.token() == Some(b']') {
        return Ok(());
    }
    loop {
        give(cursor.value(false)?)?;
        if cursor.token() == Some(b']') {
            return Ok(());
        }
        cursor.expect(b',')?;
    }
}

/// A key and the text of its value.
type Member<'a> = (String, &'a [u8]);

/// The members up to the end of the object, or to where it is seen to be no JSON.
pub(crate) fn members(text: &[u8]) -> (Vec<Member<'_>>, Result<(), Failed>) {
    let mut members = Vec::new();
    let whole = add_members(text, &mut members);
    (members, whole)
}

fn add_members<'a>(text: &'a [u8], members: &mut Vec<Member<'a>>) -> Result<(), Failed> {
    let mut cursor = Cursor { text, at: 1 };
    if cursor.token() == Some(b'}') {
        return Ok(());
    }
    loop {
        if cursor.token() != Some(b'"') {
            return Err(Failed);
        }
        let key = serde_json::from_slice(cursor.value(false)?).unwrap_or_default();
        cursor.expect(b':')?;
        let value = cursor.value(false)?;
        members.push((key, value));
        let good = match value[0] {
            b'{' => value.ends_with(b"}"),
            b'[' => value.ends_with(b"]"),
            b'"' => true,
            _ => serde_json::from_slice::<Value>(value).is_ok(),
        };
        if !good {
            return Err(Failed);
        }
        match cursor.token() {
            Some(b'}') => return Ok(()),
            _ => cursor.expect(b',')?,
        }
    }
}

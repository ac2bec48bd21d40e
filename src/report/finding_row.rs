//! A row of `findings` as formats for findings read it: the public columns, by name.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::cell::Cell;
use super::row::findings::SUPPRESSED;
use super::schema::Heading;
use crate::audit::rules::{RULES, Rule};
use crate::domain::finding::Severity;
use crate::domain::timestamp::Timestamp;

/// One finding.
#[derive(Debug)]
pub(super) struct FindingRow {
    pub(super) severity: Severity,
    /// Its rule, with its place in the registry.
    pub(super) rule: (usize, &'static Rule),
    /// Without what says that it is suppressed.
    pub(super) title: String,
    /// Account, organization, project, workspace, run; those that are there, by column.
    pub(super) names: Vec<(&'static str, String)>,
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) count: u64,
    /// Names and values, without what has a member of its own.
    pub(super) evidence: Vec<(String, String)>,
    pub(super) remedy: String,
    /// Its identity.
    pub(super) uid: String,
    pub(super) suppressed: Option<String>,
}

/// The columns of a place.
const NAMES: [&str; 5] = ["account_id", "organization", "project", "workspace", "run_id"];

impl FindingRow {
    /// Reads a row; an error if it is no row of `findings` with all of its columns.
    pub(super) fn read(headings: &[Heading], row: &[Cell<'_>]) -> io::Result<Self> {
        let missing = |name: &str| io::Error::other(format!("a row of findings without its column {name}"));
        let cell = |name: &'static str| {
            let found = headings.iter().zip(row).find(|(heading, _)| heading.name == name);
            found.map(|(_, cell)| cell).ok_or_else(|| missing(name))
        };
        let text = |name| cell(name).map(|cell| cell.to_text().into_owned());
        let time = |name| match cell(name)? {
            Cell::Time(Some(time)) => Ok(*time),
            _ => Err(missing(name)),
        };
        let id = text("rule_id")?;
        let rule = RULES.iter().enumerate().find(|(_, rule)| rule.id == id);
        let mut found = Self {
            severity: Severity::of_word(&text("severity")?).ok_or_else(|| missing("severity"))?,
            rule: rule.map(|(at, rule)| (at, *rule)).ok_or_else(|| missing("rule_id"))?,
            title: text("title").map(|title| title.strip_prefix(SUPPRESSED).unwrap_or(&title).to_owned())?,
            names: Vec::new(),
            first_seen: time("first_seen")?,
            last_seen: time("last_seen")?,
            count: match cell("count")? {
                Cell::Count(count) => *count,
                _ => return Err(missing("count")),
            },
            evidence: Vec::new(),
            remedy: text("remedy")?,
            uid: String::new(),
            suppressed: None,
        };
        for name in NAMES {
            let value = text(name)?;
            if !value.is_empty() {
                found.names.push((name, value));
            }
        }
        let Cell::List(evidence) = cell("evidence")? else { return Err(missing("evidence")) };
        for text in evidence.iter() {
            let (name, value) = text.split_once('=').unwrap_or(("", text));
            match name {
                "finding" => value.clone_into(&mut found.uid),
                "suppressed" => found.suppressed = Some(value.to_owned()),
                _ => found.evidence.push((name.to_owned(), value.to_owned())),
            }
        }
        Ok(found)
    }

    /// The account, if it is known.
    pub(super) fn account_id(&self) -> Option<&str> {
        self.names.iter().find(|(name, _)| *name == "account_id").map(|(_, value)| value.as_str())
    }

    /// The values of a name in the evidence.
    pub(super) fn shown<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.evidence.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What it is and where, in one line.
    pub(super) fn sentence(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        let place = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        format!("{}{place} ({times}, last {})", self.title, self.last_seen)
    }

    /// A name of this finding and its present events, for formats that ask for one beside its identity.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.uid);
        hash.update(self.last_seen.seconds().to_be_bytes());
        hash.update(self.count.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        digest[..16].iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A text cut to so many characters, for formats with limits.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => {
            let end = text[..at].char_indices().next_back().map_or(0, |(at, _)| at);
            format!("{}…", &text[..end])
        }
        None => text.to_owned(),
    }
}

/// One name and value as an object.
#[derive(Debug, Serialize)]
pub(super) struct NameValue<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        let check = |text: &str, expected: &str| assert_eq!(cut(text, 3), expected);
        check("", "");
        check("äöü", "äöü");
        check("äöüß", "äö…");
    }
}

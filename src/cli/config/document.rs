//! A TOML text as entries that know their line. What nobody asks for is left over, and warned about.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::cli::config_position::ConfigPosition;
use crate::cli::error::Error;

/// A value that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigValue {
    /// The whole key: `sources.prod.profile`.
    pub key: String,
    /// The value in text; lists joined with commas.
    pub value: String,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// The text of a file while it is read.
#[derive(Debug)]
pub(super) struct ConfigDocument<'a> {
    file: Arc<str>,
    text: &'a str,
    said: RefCell<Vec<ConfigValue>>,
    warnings: RefCell<Vec<(ConfigPosition, String)>>,
}

impl<'a> ConfigDocument<'a> {
    pub(super) fn new(file: &str, text: &'a str) -> Self {
        Self { file: file.into(), text, said: RefCell::default(), warnings: RefCell::default() }
    }

    /// Parses the text.
    pub(super) fn section<'d>(&'d self) -> Result<ConfigSection<'a, 'd>, Error> {
        match DeTable::parse(self.text) {
            Ok(table) => Ok(ConfigSection::new(self, String::new(), table.into_inner())),
            Err(error) => {
                let place = self.place(error.span().map_or(0, |span| span.start));
                Err(Error::usage(format!("{place}: not TOML: {}", error.message())))
            }
        }
    }

    pub(super) fn warn(&self, place: &ConfigPosition, text: impl Into<String>) {
        self.warnings.borrow_mut().push((place.clone(), text.into()));
    }

    /// What was asked for, in the order of the file, and what to warn about.
    pub(super) fn finish(self) -> (Vec<ConfigValue>, Vec<String>) {
        let mut said = self.said.into_inner();
        said.sort_by_key(|said| said.place.line);
        let mut warnings = self.warnings.into_inner();
        warnings.sort_by_key(|(place, _)| place.line);
        (said, warnings.into_iter().map(|(place, text)| format!("{place}: {text}")).collect())
    }

    fn place(&self, offset: usize) -> ConfigPosition {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        ConfigPosition { file: Arc::clone(&self.file), line: 1 + memchr::memchr_iter(b'\n', before).count() }
    }
}

/// A table, from which entries are taken.
#[derive(Debug)]
pub(super) struct ConfigSection<'a, 'd> {
    document: &'d ConfigDocument<'a>,
    /// With a dot at the end, or empty.
    prefix: String,
    entries: Vec<ConfigEntry<'a, 'd>>,
    known: Vec<&'static str>,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct ConfigEntry<'a, 'd> {
    document: &'d ConfigDocument<'a>,
    /// The last part of the key.
    pub(super) name: String,
    /// The whole key.
    pub(super) key: String,
    /// Where it stands.
    pub(super) place: ConfigPosition,
    value: DeValue<'a>,
}

impl<'a, 'd> ConfigSection<'a, 'd> {
    fn new(document: &'d ConfigDocument<'a>, prefix: String, table: DeTable<'a>) -> Self {
        let mut entries: Vec<(usize, ConfigEntry<'a, 'd>)> = table
            .into_iter()
            .map(|(name, value)| {
                let start = name.span().start;
                let name = name.into_inner().into_owned();
                let (key, place) = (format!("{prefix}{name}"), document.place(start));
                (start, ConfigEntry { document, name, key, place, value: value.into_inner() })
            })
            .collect();
        entries.sort_by_key(|(start, _)| *start);
        let entries = entries.into_iter().map(|(_, entry)| entry).collect();
        Self { document, prefix, entries, known: Vec::new() }
    }

    /// The entry of a name that this program knows.
    pub(super) fn take(&mut self, name: &'static str) -> Option<ConfigEntry<'a, 'd>> {
        self.known.push(name);
        let at = self.entries.iter().position(|entry| entry.name == name)?;
        Some(self.entries.remove(at))
    }

    /// The table of that name; an empty one where there is none.
    pub(super) fn table(&mut self, name: &'static str) -> Result<Self, Error> {
        match self.take(name) {
            Some(entry) => entry.table(),
            None => Ok(Self::new(self.document, String::new(), DeTable::new())),
        }
    }

    /// All that is left, where the names are free.
    pub(super) fn rest(&mut self) -> Vec<ConfigEntry<'a, 'd>> {
        std::mem::take(&mut self.entries)
    }

    /// Warns about what is left.
    pub(super) fn finish(self) {
        let inside = self.prefix.trim_end_matches('.');
        let inside = if inside.is_empty() { String::new() } else { format!(" in [{inside}]") };
        for entry in self.entries {
            let known = self.known.join(", ");
            let text = format!("unknown key '{}'{inside}; the known keys are {known}", entry.name);
            self.document.warn(&entry.place, text);
        }
    }
}

impl<'a, 'd> ConfigEntry<'a, 'd> {
    /// A wrong value, said of this entry.
    pub(super) fn error(&self, message: impl fmt::Display) -> Error {
        Error::usage(format!("{}: {}: {message}", self.place, self.key))
    }

    /// A table.
    pub(super) fn table(self) -> Result<ConfigSection<'a, 'd>, Error> {
        let prefix = format!("{}.", self.key);
        match self.value {
            DeValue::Table(table) => Ok(ConfigSection::new(self.document, prefix, table)),
            _ => Err(self.wrong(&format!("a table; write [{}]", self.key))),
        }
    }

    /// A list of tables, each with the place of the whole list's first line.
    pub(super) fn tables(self) -> Result<Vec<(ConfigPosition, ConfigSection<'a, 'd>)>, Error> {
        let wanted = format!("a list of tables; write [[{}]]", self.key);
        let document = self.document;
        let DeValue::Array(items) = self.value else { return Err(self.wrong(&wanted)) };
        let mut tables = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let place = document.place(item.span().start);
            match item.into_inner() {
                DeValue::Table(table) => {
                    tables.push((place, ConfigSection::new(document, format!("{}.{}.", self.key, at + 1), table)));
                }
                other => {
                    return Err(Self { value: other, place, name: self.name, key: self.key, document }.wrong(&wanted));
                }
            }
        }
        Ok(tables)
    }

    /// Text.
    pub(super) fn text(&self) -> Result<String, Error> {
        let DeValue::String(text) = &self.value else { return Err(self.wrong("text; write it in quotes")) };
        self.say(text);
        Ok(text.clone().into_owned())
    }

    /// Text that means something.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&self) -> Result<T, Error> {
        let text = self.text()?;
        text.parse().map_err(|error| self.refuse(&text, &error))
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, Error> {
        let wanted = || self.wrong("a list of texts; write [\"…\", \"…\"]");
        let DeValue::Array(items) = &self.value else { return Err(wanted()) };
        let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
        let texts = texts.ok_or_else(wanted)?;
        self.say(&texts.join(","));
        Ok(texts)
    }

    /// The values of a flag: one of any kind, or a list of them.
    pub(super) fn values(&self) -> Result<Vec<String>, Error> {
        let values = self.hidden_values()?;
        self.say(&values.join(","));
        Ok(values)
    }

    /// The same, for values that are shown to nobody.
    pub(super) fn hidden_values(&self) -> Result<Vec<String>, Error> {
        let values: Option<Vec<String>> = match &self.value {
            DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
            other => plain(other).map(|value| vec![value]),
        };
        let values = values.ok_or_else(|| self.wrong("a text, a number, true or false, or a list of them"))?;
        self.say("(hidden)");
        Ok(values)
    }

    /// Whether it holds others.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// What makes a text a wrong one.
    pub(super) fn refuse(&self, text: &str, error: impl fmt::Display) -> Error {
        Error::usage(format!("{}: {} '{}': {error}", self.place, self.key, without_password(text)))
    }

    fn wrong(&self, wanted: &str) -> Error {
        self.error(format!("this is {}, not {wanted}", kind(&self.value)))
    }

    fn say(&self, value: &str) {
        let said = ConfigValue { key: self.key.clone(), value: without_password(value), place: self.place.clone() };
        let mut all = self.document.said.borrow_mut();
        // A value may be looked at more than once.
        all.retain(|other| other.key != said.key);
        all.push(said);
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A value as it would be typed behind a flag.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(date) => Some(date.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// An address without the name and password that may stand in it.
#[must_use]
pub fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match host.rsplit_once('@') {
        Some((secret, _)) => format!("{scheme}://(hidden){}", &rest[secret.len()..]),
        None => value.to_owned(),
    }
}

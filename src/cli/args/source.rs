//! SOURCE arguments: texts, and what the config file knows about them.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::{Arg, Command};

use super::athena_table::ConfiguredTables;
use super::named_source::NamedSource;

/// A SOURCE, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The text.
    pub text: OsString,
    /// The source of the config file that has this name, for `@NAME`.
    pub named: Option<Arc<NamedSource>>,
}

/// Reads SOURCE arguments.
#[derive(Debug, Clone, Default)]
pub struct SourceParser {
    named: Vec<Arc<NamedSource>>,
    tables: ConfiguredTables,
}

impl SourceParser {
    /// Knows these names, and what is said about tables of Athena.
    #[must_use]
    pub fn new(named: Vec<Arc<NamedSource>>, tables: ConfiguredTables) -> Self {
        Self { named, tables }
    }
}

impl TypedValueParser for SourceParser {
    type Value = SourceText;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<SourceText, clap::Error> {
        let name = value.to_str().and_then(|text| text.strip_prefix('@'));
        let named = name.and_then(|name| self.named.iter().find(|source| source.name == name)).cloned();
        let amended = value.to_str().and_then(|text| self.tables.amended(text));
        Ok(SourceText { text: amended.map_or_else(|| value.to_owned(), OsString::from), named })
    }
}

impl SourceText {
    /// A source of the config file, as if its name had been typed.
    #[must_use]
    pub fn of(named: Arc<NamedSource>) -> Self {
        Self { text: format!("@{}", named.name).into(), named: Some(named) }
    }
}

impl From<&str> for SourceText {
    fn from(text: &str) -> Self {
        Self { text: text.into(), named: None }
    }
}

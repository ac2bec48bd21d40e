//! SOURCE arguments: texts, and what the config file knows about them.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::{Arg, Command};

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
pub struct SourceParser(Vec<Arc<NamedSource>>);

impl SourceParser {
    /// Knows these names.
    #[must_use]
    pub fn new(named: Vec<Arc<NamedSource>>) -> Self {
        Self(named)
    }
}

impl TypedValueParser for SourceParser {
    type Value = SourceText;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<SourceText, clap::Error> {
        let name = value.to_str().and_then(|text| text.strip_prefix('@'));
        let named = name.and_then(|name| self.0.iter().find(|source| source.name == name)).cloned();
        Ok(SourceText { text: value.to_owned(), named })
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

//! What the config file says about tables of Athena.

use std::collections::BTreeMap;

use crate::source::athena::table::{SCHEME, parts};

/// Tables by their databases and names, each with its keys and values as a text of the table has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredTables(BTreeMap<String, Vec<(String, String)>>);

impl ConfiguredTables {
    /// Adds what is said about a table.
    pub fn insert(&mut self, name: &str, said: Vec<(String, String)>) {
        self.0.insert(name.to_owned(), said);
    }

    /// A text with what is said about its table, save what it says itself. Nothing for a text of something else.
    #[must_use]
    pub fn amended(&self, text: &str) -> Option<String> {
        let (name, own) = parts(text.strip_prefix(SCHEME)?);
        let own: Vec<&str> = own.collect();
        let key = |pair: &str| pair.split_once('=').map_or(pair, |(key, _)| key).to_owned();
        let is_own = |name: &String| own.iter().any(|pair| key(pair) == *name);
        let said = self.0.get(name)?.iter().filter(|(name, _)| !is_own(name));
        let pairs: Vec<String> = own
            .iter()
            .map(|pair| (*pair).to_owned())
            .chain(said.map(|(name, value)| format!("{name}={value}")))
            .collect();
        Some(format!("{SCHEME}{name}?{}", pairs.join("&")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_says_itself_stands() {
        let mut tables = ConfiguredTables::default();
        let said = [("workgroup", "audit"), ("day", "dt")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        tables.insert("lake.trail", said.into());
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(tables.amended(text).as_deref(), expected, "{text}");
        check("athena:lake.trail", Some("athena:lake.trail?workgroup=audit&day=dt"));
        check("athena:lake.trail?workgroup=x", Some("athena:lake.trail?workgroup=x&day=dt"));
        check("athena:lake.other", None);
        check("lake.trail", None);
    }
}

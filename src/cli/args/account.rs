//! Values of `--account`: ids as AWS shows them, names of the config file, and patterns (DESIGN §8).

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::report::account_names::AccountNames;

/// What one value stands for: several ids where several accounts have the name.
#[derive(Debug, Clone)]
pub struct AccountPatterns(Vec<Pattern>);

impl AccountPatterns {
    /// The patterns of all values together.
    #[must_use]
    pub fn all(values: &[Self]) -> Patterns {
        Patterns::new(values.iter().flat_map(|value| value.0.iter().cloned()).collect())
    }
}

/// Reads the values. Before the config file is known, any text may be a name in it.
#[derive(Debug, Clone, Default)]
pub struct AccountParser(Option<AccountNames>);

impl AccountParser {
    /// Knows these names.
    #[must_use]
    pub fn new(names: AccountNames) -> Self {
        Self(Some(names))
    }
}

impl TypedValueParser for AccountParser {
    type Value = AccountPatterns;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<AccountPatterns, clap::Error> {
        let refused = |reason: String| {
            let shown = arg.map_or_else(|| "--account <PATTERN>".to_owned(), ToString::to_string);
            let text = value.to_string_lossy();
            let message = format!("invalid value '{text}' for '{shown}': {reason}\n");
            let mut error = clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command);
            error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.into_owned()));
            error
        };
        let text = value.to_str().ok_or_else(|| refused("not UTF-8".to_owned()))?;
        let ids = match &self.0 {
            Some(names) => ids(text, names).map_err(&refused)?,
            None => vec![text.to_owned()],
        };
        let patterns: Result<Vec<Pattern>, _> = ids.iter().map(|id| id.parse::<Pattern>()).collect();
        patterns.map(AccountPatterns).map_err(|error| refused(error.to_string()))
    }
}

/// The patterns that a value stands for: an id with or without its dashes, the ids of a name, or the text itself where it is
/// a pattern. The error is the reason why it is none of them.
pub fn ids(text: &str, names: &AccountNames) -> Result<Vec<String>, String> {
    let (negation, plain) = text.strip_prefix('!').map_or(("", text), |rest| ("!", rest));
    if let Some(id) = id(plain) {
        return Ok(vec![format!("{negation}{id}")]);
    }
    let found: Vec<String> = names.ids_of(plain).map(|id| format!("{negation}{id}")).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if text.contains(['*', '?', '[', '!', '/']) || text.is_empty() {
        return Ok(vec![text.to_owned()]);
    }
    let known: Vec<&str> = names.names().collect();
    let known = if known.is_empty() { "there are none".to_owned() } else { format!("there are {}", known.join(", ")) };
    Err(format!(
        "not an account; write an id of twelve digits, a pattern such as '1111*', or a name from [accounts] of the config \
         file ({known})"
    ))
}

/// The bare id of `111122223333` or `1111-2222-3333`.
#[must_use]
pub fn id(text: &str) -> Option<String> {
    let digits: String = match text.split('-').collect::<Vec<_>>()[..] {
        [whole] => whole.to_owned(),
        [one, two, three] if [one, two, three].iter().all(|part| part.len() == 4) => [one, two, three].concat(),
        _ => return None,
    };
    (digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_for_ids() {
        let pairs = [("111122223333", "prod"), ("222233334444", "prod"), ("333344445555", "444455556666")];
        let names = AccountNames::new(pairs.map(|(id, name)| (id.into(), name.into())));
        let check = |text: &str, expected: &[&str]| assert_eq!(ids(text, &names).unwrap(), expected, "{text}");
        check("111122223333", &["111122223333"]);
        check("1111-2222-3333", &["111122223333"]);
        check("!1111-2222-3333", &["!111122223333"]);
        check("prod", &["111122223333", "222233334444"]);
        check("!prod", &["!111122223333", "!222233334444"]);
        // An id is an id first.
        check("444455556666", &["444455556666"]);
        for pattern in ["1111*", "/^1/", "!x", "[12]*", "????"] {
            check(pattern, &[pattern]);
        }
        for text in ["1111", "11112222333", "1111-22223333", "111122223333x", "production", "１１１１２２２２３３３３"]
        {
            assert!(ids(text, &names).unwrap_err().contains("there are 444455556666, prod"), "{text}");
        }
    }
}

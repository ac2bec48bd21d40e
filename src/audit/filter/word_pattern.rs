//! Patterns over columns with few possible words, such as `granted` and `denied`: a word, or its negation.

use super::pattern::{pass, split_negation};
use crate::domain::subject::SubjectKind;

/// One word, maybe negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordPattern {
    negated: bool,
    word: &'static str,
}

/// The word is none of the possible ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such word; it is one of {0}, or one of them with '!' in front")]
pub struct WordError(String);

impl WordPattern {
    /// Reads `granted`, `denied`, or one of them negated.
    pub fn outcome(text: &str) -> Result<Self, WordError> {
        Self::parse(text, &["granted", "denied"])
    }

    /// Reads a kind of subject, or a negated one.
    pub fn kind(text: &str) -> Result<Self, WordError> {
        Self::parse(text, &SubjectKind::ALL.map(SubjectKind::as_str))
    }

    fn parse(text: &str, words: &[&'static str]) -> Result<Self, WordError> {
        let (negated, rest) = split_negation(text);
        match words.iter().find(|word| **word == rest) {
            Some(word) => Ok(Self { negated, word }),
            None => Err(WordError(words.join(", "))),
        }
    }
}

/// The words of one flag.
#[derive(Debug, Clone, Default)]
pub struct WordPatterns(Vec<WordPattern>);

impl WordPatterns {
    /// All of `patterns` together.
    #[must_use]
    pub fn new(patterns: Vec<WordPattern>) -> Self {
        Self(patterns)
    }

    /// Whether there is no pattern, so that everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a word passes.
    #[must_use]
    pub fn pass(&self, word: &str) -> bool {
        pass(self.0.iter().map(|pattern| (pattern.negated, pattern.word == word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_negated() {
        let check = |texts: &[&str], word: &str, expected: bool| {
            let patterns = WordPatterns::new(texts.iter().map(|text| WordPattern::kind(text).unwrap()).collect());
            assert_eq!(patterns.pass(word), expected, "{texts:?} on {word:?}");
        };
        check(&[], "stack", true);
        check(&["stack"], "stack", true);
        check(&["stack"], "other", false);
        check(&["stack", "other"], "other", true);
        check(&["!stack"], "stack", false);
        check(&["!stack"], "module-test", true);
    }

    #[test]
    fn unknown_words_are_refused() {
        let message = WordPattern::outcome("allowed").unwrap_err().to_string();
        assert_eq!(message, "no such word; it is one of granted, denied, or one of them with '!' in front");
        for text in ["", "!", "Granted", "granted ", "!!granted", "*"] {
            assert!(WordPattern::outcome(text).is_err(), "{text:?}");
        }
    }
}

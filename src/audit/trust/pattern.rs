//! The values of string conditions, matched as IAM matches them (IAM user guide, "IAM JSON policy elements: Condition
//! operators" and "Variables and tags").
//!
//! `StringLike` knows `*` (any characters, also none, also `:`) and `?` (one character); `StringEquals` takes both literally.
//! Under both, `${…}` is a policy variable, and `${*}`, `${?}`, `${$}` stand for the characters themselves, but only in
//! documents of version 2012-10-17.

/// How the values of a condition are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueSyntax {
    /// Whether `*` and `?` are wildcards.
    pub wildcards: bool,
    /// Whether `${…}` is a variable.
    pub variables: bool,
    /// Whether `A` equals `a`.
    pub ignore_case: bool,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePattern {
    pieces: Vec<PatternPiece>,
    ignore_case: bool,
}

/// One piece of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternPiece {
    /// This character.
    Literal(char),
    /// One character, whichever.
    One,
    /// Any characters, also none.
    Any,
    /// A policy variable: what it stands for is decided when somebody asks, so that it is taken for any characters.
    Variable,
}

impl ValuePattern {
    /// Reads a value.
    #[must_use]
    pub fn new(text: &str, reading: ValueSyntax) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let variable =
                rest.strip_prefix("${").filter(|_| reading.variables).and_then(|inner| inner.split_once('}'));
            if let Some((name, behind)) = variable {
                pieces.push(match name {
                    "*" => PatternPiece::Literal('*'),
                    "?" => PatternPiece::Literal('?'),
                    "$" => PatternPiece::Literal('$'),
                    _ => PatternPiece::Variable,
                });
                rest = behind;
                continue;
            }
            pieces.push(match first {
                '*' if reading.wildcards => PatternPiece::Any,
                '?' if reading.wildcards => PatternPiece::One,
                plain => PatternPiece::Literal(plain),
            });
            rest = &rest[first.len_utf8()..];
        }
        Self { pieces, ignore_case: reading.ignore_case }
    }

    /// Its pieces.
    #[must_use]
    pub fn pieces(&self) -> &[PatternPiece] {
        &self.pieces
    }

    /// Whether a character stands for a piece; a variable is taken for whatever helps to match.
    #[must_use]
    pub fn takes(&self, piece: PatternPiece, character: char) -> bool {
        match piece {
            PatternPiece::Literal(literal) if self.ignore_case => literal.to_lowercase().eq(character.to_lowercase()),
            PatternPiece::Literal(literal) => literal == character,
            PatternPiece::One | PatternPiece::Any | PatternPiece::Variable => true,
        }
    }

    /// Whether it can only match one text.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, PatternPiece::Literal(_)))
    }

    /// Whether what it matches depends on the request.
    #[must_use]
    pub fn has_variable(&self) -> bool {
        self.pieces.contains(&PatternPiece::Variable)
    }

    /// Whether it matches `text`. A variable is taken for whatever helps, so that the answer errs on the side of a match.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // Where to go on when what follows the last star does not fit: the usual greedy match, linear in memory.
        let (mut piece, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match self.pieces.get(piece) {
                Some(PatternPiece::Any | PatternPiece::Variable) => {
                    star = Some((piece + 1, at));
                    piece += 1;
                }
                Some(one) if text.get(at).is_some_and(|character| self.takes(*one, *character)) => {
                    piece += 1;
                    at += 1;
                }
                None if at == text.len() => return true,
                _ => match star {
                    Some((behind, from)) if from < text.len() => {
                        star = Some((behind, from + 1));
                        (piece, at) = (behind, from + 1);
                    }
                    _ => return false,
                },
            }
        }
    }

    /// The text in front of the first piece that is no literal.
    #[must_use]
    pub fn literal_start(&self) -> String {
        let literals = self.pieces.iter().map_while(|piece| match piece {
            PatternPiece::Literal(literal) => Some(*literal),
            _ => None,
        });
        literals.collect()
    }
}

/// `text` as a value of `StringEquals` that matches nothing else. Where it could name a variable, no `$` is left bare.
#[must_use]
pub fn exactly(text: &str) -> String {
    if text.contains("${") { text.replace('$', "${$}") } else { text.to_owned() }
}

/// `text` as a part of a value of `StringLike` that matches nothing else.
#[must_use]
pub fn exactly_in_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' => out.push_str("${*}"),
            '?' => out.push_str("${?}"),
            '$' => out.push_str("${$}"),
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIKE: ValueSyntax = ValueSyntax { wildcards: true, variables: true, ignore_case: false };
    const EQUALS: ValueSyntax = ValueSyntax { wildcards: false, ..LIKE };

    #[test]
    fn values_match_as_in_iam() {
        let check = |value: &str, reading: ValueSyntax, text: &str, expected: bool| {
            let found = ValuePattern::new(value, reading).matches(text);
            assert_eq!(found, expected, "{value:?} {reading:?} {text:?}");
        };
        for (value, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a:b", true),
            ("a*", "a", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*ab", "aab", true),
            ("*abc*", "ababc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("A*", "abc", false),
            ("organization:acme*", "organization:acme-evil:project:p", true),
            ("organization:acme:*", "organization:acme-evil:project:p", false),
            ("a${*}c", "a*c", true),
            ("a${*}c", "abc", false),
            ("a${?}", "a?", true),
            ("a${?}", "ab", false),
            ("${$}{x}", "${x}", true),
            ("${aws:username}", "anything", true),
            ("a${aws:username}", "b", false),
            ("${", "${", true),
        ] {
            check(value, LIKE, text, expected);
        }
        check("a*", EQUALS, "a*", true);
        check("a*", EQUALS, "ab", false);
        check("a?", EQUALS, "ab", false);
        check("a${*}", EQUALS, "a*", true);
        check("Ab", ValueSyntax { ignore_case: true, ..EQUALS }, "aB", true);
        check("a${*}", ValueSyntax { variables: false, ..EQUALS }, "a${*}", true);
        check("a${*}", ValueSyntax { variables: false, ..LIKE }, "a${xyz}", true);
    }

    #[test]
    fn what_is_escaped_matches_itself_alone() {
        for text in ["plain", "a*b", "a?b", "${aws:username}", "$", "${*}", "$${", "${$}{", "\"", "größe", "$*?{}"] {
            let equals = ValuePattern::new(&exactly(text), EQUALS);
            let like = ValuePattern::new(&exactly_in_like(text), LIKE);
            for pattern in [equals, like] {
                assert!(pattern.matches(text), "{text:?} {pattern:?}");
                let literals: String = pattern.literal_start();
                assert_eq!((pattern.is_exact(), literals.as_str()), (true, text));
            }
        }
    }
}

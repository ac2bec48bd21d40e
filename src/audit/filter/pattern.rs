//! Patterns over whole values: globs, regular expressions, and their negations (DESIGN §2 Filters).
//!
//! In a glob `*` stands for any text, also across `/`; `?` for one character; `[…]` for one of a set, with ranges,
//! negated by a leading `!` or `^`. Everything else stands for itself, also `{` and `\`. Case matters.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

/// The bytes that a compiled expression may take: a pattern comes from a person, but also from an environment.
const MAX_COMPILED: usize = 1 << 20;

/// The bytes of the text of a pattern: what is worked out of it before it is compiled takes many times as much.
const MAX_TEXT: usize = 16 << 10;

/// One pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: Box<str>,
    negated: bool,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Exact(Box<str>),
    Regex(Regex),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is nothing to compare with.
    #[error("the pattern is empty, and no value is")]
    Empty,
    /// A `[` without its `]`.
    #[error("the set that starts with '[' at character {0} has no ']'; write '[[]' for the character itself")]
    OpenSet(usize),
    /// A range such as `z-a`.
    #[error("the range {0}-{1} is empty, since {0} comes after {1}")]
    EmptyRange(char, char),
    /// It is too long.
    #[error("the pattern has {0} bytes, and may have {MAX_TEXT}")]
    TooLong(usize),
    /// It compiles to too much.
    #[error("the pattern takes more than {MAX_COMPILED} bytes when compiled")]
    TooLarge,
    /// The text between two `/` is no regular expression.
    #[error("no regular expression: {0}")]
    Regex(String),
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (negated, rest) = split_negation(text);
        if rest.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > MAX_TEXT {
            return Err(PatternError::TooLong(text.len()));
        }
        let regex = rest.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let matcher = match regex {
            Some("") => return Err(PatternError::Empty),
            Some(expression) => Matcher::Regex(compile(expression)?),
            None if rest.contains(['*', '?', '[']) => Matcher::Regex(compile(&expression_of_glob(rest)?)?),
            None => Matcher::Exact(rest.into()),
        };
        Ok(Self { text: text.into(), negated, matcher })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Pattern {
    /// Whether values that match it are left out.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether a value matches it, negated or not.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match &self.matcher {
            Matcher::Exact(text) => **text == *value,
            Matcher::Regex(regex) => regex.is_match(value),
        }
    }
}

/// The patterns of one flag.
#[derive(Debug, Clone, Default)]
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// All of `patterns` together.
    #[must_use]
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }

    /// Whether there is no pattern, so that everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The only values that can pass, where the patterns name them.
    #[must_use]
    pub fn literals(&self) -> Option<Vec<&str>> {
        let positive = || self.0.iter().filter(|pattern| !pattern.negated);
        positive().next()?;
        positive()
            .map(|pattern| match &pattern.matcher {
                Matcher::Exact(text) => Some(&**text),
                Matcher::Regex(_) => None,
            })
            .collect()
    }

    /// Whether a value passes. An absent one matches nothing: it passes every negation and no positive pattern.
    #[must_use]
    pub fn pass(&self, value: Option<&str>) -> bool {
        self.pass_any(value.as_slice())
    }

    /// Whether a value with several names passes: a pattern matches it if it matches one of them.
    #[must_use]
    pub fn pass_any(&self, names: &[&str]) -> bool {
        pass(self.0.iter().map(|pattern| (pattern.negated, names.iter().any(|name| pattern.matches(name)))))
    }
}

/// The rule of all filters: any positive pattern matches, or there is none; and no negated one does.
/// The items are (negated, matches).
pub(in crate::audit) fn pass(patterns: impl Iterator<Item = (bool, bool)>) -> bool {
    let (mut has_positive, mut hit) = (false, false);
    for (negated, matches) in patterns {
        if negated && matches {
            return false;
        }
        has_positive |= !negated;
        hit |= matches;
    }
    hit || !has_positive
}

/// Whether a pattern is negated, and what is.
pub(in crate::audit) fn split_negation(text: &str) -> (bool, &str) {
    text.strip_prefix('!').map_or((false, text), |rest| (true, rest))
}

fn compile(expression: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(expression).size_limit(MAX_COMPILED).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        // The message of a syntax error draws a picture over several lines; its last line says it all.
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            PatternError::Regex(last.strip_prefix("error: ").unwrap_or(last).to_owned())
        }
    })
}

fn expression_of_glob(glob: &str) -> Result<String, PatternError> {
    let chars: Vec<char> = glob.chars().collect();
    let mut out = String::from("(?s)^");
    let mut at = 0;
    while let Some(&character) = chars.get(at) {
        match character {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => {
                at = push_set(&chars, at, &mut out)?;
                continue;
            }
            other => push_literal(other, &mut out),
        }
        at += 1;
    }
    out.push('$');
    Ok(out)
}

/// Translates the set that opens at `open`, and returns where the rest begins.
fn push_set(chars: &[char], open: usize, out: &mut String) -> Result<usize, PatternError> {
    let negated = matches!(chars.get(open + 1), Some('!' | '^'));
    let first = open + 1 + usize::from(negated);
    // A `]` in front is a member: a set is never empty.
    let length = chars.iter().skip(first + 1).position(|&character| character == ']');
    let close = first + 1 + length.ok_or(PatternError::OpenSet(open + 1))?;
    out.push_str(if negated { "[^" } else { "[" });
    let mut members = &chars[first..close];
    while let [low, rest @ ..] = members {
        push_literal(*low, out);
        members = rest;
        if let ['-', high, rest @ ..] = members {
            if low > high {
                return Err(PatternError::EmptyRange(*low, *high));
            }
            out.push('-');
            push_literal(*high, out);
            members = rest;
        }
    }
    out.push(']');
    Ok(close + 1)
}

/// By its number, a character means itself anywhere in an expression.
fn push_literal(character: char, out: &mut String) {
    if character.is_alphanumeric() {
        out.push(character);
    } else {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{{{:x}}}", u32::from(character));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(patterns: &[&str], passing: &[&str], failing: &[&str]) {
        let compiled = Patterns::new(patterns.iter().map(|text| text.parse().unwrap()).collect());
        for (values, expected) in [(passing, true), (failing, false)] {
            for value in values {
                let value = (*value != "(absent)").then_some(*value);
                assert_eq!(compiled.pass(value), expected, "{patterns:?} on {value:?}");
            }
        }
    }

    #[test]
    fn text_stands_for_itself() {
        check(&[], &["a", "", "(absent)"], &[]);
        check(&["acme"], &["acme"], &["Acme", "acme2", "xacme", "", "(absent)"]);
        check(&["a.c"], &["a.c"], &["abc"]);
        check(&["{a,b}"], &["{a,b}"], &["a", "b"]);
        check(&[r"\d+"], &[r"\d+"], &["1", "d+"]);
        check(&[r"a\*"], &[r"a\b", r"a\"], &["a*"]);
        check(&["/a"], &["/a"], &["a", "b/a"]);
        check(&["/"], &["/"], &["a/b"]);
        check(&["größe"], &["größe"], &["grösse"]);
    }

    #[test]
    fn globs_match_whole_values() {
        check(&["prod-*"], &["prod-", "prod-web", "prod-a/b", "prod-\n"], &["prod", "xprod-1", "PROD-1"]);
        check(&["*"], &["", "a", "a/b", "a\nb"], &["(absent)"]);
        check(&["?"], &["a", "ö", "\n", "/"], &["", "ab", "(absent)"]);
        check(&["*web*"], &["web", "a-web-b"], &["we b"]);
        check(&["a*"], &["a", "a\n"], &["\na"]);
        check(&["arn:aws:iam::*:role/ci-?"], &["arn:aws:iam::1:role/ci-1"], &["arn:aws:iam::1:role/x/ci-12"]);
    }

    #[test]
    fn sets_are_one_character() {
        check(&["[a-c]x"], &["ax", "bx", "cx"], &["dx", "-x", "x", "abx"]);
        check(&["[!a-c]", "[^a-c]"], &["d", "ö", "-", "\n"], &["a", "", "dd"]);
        check(&["[]a]"], &["]", "a"], &["", "[]a]"]);
        check(&["[!]a]"], &["b"], &["]", "a"]);
        check(&["[a-]"], &["a", "-"], &["b"]);
        check(&["[-a]"], &["a", "-"], &["b"]);
        check(&["[a^]"], &["a", "^"], &["b"]);
        check(&[r"[\d]"], &[r"\", "d"], &["1"]);
        check(&["[[]*"], &["[", "[x"], &["x"]);
        check(&["[&&~~]"], &["&", "~"], &["a"]);
        check(&["[a-c-e]"], &["a", "c", "-", "e"], &["d"]);
    }

    #[test]
    fn regular_expressions_match_anywhere() {
        check(&["/^prod-[0-9]+$/"], &["prod-1"], &["prod-1\n", "xprod-1"]);
        check(&["/web/"], &["a-web-b"], &["WEB", "(absent)"]);
        check(&["/(?i)web/"], &["WEB"], &["we"]);
        check(&["!/web/"], &["api", "(absent)"], &["a-web-b"]);
        check(&["/a/b/"], &["xa/b"], &["ab"]);
    }

    #[test]
    fn negations_take_away() {
        check(&["!a"], &["b", "(absent)"], &["a"]);
        check(&["!a", "!b"], &["c", "(absent)"], &["a", "b"]);
        check(&["a*", "!*z"], &["a", "ab"], &["az", "b", "(absent)"]);
        check(&["a", "b", "!b"], &["a"], &["b", "c"]);
        check(&["!*"], &["(absent)"], &["", "a"]);
        check(&["!!a"], &["a"], &["!a"]);
    }

    #[test]
    fn tells_the_only_values_that_can_pass() {
        let check = |patterns: &[&str], expected: Option<&[&str]>| {
            let compiled = Patterns::new(patterns.iter().map(|text| text.parse().unwrap()).collect());
            assert_eq!(compiled.literals().as_deref(), expected, "{patterns:?}");
        };
        check(&[], None);
        check(&["!a"], None);
        check(&["a", "b", "!a"], Some(&["a", "b"]));
        check(&["a", "b*"], None);
        check(&["a", "/b/"], None);
    }

    #[test]
    fn says_what_is_wrong() {
        let check = |text: &str, expected: PatternError| assert_eq!(text.parse::<Pattern>().unwrap_err(), expected);
        check("", PatternError::Empty);
        check("!", PatternError::Empty);
        check("//", PatternError::Empty);
        check("ab[c", PatternError::OpenSet(3));
        check("[]", PatternError::OpenSet(1));
        check("[!]", PatternError::OpenSet(1));
        check("[", PatternError::OpenSet(1));
        check("x[z-a]", PatternError::EmptyRange('z', 'a'));
        check("/(/", PatternError::Regex("unclosed group".to_owned()));
        check("/(a{999}){999}/", PatternError::TooLarge);
    }

    /// Slow and plain: tries every way.
    fn oracle(glob: &[char], value: &[char]) -> bool {
        match glob {
            [] => value.is_empty(),
            ['*', rest @ ..] => (0..=value.len()).any(|at| oracle(rest, &value[at..])),
            ['?', rest @ ..] => !value.is_empty() && oracle(rest, &value[1..]),
            ['[', rest @ ..] => {
                let negated = matches!(rest.first(), Some('!' | '^'));
                let rest = &rest[usize::from(negated)..];
                let close = 1 + rest[1..].iter().position(|&character| character == ']').unwrap();
                let Some((head, tail)) = value.split_first() else { return false };
                let (mut at, mut inside) = (0, false);
                while at < close {
                    let range = at + 2 < close && rest[at + 1] == '-';
                    let high = if range { rest[at + 2] } else { rest[at] };
                    inside |= (rest[at]..=high).contains(head);
                    at += if range { 3 } else { 1 };
                }
                inside != negated && oracle(&rest[close + 1..], tail)
            }
            [same, rest @ ..] => value.first() == Some(same) && oracle(rest, &value[1..]),
        }
    }

    proptest! {
        #[test]
        fn globs_agree_with_the_oracle(
            glob in "(a|b|c|/|\\*|\\?|\\[[!^]?[]abc-][abc-]{0,3}\\]|\\.|\\{|\\\\|é|\n){1,7}",
            value in "[abc/.{\\\\é\n!\\]-]{0,8}",
        ) {
            if let Ok(pattern) = glob.parse::<Pattern>() {
                let [chars, text]: [Vec<char>; 2] = [&glob, &value].map(|text| text.chars().collect());
                // A text between two slashes is a regular expression, not a glob.
                prop_assume!(chars.len() < 2 || chars[0] != '/' || chars[chars.len() - 1] != '/');
                prop_assert_eq!(pattern.matches(&value), oracle(&chars, &text), "{:?} on {:?}", glob, value);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}", value in ".{0,20}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                let _ = pattern.matches(&value);
            }
        }
    }
}

//! Whether some subject is matched by all of several values at once, and which: the shortest is shown as an example.
//!
//! Subjects are the three documented forms (DOMAIN §1), a regular language, and a value is one too, so a search through
//! their product decides it.

use std::collections::{HashMap, VecDeque};

use super::pattern::{PatternPiece, ValuePattern};

/// A part of the subjects searched through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectPart {
    /// This text.
    Text(String),
    /// A name: one or more characters, none of them `:`.
    Name,
}

/// Subjects, as a row of parts.
pub type SubjectForm = Vec<SubjectPart>;

/// The forms of subjects of an organization, or of any.
#[must_use]
pub fn forms(organization: Option<&str>) -> [SubjectForm; 3] {
    let text = |text: &str| SubjectPart::Text(text.to_owned());
    let organization = || organization.map_or(SubjectPart::Name, text);
    [
        vec![
            text("organization:"),
            organization(),
            text(":project:"),
            SubjectPart::Name,
            text(":workspace:"),
            SubjectPart::Name,
            text(":run_phase:"),
            SubjectPart::Name,
        ],
        vec![
            text("organization:"),
            organization(),
            text(":project:"),
            SubjectPart::Name,
            text(":stack:"),
            SubjectPart::Name,
            text(":deployment:"),
            SubjectPart::Name,
            text(":operation:"),
            SubjectPart::Name,
        ],
        vec![
            text("organization:"),
            organization(),
            text(":module:"),
            SubjectPart::Name,
            text(":operation:"),
            SubjectPart::Name,
        ],
    ]
}

/// What stands in names where any character will do.
const FILLER: char = 'x';

/// More states than these are not searched; then the answer is no, which only hides an example.
const STATES: usize = 100_000;

/// The shortest subject of the form that all values match.
#[must_use]
pub fn example(values: &[&ValuePattern], form: &SubjectForm) -> Option<String> {
    let grammar: Vec<FormStep> = form
        .iter()
        .flat_map(|part| match part {
            SubjectPart::Text(text) => text.chars().map(FormStep::Character).collect(),
            SubjectPart::Name => vec![FormStep::First, FormStep::More],
        })
        .collect();
    let start = MatchState { values: vec![0; values.len()], grammar: 0 };
    let mut seen: HashMap<MatchState, Option<(MatchState, Option<char>)>> = HashMap::from([(start.clone(), None)]);
    let mut queue = VecDeque::from([start]);
    while let Some(state) = queue.pop_front() {
        if state.is_end(values, &grammar) {
            return Some(spell(&seen, state));
        }
        if seen.len() > STATES {
            return None;
        }
        for (next, character) in state.next(values, &grammar) {
            if !seen.contains_key(&next) {
                seen.insert(next.clone(), Some((state.clone(), character)));
                // What takes no character comes first, so that the first end is the shortest.
                if character.is_none() { queue.push_front(next) } else { queue.push_back(next) }
            }
        }
    }
    None
}

/// A step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormStep {
    Character(char),
    /// A character of a name, which moves on.
    First,
    /// A character of a name, which may stay, or none.
    More,
}

/// How much of each value, and of the form, is matched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct MatchState {
    values: Vec<usize>,
    grammar: usize,
}

impl MatchState {
    fn is_end(&self, values: &[&ValuePattern], grammar: &[FormStep]) -> bool {
        self.grammar == grammar.len() && self.values.iter().zip(values).all(|(at, value)| *at == value.pieces().len())
    }

    fn next(&self, values: &[&ValuePattern], grammar: &[FormStep]) -> Vec<(Self, Option<char>)> {
        let mut next = Vec::new();
        for (which, value) in values.iter().enumerate() {
            if let Some(PatternPiece::Any | PatternPiece::Variable) = value.pieces().get(self.values[which]) {
                let mut skipped = self.clone();
                skipped.values[which] += 1;
                next.push((skipped, None));
            }
        }
        let step = grammar.get(self.grammar).copied();
        if step == Some(FormStep::More) {
            next.push((Self { grammar: self.grammar + 1, ..self.clone() }, None));
        }
        let Some(step) = step else { return next };
        let wanted: Vec<char> = match step {
            FormStep::Character(character) => vec![character],
            FormStep::First | FormStep::More => {
                let literals =
                    values.iter().zip(&self.values).filter_map(|(value, at)| match value.pieces().get(*at) {
                        Some(PatternPiece::Literal(literal)) => Some(*literal),
                        _ => None,
                    });
                literals.chain([FILLER]).filter(|character| *character != ':').collect()
            }
        };
        for character in wanted {
            let moved: Option<Vec<usize>> = values
                .iter()
                .zip(&self.values)
                .map(|(value, at)| {
                    let piece = *value.pieces().get(*at)?;
                    let stays = matches!(piece, PatternPiece::Any | PatternPiece::Variable);
                    value.takes(piece, character).then_some(if stays { *at } else { at + 1 })
                })
                .collect();
            if let Some(values) = moved {
                let grammar = if step == FormStep::More { self.grammar } else { self.grammar + 1 };
                next.push((Self { values, grammar }, Some(character)));
            }
        }
        next
    }
}

fn spell(seen: &HashMap<MatchState, Option<(MatchState, Option<char>)>>, mut state: MatchState) -> String {
    let mut characters: Vec<char> = Vec::new();
    while let Some(Some((before, character))) = seen.get(&state) {
        characters.extend(character);
        state = before.clone();
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::super::pattern::ValueSyntax;
    use super::*;

    fn check(values: &[&str], organization: Option<&str>, expected: [Option<&str>; 3]) {
        let reading = ValueSyntax { wildcards: true, variables: true, ignore_case: false };
        let patterns: Vec<ValuePattern> = values.iter().map(|value| ValuePattern::new(value, reading)).collect();
        let patterns: Vec<&ValuePattern> = patterns.iter().collect();
        let found = forms(organization).map(|form| example(&patterns, &form));
        assert_eq!(found.each_ref().map(Option::as_deref), expected, "{values:?}");
        for found in found.iter().flatten() {
            assert!(patterns.iter().all(|pattern| pattern.matches(found)), "{values:?} {found}");
        }
    }

    #[test]
    fn an_example_is_found_where_there_is_one() {
        let workspace = "organization:acme:project:x:workspace:x:run_phase:x";
        let stack = "organization:acme:project:x:stack:x:deployment:x:operation:x";
        let module = "organization:acme:module:x:operation:x";
        let acme = Some("acme");
        check(&["*"], acme, [Some(workspace), Some(stack), Some(module)]);
        check(&["organization:acme:*"], acme, [Some(workspace), Some(stack), Some(module)]);
        check(&["organization:acme:project:*"], acme, [Some(workspace), Some(stack), None]);
        check(&["organization:acme:project:*"], Some("acme-evil"), [None; 3]);
        check(
            &["organization:acme*"],
            Some("acme-evil"),
            [
                Some("organization:acme-evil:project:x:workspace:x:run_phase:x"),
                Some("organization:acme-evil:project:x:stack:x:deployment:x:operation:x"),
                Some("organization:acme-evil:module:x:operation:x"),
            ],
        );
        check(
            &["organization:acm?:*:run_phase:apply"],
            None,
            [Some("organization:acmx:project:x:workspace:x:run_phase:apply"), None, None],
        );
        check(
            &["*:workspace:web:run_phase:*"],
            None,
            [Some("organization:x:project:x:workspace:web:run_phase:x"), None, None],
        );
        check(&["organization:acme:workspace:*"], None, [None; 3]);
        check(&["repo:acme/*"], None, [None; 3]);
        check(
            &["organization:a*", "*:workspace:web:*"],
            None,
            [Some("organization:a:project:x:workspace:web:run_phase:x"), None, None],
        );
        check(&["organization:a:*", "organization:b:*"], None, [None; 3]);
        check(&[], acme, [Some(workspace), Some(stack), Some(module)]);
    }
}

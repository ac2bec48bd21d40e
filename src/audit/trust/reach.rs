//! Whether there is a subject that several conditions admit at once, and which: the shortest is shown as an example.
//!
//! Subjects are the three documented forms (DOMAIN §1), a regular language, and a value is one too, so a search through
//! their product decides it. It tells texts apart by all values that somebody asks about, so that one of each kind is enough.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::pattern::{PatternPiece, ValuePattern};
use super::prefixes::{PrefixPlace, SubjectPrefixes};

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

/// The form of a workspace's subjects from before there were projects (DESIGN §8). Nobody gets one any more who has not one.
#[must_use]
pub fn form_before_projects(organization: Option<&str>) -> SubjectForm {
    let text = |text: &str| SubjectPart::Text(text.to_owned());
    let organization = organization.map_or(SubjectPart::Name, text);
    let (workspace, phase) = (text(":workspace:"), text(":run_phase:"));
    vec![text("organization:"), organization, workspace, SubjectPart::Name, phase, SubjectPart::Name]
}

/// The shortest subject of the form that all values match.
#[must_use]
pub fn example(values: &[&ValuePattern], form: &SubjectForm) -> Option<String> {
    let conditions: Vec<Vec<ValuePattern>> = values.iter().map(|value| vec![(*value).clone()]).collect();
    let search = SubjectSearch { conditions: &conditions, watched: &[], left_out: &SubjectPrefixes::default() };
    search.find(form, |_| true).ok().flatten()
}

/// A search came to its end before it had seen everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManySubjects;

/// A search for a subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct SubjectSearch<'a> {
    /// One of the values of each of these matches it.
    pub(super) conditions: &'a [Vec<ValuePattern>],
    /// What else decides whether a subject is wanted.
    pub(super) watched: &'a [ValuePattern],
    /// What no subject begins with.
    pub(super) left_out: &'a SubjectPrefixes,
}

impl SubjectSearch<'_> {
    /// The shortest subject of the form that is wanted. Of subjects that match the same values one is asked for.
    pub(super) fn find(
        self,
        form: &SubjectForm,
        mut is_wanted: impl FnMut(&str) -> bool,
    ) -> Result<Option<String>, TooManySubjects> {
        let walk = SubjectWalk::new(self, form);
        // Each state that was reached: from where, and by which character.
        let mut trail: Vec<(usize, char)> = vec![(0, ' ')];
        let start = walk.start();
        let mut seen = HashSet::from([start.clone()]);
        let mut queue = VecDeque::from([(0, start)]);
        while let Some((at, state)) = queue.pop_front() {
            if walk.is_end(&state) {
                let subject = spell(&trail, at);
                if is_wanted(&subject) {
                    return Ok(Some(subject));
                }
            }
            for character in walk.characters(&state) {
                let Some(next) = walk.next(&state, character).filter(|next| !seen.contains(next)) else { continue };
                if seen.len() == STATES {
                    return Err(TooManySubjects);
                }
                seen.insert(next.clone());
                queue.push_back((trail.len(), next));
                trail.push((at, character));
            }
        }
        Ok(None)
    }
}

/// What stands in names where any character will do; the others where that one will not.
const FILLERS: [char; 12] = ['x', 'y', 'z', 'q', 'j', 'k', 'w', '0', '1', '2', '-', '_'];

/// More states than these are not searched.
const STATES: usize = 200_000;

/// A step of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormStep {
    Character(char),
    /// The first character of a name.
    First,
    /// Any more of its characters.
    More,
}

/// How far a subject came. What is to come decides alike for all that came as far.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct WalkState {
    /// In the steps of the form.
    step: usize,
    /// Among what is left out.
    place: PrefixPlace,
    /// In the values that can still match: the number of each, and how many of its pieces are matched.
    values: Vec<(usize, usize)>,
}

/// The subjects of a form, character by character.
struct SubjectWalk<'a> {
    steps: Vec<FormStep>,
    /// All values, and the condition of each that has to be met.
    values: Vec<(&'a ValuePattern, Option<usize>)>,
    conditions: usize,
    left_out: &'a SubjectPrefixes,
    /// The characters that values name.
    named: BTreeSet<char>,
}

impl<'a> SubjectWalk<'a> {
    fn new(search: SubjectSearch<'a>, form: &SubjectForm) -> Self {
        let steps = form.iter().flat_map(|part| match part {
            SubjectPart::Text(text) => text.chars().map(FormStep::Character).collect(),
            SubjectPart::Name => vec![FormStep::First, FormStep::More],
        });
        let asked = search.conditions.iter().enumerate();
        let asked = asked.flat_map(|(at, values)| values.iter().map(move |value| (value, Some(at))));
        let values: Vec<_> = asked.chain(search.watched.iter().map(|value| (value, None))).collect();
        let pieces = values.iter().flat_map(|(value, _)| value.pieces());
        let literals = pieces.filter_map(|piece| if let PatternPiece::Literal(it) = piece { Some(*it) } else { None });
        let named = literals.flat_map(char::to_lowercase).collect();
        let (steps, conditions) = (steps.collect(), search.conditions.len());
        Self { steps, values, conditions, left_out: search.left_out, named }
    }

    fn start(&self) -> WalkState {
        let values =
            self.values.iter().enumerate().flat_map(|(which, (value, _))| {
                reached(value, BTreeSet::from([0])).into_iter().map(move |at| (which, at))
            });
        WalkState { step: 0, place: self.left_out.start(), values: values.collect() }
    }

    /// Whether the text so far is a subject, and each condition is met.
    fn is_end(&self, state: &WalkState) -> bool {
        let rest = &self.steps[state.step..];
        let met = state.values.iter().filter(|(which, at)| self.values[*which].0.pieces().len() == *at);
        matches!(rest, [] | [FormStep::More]) && self.covers(met)
    }

    /// Whether there is one of these for each condition.
    fn covers<'s>(&self, values: impl Iterator<Item = &'s (usize, usize)>) -> bool {
        let conditions: BTreeSet<usize> = values.filter_map(|(which, _)| self.values[*which].1).collect();
        conditions.len() == self.conditions
    }

    /// The characters that come next, but for those that make no difference.
    fn characters(&self, state: &WalkState) -> Vec<char> {
        let (step, behind) = (self.steps.get(state.step), self.steps.get(state.step + 1));
        let mut characters = Vec::new();
        match (step, behind) {
            (Some(FormStep::Character(character)), _) => return vec![*character],
            (Some(FormStep::More), Some(FormStep::Character(character))) => characters.push(*character),
            (None, _) => return characters,
            _ => {}
        }
        let literals = state.values.iter().filter_map(|(which, at)| match self.values[*which].0.pieces().get(*at) {
            Some(PatternPiece::Literal(literal)) => Some(*literal),
            _ => None,
        });
        let is_new = |filler: &char| {
            !self.named.contains(filler) && self.left_out.next(state.place, *filler) == PrefixPlace::Off
        };
        let fillers = [FILLERS[0]].into_iter().chain(FILLERS.into_iter().find(is_new));
        characters.extend(fillers.chain(literals).filter(|character| *character != ':'));
        characters
    }

    /// Where a character leads to; nowhere if some condition cannot be met any more, or what begins so is left out.
    fn next(&self, state: &WalkState, character: char) -> Option<WalkState> {
        let step = match self.steps.get(state.step)? {
            FormStep::More if character == ':' => state.step + 2,
            FormStep::More => state.step,
            FormStep::Character(_) | FormStep::First => state.step + 1,
        };
        let place = self.left_out.next(state.place, character);
        let mut values = Vec::new();
        for of_value in state.values.chunk_by(|one, other| one.0 == other.0) {
            let which = of_value[0].0;
            let value = self.values[which].0;
            let moved = of_value.iter().filter_map(|(_, at)| {
                let piece = *value.pieces().get(*at)?;
                value.takes(piece, character).then_some(if is_star(piece) { *at } else { at + 1 })
            });
            values.extend(reached(value, moved.collect()).into_iter().map(|at| (which, at)));
        }
        (place != PrefixPlace::Whole && self.covers(values.iter())).then_some(WalkState { step, place, values })
    }
}

fn is_star(piece: PatternPiece) -> bool {
    matches!(piece, PatternPiece::Any | PatternPiece::Variable)
}

/// These places in a value and those that a star leads on to. Whatever goes on from in front of a star can go on from its last
/// one, so that nothing in front of it has to be known.
fn reached(value: &ValuePattern, mut places: BTreeSet<usize>) -> BTreeSet<usize> {
    let is_star = |at: &usize| value.pieces().get(*at).copied().is_some_and(is_star);
    let mut stars: Vec<usize> = places.iter().copied().filter(is_star).collect();
    let mut last = None;
    while let Some(star) = stars.pop() {
        last = last.max(Some(star));
        let behind = star + 1;
        if places.insert(behind) && is_star(&behind) {
            stars.push(behind);
        }
    }
    match last {
        Some(last) => places.split_off(&last),
        None => places,
    }
}

fn spell(trail: &[(usize, char)], mut at: usize) -> String {
    let mut characters = Vec::new();
    while at > 0 {
        characters.push(trail[at].1);
        at = trail[at].0;
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

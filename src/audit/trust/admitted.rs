//! Which subjects a statement of a trust policy admits beyond those that were seen.

use std::collections::BTreeSet;

use super::evaluate::{Admission, KeyKind, Token};
use super::pattern::ValuePattern;
use super::policy::{Condition, Policy, Statement};
use super::policy_use::{DEFAULT_AUDIENCE, PolicyUse};
use super::prefixes::SubjectPrefixes;
use super::reach::{SubjectSearch, TooManySubjects, form_before_projects, forms};
use crate::domain::subject::Subject;

/// The subjects that a policy gives the role to, of one issuer.
#[derive(Clone, Copy)]
pub(super) struct AdmittedSubjects<'a> {
    pub(super) policy: &'a Policy,
    pub(super) used: PolicyUse<'a>,
    pub(super) issuer: &'a str,
}

impl AdmittedSubjects<'_> {
    /// What a value admits that was not seen, an example of each kind; without a value, what the statement admits.
    pub(super) fn unused(
        &self,
        statement: &Statement,
        value: Option<(&Condition, &ValuePattern)>,
    ) -> Result<Vec<(&'static str, String)>, TooManySubjects> {
        let seen: BTreeSet<&str> = self.used.grants.iter().map(|grant| grant.subject.as_str()).collect();
        let known: Vec<Subject> = seen.iter().map(|subject| Subject::parse(subject)).collect();
        let mut kinds: Vec<(&'static str, String)> = Vec::new();
        // That a phase of no documented name is admitted too makes no difference.
        let phases =
            known.iter().flat_map(|subject| ["plan", "apply"].map(|phase| subject.in_phase(phase).to_string()));
        let mut phases = phases.filter(|subject| {
            let is_met = value.is_none_or(|(_, pattern)| pattern.matches(subject));
            is_met && !seen.contains(&**subject) && self.admits(statement, subject) > Admission::No
        });
        kinds.extend(phases.next().map(|subject| ("other phases", subject)));
        let (conditions, watched) = (self.asked(statement, value), self.watched(statement));
        let decoded = known.iter().filter(|subject| subject.phase().is_some());
        let left_out = SubjectPrefixes::new(decoded.map(|subject| subject.without_phase().to_string()));
        let search = SubjectSearch { conditions: &conditions, watched: &watched, left_out: &left_out };
        let organization = value.and_then(|(_, pattern)| pinned_organization(pattern));
        let has_old = known.iter().any(|subject| matches!(subject, Subject::Workspace { project: None, .. }));
        let old = has_old.then(|| form_before_projects(organization.as_deref()));
        for form in forms(organization.as_deref()).iter().chain(&old) {
            let found = search.find(form, |subject| self.admits(statement, subject) > Admission::No)?;
            let found = found.and_then(|subject| Some((kind_of(&Subject::parse(&subject), &known)?, subject)));
            kinds.extend(found.filter(|(kind, _)| kinds.iter().all(|(other, _)| kind != other)));
        }
        Ok(kinds)
    }

    /// The values of each condition on the subject that has to match one; of that of `only`, its one value.
    pub(super) fn asked(
        &self,
        statement: &Statement,
        only: Option<(&Condition, &ValuePattern)>,
    ) -> Vec<Vec<ValuePattern>> {
        let of_subject = statement.conditions.iter().filter(|it| it.key_kind(self.issuer) == KeyKind::Subject);
        let asked = of_subject.filter(|it| !it.operator().negated && it.operator().reading.is_some());
        asked
            .map(|condition| match only {
                Some((this, pattern)) if std::ptr::eq(this, condition) => vec![pattern.clone()],
                _ => condition.patterns(self.policy.variables),
            })
            .collect()
    }

    /// The values that keep subjects out: those of conditions of the statement that none may match, and of what is denied.
    fn watched(&self, statement: &Statement) -> Vec<ValuePattern> {
        let negated = statement.conditions.iter().filter(|it| it.operator().negated);
        let denied = self.policy.statements.iter().filter(|it| !it.allow && it.is_about(self.issuer));
        let all = negated.chain(denied.flat_map(|statement| &statement.conditions));
        let of_subject = all.filter(|it| it.key_kind(self.issuer) == KeyKind::Subject);
        of_subject.flat_map(|condition| condition.patterns(self.policy.variables)).collect()
    }

    /// A subject of an organization that neither the policy names nor the window has seen, and that gets the role.
    pub(super) fn stranger(&self, statement: &Statement) -> Result<Option<(String, Admission)>, TooManySubjects> {
        let (conditions, watched) = (self.asked(statement, None), self.watched(statement));
        let mut known: BTreeSet<String> = conditions.iter().flatten().filter_map(pinned_organization).collect();
        let seen = self.used.grants.iter().map(|grant| Subject::parse(&grant.subject));
        known.extend(seen.filter_map(|subject| subject.organization().map(str::to_owned)));
        let unexpected = known.extract_if(.., |name| self.used.is_unexpected(name)).map(Some);
        let mut organizations: Vec<Option<String>> = unexpected.chain([Some("stranger".to_owned())]).collect();
        let alike = known.iter().flat_map(|name| [format!("{name}-evil"), format!("evil-{name}")]);
        organizations.extend(alike.map(Some));
        organizations.push(None);
        let left_out = SubjectPrefixes::new(known.iter().map(|name| format!("organization:{name}:")));
        let search = SubjectSearch { conditions: &conditions, watched: &watched, left_out: &left_out };
        let mut may = None;
        for organization in &organizations {
            for form in &forms(organization.as_deref()) {
                let found = search.find(form, |subject| {
                    let answer = self.admits(statement, subject);
                    if answer == Admission::Maybe && may.is_none() {
                        may = Some((subject.to_owned(), answer));
                    }
                    answer == Admission::Yes
                })?;
                if let Some(found) = found {
                    return Ok(Some((found, Admission::Yes)));
                }
            }
        }
        Ok(may)
    }

    /// Whether a subject gets the role by this statement, with an audience that serves.
    pub(super) fn admits(&self, statement: &Statement, subject: &str) -> Admission {
        let asked = statement.conditions.iter().filter(|it| it.key_kind(self.issuer) == KeyKind::Audience);
        let named = asked.flat_map(|condition| condition.values.iter().map(String::as_str));
        let seen = self.used.grants.iter().filter_map(|grant| grant.audience.as_deref());
        let audiences: BTreeSet<&str> = named.chain(seen).chain([DEFAULT_AUDIENCE]).collect();
        let answers = audiences.into_iter().map(|audience| {
            let token = Token { issuer: self.issuer, subject, audience };
            statement.answer(token, self.policy.variables).min(self.policy.answer(token))
        });
        answers.max().unwrap_or(Admission::No)
    }
}

/// What a subject that nobody has seen is beside those that are known.
fn kind_of(subject: &Subject, known: &[Subject]) -> Option<&'static str> {
    let has = |kind: fn(&Subject) -> bool| known.iter().any(kind);
    match subject {
        Subject::Workspace { .. } => Some("other workspaces"),
        Subject::Stack { .. } if has(|it| matches!(it, Subject::Stack { .. })) => Some("other Stacks"),
        Subject::Stack { .. } => Some("Stacks"),
        Subject::ModuleTest { .. } if has(|it| matches!(it, Subject::ModuleTest { .. })) => Some("other module tests"),
        Subject::ModuleTest { .. } => Some("module tests"),
        Subject::Other(_) => None,
    }
}

/// The organization that every match is of: the one in front of the first wildcard.
pub(super) fn pinned_organization(pattern: &ValuePattern) -> Option<String> {
    let start = pattern.literal_start();
    let (organization, _) = start.strip_prefix("organization:")?.split_once(':')?;
    (!organization.is_empty()).then(|| organization.to_owned())
}

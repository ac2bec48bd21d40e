//! An existing trust policy held against the subjects seen: who else gets in, and what would not.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::evaluate::{Admission, KeyKind, Token};
use super::expect::{Expectation, OrganizationStanding};
use super::pattern::ValuePattern;
use super::policy::{Condition, Policy, Statement};
use super::reach::{example, forms};
use crate::domain::subject::Subject;

/// One thing to know about a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// How bad it is.
    pub verdict: RemarkLevel,
    /// The statement.
    pub statement: String,
    /// The condition, as `operator key = value`.
    pub condition: String,
    /// What is wrong.
    pub what: String,
    /// A subject that shows it.
    pub example: Option<String>,
    /// What to do.
    pub remedy: &'static str,
}

/// How bad a remark is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkLevel {
    /// An organization that nobody expects was granted the role, and the policy lets it in.
    Stranger,
    /// An organization that nobody named gets the role.
    Open,
    /// A subject that got the role would not get it by this policy.
    Missing,
    /// More is admitted than was seen.
    Loose,
    /// A value that matches no subject.
    Dead,
    /// Nothing to say: the policy admits what was seen, and nothing else.
    Tight,
}

impl RemarkLevel {
    /// The word in rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Open => "open",
            Self::Missing => "missing",
            Self::Loose => "loose",
            Self::Dead => "dead",
            Self::Tight => "tight",
        }
    }
}

/// What was granted the role: subject, issuer and audience.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The subject, as in the token.
    pub subject: String,
    /// The issuer; none if the event does not tell it.
    pub issuer: Option<String>,
    /// The audience; none if the event does not tell it.
    pub audience: Option<String>,
}

/// What a policy is held against.
#[derive(Debug, Clone, Copy)]
pub struct PolicyUse<'a> {
    /// What was granted the role to whom it shall be granted.
    pub grants: &'a BTreeSet<Grant>,
    /// What was granted the role to organizations that nobody expects.
    pub strangers: &'a BTreeSet<Grant>,
    /// Whose organizations are expected.
    pub expectation: &'a Expectation,
    /// The issuers to review the policy for.
    pub issuers: &'a BTreeSet<String>,
}

/// Reviews a policy for these issuers. Sorted, the worst first; one [`RemarkLevel::Tight`] if there is nothing to say.
///
/// It cannot know: conditions on keys of the request, which are taken to hold where they would admit; what permission
/// boundaries, resource control policies and the identity provider's own list of audiences refuse.
#[must_use]
pub fn review(policy: &Policy, used: PolicyUse<'_>) -> Vec<Remark> {
    let mut remarks = BTreeSet::new();
    for issuer in used.issuers {
        let review = PolicyCheck { policy, used, issuer };
        for statement in policy.statements.iter().filter(|statement| statement.allow && statement.is_about(issuer)) {
            review.statement(statement, &mut remarks);
        }
    }
    for grant in used.strangers {
        if used.answer(policy, grant) > Admission::No {
            remarks.insert(Remark {
                verdict: RemarkLevel::Stranger,
                statement: String::new(),
                condition: String::new(),
                what: "an organization that nobody expects was granted the role, and this policy lets it in".to_owned(),
                example: Some(grant.subject.clone()),
                remedy: "shut it out, and see what it did; if it is yours, name it in expected_organizations",
            });
        }
    }
    for grant in used.grants.iter().filter(|grant| used.answer(policy, grant) == Admission::No) {
        let audience = grant.audience.as_ref();
        let with = audience.map_or_else(String::new, |audience| format!(" with the audience '{audience}'"));
        remarks.insert(Remark {
            verdict: RemarkLevel::Missing,
            statement: String::new(),
            condition: String::new(),
            what: format!("was granted the role{with}, which this policy refuses"),
            example: Some(grant.subject.clone()),
            remedy: "the policy has changed since, or is of another role; add the subject if it is still wanted",
        });
    }
    let issuers = used.issuers;
    if remarks.is_empty() {
        let about = policy.statements.iter().any(|it| it.allow && issuers.iter().any(|issuer| it.is_about(issuer)));
        remarks.insert(Remark {
            verdict: if about { RemarkLevel::Tight } else { RemarkLevel::Dead },
            statement: String::new(),
            condition: String::new(),
            what: if about {
                "admits what was seen, and nothing else that is documented"
            } else {
                "admits no token of these issuers"
            }
            .to_owned(),
            example: None,
            remedy: if about { "" } else { "name the host of Terraform Enterprise with --tfe-host" },
        });
    }
    remarks.into_iter().collect()
}

impl PolicyUse<'_> {
    /// What the policy answers to what was granted. What the event does not tell may have been anything that serves.
    fn answer(&self, policy: &Policy, grant: &Grant) -> Admission {
        let issuers = match &grant.issuer {
            Some(issuer) => vec![issuer.as_str()],
            None => self.issuers.iter().map(String::as_str).collect(),
        };
        let named = policy.statements.iter().flat_map(|statement| &statement.conditions);
        let named: BTreeSet<&str> = named.flat_map(|condition| condition.values.iter().map(String::as_str)).collect();
        let audiences = match &grant.audience {
            Some(audience) => vec![audience.as_str()],
            None => named.into_iter().chain([DEFAULT_AUDIENCE]).collect(),
        };
        let tokens = issuers
            .iter()
            .flat_map(|issuer| audiences.iter().map(|audience| Token { issuer, subject: &grant.subject, audience }));
        tokens.map(|token| policy.answer(token)).max().unwrap_or(Admission::No)
    }

    /// Whether an organization shall not get in.
    fn is_unexpected(&self, organization: &str) -> bool {
        self.expectation.of(Some(organization)) == OrganizationStanding::Unexpected
    }
}

const PIN: &str = "name the whole subject under StringEquals; trust without --policy prints the condition";

struct PolicyCheck<'a> {
    policy: &'a Policy,
    used: PolicyUse<'a>,
    issuer: &'a str,
}

/// What is to be said of one statement.
struct StatementRemarks<'a> {
    statement: &'a str,
    remarks: &'a mut BTreeSet<Remark>,
}

impl StatementRemarks<'_> {
    fn add(
        &mut self,
        verdict: RemarkLevel,
        condition: String,
        what: String,
        example: Option<String>,
        remedy: &'static str,
    ) {
        let statement = self.statement.to_owned();
        self.remarks.insert(Remark { verdict, statement, condition, what, example, remedy });
    }

    /// Of a condition on the subject that holds where a token has none.
    fn absent_key(&mut self, condition: &Condition) {
        let operator = condition.operator();
        let (what, remedy) = if operator.for_all {
            let what = "ForAllValues: holds where the key is absent; a token has one sub, and one value to compare";
            (what, "take the operator without ForAllValues:")
        } else if operator.if_exists {
            ("IfExists holds where the key is absent", "take the operator without IfExists")
        } else {
            return;
        };
        self.add(RemarkLevel::Loose, show(condition, None), what.to_owned(), None, remedy);
    }

    /// Of a condition on a key that no token of the issuer has.
    fn unknown_key(&mut self, condition: &Condition) {
        let operator = condition.operator();
        let (verdict, what) = if operator.for_all || operator.if_exists || operator.negated {
            let what = "the key is none that AWS takes from this issuer's tokens, so the condition always holds";
            (RemarkLevel::Loose, what)
        } else {
            let what =
                "the key is none that AWS takes from this issuer's tokens, so the statement never admits anybody";
            (RemarkLevel::Dead, what)
        };
        self.add(verdict, show(condition, None), what.to_owned(), None, "ask for sub and aud only");
    }
}

impl PolicyCheck<'_> {
    fn statement(&self, statement: &Statement, remarks: &mut BTreeSet<Remark>) {
        let of = |kind| statement.conditions.iter().filter(move |condition| condition.key_kind(self.issuer) == kind);
        let mut remarks = StatementRemarks { statement: &statement.name, remarks };
        let asked: Vec<&Condition> = of(KeyKind::Subject).collect();
        let stranger = self.stranger(statement);
        if let Some(stranger) = &stranger {
            self.remark_on_stranger(statement, &asked, stranger, &mut remarks);
        }
        for condition in &asked {
            for (value, pattern) in condition.values.iter().zip(condition.patterns(self.policy.variables)) {
                for (verdict, what, example, remedy) in self.value(statement, condition, value, &pattern) {
                    // That strangers get in says all of it.
                    if verdict != RemarkLevel::Loose || stranger.is_none() {
                        remarks.add(verdict, show(condition, Some(value)), what, example, remedy);
                    }
                }
            }
            remarks.absent_key(condition);
        }
        if (stranger.is_some() && statement.is_about_everybody()) || !self.is_meant(statement) {
            return;
        }
        let audiences: Vec<&Condition> = of(KeyKind::Audience).filter(|it| !it.operator().negated).collect();
        self.remark_on_audiences(&audiences, &mut remarks);
        of(KeyKind::Absent).for_each(|condition| remarks.unknown_key(condition));
    }

    /// What is to be said where a subject of an organization that nobody named gets in.
    fn remark_on_stranger(
        &self,
        statement: &Statement,
        asked: &[&Condition],
        (stranger, answer): &(String, Admission),
        remarks: &mut StatementRemarks<'_>,
    ) {
        let named = Subject::parse(stranger);
        let is_named = named.organization().is_some_and(|organization| self.names(statement, organization));
        let what = match (asked.is_empty(), answer) {
            (true, _) => "asks for no sub: any organization gets in",
            _ if is_named => "names an organization that nobody expects",
            (false, Admission::Yes) => "an organization that nobody named gets in",
            (false, _) => "an organization that nobody named gets in where the request's own keys allow it",
        };
        let shown: Vec<String> = asked.iter().map(|condition| show(condition, None)).collect();
        remarks.add(RemarkLevel::Open, shown.join("; "), what.to_owned(), Some(stranger.clone()), PIN);
    }

    /// What is to be said of the audiences that a statement asks for.
    fn remark_on_audiences(&self, audiences: &[&Condition], remarks: &mut StatementRemarks<'_>) {
        if audiences.is_empty() {
            let what = "asks for no aud: any audience that the identity provider lists will do".to_owned();
            let remedy = "add StringEquals with the audience that was seen";
            remarks.add(RemarkLevel::Loose, String::new(), what, None, remedy);
        }
        for condition in audiences {
            for (value, pattern) in condition.values.iter().zip(condition.patterns(self.policy.variables)) {
                if !pattern.is_exact() {
                    let what = "the audience has wildcards".to_owned();
                    let remedy = "name the audience under StringEquals";
                    remarks.add(RemarkLevel::Loose, show(condition, Some(value)), what, None, remedy);
                }
            }
        }
    }

    /// Whether a statement about everybody means this issuer: it asks for a claim of it, or of none at all.
    fn is_meant(&self, statement: &Statement) -> bool {
        let mut claims =
            statement.conditions.iter().filter(|it| it.key_kind(self.issuer) != KeyKind::Request).peekable();
        let is_mine = |kind| matches!(kind, KeyKind::Subject | KeyKind::Audience);
        !statement.is_about_everybody()
            || claims.peek().is_none()
            || claims.any(|condition| is_mine(condition.key_kind(self.issuer)))
    }

    /// Whether every match of a condition of the statement is of that organization.
    fn names(&self, statement: &Statement, organization: &str) -> bool {
        let combinations = self.combinations(statement, None);
        combinations.iter().flatten().filter_map(pinned_organization).any(|name| name == organization)
    }

    /// What is to be said of one value of the subject.
    fn value(
        &self,
        statement: &Statement,
        condition: &Condition,
        value: &str,
        pattern: &ValuePattern,
    ) -> Vec<(RemarkLevel, String, Option<String>, &'static str)> {
        let operator = condition.operator();
        let mut said = Vec::new();
        if operator.negated {
            let what = "names who is kept out, and admits everybody else".to_owned();
            return vec![(RemarkLevel::Loose, what, None, PIN)];
        }
        let mine =
            self.used.grants.iter().filter(|grant| grant.issuer.as_deref().is_none_or(|issuer| issuer == self.issuer));
        let used: Vec<&str> =
            mine.map(|grant| grant.subject.as_str()).filter(|subject| pattern.matches(subject)).collect();
        let wild = operator.reading.is_some_and(|reading| reading.wildcards);
        if !wild && used.is_empty() && value.contains(['*', '?']) && !value.contains("${") {
            let what = "* and ? are plain characters under this operator, so it matches no subject".to_owned();
            return vec![(RemarkLevel::Dead, what, None, "take StringLike, or better name the whole subject")];
        }
        if forms(None).iter().all(|form| example(&[pattern], form).is_none()) {
            let what = "matches none of the documented subjects".to_owned();
            return vec![(
                RemarkLevel::Dead,
                what,
                None,
                "compare it with a subject that was seen: tfctrail events SOURCE",
            )];
        }
        if used.is_empty() {
            let what = "no subject seen in the window matches it".to_owned();
            said.push((RemarkLevel::Loose, what, None, "remove it if the window is long enough to tell"));
        } else if !pattern.is_exact() {
            let extra = self.unused(statement, condition, pattern);
            if !extra.is_empty() {
                let kinds: Vec<&str> = extra.iter().map(|(kind, _)| *kind).collect();
                let what = format!("matches {} seen, and admits also {}", counted(used.len()), kinds.join(", "));
                said.push((RemarkLevel::Loose, what, extra.into_iter().next().map(|(_, example)| example), PIN));
            }
        }
        said
    }

    /// What a value admits that was not seen, an example of each kind.
    fn unused(
        &self,
        statement: &Statement,
        condition: &Condition,
        pattern: &ValuePattern,
    ) -> Vec<(&'static str, String)> {
        let seen: BTreeSet<&str> = self.used.grants.iter().map(|grant| grant.subject.as_str()).collect();
        let known: Vec<Subject> = seen.iter().map(|subject| Subject::parse(subject)).collect();
        let of_known = known.iter().flat_map(|subject| ["plan", "apply"].map(|phase| subject.in_phase(phase)));
        let mut examples: Vec<String> = of_known.map(|subject| subject.to_string()).collect();
        examples.retain(|subject| pattern.matches(subject));
        let forms = forms(pinned_organization(pattern).as_deref());
        for variant in pattern.with_each_star_filled() {
            for combination in self.combinations(statement, Some((condition, &variant))) {
                let combination: Vec<&ValuePattern> = combination.iter().collect();
                examples.extend(forms.iter().filter_map(|form| example(&combination, form)));
            }
        }
        let mut kinds: Vec<(&'static str, String)> = Vec::new();
        for found in examples {
            let parsed = Subject::parse(&found);
            let mine = known.iter().any(|it| it.without_phase() == parsed.without_phase());
            let has = |kind: fn(&Subject) -> bool| known.iter().any(kind);
            let kind = match &parsed {
                // That a phase of no documented name is admitted too makes no difference.
                subject if mine && !matches!(subject.phase(), Some("plan" | "apply")) => continue,
                _ if mine => "other phases",
                Subject::Workspace { .. } => "other workspaces",
                Subject::Stack { .. } if has(|it| matches!(it, Subject::Stack { .. })) => "other Stacks",
                Subject::Stack { .. } => "Stacks",
                Subject::ModuleTest { .. } if has(|it| matches!(it, Subject::ModuleTest { .. })) => {
                    "other module tests"
                }
                Subject::ModuleTest { .. } => "module tests",
                Subject::Other(_) => continue,
            };
            let is_new = !seen.contains(found.as_str()) && kinds.iter().all(|(other, _)| *other != kind);
            if is_new && self.admits(statement, &found) > Admission::No {
                kinds.push((kind, found));
            }
        }
        kinds
    }

    /// One value of each condition on the subject, in every combination up to a limit; of `only`, its one value.
    fn combinations(&self, statement: &Statement, only: Option<(&Condition, &ValuePattern)>) -> Vec<Vec<ValuePattern>> {
        const LIMIT: usize = 256;
        let mut all = vec![Vec::new()];
        for condition in &statement.conditions {
            let operator = condition.operator();
            if condition.key_kind(self.issuer) != KeyKind::Subject || operator.negated || operator.reading.is_none() {
                continue;
            }
            let patterns = match only {
                Some((this, pattern)) if std::ptr::eq(this, condition) => vec![pattern.clone()],
                _ => condition.patterns(self.policy.variables),
            };
            let longer = all.iter().flat_map(|front: &Vec<ValuePattern>| {
                patterns.iter().map(|pattern| front.iter().chain([pattern]).cloned().collect())
            });
            all = longer.take(LIMIT).collect();
        }
        all
    }

    /// A subject of an organization that neither the policy names nor the window has seen, and that gets the role.
    fn stranger(&self, statement: &Statement) -> Option<(String, Admission)> {
        let combinations = self.combinations(statement, None);
        let mut known: BTreeSet<String> = combinations.iter().flatten().filter_map(pinned_organization).collect();
        let seen = self.used.grants.iter().map(|grant| Subject::parse(&grant.subject));
        known.extend(seen.filter_map(|subject| subject.organization().map(str::to_owned)));
        let unexpected = known.extract_if(.., |name| self.used.is_unexpected(name)).map(Some);
        let mut organizations: Vec<Option<String>> = unexpected.chain([Some("stranger".to_owned())]).collect();
        let alike = known.iter().flat_map(|name| [format!("{name}-evil"), format!("evil-{name}")]);
        organizations.extend(alike.map(Some));
        organizations.push(None);
        let mut may = None;
        for organization in &organizations {
            for form in &forms(organization.as_deref()) {
                for combination in &combinations {
                    let combination: Vec<&ValuePattern> = combination.iter().collect();
                    let Some(found) = example(&combination, form) else { continue };
                    if Subject::parse(&found).organization().is_none_or(|organization| known.contains(organization)) {
                        continue;
                    }
                    match self.admits(statement, &found) {
                        Admission::Yes => return Some((found, Admission::Yes)),
                        Admission::Maybe => may = may.or(Some((found, Admission::Maybe))),
                        Admission::No => {}
                    }
                }
            }
        }
        may
    }

    /// Whether a subject gets the role by this statement, with an audience that serves.
    fn admits(&self, statement: &Statement, subject: &str) -> Admission {
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

/// The audience of HCP Terraform's tokens for AWS where nothing else is asked for (DOMAIN §1).
const DEFAULT_AUDIENCE: &str = "aws.workload.identity";

/// The organization that every match is of: the one in front of the first wildcard.
fn pinned_organization(pattern: &ValuePattern) -> Option<String> {
    let start = pattern.literal_start();
    let (organization, _) = start.strip_prefix("organization:")?.split_once(':')?;
    (!organization.is_empty()).then(|| organization.to_owned())
}

fn show(condition: &Condition, value: Option<&str>) -> String {
    let values = value.map_or_else(|| condition.values.join(" | "), str::to_owned);
    format!("{} {} = {values}", condition.operator, condition.key)
}

fn counted(subjects: usize) -> String {
    if subjects == 1 { "one subject".to_owned() } else { format!("{subjects} subjects") }
}

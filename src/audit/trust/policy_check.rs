//! An existing trust policy held against the subjects seen: who else gets in, and what would not.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::admitted::{AdmittedSubjects, pinned_organization};
use super::evaluate::{Admission, KeyKind};
use super::pattern::ValuePattern;
use super::policy::{Condition, Policy, Statement};
use super::policy_use::PolicyUse;
use super::reach::{TooManySubjects, example, forms};
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

/// Reviews a policy for these issuers. Sorted, the worst first; one [`RemarkLevel::Tight`] if there is nothing to say.
///
/// It cannot know: conditions on keys of the request, which are taken to hold where they would admit; what permission
/// boundaries, resource control policies and the identity provider's own list of audiences refuse.
#[must_use]
pub fn review(policy: &Policy, used: PolicyUse<'_>) -> Vec<Remark> {
    let mut remarks = BTreeSet::new();
    for issuer in used.issuers {
        let admitted = AdmittedSubjects { policy, used, issuer };
        let review = PolicyCheck { policy, used, issuer, admitted };
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

const PIN: &str = "name the whole subject under StringEquals; trust without --policy prints the condition";

const TOO_MANY: &str = "has so many values that nobody can tell all that it admits";

struct PolicyCheck<'a> {
    policy: &'a Policy,
    used: PolicyUse<'a>,
    issuer: &'a str,
    admitted: AdmittedSubjects<'a>,
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
        let stranger = self.admitted.stranger(statement).unwrap_or_else(|TooManySubjects| {
            remarks.add(RemarkLevel::Loose, String::new(), TOO_MANY.to_owned(), None, PIN);
            None
        });
        match &stranger {
            Some(stranger) => self.remark_on_stranger(statement, &asked, stranger, &mut remarks),
            None if asked.is_empty() => self.remark_on_no_subject(statement, &mut remarks),
            None => {}
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

    /// What is to be said where a statement asks for no subject, and what is denied keeps strangers out.
    fn remark_on_no_subject(&self, statement: &Statement, remarks: &mut StatementRemarks<'_>) {
        match self.admitted.unused(statement, None) {
            Ok(extra) if extra.is_empty() => {}
            Ok(extra) => {
                let what = format!("asks for no sub, and admits also {}", kinds(&extra));
                let example = extra.into_iter().next().map(|(_, example)| example);
                remarks.add(RemarkLevel::Loose, String::new(), what, example, PIN);
            }
            Err(TooManySubjects) => remarks.add(RemarkLevel::Loose, String::new(), TOO_MANY.to_owned(), None, PIN),
        }
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
        let asked = self.admitted.asked(statement, None);
        asked.iter().flatten().filter_map(pinned_organization).any(|name| name == organization)
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
        if used.is_empty() && forms(None).iter().all(|form| example(&[pattern], form).is_none()) {
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
            match self.admitted.unused(statement, Some((condition, pattern))) {
                Ok(extra) if extra.is_empty() => {}
                Ok(extra) => {
                    let what = format!("matches {} seen, and admits also {}", counted(used.len()), kinds(&extra));
                    said.push((RemarkLevel::Loose, what, extra.into_iter().next().map(|(_, example)| example), PIN));
                }
                Err(TooManySubjects) => said.push((RemarkLevel::Loose, TOO_MANY.to_owned(), None, PIN)),
            }
        }
        said
    }
}

fn kinds(extra: &[(&'static str, String)]) -> String {
    let kinds: Vec<&str> = extra.iter().map(|(kind, _)| *kind).collect();
    kinds.join(", ")
}

fn show(condition: &Condition, value: Option<&str>) -> String {
    let values = value.map_or_else(|| condition.values.join(" | "), str::to_owned);
    format!("{} {} = {values}", condition.operator, condition.key)
}

fn counted(subjects: usize) -> String {
    if subjects == 1 { "one subject".to_owned() } else { format!("{subjects} subjects") }
}

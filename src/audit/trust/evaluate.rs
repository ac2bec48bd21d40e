//! What a trust policy answers to a web identity token, as far as the policy alone decides it.
//!
//! A token has a subject and an audience, each once; AWS makes them the keys `ISSUER:sub` and `ISSUER:aud`. Other claims of
//! HCP Terraform become no keys (DOMAIN §10), so that a condition on one is a condition on an absent key.

use super::pattern::{ValuePattern, ValueSyntax};
use super::policy::{Condition, Policy, Statement};
use crate::domain::issuer::issuer_of_provider;

/// The action that a trust policy allows.
const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// A token, as IAM sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The host that issued it.
    pub issuer: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its audience.
    pub audience: &'a str,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// No, whatever else is asked.
    No,
    /// It depends on keys that are not of the token, such as `aws:SourceIp`.
    Maybe,
    /// Yes.
    Yes,
}

impl Policy {
    /// Whether the token gets the role.
    #[must_use]
    pub fn answer(&self, token: Token<'_>) -> Admission {
        let strongest = |allow: bool| {
            let all = self.statements.iter().filter(|statement| statement.allow == allow);
            all.map(|statement| statement.answer(token, self.variables)).max().unwrap_or(Admission::No)
        };
        match (strongest(true), strongest(false)) {
            (_, Admission::Yes) => Admission::No,
            (Admission::Yes, Admission::Maybe) => Admission::Maybe,
            (allowed, _) => allowed,
        }
    }
}

impl Statement {
    /// Whether the statement speaks of web identities of this issuer at all.
    #[must_use]
    pub fn is_about(&self, issuer: &str) -> bool {
        let about = self.federated.iter().any(|provider| {
            let named = issuer_of_provider(provider);
            provider == "*" || named.eq_ignore_ascii_case(issuer)
        });
        let reading = ValueSyntax { wildcards: true, variables: false, ignore_case: true };
        let acts = self.actions.iter().any(|action| ValuePattern::new(action, reading).matches(ACTION));
        about != self.not_principal && acts != self.not_action
    }

    /// Whether its principal is everybody, so that it names no issuer.
    #[must_use]
    pub fn is_about_everybody(&self) -> bool {
        self.federated.iter().any(|provider| provider == "*") != self.not_principal
    }

    /// Whether the token meets every condition of the statement.
    #[must_use]
    pub fn answer(&self, token: Token<'_>, variables: bool) -> Admission {
        if !self.is_about(token.issuer) {
            return Admission::No;
        }
        let answers = self.conditions.iter().map(|condition| condition.answer(token, variables));
        answers.min().unwrap_or(Admission::Yes)
    }
}

/// An operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the operator's name")]
pub struct Operator {
    /// How values are read; none for operators that do not compare texts.
    pub reading: Option<ValueSyntax>,
    /// `Not`: no value may match.
    pub negated: bool,
    /// `ForAllValues:`, true where the key is absent.
    pub for_all: bool,
    /// `IfExists`, true where the key is absent.
    pub if_exists: bool,
    /// `Null`: whether the key is absent.
    pub null: bool,
}

/// What a condition's key is to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The subject.
    Subject,
    /// The audience.
    Audience,
    /// A key of this or another issuer that the token does not give.
    Absent,
    /// A key of the request (`aws:…`, `sts:…`), of which a policy alone does not tell.
    Request,
}

impl Condition {
    /// The operator, taken apart. IAM minds no case in its name.
    #[must_use]
    pub fn operator(&self) -> Operator {
        let lower = self.operator.to_ascii_lowercase();
        let for_all = lower.starts_with("forallvalues:");
        let plain =
            lower.strip_prefix("forallvalues:").or_else(|| lower.strip_prefix("foranyvalue:")).unwrap_or(&lower);
        let if_exists = plain.ends_with("ifexists");
        let plain = plain.strip_suffix("ifexists").unwrap_or(plain);
        let reading = |wildcards, ignore_case| Some(ValueSyntax { wildcards, variables: false, ignore_case });
        let (reading, negated) = match plain {
            "stringequals" => (reading(false, false), false),
            "stringequalsignorecase" => (reading(false, true), false),
            "stringlike" => (reading(true, false), false),
            "stringnotequals" => (reading(false, false), true),
            "stringnotequalsignorecase" => (reading(false, true), true),
            "stringnotlike" => (reading(true, false), true),
            _ => (None, false),
        };
        Operator { reading, negated, for_all, if_exists, null: plain == "null" }
    }

    /// What the key is to a token of this issuer.
    #[must_use]
    pub fn key_kind(&self, issuer: &str) -> KeyKind {
        let (key, issuer) = (self.key.to_ascii_lowercase(), issuer.to_ascii_lowercase());
        match key.strip_prefix(&issuer).and_then(|claim| claim.strip_prefix(':')) {
            Some("sub") => KeyKind::Subject,
            Some("aud") => KeyKind::Audience,
            None if key.starts_with("aws:") || key.starts_with("sts:") => KeyKind::Request,
            _ => KeyKind::Absent,
        }
    }

    /// Its values, as its operator reads them; none where it compares no texts.
    #[must_use]
    pub fn patterns(&self, variables: bool) -> Vec<ValuePattern> {
        let Some(reading) = self.operator().reading else { return Vec::new() };
        self.values.iter().map(|value| ValuePattern::new(value, ValueSyntax { variables, ..reading })).collect()
    }

    /// Whether the token meets the condition.
    #[must_use]
    pub fn answer(&self, token: Token<'_>, variables: bool) -> Admission {
        let operator = self.operator();
        let decided = |yes| if yes { Admission::Yes } else { Admission::No };
        let value = match self.key_kind(token.issuer) {
            KeyKind::Request => return Admission::Maybe,
            KeyKind::Subject => Some(token.subject),
            KeyKind::Audience => Some(token.audience),
            KeyKind::Absent => None,
        };
        if operator.null {
            let absent = self.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
            return decided(absent == value.is_none());
        }
        if operator.reading.is_none() {
            return Admission::Maybe;
        }
        let Some(value) = value else { return decided(operator.for_all || operator.if_exists || operator.negated) };
        let mut matched = Admission::No;
        for pattern in self.patterns(variables).iter().filter(|pattern| pattern.matches(value)) {
            matched = matched.max(if pattern.has_variable() { Admission::Maybe } else { Admission::Yes });
        }
        match (matched, operator.negated) {
            (Admission::Maybe, _) => Admission::Maybe,
            (matched, negated) => decided((matched == Admission::Yes) != negated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: &str = "organization:acme:project:p:workspace:web:run_phase:plan";

    /// A policy with this condition block, asked for the subject of `acme`.
    fn check(block: &str, expected: Admission) {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::1:oidc-provider/app.terraform.io"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{block}}}}}"#
        );
        let token = Token { issuer: "app.terraform.io", subject: SUBJECT, audience: "aws.workload.identity" };
        let policy = Policy::parse(&text).unwrap();
        assert_eq!(policy.answer(token), expected, "{block}");
        let elsewhere = Token { issuer: "app.eu.terraform.io", ..token };
        assert_eq!(policy.answer(elsewhere), Admission::No, "{block}");
    }

    #[test]
    fn conditions_hold_as_in_iam() {
        use Admission::{Maybe, No, Yes};
        for (block, expected) in [
            ("{}", Yes),
            (r#"{"StringEquals":{"app.terraform.io:aud":"aws.workload.identity"}}"#, Yes),
            (r#"{"StringEquals":{"app.terraform.io:aud":"other"}}"#, No),
            (r#"{"StringLike":{"app.terraform.io:sub":"organization:acme*"}}"#, Yes),
            (r#"{"StringEquals":{"app.terraform.io:sub":"organization:acme*"}}"#, No),
            (r#"{"StringLike":{"APP.terraform.io:SUB":["organization:x:*","organization:acme:*"]}}"#, Yes),
            (r#"{"stringlike":{"app.terraform.io:sub":"organization:acme:*"}}"#, Yes),
            (r#"{"StringLike":{"app.terraform.io:sub":"organization:ACME:*"}}"#, No),
            (r#"{"StringNotLike":{"app.terraform.io:sub":"organization:evil:*"}}"#, Yes),
            (r#"{"StringNotEquals":{"app.terraform.io:sub":"x"}}"#, Yes),
            (r#"{"ForAllValues:StringLike":{"app.terraform.io:sub":"organization:evil:*"}}"#, No),
            (r#"{"ForAllValues:StringEquals":{"app.terraform.io:terraform_organization_name":"acme"}}"#, Yes),
            (r#"{"ForAnyValue:StringEquals":{"app.terraform.io:terraform_organization_name":"acme"}}"#, No),
            (r#"{"StringEqualsIfExists":{"app.terraform.io:terraform_organization_name":"acme"}}"#, Yes),
            (r#"{"StringEquals":{"app.terraform.io:terraform_organization_name":"acme"}}"#, No),
            (r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"*"}}"#, No),
            (r#"{"Null":{"app.terraform.io:sub":"false"}}"#, Yes),
            (r#"{"Null":{"app.terraform.io:sub":true}}"#, No),
            (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, Maybe),
            (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"},"StringEquals":{"app.terraform.io:aud":"other"}}"#, No),
            (r#"{"StringLike":{"app.terraform.io:sub":"organization:${aws:PrincipalTag/o}:*"}}"#, Maybe),
            (r#"{"StringLike":{"app.terraform.io:sub":"organization:acme:${*}"}}"#, No),
        ] {
            check(block, expected);
        }
    }

    #[test]
    fn a_deny_wins_and_other_actions_say_nothing() {
        let statement = |effect: &str, action: &str, condition: &str| {
            format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"{action}","Condition":{condition}}}"#)
        };
        let deny = r#"{"StringNotLike":{"app.terraform.io:sub":"organization:acme:*"}}"#;
        let check = |statements: &[String], organization: &str, expected: Admission| {
            let subject = SUBJECT.replace("acme", organization);
            let token = Token { issuer: "app.terraform.io", subject: &subject, audience: "a" };
            let text = format!(r#"{{"Statement":[{}]}}"#, statements.join(","));
            assert_eq!(Policy::parse(&text).unwrap().answer(token), expected, "{text}");
        };
        let allow = statement("Allow", "sts:*", "{}");
        check(&[allow.clone(), statement("Deny", "*", deny)], "acme", Admission::Yes);
        check(&[allow.clone(), statement("Deny", "*", deny)], "evil", Admission::No);
        check(&[allow, statement("Deny", "sts:AssumeRole", deny)], "evil", Admission::Yes);
        check(&[statement("Allow", "sts:AssumeRole", "{}")], "acme", Admission::No);
        check(&[statement("Allow", "STS:assumerolewith*", "{}")], "acme", Admission::Yes);
    }
}

//! Who called, put together from what survives a denial (DOMAIN §4, DESIGN §8).

use super::wire::{ResponseElements, UserIdentity};
use crate::decode::fields::OptionalText;

/// The three parts of a web identity. What is absent is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) struct WebIdentity<'a> {
    /// The ARN of the identity provider.
    pub(in crate::decode) provider: Option<&'a str>,
    /// The subject of the token.
    pub(in crate::decode) subject: Option<&'a str>,
    /// Its audience.
    pub(in crate::decode) audience: Option<&'a str>,
}

impl<'a> WebIdentity<'a> {
    /// `principalId` is provider, audience and subject joined by `:`, which all three may hold themselves. So the
    /// unknown part is what is left when the two known ones are stripped. Where a denial leaves the provider alone, the
    /// subject begins at the last `:organization:`.
    pub(in crate::decode) fn of(
        identity: &'a UserIdentity<'_>,
        response: &'a ResponseElements<'_>,
        is_denied: bool,
    ) -> Self {
        let first = |one: &'a OptionalText<'_>, other: &'a OptionalText<'_>| {
            one.as_deref().filter(|text| !text.is_empty()).or(other.as_deref().filter(|text| !text.is_empty()))
        };
        let principal = identity.principal.as_deref().unwrap_or_default();
        let provider = first(&identity.provider, &response.provider).or_else(|| provider_of_principal(principal));
        let subject = first(&identity.user_name, &response.subject);
        let audience = response.audience.as_deref().filter(|text| !text.is_empty());
        let strip_front = |text: Option<&'a str>, front: &str| text?.strip_prefix(front)?.strip_prefix(':');
        let strip_back = |text: Option<&'a str>, back: &str| text?.strip_suffix(back)?.strip_suffix(':');
        let found = match (provider, audience, subject) {
            (Some(provider), None, Some(subject)) => {
                (Some(provider), strip_back(strip_front(Some(principal), provider), subject), Some(subject))
            }
            (Some(provider), Some(audience), None) => {
                (Some(provider), Some(audience), strip_front(strip_front(Some(principal), provider), audience))
            }
            (None, Some(audience), Some(subject)) => {
                (strip_back(strip_back(Some(principal), subject), audience), Some(audience), Some(subject))
            }
            (Some(provider), None, None) if is_denied => {
                let cut = strip_front(Some(principal), provider).and_then(cut_at_organization);
                (Some(provider), cut.map(|(audience, _)| audience), cut.map(|(_, subject)| subject))
            }
            known => known,
        };
        let given = |text: Option<&'a str>| text.filter(|text| !text.is_empty());
        Self { provider: given(found.0), audience: given(found.1), subject: given(found.2) }
    }

    /// Whether nothing tells who called, as where a few fields of an identity were chosen.
    pub(in crate::decode) fn names_nobody(&self, identity: &UserIdentity<'_>) -> bool {
        let is_empty = identity.principal.as_deref().unwrap_or_default().is_empty();
        is_empty && self.provider.is_none() && self.subject.is_none()
    }
}

/// Audience and subject in `AUDIENCE:organization:…`.
fn cut_at_organization(text: &str) -> Option<(&str, &str)> {
    let at = text.rfind(":organization:")?;
    Some((&text[..at], &text[at + 1..]))
}

/// The provider in front of a principal, where it is an ARN: what follows `oidc-provider/` is a host and a path, and
/// IAM admits no port, so that the first colon ends it.
fn provider_of_principal(principal: &str) -> Option<&str> {
    const MARK: &str = ":oidc-provider/";
    let host = principal.starts_with("arn:").then(|| principal.find(MARK))?? + MARK.len();
    let end = host + principal[host..].find(':')?;
    Some(&principal[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::210987654321:oidc-provider/app.terraform.io";

    /// `expected` is `provider|audience|subject` of a denied event that has nothing but its principal.
    fn check(principal: &str, expected: &str) {
        let identity = UserIdentity { principal: Some(principal.into()), ..UserIdentity::default() };
        let response = ResponseElements::default();
        let found = WebIdentity::of(&identity, &response, true);
        let cells = [found.provider, found.audience, found.subject].map(Option::unwrap_or_default);
        assert_eq!(cells.join("|"), expected, "{principal}");
        // What was granted names its subject in two other places, and nothing is guessed there.
        let granted = WebIdentity::of(&identity, &response, false);
        assert_eq!((granted.provider, granted.audience, granted.subject), (found.provider, None, None), "{principal}");
    }

    #[test]
    fn a_denied_event_that_has_a_principal_alone_tells_all_three() {
        let web = "organization:fenwick:project:Edge:workspace:dns:run_phase:plan";
        check(&format!("{ARN}:sts.example:{web}"), &format!("{ARN}|sts.example|{web}"));
        check(&format!("{ARN}:an:odd:audience:{web}"), &format!("{ARN}|an:odd:audience|{web}"));
        check(&format!("{ARN}:organization:x:{web}"), &format!("{ARN}|organization:x|{web}"));
        check(&format!("{ARN}::{web}"), &format!("{ARN}||{web}"));
        check(&format!("{ARN}:sts.example:repo:fenwick/dns"), &format!("{ARN}||"));
        check(&format!("{ARN}:organization"), &format!("{ARN}||"));
        check(web, "||");
        check("", "||");
    }
}

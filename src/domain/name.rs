//! What names may look like, for what is written and not only read: a name that breaks a rule never reaches a policy.

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// An organization (DOMAIN §1): letters, digits, `_`, `-`.
    Organization,
    /// A project (DOMAIN §1): letters, digits, `-`, `_`, spaces inside; 3 to 40 characters.
    Project,
    /// A workspace (DOMAIN §1): letters, digits, `-`, `_`; 90 characters are advised as the most.
    Workspace,
    /// An IAM role (IAM API reference, `CreateRole`): letters, digits, `+=,.@_-`; 1 to 64 characters.
    Role,
    /// An audience: an IAM client id of 1 to 255 characters, here without those that mean something in policies.
    Audience,
    /// A host name, in lower case, without a port, which the URL of an identity provider cannot have.
    Host,
    /// The ARN of a managed policy.
    PolicyArn,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(&'static str);

impl NameKind {
    /// Holds a name against the rules of its kind.
    pub fn check(self, name: &str) -> Result<(), NameError> {
        let word = |more: &str| name.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it));
        let length = name.chars().count();
        let (right, rule) = match self {
            Self::Organization => (word("-_") && length > 0, "an organization has letters, digits, - and _ only"),
            Self::Project => (
                word("-_ ") && (3..=40).contains(&length) && name.trim() == name,
                "a project has 3 to 40 letters, digits, -, _ and spaces inside",
            ),
            Self::Workspace => {
                (word("-_") && (1..=90).contains(&length), "a workspace has up to 90 letters, digits, - and _")
            }
            Self::Role => {
                (word("+=,.@_-") && (1..=64).contains(&length), "a role has up to 64 letters, digits and +=,.@_-")
            }
            Self::Audience => (
                word("._:/@+=,-") && (1..=255).contains(&length),
                "an audience has up to 255 letters, digits and ._:/@+=,- (others mean something in policies)",
            ),
            Self::Host => {
                (is_host(name), "a host is written like tfe.example.com: lower case, no scheme, port or path")
            }
            Self::PolicyArn => {
                (is_policy(name), "the ARN of a managed policy is written like arn:aws:iam::aws:policy/ReadOnlyAccess")
            }
        };
        if right { Ok(()) } else { Err(NameError(rule)) }
    }
}

fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

fn is_policy(name: &str) -> bool {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let [arn, partition, iam, region, account, resource] = parts[..] else { return false };
    let word = |text: &str, more: &str| text.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it));
    let known = account == "aws" || (account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit()));
    let path = resource.strip_prefix("policy/");
    (arn, iam, region) == ("arn", "iam", "")
        && known
        && !partition.is_empty()
        && word(partition, "-")
        && path.is_some_and(|path| !path.is_empty() && word(path, "/+=,.@_-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_their_kind() {
        let check = |kind: NameKind, right: &[&str], wrong: &[&str]| {
            for name in right {
                assert_eq!(kind.check(name), Ok(()), "{kind:?} {name:?}");
            }
            for name in wrong.iter().chain(&["", "a*", "a${x}", "a\"b", "a\nb", "größe", "a?", "a%{b"]) {
                assert!(kind.check(name).is_err(), "{kind:?} {name:?}");
            }
        };
        let long = "x".repeat(91);
        check(NameKind::Organization, &["acme", "A_1-b"], &["a b", "a:b", "a/b"]);
        check(NameKind::Project, &["Default Project", "abc"], &["ab", " abc", "abc ", &long, "a:bc"]);
        check(NameKind::Workspace, &["web", "web_prod-1", &long[1..]], &["a b", &long, "a:b"]);
        check(NameKind::Role, &["tfc-web", "a+=,.@_-"], &["a b", "a/b", &long]);
        check(NameKind::Audience, &["aws.workload.identity", "https://x.example/y"], &["a b"]);
        check(
            NameKind::Host,
            &["app.terraform.io", "tfe-1.example.com"],
            &["TFE.example.com", "tfe", "https://tfe.example.com", "tfe.example.com:443", "-a.b", "a..b"],
        );
        check(
            NameKind::PolicyArn,
            &["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::111122223333:policy/a/b"],
            &["ReadOnlyAccess", "arn:aws:iam::aws:role/x", "arn:aws:iam::1:policy/x", "arn:aws:iam::aws:policy/"],
        );
    }
}

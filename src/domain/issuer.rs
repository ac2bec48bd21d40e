//! Identity providers and their issuers, and which issuers are ours.

use super::subject::{Subject, SubjectKind};

/// The issuers of HCP Terraform and HCP Europe (DOMAIN §1).
pub const HCP_HOSTS: [&str; 2] = ["app.terraform.io", "app.eu.terraform.io"];

/// What stands in the tally of a log file for all issuers beyond those that it tells apart.
pub const OTHER_ISSUERS: &str = "(others)";

/// The issuer of an identity provider: what follows `oidc-provider/` in its ARN (for EKS host and
/// path), else the provider verbatim (`accounts.google.com`).
#[must_use]
pub fn issuer_of_provider(provider: &str) -> &str {
    match provider.split_once(":oidc-provider/") {
        Some((_, issuer)) if provider.starts_with("arn:") => issuer,
        _ => provider,
    }
}

/// Which issuers an audit is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issuers {
    /// Hosts of Terraform Enterprise, in lower case.
    hosts: Vec<Box<str>>,
    all: bool,
    look_alikes: bool,
}

/// What an issuer is to an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerRole {
    /// HCP Terraform or a named Terraform Enterprise host: its subjects are decoded.
    Terraform,
    /// Kept because every issuer was asked for: its subjects stay verbatim.
    Selected,
    /// Not asked for.
    Foreign,
}

impl Issuers {
    /// HCP Terraform, the Terraform Enterprise `hosts`, and with `all` every web identity.
    #[must_use]
    pub fn new<S: AsRef<str>>(hosts: impl IntoIterator<Item = S>, all: bool) -> Self {
        Self {
            hosts: hosts.into_iter().map(|host| host.as_ref().to_lowercase().into()).collect(),
            all,
            look_alikes: false,
        }
    }

    /// The same, and of all other issuers what has a subject of Terraform's form.
    #[must_use]
    pub fn with_look_alikes(self) -> Self {
        Self { look_alikes: true, ..self }
    }

    /// Whether a web identity is kept for its subject's form, whoever issued it.
    #[must_use]
    pub fn keeps_look_alikes(&self) -> bool {
        self.look_alikes
    }

    /// Whether a web identity is kept for its subject alone, whoever issued it.
    #[must_use]
    pub fn keeps_subject(&self, subject: &str) -> bool {
        self.look_alikes && Subject::parse(subject).kind() != SubjectKind::Other
    }

    /// What `issuer` is to this audit. Hosts compare in lower case.
    #[must_use]
    pub fn role(&self, issuer: &str) -> IssuerRole {
        let lower = issuer.to_lowercase();
        if HCP_HOSTS.contains(&lower.as_str()) || self.hosts.iter().any(|host| **host == *lower) {
            IssuerRole::Terraform
        } else if self.all {
            IssuerRole::Selected
        } else {
            IssuerRole::Foreign
        }
    }

    /// The hosts of Terraform Enterprise, in lower case.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| &**host)
    }

    /// Whether every web identity that `other` keeps is kept here too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let has = |host: &str| HCP_HOSTS.contains(&host) || self.hosts().any(|mine| mine == host);
        self.all || (!other.all && self.look_alikes >= other.look_alikes && other.hosts().all(has))
    }

    /// Whether every web identity is kept.
    #[must_use]
    pub fn all(&self) -> bool {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_come_from_the_provider() {
        let check = |provider: &str, issuer: &str| assert_eq!(issuer_of_provider(provider), issuer);
        check("arn:aws:iam::111122223333:oidc-provider/app.terraform.io", "app.terraform.io");
        check("arn:aws-us-gov:iam::111122223333:oidc-provider/tfe.example.com", "tfe.example.com");
        check(
            "arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1",
            "oidc.eks.eu-west-1.amazonaws.com/id/A1",
        );
        check("accounts.google.com", "accounts.google.com");
        check("", "");
    }

    #[test]
    fn only_the_documented_forms_are_look_alikes() {
        let (plain, wide) = (Issuers::default(), Issuers::default().with_look_alikes());
        let check = |subject: &str, kept| {
            assert_eq!((plain.keeps_subject(subject), wide.keeps_subject(subject)), (false, kept), "{subject}");
        };
        check("organization:acme:project:p:workspace:w:run_phase:plan", true);
        check("organization:acme:pipeline:web:ref:refs/heads/main", false);
        check("repo:acme/web:ref:refs/heads/main", false);
        check("", false);
    }

    #[test]
    fn wider_issuers_cover_narrower_ones() {
        let issuers = |hosts: &[&str], all| Issuers::new(hosts, all);
        let check = |one: &Issuers, other: &Issuers, covers| assert_eq!(one.covers(other), covers, "{one:?} {other:?}");
        let (hcp, tfe, both, all) =
            (issuers(&[], false), issuers(&["T"], false), issuers(&["u", "t"], false), issuers(&[], true));
        for (one, covered) in [(&hcp, 1), (&tfe, 2), (&both, 3), (&all, 4)] {
            for (at, other) in [&hcp, &tfe, &both, &all].into_iter().enumerate() {
                check(one, other, at < covered);
            }
        }
        check(&hcp, &issuers(&["app.terraform.io"], false), true);
        let alike = hcp.clone().with_look_alikes();
        for (one, other, covers) in
            [(&alike, &hcp, true), (&hcp, &alike, false), (&all, &alike, true), (&alike, &tfe, false)]
        {
            check(one, other, covers);
        }
    }

    #[test]
    fn hosts_compare_in_lower_case_and_in_full() {
        let issuers = Issuers::new(["TFE.Example.com"], false);
        assert_eq!(issuers.role("app.terraform.io"), IssuerRole::Terraform);
        assert_eq!(issuers.role("app.eu.terraform.io"), IssuerRole::Terraform);
        assert_eq!(issuers.role("tfe.example.com"), IssuerRole::Terraform);
        assert_eq!(issuers.role("app.terraform.io.evil.example"), IssuerRole::Foreign);
        assert_eq!(issuers.role("app.terraform.io/x"), IssuerRole::Foreign);
        assert_eq!(Issuers::new([""; 0], true).role("tfe.example.com"), IssuerRole::Selected);
    }
}

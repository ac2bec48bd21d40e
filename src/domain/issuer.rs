//! Identity providers and their issuers, and which issuers are ours.

/// The issuers of HCP Terraform and HCP Europe (DOMAIN §1).
pub const HCP_HOSTS: [&str; 2] = ["app.terraform.io", "app.eu.terraform.io"];

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

    /// Whether subjects of Terraform's form are kept whoever issued them.
    #[must_use]
    pub fn look_alikes(&self) -> bool {
        self.look_alikes
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

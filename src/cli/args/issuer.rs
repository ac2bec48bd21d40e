//! `--tfe-host`, `--all-issuers`.

use clap::Args;

use crate::domain::issuer::Issuers;

/// The issuers, as typed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Issuers")]
pub struct IssuerArgs {
    /// A Terraform Enterprise host, beside app.terraform.io and app.eu.terraform.io; repeatable
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = host)]
    pub tfe_host: Vec<String>,
    /// Keep every web identity (GitHub Actions, EKS, …); those not of Terraform get kind other
    #[arg(long)]
    pub all_issuers: bool,
}

impl IssuerArgs {
    /// The issuers they select.
    #[must_use]
    pub fn issuers(&self) -> Issuers {
        Issuers::new(&self.tfe_host, self.all_issuers)
    }
}

/// The issuer of a token is a host without scheme, port and path.
fn host(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("the host is empty");
    }
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | ':');
    if text.contains("//") || !text.chars().all(plain) {
        return Err("not a host; write it like tfe.example.com, without https:// and without a path");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_no_scheme_and_no_path() {
        for text in ["tfe.example.com", "TFE.Example.com", "tfe", "tfe.example.com:8443"] {
            assert_eq!(host(text).as_deref(), Ok(text));
        }
        for text in ["", "https://tfe.example.com", "tfe.example.com/", "tfe example", "*.example.com"] {
            assert!(host(text).is_err(), "{text:?}");
        }
    }
}

//! `@NAME`: a source of the config file, with its own way to reach AWS.

use std::collections::BTreeSet;
use std::ffi::OsString;

use crate::aws::AwsOptions;
use crate::cli::config_position::ConfigPosition;

/// A source that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSource {
    /// Its name, without the `@` in front.
    pub name: String,
    /// What it stands for, as it would be typed.
    pub source: OsString,
    /// How to reach AWS for it.
    pub aws: OwnAws,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// The options that a source has of its own; all others are those of everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnAws {
    options: AwsOptions,
    /// Long names of flags.
    given: BTreeSet<&'static str>,
}

impl OwnAws {
    /// These options, of which only the `given` ones are its own; by long names of flags.
    #[must_use]
    pub fn new(options: AwsOptions, given: BTreeSet<&'static str>) -> Self {
        Self { options, given }
    }

    /// Without those that were asked for otherwise; by long names of flags.
    #[must_use]
    pub fn without(mut self, asked: &BTreeSet<String>) -> Self {
        self.given.retain(|flag| !asked.contains(*flag));
        self
    }

    /// These, and where there is none those of `base`.
    #[must_use]
    pub fn over(&self, base: &AwsOptions) -> AwsOptions {
        let (mut options, own) = (base.clone(), self.options.clone());
        for flag in &self.given {
            match *flag {
                "profile" => options.profile.clone_from(&own.profile),
                "aws-region" => options.region.clone_from(&own.region),
                "endpoint-url" => options.endpoint_url.clone_from(&own.endpoint_url),
                "role-arn" => options.role_arns.clone_from(&own.role_arns),
                "external-id" => options.external_id.clone_from(&own.external_id),
                "path-style" => options.path_style = own.path_style,
                "no-sign-request" => options.no_sign_request = own.no_sign_request,
                "requester-pays" => options.requester_pays = own.requester_pays,
                _ => options.concurrency = own.concurrency,
            }
        }
        // Credentials of its own are meant to be used.
        let signs = ["profile", "role-arn"].iter().any(|flag| self.given.contains(flag));
        options.no_sign_request &= !signs || self.given.contains("no-sign-request");
        options
    }
}

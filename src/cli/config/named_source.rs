//! `[sources.NAME]`: a source with a name, and with its own way to reach AWS.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Args as _, FromArgMatches as _};

use super::document::{Entry, Place, Section};
use super::find::beside;
use super::flag::reason_of;
use crate::aws::AwsOptions;
use crate::cli::args::AwsArgs;
use crate::cli::error::Error;
use crate::cli::source::SourceArg;
use crate::source::kinds;

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
    pub place: Place,
}

/// The options that a source has of its own; all others are those of everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnAws {
    options: AwsOptions,
    /// Long names of flags.
    given: BTreeSet<&'static str>,
}

/// The keys, and the flags that they stand for.
const KEYS: [(&str, &str); 9] = [
    ("profile", "profile"),
    ("aws_region", "aws-region"),
    ("endpoint_url", "endpoint-url"),
    ("role_arn", "role-arn"),
    ("external_id", "external-id"),
    ("path_style", "path-style"),
    ("no_sign_request", "no-sign-request"),
    ("requester_pays", "requester-pays"),
    ("concurrency", "concurrency"),
];

impl OwnAws {
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

impl NamedSource {
    pub(super) fn read(entry: Entry<'_, '_>, file: &std::path::Path) -> Result<Self, Error> {
        let (name, place) = (entry.name.clone(), entry.place.clone());
        let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(entry.error("a name has letters, digits, '-', '_' and '.'"));
        }
        let key = entry.key.clone();
        let mut section = entry.table()?;
        let Some(source) = section.take("source") else {
            return Err(Error::usage(format!("{place}: {key}: it has no source; write source = \"s3://…\"")));
        };
        let text = source.text()?;
        if text == "-" || text.starts_with('@') || text.is_empty() {
            return Err(
                source.refuse(&text, format!("not a log file, a directory, {} or store:…", kinds::schemes("…")))
            );
        }
        let source = match SourceArg::parse(text.as_ref()) {
            SourceArg::Path(_) => beside(file, &text).into_os_string(),
            SourceArg::Stdin | SourceArg::Store(_) | SourceArg::Remote { .. } => text.into(),
        };
        let aws = OwnAws::read(&mut section)?;
        section.finish();
        Ok(Self { name, source, aws, place })
    }
}

impl OwnAws {
    fn read(section: &mut Section<'_, '_>) -> Result<Self, Error> {
        let (mut words, mut given, mut last) = (Vec::new(), BTreeSet::new(), None);
        for (key, flag) in KEYS {
            let Some(entry) = section.take(key) else { continue };
            given.insert(flag);
            for value in entry.values()? {
                match (flag, value.as_str()) {
                    ("path-style" | "no-sign-request" | "requester-pays", "true") => words.push(format!("--{flag}")),
                    ("path-style" | "no-sign-request" | "requester-pays", "false") => {}
                    ("path-style" | "no-sign-request" | "requester-pays", _) => {
                        return Err(entry.refuse(&value, "not true or false"));
                    }
                    _ => words.push(format!("--{flag}={value}")),
                }
                // One by one, so that the wrong one is known.
                if let Err(error) = aws_args(words.last().cloned().filter(|_| flag != "external-id")) {
                    return Err(entry.refuse(&value, reason_of(&error)));
                }
            }
            last = Some(entry);
        }
        match (aws_args(words), last) {
            (Ok(args), _) => Ok(Self { options: args.options(), given }),
            // Only what does not go together is left.
            (Err(error), Some(entry)) => Err(entry.error(reason_of(&error))),
            (Err(error), None) => Err(Error::usage(reason_of(&error))),
        }
    }
}

fn aws_args(words: impl IntoIterator<Item = String>) -> Result<AwsArgs, clap::Error> {
    let command = AwsArgs::augment_args(clap::Command::new("source").no_binary_name(true));
    AwsArgs::from_arg_matches(&command.try_get_matches_from(words)?)
}

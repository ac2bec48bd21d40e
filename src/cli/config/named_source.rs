//! `[sources.NAME]`: a source with a name, and with its own way to reach AWS.

use std::collections::BTreeSet;

use clap::{Args as _, FromArgMatches as _};

use super::document::{ConfigEntry, ConfigSection};
use super::find::beside;
use super::flag::reason_of;
use crate::cli::args::athena_table::ConfiguredTables;
use crate::cli::args::aws::AwsArgs;
use crate::cli::args::named_source::{NamedSource, OwnAws};
use crate::cli::error::Error;
use crate::cli::reading::source::SourceArg;
use crate::source::kinds;

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

pub(super) fn read(
    entry: ConfigEntry<'_, '_>,
    file: &std::path::Path,
    tables: &ConfiguredTables,
) -> Result<NamedSource, Error> {
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
        return Err(source.refuse(&text, format!("not a log file, a directory, {} or store:…", kinds::schemes("…"))));
    }
    let source = match SourceArg::parse(text.as_ref()) {
        SourceArg::Path(_) => beside(file, &text).into_os_string(),
        SourceArg::Stdin | SourceArg::Store(_) | SourceArg::Remote { .. } => {
            tables.amended(&text).unwrap_or(text).into()
        }
    };
    let aws = own_aws(&mut section)?;
    section.finish();
    Ok(NamedSource { name, source, aws, place })
}

fn own_aws(section: &mut ConfigSection<'_, '_>) -> Result<OwnAws, Error> {
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
        (Ok(args), _) => Ok(OwnAws::new(args.options(), given)),
        // Only what does not go together is left.
        (Err(error), Some(entry)) => Err(entry.error(reason_of(&error))),
        (Err(error), None) => Err(Error::usage(reason_of(&error))),
    }
}

fn aws_args(words: impl IntoIterator<Item = String>) -> Result<AwsArgs, clap::Error> {
    let command = AwsArgs::augment_args(clap::Command::new("source").no_binary_name(true));
    AwsArgs::from_arg_matches(&command.try_get_matches_from(words)?)
}

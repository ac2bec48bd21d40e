//! What the rules are told, by flags and config file, and what their findings end in.

use super::args::expected::ExpectedArgs;
use super::config::Config;
use super::error::{Error, ErrorKind};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::network::Networks;
use crate::audit::rules::RULES;
use crate::audit::rules::settings::Settings;
use crate::audit::rules::suppress::{Suppression, SuppressionField};
use crate::domain::finding::Severity;
use crate::domain::issuer::Issuers;
use crate::domain::version::Version;

/// What is expected, by flags and config file.
#[must_use]
pub fn settings(expected: &ExpectedArgs, config: &Config, issuers: &Issuers) -> Settings {
    let text = |text: &String| Box::from(text.as_str());
    let version = |name: &str| config.end_of_support.get(name).and_then(|text| Version::parse(text));
    Settings {
        issuers: issuers.clone(),
        expected_organizations: expected.expected_organization.iter().map(text).collect(),
        organization_aliases: config.organization_aliases.iter().map(|(old, new)| (text(old), text(new))).collect(),
        networks: Networks::new(config.networks.iter().map(|(name, blocks)| (text(name), blocks.clone()))),
        audience: expected.audience.as_ref().map(text),
        max_session: expected.max_session.map(|length| u32::try_from(length.seconds()).unwrap_or(u32::MAX)),
        silence: expected.silence.seconds(),
        replay_after: expected.replay_after.seconds(),
        terraform_support: version("terraform"),
        provider_support: version("provider"),
        accounts: config.accounts.ids().map(Box::from).collect(),
        ..Settings::default()
    }
}

/// The suppressions of the config file.
pub fn decisions(config: &Config) -> Result<Vec<Suppression>, Error> {
    let decision = |table: &super::config::ConfiguredSuppression| {
        let refuse = |what: String| Error::usage(format!("{}: suppress: {what}", table.place));
        let condition = |(name, pattern): &(String, String)| {
            let field = SuppressionField::of_name(name).ok_or_else(|| {
                let known: Vec<&str> = SuppressionField::ALL.iter().map(|(known, _)| *known).collect();
                refuse(format!("a suppression cannot match {name}; it can match {}", known.join(", ")))
            })?;
            let parsed: Pattern = pattern.parse().map_err(|error| refuse(format!("{name}: {error}")))?;
            if field == SuppressionField::Rule {
                refuse_misspelt(&parsed, |what| refuse(format!("rule: {what}")))?;
            }
            Ok((field, Patterns::new(vec![parsed])))
        };
        let expires = table.expires.ok_or_else(|| {
            refuse("it never expires; write expires = \"YYYY-MM-DD\", the last day on which it holds".to_owned())
        })?;
        Ok(Suppression {
            conditions: table.conditions.iter().map(condition).collect::<Result<_, Error>>()?,
            reason: table.reason.as_str().into(),
            expires,
        })
    };
    config.suppressions.iter().map(decision).collect()
}

/// Refuses a pattern that is about no rule, or suppresses none: a misspelt name would be of no effect, or be about every rule, and nobody would
/// know.
pub fn refuse_misspelt(pattern: &Pattern, refuse: impl FnOnce(String) -> Error) -> Result<(), Error> {
    let is_known = RULES.iter().any(|rule| pattern.matches(rule.id));
    let what = match pattern.is_negated() {
        _ if is_known => return Ok(()),
        true => format!("'{pattern}' leaves out no rule"),
        false => format!("no rule matches '{pattern}'"),
    };
    Err(refuse(what).hint("tfctrail findings --rules lists them"))
}

/// What `--fail-on` makes of so many findings at or above its level.
pub fn judged(fatal: usize, level: Option<Severity>) -> Result<(), Error> {
    let (1.., Some(least)) = (fatal, level) else { return Ok(()) };
    let findings = if fatal == 1 { "finding" } else { "findings" };
    Err(Error::new(ErrorKind::Findings, format!("{fatal} {findings} at or above {least}, as --fail-on says")))
}

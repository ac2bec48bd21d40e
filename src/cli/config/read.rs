//! The keys of the config file.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use clap::Command;
use ipnet::IpNet;

use super::document::{ConfigDocument, ConfigEntry, ConfigSection};
use super::find::{FoundConfig, beside, find};
use crate::audit::filter::address_pattern::AddressPatternError;
use crate::audit::filter::pattern::Pattern;
use crate::cli::args::account::ids;
use crate::cli::config::{Config, ConfiguredSuppression, NotifyTable, NotifyValue, athena, flag, named_source};
use crate::cli::config_position::ConfigPosition;
use crate::cli::error::Error;
use crate::domain::timestamp::Day;
use crate::report::account_names::AccountNames;

/// What a suppression can be about.
const CONDITIONS: [&str; 15] = [
    "rule",
    "account_id",
    "region",
    "source_ip",
    "kind",
    "organization",
    "project",
    "workspace",
    "stack",
    "deployment",
    "phase",
    "run_id",
    "role_arn",
    "issuer",
    "subject",
];

/// Keys of `[notify.NAME]` whose values are no secrets; others are never shown.
const SHOWN: [&str; 12] = [
    "from",
    "to",
    "host",
    "port",
    "security",
    "user",
    "timeout",
    "allow_http",
    "topic_arn",
    "profile",
    "aws_region",
    "role_arn",
];

impl Config {
    /// Reads the config file: the one that `named_by`, a flag or variable, named, or the first of the usual places.
    /// `root` is the definition of all commands.
    pub fn load(named: Option<&Path>, named_by: &str, root: &Command) -> Result<Self, Error> {
        match find(named, named_by)? {
            None => Ok(Self::default()),
            Some(FoundConfig { path, text }) => Self::read(&path, &text, root),
        }
    }

    /// Reads the text of the file at `path`.
    pub fn read(path: &Path, text: &str, root: &Command) -> Result<Self, Error> {
        let document = ConfigDocument::new(&path.to_string_lossy(), text);
        let mut config = Self { file: Some(path.to_owned()), ..Self::default() };
        config.fill(&document, path, root)?;
        (config.said, config.warnings) = document.finish();
        Ok(config)
    }

    fn fill(&mut self, document: &ConfigDocument<'_>, path: &Path, root: &Command) -> Result<(), Error> {
        let mut top = document.section()?;
        self.fill_settings(&mut top, path, root)?;
        for entry in top.table("organization_aliases")?.rest() {
            self.organization_aliases.insert(entry.name.clone(), not_empty(&entry)?);
        }
        self.accounts = accounts(top.table("accounts")?.rest())?;
        for entry in top.table("networks")?.rest() {
            self.networks.insert(entry.name.clone(), network(&entry)?);
        }
        self.end_of_support = end_of_support(top.table("end_of_support")?)?;
        for entry in top.table("athena")?.rest() {
            let (name, said) = athena::read(entry)?;
            self.athena.insert(&name, said);
        }
        for entry in top.table("sources")?.rest() {
            self.sources.push(Arc::new(named_source::read(entry, path, &self.athena)?));
        }
        for (place, section) in top.take("suppress").map(ConfigEntry::tables).transpose()?.unwrap_or_default() {
            self.suppressions.push(suppression(place, section, &self.accounts)?);
        }
        for entry in top.table("notify")?.rest() {
            self.notify.push(notify(entry)?);
        }
        let mut report = top.table("report")?;
        self.report_link = report.take("link").map(|entry| link(&entry)).transpose()?;
        report.finish();
        self.defaults.extend(flag::read(&mut top.table("defaults")?, root, document)?);
        top.finish();
        Ok(())
    }

    /// The keys without a table. Those that a flag has a twin of are its default.
    fn fill_settings(&mut self, top: &mut ConfigSection<'_, '_>, path: &Path, root: &Command) -> Result<(), Error> {
        let mut twin = |long: &str, values: Vec<String>, place: &ConfigPosition| {
            self.defaults.extend(flag::twin(long, values, place, root));
        };
        if let Some(entry) = top.take("store") {
            let store = beside(path, &not_empty(&entry)?);
            twin("store", vec![store.to_string_lossy().into_owned()], &entry.place);
            self.store = Some(store);
        }
        if let Some(entry) = top.take("expected_organizations") {
            self.expected_organizations = entry.texts()?;
            twin("expected-organization", self.expected_organizations.clone(), &entry.place);
        }
        if let Some(entry) = top.take("tfe_hosts") {
            self.tfe_hosts = entry.texts()?;
            let flag = flag::flags(root, "tfe-host").into_iter().next();
            if let Some(reason) = flag.and_then(|flag| flag::refusal(flag, &self.tfe_hosts)) {
                return Err(entry.refuse(&self.tfe_hosts.join(","), reason));
            }
            twin("tfe-host", self.tfe_hosts.clone(), &entry.place);
        }
        if let Some(entry) = top.take("audience") {
            let audience = not_empty(&entry)?;
            twin("audience", vec![audience.clone()], &entry.place);
            self.audience = Some(audience);
        }
        for (key, long) in [("max_session", "max-session"), ("silence", "silence"), ("replay_after", "replay-after")] {
            let Some(entry) = top.take(key) else { continue };
            let length = entry.parsed()?;
            twin(long, vec![entry.text()?], &entry.place);
            match key {
                "max_session" => self.max_session = Some(length),
                "silence" => self.silence = Some(length),
                _ => self.replay_after = Some(length),
            }
        }
        Ok(())
    }
}

fn not_empty(entry: &ConfigEntry<'_, '_>) -> Result<String, Error> {
    let text = entry.text()?;
    if text.is_empty() { Err(entry.error("the text is empty")) } else { Ok(text) }
}

fn accounts(entries: Vec<ConfigEntry<'_, '_>>) -> Result<AccountNames, Error> {
    let mut pairs: Vec<(Box<str>, Box<str>)> = Vec::new();
    for entry in entries {
        if entry.name.len() != 12 || !entry.name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(entry.error("not an account id, which has twelve digits; write \"111122223333\" = \"name\""));
        }
        pairs.push((entry.name.as_str().into(), not_empty(&entry)?.into()));
    }
    Ok(AccountNames::new(pairs))
}

fn network(entry: &ConfigEntry<'_, '_>) -> Result<Vec<IpNet>, Error> {
    let block = |text: &String| match text.parse::<IpAddr>() {
        Ok(address) => Ok(IpNet::from(address)),
        Err(_) => text.parse::<IpNet>().map_err(|_| entry.refuse(text, AddressPatternError)),
    };
    entry.texts()?.iter().map(block).collect()
}

fn end_of_support(mut section: ConfigSection<'_, '_>) -> Result<BTreeMap<String, String>, Error> {
    let mut versions = BTreeMap::new();
    for name in ["terraform", "provider"] {
        let Some(entry) = section.take(name) else { continue };
        let version = entry.text()?;
        let parts: Vec<&str> = version.split('.').collect();
        if !(1..=3).contains(&parts.len()) || !parts.iter().all(|part| part.parse::<u32>().is_ok()) {
            return Err(entry.refuse(&version, "not a version; write it like 1.9 or 5.0.1"));
        }
        versions.insert(name.to_owned(), version);
    }
    section.finish();
    Ok(versions)
}

fn suppression(
    place: ConfigPosition,
    mut section: ConfigSection<'_, '_>,
    accounts: &AccountNames,
) -> Result<ConfiguredSuppression, Error> {
    let mut conditions = Vec::new();
    for name in CONDITIONS {
        if let Some(entry) = section.take(name) {
            entry.parsed::<Pattern>()?;
            let text = entry.text()?;
            let text = if name == "account_id" { account(&entry, &text, accounts)? } else { text };
            conditions.push((name.to_owned(), text));
        }
    }
    if conditions.is_empty() {
        return Err(Error::usage(format!(
            "{place}: suppress: without any of {} it would match everything",
            CONDITIONS.join(", ")
        )));
    }
    let Some(reason) = section.take("reason") else {
        return Err(Error::usage(format!("{place}: suppress: it has no reason; write reason = \"…\"")));
    };
    let reason = not_empty(&reason)?;
    let expires = section.take("expires").map(|entry| day(&entry)).transpose()?;
    section.finish();
    Ok(ConfiguredSuppression { conditions, reason, expires, place })
}

/// The pattern that an account is meant by.
fn account(entry: &ConfigEntry<'_, '_>, text: &str, names: &AccountNames) -> Result<String, Error> {
    let mut ids = ids(text, names).map_err(|reason| entry.refuse(text, reason))?;
    // Several accounts of one name are one pattern.
    if ids.len() == 1 {
        return Ok(ids.remove(0));
    }
    let negation = if text.starts_with('!') { "!" } else { "" };
    let ids: Vec<&str> = ids.iter().map(|id| id.trim_start_matches('!')).collect();
    Ok(format!("{negation}/^(?:{})$/", ids.join("|")))
}

fn day(entry: &ConfigEntry<'_, '_>) -> Result<Day, Error> {
    let text = entry.values()?.join(",");
    Day::parse(&text).ok_or_else(|| entry.refuse(&text, "not a date; write it like 2027-01-31"))
}

fn notify(entry: ConfigEntry<'_, '_>) -> Result<NotifyTable, Error> {
    let (name, key, place) = (entry.name.clone(), entry.key.clone(), entry.place.clone());
    let mut section = entry.table()?;
    let Some(kind) = section.take("kind") else {
        return Err(Error::usage(format!("{place}: {key}: it has no kind; write kind = \"slack\"")));
    };
    let kind = not_empty(&kind)?;
    let mut keys = BTreeMap::new();
    for entry in section.rest() {
        let shown =
            SHOWN.contains(&entry.name.as_str()) || entry.name.ends_with("_env") || entry.name.ends_with("_file");
        let values = if shown { entry.values()? } else { entry.hidden_values()? };
        keys.insert(entry.name.clone(), NotifyValue { values, place: entry.place.clone() });
    }
    Ok(NotifyTable { name, kind, keys, place })
}

fn link(entry: &ConfigEntry<'_, '_>) -> Result<String, Error> {
    let text = entry.text()?;
    let is_link =
        ["https://", "http://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if is_link {
        Ok(text)
    } else {
        Err(entry.refuse(&text, "not a link; write it like https://reports.example.com/tfctrail"))
    }
}

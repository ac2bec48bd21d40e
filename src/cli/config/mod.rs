//! The config file `tfctrail.toml`: what holds for every call, so that it need not be typed.
//!
//! Values are plain. What they mean is known to the floor that uses them, and their origin to `config show`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use self::document::ConfigValue;
use self::flag::FlagDefault;
use super::args::athena_table::ConfiguredTables;
use super::args::named_source::NamedSource;
use super::config_position::ConfigPosition;
use super::time::Length;
use crate::domain::timestamp::Day;
use crate::report::account_names::AccountNames;

mod athena;

pub mod document;

pub mod find;

pub mod flag;

mod named_source;

mod read;

/// What the config file says; nothing where there is none.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file, as it was found.
    pub file: Option<PathBuf>,
    /// `store`: the file of the embedded store.
    pub store: Option<PathBuf>,
    /// `expected_organizations`: whose runs are no surprise.
    pub expected_organizations: Vec<String>,
    /// `[organization_aliases]`: from the old name of an organization to its new one.
    pub organization_aliases: BTreeMap<String, String>,
    /// `tfe_hosts`: hosts of Terraform Enterprise.
    pub tfe_hosts: Vec<String>,
    /// `audience`: the audience that tokens are expected to have.
    pub audience: Option<String>,
    /// `max_session`: the longest session that is no surprise.
    pub max_session: Option<Length>,
    /// `silence`: how long a subject has to be away to be one that returns.
    pub silence: Option<Length>,
    /// `replay_after`: how long after the first assumption of a run another one is a surprise.
    pub replay_after: Option<Length>,
    /// `[networks]`: blocks that source addresses are expected in, by name.
    pub networks: BTreeMap<String, Vec<IpNet>>,
    /// `[end_of_support]`: versions below these, `MAJOR.MINOR` or `MAJOR.MINOR.PATCH`, are out of support; by
    /// `terraform` and `provider`.
    pub end_of_support: BTreeMap<String, String>,
    /// `[[suppress]]`: findings that are known and accepted.
    pub suppressions: Vec<ConfiguredSuppression>,
    /// `[accounts]`: names shown beside account ids.
    pub accounts: AccountNames,
    /// `[notify.NAME]`: who is told.
    pub notify: Vec<NotifyTable>,
    /// `report.link`: where readers find the report.
    pub report_link: Option<String>,
    /// `[sources.NAME]`: what is read where no SOURCE is given, in the order of the file.
    pub sources: Vec<Arc<NamedSource>>,
    /// `[athena."DATABASE.TABLE"]`: what is said about tables of Athena.
    pub athena: ConfiguredTables,
    /// `[defaults]`, and what else stands for a flag.
    pub defaults: Vec<FlagDefault>,
    /// Every value with its place, in the order of the file; secrets are not among them.
    pub said: Vec<ConfigValue>,
    /// What is in the file and known to nobody.
    pub warnings: Vec<String>,
}

/// A finding that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredSuppression {
    /// Patterns by `rule` or the name of a column, each of the form that filters take. All of them must match.
    pub conditions: Vec<(String, String)>,
    /// Why.
    pub reason: String,
    /// The last day (UTC) on which it holds.
    pub expires: Option<Day>,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// Somebody who is told, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyTable {
    /// `NAME` of `[notify.NAME]`.
    pub name: String,
    /// `kind`.
    pub kind: String,
    /// All other keys. They may hold secrets.
    pub keys: BTreeMap<String, NotifyValue>,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// A value of `[notify.NAME]`.
#[derive(Clone, PartialEq, Eq)]
pub struct NotifyValue {
    /// One or several texts; numbers and truth values as they are written.
    pub values: Vec<String>,
    /// Where it stands.
    pub place: ConfigPosition,
}

/// Without the values, which may be secrets.
impl std::fmt::Debug for NotifyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NotifyValue").field("place", &self.place).finish_non_exhaustive()
    }
}

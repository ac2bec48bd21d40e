//! Who is told, as the config file says, and what is said about it. `tfctrail notify NAME` tries it.

mod read;

use super::config::{Config, NotifyTable};
use super::context::CommandContext;
use super::error::Error;
use super::terminal::talk::Level;
use crate::notify::DeliveryOutcome;
use crate::notify::target::NotifyTarget;

/// The targets of those names, with their secrets read. To be called before any work, so that a wrong name fails at once.
pub fn targets(names: &[String], config: &Config) -> Result<Vec<NotifyTarget>, Error> {
    let tables = tables(names, config)?;
    let folder = config.file.as_deref().and_then(std::path::Path::parent);
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let targets = tables.iter().map(|table| read::target(table, folder.unwrap_or(std::path::Path::new("")), &variable));
    targets.collect()
}

/// The variables from which those names take their secrets. Without a config file none are known.
pub fn variables(names: &[String], config: &Config) -> Result<Vec<String>, Error> {
    if config.file.is_none() {
        return Ok(Vec::new());
    }
    let tables = tables(names, config)?;
    let mut variables = Vec::new();
    for table in tables {
        read::check_keys(table)?;
        let secrets = table.keys.iter().filter(|(key, _)| key.ends_with("_env"));
        variables.extend(secrets.flat_map(|(_, value)| value.values.iter().cloned()));
    }
    variables.sort();
    variables.dedup();
    Ok(variables)
}

fn tables<'c>(names: &[String], config: &'c Config) -> Result<Vec<&'c NotifyTable>, Error> {
    let mut tables: Vec<&NotifyTable> = Vec::new();
    for name in names {
        let table = config.notify.iter().find(|table| table.name == *name).ok_or_else(|| unknown(name, config))?;
        if tables.iter().all(|other| other.name != *name) {
            tables.push(table);
        }
    }
    Ok(tables)
}

fn unknown(name: &str, config: &Config) -> Error {
    let Some(file) = &config.file else {
        return Error::usage(format!("notify '{name}': no config file defines this recipient"))
            .hint("tfctrail config init > tfctrail.toml prints one to start from");
    };
    let error = Error::usage(format!("notify '{name}': {} has no [notify.{name}]", file.display()));
    let names: Vec<&str> = config.notify.iter().map(|table| table.name.as_str()).collect();
    if names.is_empty() { error } else { error.hint(format!("there are {}", names.join(", "))) }
}

/// Says what became of the deliveries, and makes an error of those that failed.
pub fn tell(outcomes: &[DeliveryOutcome], context: &CommandContext<'_>) -> Result<(), Error> {
    let mut failed = Vec::new();
    for DeliveryOutcome { target, attempts, result } in outcomes {
        let tries = if *attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
        match result {
            Ok(()) => context.talk.say(Level::Info, &format!("notify '{target}': sent after {tries}")),
            Err(reason) => {
                context.talk.say(Level::Warning, &format!("notify '{target}': not sent after {tries}: {reason}"));
                failed.push(target.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let error =
        Error::failure(format!("{} of {} notifications not sent: {}", failed.len(), outcomes.len(), failed.join(", ")));
    Err(error.hint(format!("tfctrail notify {} tries it again with a test message", failed.join(" "))))
}

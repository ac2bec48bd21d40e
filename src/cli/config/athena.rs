//! `[athena."DATABASE.TABLE"]`: what holds for a table of Athena wherever it is named.

use super::document::{ConfigEntry, ConfigSection};
use crate::cli::error::Error;
use crate::source::athena::table::{AthenaTable, TableOptions};

/// The keys with one value, which have the same names in a text.
const KEYS: [&str; 8] = ["workgroup", "catalog", "output", "day", "format", "year", "month", "account"];

/// The keys and values of a table, as a text of it has them.
pub(super) fn read(entry: ConfigEntry<'_, '_>) -> Result<(String, Vec<(String, String)>), Error> {
    let name = entry.name.clone();
    if let Err(error) = AthenaTable::parse(&name) {
        return Err(entry.error(format!("{error}; write [athena.\"DATABASE.TABLE\"]")));
    }
    let mut section = entry.table()?;
    let (mut said, mut options) = (Vec::new(), TableOptions::default());
    let mut take = |entry: &ConfigEntry<'_, '_>, key: String, value: String| match options.set(&key, &value) {
        Ok(()) if value.contains('&') => Err(entry.refuse(&value, "it has an &")),
        Ok(()) => {
            said.push((key, value));
            Ok(())
        }
        Err(error) => Err(entry.refuse(&value, error)),
    };
    for key in KEYS {
        if let Some(entry) = section.take(key) {
            let value = entry.text()?;
            take(&entry, key.to_owned(), value)?;
        }
    }
    for (table, front) in [("only", "only"), ("columns", "column")] {
        let mut inner: ConfigSection<'_, '_> = section.table(table)?;
        for entry in inner.rest() {
            let value = entry.values()?.join(",");
            take(&entry, format!("{front}.{}", entry.name), value)?;
        }
    }
    section.finish();
    Ok((name, said))
}

//! Names that somebody may have meant who asked for a table, a column or a function that is not there.

use crate::cli::error::Error;
use crate::cli::near::near;
use crate::store::sql::{StoreReader, function};

/// The tables that are documented; a store has others, for itself.
pub(super) const TABLES: [&str; 3] = ["events", "runs", "activity"];

/// The documented tables of a store or a scan, with their columns.
pub(super) fn documented(tables: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    tables.into_iter().filter(|(name, _)| TABLES.contains(&name.as_str())).collect()
}

/// The error, with the nearest names where SQLite does not know one.
pub(super) fn explained(error: Error, reader: &StoreReader) -> Error {
    let message = error.message().to_owned();
    let unknown = |what: &str| {
        let (_, rest) = message.split_once(what)?;
        let name = rest.trim().split([' ', '(', '\n']).next()?;
        Some(name.rsplit('.').next().unwrap_or(name).trim_matches(['"', '\'', '`']).to_owned())
    };
    let tables = || documented(reader.tables().unwrap_or_default());
    let hint = if let Some(name) = unknown("no such column: ") {
        let columns: Vec<String> = tables().into_iter().flat_map(|(_, columns)| columns).collect();
        suggestion(&name, columns.iter().map(String::as_str))
    } else if let Some(name) = unknown("no such table: ") {
        suggestion(&name, TABLES)
    } else if let Some(name) = unknown("no such function: ") {
        suggestion(&name, function::ALL.iter().map(|(name, _, _)| *name))
    } else {
        None
    };
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    let found = near(name, known);
    (!found.is_empty()).then(|| format!("did you mean {}?", found.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_suggested_each_once() {
        assert_eq!(
            suggestion("wrkspace", ["workspace", "run_id", "workspace"]).as_deref(),
            Some("did you mean workspace?")
        );
        assert_eq!(suggestion("x", ["workspace"]), None);
    }
}

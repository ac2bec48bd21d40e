//! JSON of lines, and what is said of a line that is none.

use serde::Deserialize;

/// A line of one kind.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

/// Whether a row has values in as many columns as when it was `written`, where it says in how many that was. What writes rows again may
/// leave out columns that have none; where it loses a value, or fills a column, it makes another row.
pub(super) fn check_filled(written: Option<u64>, found: usize) -> Result<(), String> {
    let found = found as u64;
    let Some(written) = written.filter(|written| *written != found) else { return Ok(()) };
    let what = if found < written { "lost" } else { "filled" };
    Err(format!("it was written with {written} values and has {found}: what wrote it again has {what} a column"))
}

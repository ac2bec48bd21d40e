//! Writes a text that is no table: a policy, a template.

use std::io::Write as _;
use std::path::Path;

use super::Output;
use crate::cli::error::Error;
use crate::cli::parsing::parse::ParsedCommandLine;
use crate::report::visible::VisibleWriter;

/// The flags that say how rows are written; by id and as typed.
const OF_ROWS: [(&str, &str); 6] = [
    ("output", "--output"),
    ("columns", "--columns"),
    ("sort", "--sort"),
    ("limit", "--limit"),
    ("no_header", "--no-header"),
    ("csv_raw", "--csv-raw"),
];

/// The flags about rows that were typed. What the environment and the config file say holds for many commands, and means
/// nothing where there are no rows.
#[must_use]
pub fn typed_for_rows(read: &ParsedCommandLine) -> Vec<&'static str> {
    OF_ROWS.into_iter().filter(|(id, _)| read.is_typed(id)).map(|(_, flag)| flag).collect()
}

/// Refuses these flags where `--emit` prints documents.
pub fn refuse_rows(typed: &[&str]) -> Result<(), Error> {
    if typed.is_empty() {
        return Ok(());
    }
    let verb = if typed.len() == 1 { "does" } else { "do" };
    Err(Error::usage(format!("{} {verb} not go together with --emit", typed.join(", ")))
        .hint("--emit prints whole documents; --out FILE says where to, and without --emit there are rows"))
}

/// Writes to the file, or to standard output. A terminal sees no control character.
pub fn emit(out: Option<&Path>, text: &str) -> Result<(), Error> {
    emit_into(Output::open(out)?, text)
}

/// The same into an output that was opened before the work.
pub fn emit_into(mut output: Output, text: &str) -> Result<(), Error> {
    let written = if output.is_terminal() {
        let mut visible = VisibleWriter::new(&mut output);
        visible.write_all(text.as_bytes()).and_then(|()| visible.flush())
    } else {
        output.write_all(text.as_bytes())
    };
    written.map_err(|error| output.error(&error))?;
    output.finish()
}

/// Writes a page that escapes what it takes from logs by itself, and may have colours.
pub fn emit_page(mut output: Output, text: &str) -> Result<(), Error> {
    output.write_all(text.as_bytes()).map_err(|error| output.error(&error))?;
    output.finish()
}

//! Writes a text that is no table: a policy, a template.

use std::io::Write as _;
use std::path::Path;

use super::Output;
use crate::cli::error::Error;
use crate::report::visible::VisibleWriter;

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

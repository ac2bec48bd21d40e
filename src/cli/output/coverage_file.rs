//! `--coverage FILE`: what was read and what is missing, as JSON beside any format (DESIGN §8).

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Output;
use crate::audit::coverage::Coverage;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::terminal::talk::Level;
use crate::report::coverage_json;

/// The file, opened before any work; nothing where none was asked for.
#[derive(Debug, Default)]
pub struct CoverageFile(Option<(Output, PathBuf)>);

impl CoverageFile {
    /// Opens the file. Standard output is for the rows.
    pub fn open(path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else { return Ok(Self(None)) };
        if path == "-" {
            return Err(Error::usage("--coverage: needs a file, since standard output is for the rows"));
        }
        let opened = Output::open(Some(path)).map_err(|error| {
            let message = error.message().replacen("--out", "--coverage", 1);
            error.hints().iter().cloned().fold(Error::new(error.kind(), message), Error::hint)
        })?;
        Ok(Self(Some((opened, path.to_owned()))))
    }

    /// Files of our own that may lie among the sources.
    pub fn own_files(&self) -> impl Iterator<Item = PathBuf> {
        let files =
            self.0.as_ref().map(|(output, path)| [output.unfinished_file().map(Into::into), Some(path.clone())]);
        files.into_iter().flatten().flatten()
    }

    /// Writes it, in place of an older one.
    pub fn write(self, coverage: &Coverage, context: &CommandContext<'_>) -> Result<(), Error> {
        let Some((mut output, path)) = self.0 else { return Ok(()) };
        let written = serde_json::to_writer(&mut output, &coverage_json::value(coverage)).map_err(std::io::Error::from);
        written.and_then(|()| output.write_all(b"\n")).map_err(|error| output.error(&error))?;
        output.finish()?;
        context.talk.say(Level::Info, &format!("wrote {}: the coverage", path.display()));
        Ok(())
    }
}

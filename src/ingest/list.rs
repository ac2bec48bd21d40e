//! Lists the log files that a scan would read, and reads none.

use std::io;

use super::day_folders::day_folders;
use super::options::IngestOptions;
use crate::audit::coverage::Coverage;
use crate::platform;
use crate::progress::Progress;
use crate::source::remote::Remote;
use crate::source::{Body, Chunk, Delivery, Listing, SourceSpec, Unlisted, directory, named};

/// What was listed.
#[derive(Debug, Default)]
pub struct Listed {
    /// What could not be listed, and what makes the list incomplete.
    pub coverage: Coverage,
    /// Sources of which nothing could be listed for want of permission.
    pub forbidden: Vec<String>,
    /// How many log files there are.
    pub files: u64,
}

/// Lists all sources: local ones first, then the `remotes` among them, which have been opened to be listed only. `write` takes how a
/// list of keys names each log file, and its size; and, without a size, the folder of each day just before the window that has some.
///
/// # Errors
///
/// The first one of `write`.
pub fn list(
    specs: &[SourceSpec],
    remotes: &[Remote],
    options: &IngestOptions,
    progress: &Progress,
    mut write: impl FnMut(&str, u64) -> io::Result<()>,
) -> io::Result<Listed> {
    let mut listed = Listed::default();
    for (source, spec) in specs.iter().enumerate() {
        let listing = match spec {
            SourceSpec::Path(path) => directory::list(path, source, &options.exclude, progress),
            SourceSpec::Files(files) => named::list(files, source),
            SourceSpec::Stdin | SourceSpec::Remote(_) | SourceSpec::Store(_) => Listing::default(),
        };
        listing.failed.into_iter().for_each(|unlisted| listed.fail(unlisted));
        for chunk in &listing.chunks {
            listed.take(chunk, spec, options, &mut write)?;
        }
    }
    for remote in remotes {
        let spec = &specs[remote.source];
        let before = listed.files;
        let mut is_forbidden = false;
        while let Some(delivery) = remote.inbox.next() {
            match delivery {
                Delivery::Chunk(chunk) => listed.take(&chunk, spec, options, &mut write)?,
                Delivery::Failed { unlisted, .. } => {
                    is_forbidden |= unlisted.forbidden;
                    listed.fail(unlisted);
                }
                Delivery::Incomplete(what) => drop(listed.coverage.incomplete.insert(what)),
                Delivery::Skipped { .. } | Delivery::Unchosen { .. } | Delivery::Unchanged(_) | Delivery::Gone(_) => {}
            }
        }
        for folder in day_folders(remote) {
            write(&format!("{}/{folder}", spec.identity()), 0)?;
        }
        if is_forbidden && listed.files == before {
            listed.forbidden.push(spec.label());
        }
    }
    listed.coverage.failed.sort_unstable();
    Ok(listed)
}

impl Listed {
    /// Takes a log file, unless it is of no use.
    fn take(
        &mut self,
        chunk: &Chunk,
        spec: &SourceSpec,
        options: &IngestOptions,
        write: &mut impl FnMut(&str, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        if chunk.key.reason_to_skip(&options.window, options.late_days).is_some() {
            return Ok(());
        }
        let key = match &chunk.body {
            Body::File { place, .. } => platform::slashes(&place.path().to_string_lossy()).into_owned(),
            _ => format!("{}/{}", spec.identity(), chunk.log_file),
        };
        self.files += 1;
        write(&key, chunk.version.as_ref().map_or(chunk.size(), |version| version.size))
    }

    fn fail(&mut self, unlisted: Unlisted) {
        self.coverage.fail(&unlisted.file, unlisted.reason);
    }
}

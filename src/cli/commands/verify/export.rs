//! `verify --export`: what an archive is verified with, written down, so that a copy is verified offline.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::audit::verify::public_keys;
use crate::audit::verify::signatures;
use crate::cli::context::CommandContext;
use crate::cli::error::{Error, reason};
use crate::cli::output::{Output, overwrite};
use crate::cli::reading::words::counted;
use crate::cli::terminal::talk::Level;
use crate::ingest::verify::Verification;
use crate::source::SourceSpec;

/// The file that `--public-keys` takes, and the one that `--signatures` takes.
const NAMES: [&str; 2] = ["public-keys.json", "signatures.ndjson"];

/// The directory, whose files are opened before any work.
pub(super) struct Folder {
    path: PathBuf,
    outputs: [Output; 2],
}

impl Folder {
    /// Makes the directory, and opens the files in it; none may be one of those that are `read`.
    pub(super) fn open(path: &Path, specs: &[SourceSpec], read: &[SourceSpec]) -> Result<Self, Error> {
        if !specs.iter().any(SourceSpec::is_remote) {
            let error = Error::usage("--export: only a bucket has public keys and signatures beside it");
            return Err(error.hint("name the bucket: tfctrail verify s3://BUCKET --export DIR"));
        }
        let files = NAMES.map(|name| path.join(name));
        for file in &files {
            overwrite::refuse("--export", Some(file), read)?;
        }
        let failed = |error| Error::usage(format!("--export '{}': {}", path.display(), reason(&error)));
        fs::create_dir_all(path).map_err(failed)?;
        let [keys, signatures] = files;
        let outputs = [Output::open(Some(&keys))?, Output::open(Some(&signatures))?];
        Ok(Self { path: path.to_owned(), outputs })
    }

    /// Writes both.
    pub(super) fn write(self, verification: &Verification, context: &CommandContext<'_>) -> Result<(), Error> {
        let [mut keys, mut lines] = self.outputs;
        keys.write_all(public_keys::text(&verification.keys).as_bytes()).map_err(|error| keys.error(&error))?;
        let mut count = 0;
        for judged in verification.book.chains().iter().flat_map(|chain| &chain.digests) {
            let Some(signature) = judged.beside.signature.as_deref().filter(|bytes| !bytes.is_empty()) else {
                continue;
            };
            let line = signatures::line(&judged.file, signature, judged.beside.generated);
            writeln!(lines, "{line}").map_err(|error| lines.error(&error))?;
            count += 1;
        }
        keys.finish()?;
        lines.finish()?;
        let (keys, signatures) = (counted(verification.keys.len(), "public key"), counted(count, "signature"));
        context.talk.say(Level::Info, &format!("wrote {keys} and {signatures} into {}", self.path.display()));
        Ok(())
    }
}

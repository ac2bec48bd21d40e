//! What digest files are judged by, as far as it is brought along in files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::verify::public_keys::PublicKeys;
use crate::audit::verify::signatures::Signatures;
use crate::cli::args::verified::VerifiedArgs;
use crate::cli::error::{Error, reason};
use crate::decode::pack::marked::{self, Lines};
use crate::source::SourceSpec;

/// Public keys and signatures that were brought along.
#[derive(Debug, Clone, Default)]
pub struct EvidenceFiles {
    /// The public keys.
    pub keys: PublicKeys,
    /// The signatures.
    pub signatures: Signatures,
    /// The files that they are in, which are no part of any archive.
    pub files: Vec<PathBuf>,
    /// Whether there is a file of public keys.
    pub has_keys: bool,
}

impl EvidenceFiles {
    /// Reads the files of `--public-keys` and `--signatures`, as far as they were given.
    pub fn read(public_keys: Option<&Path>, signatures: Option<&Path>) -> Result<Self, Error> {
        let keys = public_keys.map(read_keys);
        let beside = signatures.map(read_signatures);
        Ok(Self {
            keys: keys.transpose()?.unwrap_or_default(),
            signatures: beside.transpose()?.unwrap_or_default(),
            files: public_keys.into_iter().chain(signatures).map(Path::to_owned).collect(),
            has_keys: public_keys.is_some(),
        })
    }
}

/// What log files are judged by, where only those count that are as CloudTrail wrote them.
pub fn evidence(args: &VerifiedArgs, sources: &[SourceSpec]) -> Result<Option<Arc<EvidenceFiles>>, Error> {
    if !args.verified {
        return Ok(None);
    }
    if let Some(spec) = sources.iter().find(|spec| spec.is_paged()) {
        let message = format!("source '{}': its events are in no log file, so that no digest lists them", spec.label());
        return Err(Error::usage(message).hint("--verified takes archives: a directory or s3://BUCKET"));
    }
    let files = EvidenceFiles::read(args.public_keys.as_deref(), args.signatures.as_deref())?;
    Ok(Some(Arc::new(files)))
}

/// The most bytes of a file of public keys, of which a region has a few a year.
const MAX_KEYS: u64 = 64 << 20;

/// The most bytes of a line of a file of signatures, which has some 700: keys and signatures have their bounds.
const MAX_LINE: u64 = 64 << 10;

/// The public keys in a file, in UTF-8 or, as Windows PowerShell's `>` writes it, in UTF-16.
pub fn read_keys(path: &Path) -> Result<PublicKeys, Error> {
    let refuse = |wrong: String| Error::usage(format!("--public-keys '{}': {wrong}", path.display()));
    let text =
        File::open(path).and_then(|file| marked::read(file, MAX_KEYS)).map_err(|error| refuse(reason(&error)))?;
    PublicKeys::read(&text).map_err(|error| refuse(error.to_string()))
}

/// The signatures in a file, in the same encodings. It has a line for each hour of a chain, and is never held whole.
pub fn read_signatures(path: &Path) -> Result<Signatures, Error> {
    let refuse = |wrong: String| Error::usage(format!("--signatures '{}': {wrong}", path.display()));
    let mut lines =
        File::open(path).and_then(|file| Lines::new(file, MAX_LINE)).map_err(|error| refuse(reason(&error)))?;
    let mut signatures = Signatures::default();
    while let Some((number, line)) = lines.next_line().map_err(|error| refuse(reason(&error)))? {
        signatures.read_line(number, line).map_err(|error| refuse(error.to_string()))?;
    }
    Ok(signatures)
}

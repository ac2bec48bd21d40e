//! What digest files are judged by, as far as it is brought along in files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::verify::public_keys::PublicKeys;
use crate::audit::verify::signatures::Signatures;
use crate::cli::args::verified::VerifiedArgs;
use crate::cli::error::{Error, reason};
use crate::decode::pack::marked;
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
        let keys = public_keys.map(|path| read_file("--public-keys", path, PublicKeys::read));
        let beside = signatures.map(|path| read_file("--signatures", path, Signatures::read));
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

/// The most bytes of a file of signatures, which has some 700 of them for each hour of a trail: those of decades.
const MAX_BYTES: u64 = 4 << 30;

/// What the file of a flag holds, in UTF-8 or, as Windows PowerShell's `>` writes it, in UTF-16.
pub fn read_file<T, E: std::fmt::Display>(
    flag: &str,
    path: &Path,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Error> {
    let refuse = |wrong: String| Error::usage(format!("{flag} '{}': {wrong}", path.display()));
    let text =
        File::open(path).and_then(|file| marked::read(file, MAX_BYTES)).map_err(|error| refuse(reason(&error)))?;
    read(&text).map_err(|error| refuse(error.to_string()))
}

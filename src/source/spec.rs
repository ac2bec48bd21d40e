//! What a source is, and what all of them can be asked.

use std::path::PathBuf;
use std::sync::Arc;

use super::kind::{RemoteKind, RemoteSource, SourceKind};
use super::named::NamedFiles;
use crate::aws::AwsOptions;
use crate::domain::digest_key::archive_part;
use crate::domain::log_key::LogKey;
use crate::domain::log_kind::LogKind;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::platform;

/// A source, as given on the command line.
#[derive(Debug, Clone)]
pub enum SourceSpec {
    /// A file, or a folder with everything below it.
    Path(PathBuf),
    /// Files that are named one by one.
    Files(Arc<NamedFiles>),
    /// Standard input.
    Stdin,
    /// Something behind an API.
    Remote(Arc<dyn RemoteSource>),
    /// A store, which has its own account of what was read.
    Store(PathBuf),
}

impl SourceSpec {
    /// Reads what [`super::kinds::find`] found in a text.
    pub fn parse(kind: &RemoteKind, text: &str) -> Result<Self, SourceTrouble> {
        if cfg!(not(feature = "aws")) {
            return Err(SourceTrouble::no_aws());
        }
        (kind.parse)(text).map(Self::Remote).map_err(|error| SourceTrouble::new(TroubleKind::Usage, error))
    }

    /// How the source is called in reports.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Path(path) => path.to_string_lossy().into_owned(),
            Self::Files(files) => files.label.clone(),
            Self::Stdin => "-".to_owned(),
            Self::Remote(source) => source.label(),
            Self::Store(path) => format!("store:{}", path.display()),
        }
    }

    /// What a store calls the source: the same for all that can have the same log files.
    #[must_use]
    pub fn identity(&self) -> String {
        match self {
            Self::Path(path) => {
                let path = platform::canonical(path).unwrap_or_else(|_| path.clone());
                path.to_string_lossy().into_owned()
            }
            Self::Remote(source) => source.identity(),
            Self::Files(_) | Self::Stdin | Self::Store(_) => self.label(),
        }
    }

    /// The part of the source that a sync reads as a whole, where AWS is reached like that. Local ones have no parts.
    #[must_use]
    pub fn part(&self, aws: &AwsOptions) -> String {
        self.remote().map_or_else(String::new, |source| source.part(aws))
    }

    /// What a store takes it for.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.remote().map_or(SourceKind::Local, |source| SourceKind::Remote(source.kind()))
    }

    /// Whether it has day folders, and only those of a window are looked at.
    #[must_use]
    pub fn is_listed_by_day(&self) -> bool {
        self.kind().is_listed_by_day()
    }

    /// Whether it gives pages of events, which are in no folder.
    #[must_use]
    pub fn is_paged(&self) -> bool {
        self.kind().is_paged()
    }

    /// Whether it gives all events, and not the role assumptions alone.
    #[must_use]
    pub fn holds_calls(&self) -> bool {
        match self {
            Self::Path(_) | Self::Files(_) | Self::Stdin => true,
            Self::Remote(source) => source.kind().holds_calls,
            Self::Store(_) => false,
        }
    }

    /// Whether it comes over a network.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.remote().is_some()
    }

    /// What the keys of all its log files begin with from the folder `AWSLogs` on, where it is a place inside of the
    /// log files or the digests of an account. Nothing for a larger place, and where the folders of an archive are lost.
    #[must_use]
    pub fn place_in_archive(&self) -> Option<String> {
        let key = match self {
            Self::Path(path) => {
                let whole = platform::canonical(path).ok()?;
                format!("{}{}", platform::slashes(&whole.to_string_lossy()), if whole.is_dir() { "/" } else { "" })
            }
            Self::Remote(source) => source.prefix(),
            Self::Files(_) | Self::Stdin | Self::Store(_) => return None,
        };
        let is_inside = matches!(LogKey::parse(&key).kind, Some(LogKind::CloudTrail | LogKind::Digest));
        archive_part(&key).filter(|_| is_inside).map(str::to_owned)
    }

    /// What is behind an API.
    pub(super) fn remote(&self) -> Option<&dyn RemoteSource> {
        match self {
            Self::Remote(source) => Some(&**source),
            Self::Path(_) | Self::Files(_) | Self::Stdin | Self::Store(_) => None,
        }
    }
}

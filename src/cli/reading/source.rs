//! The sources of a command line: what a text means, and whether this build can read it.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use super::meant::meant_by;
use crate::aws::AwsOptions;
use crate::cli::args::source::SourceText;
use crate::cli::args::store::StoreArgs;
use crate::cli::error::{Error, ErrorKind, reason};
use crate::source::{RemoteKind, SourceSpec, kinds};
use crate::store::{Store, StoreError};

/// One SOURCE, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceArg {
    /// A file or a directory.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// The embedded store, or another one; what follows `store:`.
    Store(String),
    /// Something behind an API.
    Remote {
        /// Which kind.
        kind: &'static RemoteKind,
        /// What it reads of the text.
        rest: String,
    },
}

impl SourceArg {
    /// What a text means. A path that begins like a scheme can be written with `./` in front.
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        let words = text.to_str().unwrap_or_default();
        if let Some((kind, rest)) = kinds::find(words) {
            return Self::Remote { kind, rest: rest.to_owned() };
        }
        match words.strip_prefix("store:") {
            Some(rest) => Self::Store(rest.to_owned()),
            None if words == "-" => Self::Stdin,
            None => Self::Path(PathBuf::from(text)),
        }
    }
}

/// Reads the sources and refuses what cannot be read, before any work.
/// Without any, it is the `store`, where one may be read.
pub fn sources(texts: &[SourceText], store: Option<&StoreArgs>) -> Result<Vec<SourceSpec>, Error> {
    if texts.is_empty() {
        // A store that somebody asked for by its name is missed by its name.
        let usual = store.and_then(|store| Some((store.store.is_some(), store.path().ok()?)));
        let found = usual.filter(|(is_named, path)| *is_named || path.exists());
        return match found {
            Some((_, path)) => Ok(vec![opens(path)?]),
            None => Err(no_source(store.is_some())),
        };
    }
    let texts: Vec<&OsStr> = texts.iter().map(meant).collect::<Result<_, _>>()?;
    let sources: Vec<SourceArg> = texts.iter().map(|text| SourceArg::parse(text)).collect();
    if sources.iter().filter(|source| **source == SourceArg::Stdin).count() > 1 {
        return Err(Error::usage("standard input (-) is given more than once"));
    }
    texts.iter().zip(sources).map(|(text, source)| check(&text.to_string_lossy(), source, store)).collect()
}

fn no_source(takes_store: bool) -> Error {
    let forms = kinds::forms();
    let error = Error::usage("no source given")
        .hint(format!("name a log file, a directory of log files, {forms}, or - for standard input"));
    if takes_store {
        error.hint("or fill the store with tfctrail sync SOURCE: it is read where no source is given")
    } else {
        error
    }
}

/// How to reach AWS for each source: its own options if it has a name, `base` otherwise.
#[must_use]
pub fn own_aws(texts: &[SourceText], base: &AwsOptions) -> Vec<AwsOptions> {
    let own = |text: &SourceText| text.named.as_ref().map_or_else(|| base.clone(), |named| named.aws.over(base));
    texts.iter().map(own).collect()
}

/// What a text stands for. A path that begins with `@` can be written with `./` in front.
fn meant(source: &SourceText) -> Result<&OsStr, Error> {
    match &source.named {
        Some(named) => Ok(&named.source),
        None if source.text.as_encoded_bytes().starts_with(b"@") => {
            let text = source.text.to_string_lossy();
            Err(Error::usage(format!("source '{text}': the config file has no source of that name"))
                .hint("tfctrail config show lists them")
                .hint(format!("a file or directory of that name is ./{text}")))
        }
        None => Ok(&source.text),
    }
}

/// A store that can be opened now.
fn opens(path: PathBuf) -> Result<SourceSpec, Error> {
    match Store::open_read(&path) {
        Ok(_) => Ok(SourceSpec::Store(path)),
        Err(error @ StoreError::Missing(_)) => Err(match error.hint() {
            Some(hint) => Error::usage(error.to_string()).hint(hint),
            None => Error::usage(error.to_string()),
        }),
        Err(error) => Err(error.into()),
    }
}

fn check(text: &str, source: SourceArg, store: Option<&StoreArgs>) -> Result<SourceSpec, Error> {
    match source {
        SourceArg::Store(rest) => match store {
            Some(store) if rest.is_empty() => opens(store.path()?),
            Some(_) => opens(rest.into()),
            None => Err(Error::usage(format!("source '{text}': a store is not a source here"))
                .hint(format!("a file or directory of that name is ./{text}"))),
        },
        SourceArg::Stdin => Ok(SourceSpec::Stdin),
        SourceArg::Remote { kind, rest } => SourceSpec::parse(kind, &rest).map_err(|trouble| {
            let text = kinds::shown(text);
            Error::from(trouble.of(text)).hint(format!("a file or directory of that name is ./{text}"))
        }),
        SourceArg::Path(path) => match std::fs::metadata(&path) {
            Ok(_) => Ok(SourceSpec::Path(path)),
            Err(error) => Err(refuse(text, &error)),
        },
    }
}

fn refuse(text: &str, error: &io::Error) -> Error {
    let kind = if error.kind() == io::ErrorKind::PermissionDenied { ErrorKind::Permission } else { ErrorKind::Usage };
    if let Some(meant) = kinds::respelt(text).filter(|_| error.kind() == io::ErrorKind::NotFound) {
        return Error::usage(format!("source '{text}': {}; it is written {meant}", reason(error)));
    }
    let refused = Error::new(kind, format!("source '{text}': {}", reason(error)));
    match meant_by(text).filter(|_| error.kind() == io::ErrorKind::NotFound) {
        Some(meant) => refused.hint(format!("did you mean {meant}?")),
        None => refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_meanings() {
        let check = |text: &str, expected: SourceArg| assert_eq!(SourceArg::parse(OsStr::new(text)), expected);
        let remote = |scheme: &str, rest: &str| {
            let kind = kinds::KINDS.into_iter().find(|kind| kind.scheme == scheme).unwrap();
            SourceArg::Remote { kind, rest: rest.to_owned() }
        };
        check("-", SourceArg::Stdin);
        check("./-", SourceArg::Path("./-".into()));
        check("logs", SourceArg::Path("logs".into()));
        check("s3://b/p", remote("s3://", "b/p"));
        check("event-history:", remote("event-history:", ""));
        check("event-history:eu-west-1,us-east-1", remote("event-history:", "eu-west-1,us-east-1"));
        check("cloudwatch-logs:a,b@all", remote("cloudwatch-logs:", "a,b@all"));
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:trail";
        check(arn, remote("cloudwatch-logs:", arn));
        check("store:x.db", SourceArg::Store("x.db".to_owned()));
        check("./store:x.db", SourceArg::Path("./store:x.db".into()));
        check("s3:b", SourceArg::Path("s3:b".into()));
        check("arn:aws:s3:::logs", remote("s3://", "arn:aws:s3:::logs"));
        check("https://logs.s3.amazonaws.com", remote("s3://", "https://logs.s3.amazonaws.com"));
        check("./arn:x", SourceArg::Path("./arn:x".into()));
    }

    #[test]
    fn sources_that_cannot_be_read_are_refused() {
        let check = |texts: &[&str], message: &str| {
            let texts: Vec<SourceText> = texts.iter().copied().map(SourceText::from).collect();
            let error = sources(&texts, None).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Usage, message));
        };
        check(&[], "no source given");
        check(&["-", "-"], "standard input (-) is given more than once");
        check(&[""], "source '': no such file or directory");
        check(&["@prod"], "source '@prod': the config file has no source of that name");
        check(&["-", "no-such-thing"], "source 'no-such-thing': no such file or directory");
        for (text, meant) in [
            ("S3://logs/x", "s3://logs/x"),
            ("s3:/logs", "s3://logs"),
            ("event-history", "event-history:"),
            ("Event-History:eu-west-1", "event-history:eu-west-1"),
            ("CloudWatchLogs:trail@all", "cloudwatch-logs:trail@all"),
        ] {
            check(&[text], &format!("source '{text}': no such file or directory; it is written {meant}"));
        }
        check(&["store:"], "source 'store:': a store is not a source here");
        #[cfg(not(feature = "aws"))]
        check(&["s3://b"], "source 's3://b': this build has no AWS support; it reads local sources only");
        #[cfg(feature = "aws")]
        check(
            &["event-history:eu"],
            "source 'event-history:eu': 'eu' is no region; write event-history:eu-west-1,us-east-1, event-history:all, \
             or event-history: for the profile's own region",
        );
        #[cfg(feature = "aws")]
        check(&["s3:///x"], "source 's3:///x': names no bucket; write it like s3://bucket or s3://bucket/prefix");
    }
}

//! The sources of a command line: what a text means, and whether this build can read it.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use super::args::{SourceText, StoreArgs};
use super::error::{Error, Kind, reason};
use crate::source::aws::AwsOptions;
use crate::source::bucket::is_pasted;
use crate::source::history::regions::Regions;
use crate::source::trouble::{Cause, Trouble};
use crate::source::{Spec, remote};
use crate::store::{Store, StoreError};

/// One SOURCE, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceArg {
    /// A file or a directory.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Something behind an API.
    Remote {
        /// Which API.
        scheme: Scheme,
        /// What follows the scheme.
        rest: String,
    },
}

/// The prefixes of remote sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `s3://`: an archive.
    S3,
    /// `event-history:`: LookupEvents.
    EventHistory,
    /// `store:`: the embedded store.
    Store,
}

impl Scheme {
    const ALL: [(&str, Self); 3] =
        [("s3://", Self::S3), ("event-history:", Self::EventHistory), ("store:", Self::Store)];
}

impl SourceArg {
    /// What a text means. A path that begins like a scheme can be written with `./` in front.
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        if text == "-" {
            return Self::Stdin;
        }
        if let Some(pasted) = text.to_str().filter(|text| is_pasted(text)) {
            return Self::Remote { scheme: Scheme::S3, rest: pasted.to_owned() };
        }
        let remote = text.to_str().and_then(|text| {
            Scheme::ALL.iter().find_map(|(prefix, scheme)| Some((*scheme, text.strip_prefix(prefix)?.to_owned())))
        });
        match remote {
            Some((scheme, rest)) => Self::Remote { scheme, rest },
            None => Self::Path(PathBuf::from(text)),
        }
    }
}

/// Reads the sources and refuses what cannot be read, before any work.
/// Without any, it is the `store`, where one may be read.
pub fn sources(texts: &[SourceText], store: Option<&StoreArgs>) -> Result<Vec<Spec>, Error> {
    if texts.is_empty() {
        // A store that somebody asked for by its name is missed by its name.
        let usual = store.and_then(|store| Some((store.store.is_some(), store.path().ok()?)));
        let found = usual.filter(|(is_named, path)| *is_named || path.exists());
        return match found {
            Some((_, path)) => Ok(vec![opens(path)?]),
            None => Err(Error::usage("no source given")
                .hint("name a log file, a directory of log files, s3://bucket[/prefix], event-history:[REGION,…|all], or - for standard input")
                .hint("or fill the store with tfctrail sync SOURCE: it is read where no source is given")),
        };
    }
    let texts: Vec<&OsStr> = texts.iter().map(meant).collect::<Result<_, _>>()?;
    let sources: Vec<SourceArg> = texts.iter().map(|text| SourceArg::parse(text)).collect();
    if sources.iter().filter(|source| **source == SourceArg::Stdin).count() > 1 {
        return Err(Error::usage("standard input (-) is given more than once"));
    }
    texts.iter().zip(sources).map(|(text, source)| check(&text.to_string_lossy(), source, store)).collect()
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
fn opens(path: PathBuf) -> Result<Spec, Error> {
    match Store::open_read(&path) {
        Ok(_) => Ok(Spec::Store(path)),
        Err(error @ StoreError::Missing(_)) => Err(match error.hint() {
            Some(hint) => Error::usage(error.to_string()).hint(hint),
            None => Error::usage(error.to_string()),
        }),
        Err(error) => Err(error.into()),
    }
}

fn check(text: &str, source: SourceArg, store: Option<&StoreArgs>) -> Result<Spec, Error> {
    match source {
        SourceArg::Remote { scheme: Scheme::Store, rest } => match store {
            Some(store) if rest.is_empty() => opens(store.path()?),
            Some(_) => opens(rest.into()),
            None => Err(Error::usage(format!("source '{text}': a store is no source here"))
                .hint(format!("a file or directory of that name is ./{text}"))),
        },
        SourceArg::Stdin => Ok(Spec::Stdin),
        SourceArg::Remote { scheme, rest } => remote_spec(scheme, &rest).map_err(|trouble| {
            // What follows may be a signature.
            let text = if is_pasted(text) { text.split('?').next().unwrap_or_default() } else { text };
            Error::from(trouble.of(text)).hint(format!("a file or directory of that name is ./{text}"))
        }),
        SourceArg::Path(path) => match std::fs::metadata(&path) {
            Ok(_) => Ok(Spec::Path(path)),
            Err(error) => Err(refuse(text, &error)),
        },
    }
}

fn remote_spec(scheme: Scheme, rest: &str) -> Result<Spec, Trouble> {
    match scheme {
        Scheme::S3 | Scheme::EventHistory if cfg!(not(feature = "aws")) => Err(remote::no_aws()),
        Scheme::S3 => rest.parse().map(Spec::Bucket).map_err(|error| Trouble::new(Cause::Usage, error.to_string())),
        Scheme::EventHistory => {
            let regions = Regions::parse(rest).map_err(|error| Trouble::new(Cause::Usage, error.to_string()));
            Ok(Spec::EventHistory(regions?))
        }
        Scheme::Store => Ok(Spec::Store(rest.into())),
    }
}

/// What a text was probably meant to be, where there is no file of that name.
fn misspelt(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("s3:") {
        return Some(format!("s3://{}", text[3..].trim_start_matches('/')));
    }
    let rest = lower.strip_prefix("event-history").or_else(|| lower.strip_prefix("eventhistory"))?;
    rest.trim_start_matches([':', '/', '='])
        .split(',')
        .all(|it| it.is_empty() || it == "all" || it.contains('-'))
        .then(|| format!("event-history:{}", rest.trim_start_matches([':', '/', '='])))
}

fn refuse(text: &str, error: &io::Error) -> Error {
    let kind = if error.kind() == io::ErrorKind::PermissionDenied { Kind::Permission } else { Kind::Usage };
    if let Some(meant) = misspelt(text).filter(|_| error.kind() == io::ErrorKind::NotFound) {
        return Error::usage(format!("source '{text}': {}; it is written {meant}", reason(error)));
    }
    Error::new(kind, format!("source '{text}': {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_meanings() {
        let check = |text: &str, expected: SourceArg| assert_eq!(SourceArg::parse(OsStr::new(text)), expected);
        let remote = |scheme, rest: &str| SourceArg::Remote { scheme, rest: rest.to_owned() };
        check("-", SourceArg::Stdin);
        check("./-", SourceArg::Path("./-".into()));
        check("logs", SourceArg::Path("logs".into()));
        check("s3://b/p", remote(Scheme::S3, "b/p"));
        check("event-history:", remote(Scheme::EventHistory, ""));
        check("event-history:eu-west-1,us-east-1", remote(Scheme::EventHistory, "eu-west-1,us-east-1"));
        check("store:x.db", remote(Scheme::Store, "x.db"));
        check("./store:x.db", SourceArg::Path("./store:x.db".into()));
        check("s3:b", SourceArg::Path("s3:b".into()));
        check("arn:aws:s3:::logs", remote(Scheme::S3, "arn:aws:s3:::logs"));
        check("https://logs.s3.amazonaws.com", remote(Scheme::S3, "https://logs.s3.amazonaws.com"));
        check("./arn:x", SourceArg::Path("./arn:x".into()));
    }

    #[test]
    fn sources_that_cannot_be_read_are_refused() {
        let check = |texts: &[&str], message: &str| {
            let texts: Vec<SourceText> = texts.iter().copied().map(SourceText::from).collect();
            let error = sources(&texts, None).unwrap_err();
            assert_eq!((error.kind(), error.message()), (Kind::Usage, message));
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
        ] {
            check(&[text], &format!("source '{text}': no such file or directory; it is written {meant}"));
        }
        check(&["store:"], "source 'store:': a store is no source here");
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

//! Lists of keys: log files that are named one by one, a line each.

use std::fs::File;
use std::io::{self, BufRead as _, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::args::source::SourceText;
use crate::cli::args::work_list::WorkListArgs;
use crate::cli::error::{Error, reason};
use crate::decode::pack::marked;
use crate::ingest::work_list::{WorkKey, WorkList};
use crate::platform;
use crate::source::{RemoteKind, SourceSpec, kinds, named};

/// The keys of a list.
#[derive(Debug, Default)]
pub struct KeyList(Vec<String>);

impl KeyList {
    /// Reads a list that `flag` names; `-` is standard input.
    pub fn read(flag: &str, path: &Path) -> Result<Self, Error> {
        let wrong = |error: &io::Error| Error::usage(format!("{flag} '{}': {}", path.display(), reason(error)));
        let from: Box<dyn Read> = match path {
            path if path == "-" => Box::new(io::stdin().lock()),
            path => Box::new(File::open(path).map_err(|error| wrong(&error))?),
        };
        let lines = marked::reader(from).map_err(|error| wrong(&error))?.lines();
        let keys = lines.collect::<io::Result<Vec<String>>>().map_err(|error| wrong(&error))?;
        let keys = keys.iter().map(|key| key.trim_end_matches('\r')).map(|key| match kinds::find(key) {
            Some(_) => key.to_owned(),
            None => platform::slashes(key).into_owned(),
        });
        Ok(Self(keys.filter(|key| !key.trim().is_empty()).collect()))
    }

    /// The sources that they are of. Local files below one of `roots` are called by their path below it.
    pub fn sources(&self, flag: &str, roots: &[PathBuf]) -> Result<Vec<SourceSpec>, Error> {
        let mut paths = Vec::new();
        let mut remote: Vec<(&'static RemoteKind, Vec<&str>)> = Vec::new();
        for key in &self.0 {
            match kinds::find(key) {
                None => paths.push(key.as_str()),
                Some((kind, rest)) => match remote.iter_mut().find(|(known, _)| *known == kind) {
                    Some((_, keys)) => keys.push(rest),
                    None => remote.push((kind, vec![rest])),
                },
            }
        }
        let local = named::of_paths(&paths, roots).into_iter().map(|files| SourceSpec::Files(Arc::new(files)));
        let mut sources: Vec<SourceSpec> = local.collect();
        for (kind, keys) in remote {
            let found = (kind.of_keys)(&keys).map_err(|error| Error::usage(format!("{flag}: {error}")))?;
            sources.extend(found.into_iter().map(SourceSpec::Remote));
        }
        Ok(sources)
    }

    /// The log files that they are of.
    pub fn work(&self, flag: &str) -> Result<WorkList, Error> {
        let key = |key: &String| {
            let (source, log_file) = match kinds::find(key) {
                None => {
                    let (source, log_file) = named::split(key, &[]);
                    (source.to_owned(), log_file.to_owned())
                }
                Some((kind, rest)) => (kind.of_key)(rest).map_err(|error| Error::usage(format!("{flag}: {error}")))?,
            };
            Ok(WorkKey { log_file: log_file.into(), source: source.into() })
        };
        self.0.iter().map(key).collect::<Result<_, Error>>().map(WorkList)
    }
}

/// The list of `--work-list`; nothing where none was given.
pub fn work_list(args: &WorkListArgs) -> Result<Option<Arc<WorkList>>, Error> {
    const FLAG: &str = "--work-list";
    let Some(path) = &args.work_list else { return Ok(None) };
    let list = KeyList::read(FLAG, path)?.work(FLAG)?;
    Ok(Some(Arc::new(list)))
}

/// The folders among sources that only say below what files are named. What the config file has besides says nothing here.
pub fn roots(flag: &str, texts: &[SourceText]) -> Result<Vec<PathBuf>, Error> {
    let mut roots = Vec::new();
    for text in texts {
        let path = PathBuf::from(&text.text);
        match (path.is_dir(), &text.named) {
            (true, _) => roots.push(path),
            (false, Some(_)) => {}
            (false, None) => {
                let message = format!("source '{}': is no directory, and {flag} names what is read", path.display());
                return Err(Error::usage(message)
                    .hint("a directory beside it says that its log files are called by their path below it"));
            }
        }
    }
    Ok(roots)
}

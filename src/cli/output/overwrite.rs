//! Output never destroys input (DESIGN §8): what is written must not take the place of a log file.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use same_file::Handle;
use walkdir::WalkDir;

use crate::cli::error::Error;
use crate::cli::parsing::parse::{ParsedCommandLine, deepest};
use crate::decode::ours::is_ours;
use crate::decode::pack::marked::beginning;
use crate::platform;
use crate::source::SourceSpec;

/// So much of the front and of the end of a file tells whether it is ours.
const LOOK: u64 = 4 << 10;

/// The first bytes of a store.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Refuses a file of `flag` that is there already and is read: one that was named as a source, or lies in one and is no
/// output of ours by its content. To be called before anything is read.
pub fn refuse(flag: &str, path: Option<&Path>, sources: &[SourceSpec]) -> Result<(), Error> {
    let Some(path) = path.filter(|path| *path != "-") else { return Ok(()) };
    // What is not there cannot be destroyed, and a symbolic link is replaced, not what it leads to.
    let Ok(found) = platform::canonical(path) else { return Ok(()) };
    let places = [Some(found.clone()), own_place(path)];
    let what = sources.iter().find_map(|source| match source {
        SourceSpec::Path(root) => places.iter().flatten().find_map(|place| read_as(place, root)),
        SourceSpec::Store(store) => {
            let is_store = platform::canonical(store).is_ok_and(|store| store == found);
            is_store.then(|| "is the store that is read".to_owned())
        }
        SourceSpec::Files(files) => {
            let mut read = files.files.iter().filter_map(|file| platform::canonical(&file.path).ok());
            read.any(|file| places.iter().flatten().any(|place| *place == file))
                .then(|| "is a log file that is read".to_owned())
        }
        SourceSpec::Stdin => is_standard_input(path).then(|| "is the standard input".to_owned()),
        SourceSpec::Remote(_) => None,
    });
    what.map_or(Ok(()), |what| Err(refused(flag, path, &what)))
}

/// Refuses a directory of `flag` that would be made inside of a source, where it would be read while it is written.
pub fn refuse_inside(flag: &str, path: &Path, sources: &[SourceSpec]) -> Result<(), Error> {
    let Some(place) = own_place(path) else { return Ok(()) };
    let is_around = |root: &Path| root.is_dir() && platform::canonical(root).is_ok_and(|root| place.starts_with(root));
    let around = sources.iter().find_map(|source| match source {
        SourceSpec::Path(root) if is_around(root) => Some(root),
        _ => None,
    });
    around.map_or(Ok(()), |root| {
        let message = format!("{flag} '{}': is in the source '{}', which is read", path.display(), root.display());
        Err(Error::usage(message).hint("name a directory outside of what is read"))
    })
}

/// Refuses a directory of `flag` that is named as the file of another flag, or that such a file lies in.
pub fn refuse_around(flag: &str, path: &Path, others: &[(&str, Option<&Path>)]) -> Result<(), Error> {
    let Some(place) = own_place(path) else { return Ok(()) };
    let is_around = |other: &Path| other.starts_with(path) || own_place(other).is_some_and(|it| it.starts_with(&place));
    let inside = others.iter().find(|(_, other)| other.is_some_and(|other| other != "-" && is_around(other)));
    inside.map_or(Ok(()), |(other, _)| {
        let message = format!("{flag} '{}': the file of {other} is there", path.display());
        Err(Error::usage(message).hint("name a directory of its own"))
    })
}

fn refused(flag: &str, path: &Path, what: &str) -> Error {
    let error = Error::usage(format!("{flag} '{}': {what}, and would be replaced", path.display()));
    error.hint("name another file, best outside of what is read")
}

/// Whether the standard input comes from that file.
fn is_standard_input(path: &Path) -> bool {
    Handle::stdin().and_then(|input| Ok(input == Handle::from_path(path)?)).unwrap_or(false)
}

/// Flags of files that are read, by their ids.
const READ: [&str; 7] = ["keys_from", "work_list", "public_keys", "signatures", "policy", "file", "config"];

/// Refuses `--out` and `--coverage` where one of them names a file that another flag reads, the config file, or one file for
/// both.
pub fn refuse_flags(read: &ParsedCommandLine) -> Result<(), Error> {
    let given = deepest(&read.matches);
    let of = |id: &str| given.try_get_raw(id).ok().flatten().and_then(|mut values| values.next()).map(Path::new);
    let written = ["out", "coverage"].map(|id| (id, of(id).filter(|path| *path != "-")));
    let by_flags = READ.into_iter().filter_map(|id| Some((format!("the file of --{}", id.replace('_', "-")), of(id)?)));
    let config = read.config.file.as_deref().map(|file| ("the config file".to_owned(), file));
    for (what, file) in by_flags.chain(config) {
        let is_read = |path: &Path| match platform::canonical(path) {
            Ok(_) if file == "-" => is_standard_input(path),
            Ok(found) => platform::canonical(file).is_ok_and(|file| file == found),
            Err(_) => false,
        };
        if let Some((id, path)) = written.iter().find_map(|(id, path)| Some((id, path.filter(|path| is_read(path))?))) {
            return Err(refused(&format!("--{id}"), path, &format!("is {what}")));
        }
    }
    match written {
        [(_, Some(out)), (_, Some(coverage))] if own_place(out).is_some() && own_place(out) == own_place(coverage) => {
            let error = Error::usage(format!("--coverage '{}': is the file of --out, too", coverage.display()));
            Err(error.hint("name another file for one of them"))
        }
        _ => Ok(()),
    }
}

/// Where the name itself is, whatever it leads to.
fn own_place(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(platform::canonical(folder).ok()?.join(path.file_name()?))
}

/// How a file is read with a source, unless it is not, or is ours.
fn read_as(place: &Path, root: &Path) -> Option<String> {
    let source = platform::canonical(root).ok()?;
    if source == place {
        return Some("is a source".to_owned());
    }
    let is_inside = place.starts_with(&source) || (source.is_dir() && is_linked(place, root));
    (is_inside && !is_own_output(place))
        .then(|| format!("is in the source '{}' and was not written by this tool", root.display()))
}

/// Whether a symbolic link in the folder leads to the file, or to a folder that it is in.
fn is_linked(place: &Path, root: &Path) -> bool {
    let entries = WalkDir::new(root).into_iter().filter_map(Result::ok);
    let links = entries.filter(walkdir::DirEntry::path_is_symlink);
    links.filter_map(|link| platform::canonical(link.path()).ok()).any(|target| place.starts_with(target))
}

/// Whether a file is a report, rows or a store of ours. What cannot be read is not known to be.
pub(super) fn is_own_output(path: &Path) -> bool {
    let ends = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        file.by_ref().take(LOOK).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(length.saturating_sub(LOOK)))?;
        file.take(LOOK).read_to_end(&mut tail)?;
        Ok::<_, std::io::Error>((head, tail))
    };
    let Ok((head, tail)) = ends() else { return false };
    // Nothing is lost of an empty file.
    head.is_empty() || head.starts_with(SQLITE) || is_ours(&head, &tail) || is_page(&head)
}

/// Whether the text is a page of a report, or rows as Markdown or as a table of ours.
fn is_page(head: &[u8]) -> bool {
    let head = beginning(head);
    let text = String::from_utf8_lossy(&head);
    let first = text.lines().next().unwrap_or_default();
    let cells = |line: &str, separator: &str| {
        line.trim_matches('|').split(separator).map(str::trim).collect::<Vec<_>>().join(",").replace('\\', "")
    };
    (text.starts_with("<!doctype html>") && text.contains("<meta name=\"generator\" content=\"tfctrail\">"))
        || text.starts_with("{\"window\":{\"from\":")
        || first.starts_with("# Terraform in AWS")
        || (first.starts_with('|') && is_ours(cells(first, "|").as_bytes(), b""))
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn what_is_read_is_never_replaced() {
        use std::fs;

        use super::*;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("logs/deep")).unwrap();
        for (name, text) in [
            ("logs/a.json", "{\"Records\":[]}"),
            ("logs/deep/b.json", "x"),
            ("logs/runs.csv", "run_id,kind\n"),
            ("logs/runs.md", "| run_id | kind |\n"),
            ("logs/store.db", "SQLite format 3\0"),
            ("elsewhere.json", "{\"Records\":[]}"),
            ("other.json", "{\"Records\":[]}"),
        ] {
            fs::write(at(name), text).unwrap();
        }
        std::os::unix::fs::symlink(at("elsewhere.json"), at("logs/link.json")).unwrap();
        let sources = [SourceSpec::Path(at("logs")), SourceSpec::Store(at("other.json"))];
        let check = |name: &str, expected: Option<&str>| {
            let refused = refuse("--out", Some(&at(name)), &sources).map_err(|error| {
                assert_eq!(error.kind().exit_code(), 2);
                error.message().replace(&folder.path().display().to_string(), "ROOT")
            });
            assert_eq!(
                refused.err(),
                expected.map(|what| format!("--out 'ROOT/{name}': {what}, and would be replaced"))
            );
        };
        let inside = "is in the source 'ROOT/logs' and was not written by this tool";
        check("logs/a.json", Some(inside));
        check("logs/deep/b.json", Some(inside));
        check("logs/deep/../a.json", Some(inside));
        check("logs/link.json", Some(inside));
        check("elsewhere.json", Some(inside));
        check("other.json", Some("is the store that is read"));
        check("logs/runs.csv", None);
        check("logs/runs.md", None);
        check("logs/store.db", None);
        check("logs/new.csv", None);
        check("new.csv", None);
        let named = [SourceSpec::Path(at("logs/runs.csv"))];
        let error = refuse("--out", Some(&at("logs/runs.csv")), &named).unwrap_err();
        assert!(error.message().contains("is a source"));
    }
}

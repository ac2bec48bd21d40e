//! `index.html` and `index.json`: all reports of one kind that lie in a directory, whenever they were written, out of
//! their manifests. What belongs to another window is left out.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::folder::MANIFEST;
use crate::cli::context::CommandContext;
use crate::cli::error::{Error, reason};
use crate::cli::output::Output;
use crate::cli::terminal::talk::Level;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::nightly::group::GroupBy;
use crate::nightly::plan::{WindowRequest, day};
use crate::report::index::{IndexEntry, MissingAnswer, ReportIndex, ReportNumbers};
use crate::report::review::words::window_name;

/// A longer manifest is none of ours.
const MANIFEST_BYTES: u64 = 64 << 20;

/// The files of an index, in the order in which they are written.
pub(super) const FILES: [&str; 2] = ["index.json", "index.html"];

/// What is needed of a manifest.
#[derive(Deserialize)]
struct StoredManifest {
    window: StoredWindow,
    about: Option<String>,
    numbers: Option<ReportNumbers>,
    missing: Option<MissingAnswer>,
    files: Vec<ReportName>,
}

#[derive(Deserialize, PartialEq, Eq)]
struct StoredWindow {
    from: Option<String>,
    to: Option<String>,
}

impl StoredWindow {
    fn of(window: Window) -> Self {
        let window = window.shown();
        Self { from: window.from.map(|from| from.to_string()), to: window.to.map(|to| to.to_string()) }
    }
}

#[derive(Deserialize)]
struct ReportName {
    name: String,
}

/// Writes the index of a directory that has several reports; with days, one of each day that has groups, and one of the
/// days.
pub(super) fn write(
    out: &Path,
    by: Option<GroupBy>,
    plan: WindowRequest,
    window: Window,
    context: &CommandContext<'_>,
) -> Result<(), Error> {
    let failed =
        |place: &Path, error: &io::Error| Error::failure(format!("listing '{}': {}", place.display(), reason(error)));
    if !out.exists() {
        return Ok(());
    }
    let WindowRequest::CatchUp(..) = plan else {
        let Some(by) = by else { return Ok(()) };
        let index = of_groups(out, by, window, context).map_err(|error| failed(out, &error))?;
        return put(out, &index);
    };
    let mut index = ReportIndex { by: "day", window: None, title: "Reports by day".to_owned(), reports: Vec::new() };
    let mut days: Vec<Day> =
        names(out).map_err(|error| failed(out, &error))?.iter().filter_map(|name| day_of(name)).collect();
    days.sort_unstable_by(|one, other| other.cmp(one));
    for date in days {
        let (place, window) = (out.join(date.to_string()), day(date));
        let name = window_name(window);
        if let Some(by) = by {
            let groups = of_groups(&place, by, window, context).map_err(|error| failed(&place, &error))?;
            if let Some(entry) = together(&groups, name, format!("{date}/{}", FILES[1])) {
                put(&place, &groups)?;
                index.reports.push(IndexEntry { day: Some(date), ..entry });
            }
        } else if let Some(entry) = entry(&place, window, context) {
            index.reports.push(IndexEntry { day: Some(date), name, path: format!("{date}/{}", entry.path), ..entry });
        }
    }
    put(out, &index)
}

/// The reports of a window by group, as they lie in a directory.
pub(super) fn of_groups(
    out: &Path,
    by: GroupBy,
    window: Window,
    context: &CommandContext<'_>,
) -> io::Result<ReportIndex> {
    let kind = by.word();
    let is_group = |name: &String| {
        // What `safe_name` makes, and nothing that would mean something else in a link.
        let rest = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    };
    let reports = names(out)?.into_iter().filter(is_group).filter_map(|name| {
        let entry = entry(&out.join(&name), window, context)?;
        Some(IndexEntry { path: format!("{name}/{}", entry.path), ..entry })
    });
    let mut index =
        ReportIndex { by: kind, window: Some(window), title: window_name(window), reports: reports.collect() };
    index.rank();
    Ok(index)
}

/// Writes the index of a directory's groups there: its files, for wherever they go next.
pub(super) fn staged(
    out: &Path,
    by: GroupBy,
    window: Window,
    context: &CommandContext<'_>,
) -> Result<Vec<(Cow<'static, str>, PathBuf)>, Error> {
    let index = of_groups(out, by, window, context)
        .map_err(|error| Error::failure(format!("listing '{}': {}", out.display(), reason(&error))))?;
    put(out, &index)?;
    Ok(FILES.into_iter().map(|name| (name.into(), out.join(name))).collect())
}

/// Writes the files of an index into a directory.
pub(super) fn put(out: &Path, index: &ReportIndex) -> Result<(), Error> {
    for (name, is_page) in FILES.into_iter().zip([false, true]) {
        let mut output = Output::open(Some(&out.join(name)))?;
        let written = if is_page { index.write_html(&mut output) } else { index.write_json(&mut output) };
        written.map_err(|error| output.error(&error))?;
        output.finish()?;
    }
    Ok(())
}

/// What is directly in a directory and has a name that is text; nothing where there is no directory.
fn names(out: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(out) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    let mut names: Vec<String> = names.filter_map(Result::transpose).collect::<io::Result<_>>()?;
    names.sort_unstable();
    Ok(names)
}

/// The day of a directory that catching up made.
fn day_of(name: &str) -> Option<Day> {
    Day::parse(name).filter(|day| day.to_string() == name)
}

/// The report of a directory, if there is one of this window; its path begins in that directory.
fn entry(place: &Path, window: Window, context: &CommandContext<'_>) -> Option<IndexEntry> {
    let path = place.join(MANIFEST);
    let manifest = match read(&path) {
        Ok(manifest) => manifest?,
        Err(error) => {
            let text = format!("{} is not in the index: {}", path.display(), reason(&error));
            context.talk.say(Level::Warning, &text);
            return None;
        }
    };
    if manifest.window != StoredWindow::of(window) {
        return None;
    }
    let pages = ["report.html", "report.md", "report.json"];
    let page = pages.into_iter().find(|page| manifest.files.iter().any(|file| file.name == *page));
    Some(IndexEntry {
        day: None,
        name: manifest.about.unwrap_or_else(|| "everything".to_owned()),
        path: page.unwrap_or(MANIFEST).to_owned(),
        numbers: manifest.numbers,
        missing: manifest.missing,
    })
}

/// What the report of a directory says in numbers, if there is one of this window and about this.
pub(super) fn numbers(place: &Path, window: Window, about: &str) -> Option<ReportNumbers> {
    // Whatever is wrong with it, the index says so.
    let manifest = read(&place.join(MANIFEST)).ok().flatten()?;
    let is_same = manifest.about.as_deref().unwrap_or_default() == about && manifest.window == StoredWindow::of(window);
    manifest.numbers.filter(|_| is_same)
}

fn read(path: &PathBuf) -> io::Result<Option<StoredManifest>> {
    let file = match File::open(path) {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(None);
        }
        file => file?,
    };
    let mut text = Vec::new();
    file.take(MANIFEST_BYTES).read_to_end(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}

/// The reports of a day as one line of the index of days; nothing where there is none.
fn together(groups: &ReportIndex, name: String, path: String) -> Option<IndexEntry> {
    let (first, others) = groups.reports.split_first()?;
    let mut numbers = first.numbers.clone();
    for other in others {
        numbers = numbers.zip(other.numbers.as_ref()).map(|(mut sum, other)| {
            sum.add(other);
            sum
        });
    }
    Some(IndexEntry {
        day: None,
        name,
        path,
        numbers,
        // All of them rest on the same log files, and were written together more often than not.
        missing: groups.reports.iter().filter_map(|entry| entry.missing.clone()).max_by_key(MissingAnswer::weight),
    })
}

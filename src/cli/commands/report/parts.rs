//! The reports of one call: the days and the groups that get one of their own, and where they go.

use std::path::{Path, PathBuf};

use super::asked::refuse_too_many;
use super::folder::{MANIFEST, safe_name};
use crate::cli::error::Error;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::nightly::group::ReportGroup;
use crate::nightly::plan::{self, WindowRequest};
use crate::nightly::windows::{ReportMaterial, Windows};

/// One report of one call.
pub(super) struct ReportPart {
    pub(super) window: Window,
    /// What it is limited to.
    pub(super) group: Option<ReportGroup>,
    /// Below `--out`.
    pub(super) path: PathBuf,
    /// The directory of its files; none for a page that stands alone.
    pub(super) folder: Option<PathBuf>,
}

/// The first of the days that somebody catches up with.
pub(super) fn first_day(windows: &Windows<'_>) -> Option<Day> {
    let ReportMaterial { plan, since, .. } = windows.material();
    let WindowRequest::CatchUp(from, last) = *plan else { return None };
    Some(from.or(since.map(Timestamp::day)).unwrap_or(last))
}

/// The reports of a call, in order.
pub(super) fn parts(windows: &Windows<'_>, out: &Path) -> Result<Vec<ReportPart>, Error> {
    let plan = windows.material().plan;
    let (WindowRequest::CatchUp(from, last), Some(first)) = (plan, first_day(windows)) else {
        return Ok(groups(windows, plan.window(), out, &PathBuf::new(), &|_| true));
    };
    let mut parts = Vec::new();
    if from.is_none() {
        refuse_too_many(first, last, |day| out.join(day.to_string()).exists())?;
    }
    for day in first.through(last) {
        let path = PathBuf::from(day.to_string());
        let is_missing = |path: &Path| !out.join(path).join(MANIFEST).exists();
        parts.extend(groups(windows, plan::day(day), out, &path, &is_missing));
    }
    Ok(parts)
}

/// The reports of a window that are wanted, by their paths: one for each group that an event or a finding belongs to.
fn groups(
    windows: &Windows<'_>,
    window: Window,
    out: &Path,
    path: &Path,
    is_wanted: &dyn Fn(&Path) -> bool,
) -> Vec<ReportPart> {
    let Some(by) = windows.material().group_by else {
        return is_wanted(path)
            .then(|| ReportPart { window, group: None, path: path.to_owned(), folder: Some(out.join(path)) })
            .into_iter()
            .collect();
    };
    let place = |name: &str| path.join(safe_name(by.word(), name));
    let (of_events, of_findings) = windows.groups(by, window, |name| is_wanted(&place(name)));
    let part = |name: Box<str>| {
        let path = place(&name);
        ReportPart { window, folder: Some(out.join(&path)), path, group: Some(ReportGroup { by, name }) }
    };
    of_findings.into_iter().chain(of_events).map(part).collect()
}

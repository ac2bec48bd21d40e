//! Where a report lies: beside which files, and among which reports of other days.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::index;
use super::parts::ReportPart;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::nightly::plan::{WindowRequest, day};
use crate::report::index::ReportNumbers;
use crate::report::review::place::{PageLink, ReportPlace};
use crate::report::trend::DAYS;

/// The page that links lead to.
const PAGE: &str = "report.html";

/// The numbers of reports that lie beside others, each read once.
#[derive(Debug, Default)]
pub(super) struct EarlierReports(RefCell<BTreeMap<PathBuf, ReportNumbers>>);

impl EarlierReports {
    /// What the report of a directory says, if there is one of this window and about this.
    fn numbers(&self, folder: PathBuf, window: Window, about: &str) -> Option<ReportNumbers> {
        if let Some(numbers) = self.0.borrow().get(&folder) {
            return Some(numbers.clone());
        }
        let numbers = index::numbers(&folder, window, about)?;
        self.0.borrow_mut().insert(folder, numbers.clone());
        Some(numbers)
    }
}

/// Where a part lies whose own directory is `own`. A directory of a day is called by its date, and the days around it lie
/// beside it. What catching up writes has an index, and a day after it as soon as that is over.
pub(super) fn of(
    own: &Path,
    part: &ReportPart,
    about: &str,
    plan: WindowRequest,
    earlier: &EarlierReports,
    files: Vec<&'static str>,
) -> ReportPlace {
    // A group lies one directory deeper than its day.
    let (folder, group) = match part.group {
        Some(_) => (own.parent(), own.file_name().and_then(|name| name.to_str())),
        None => (Some(own), None),
    };
    let mut place = ReportPlace { files, ..ReportPlace::default() };
    let up = if group.is_some() { "../../" } else { "../" };
    let (index, catches_up) = (index::FILES[1], matches!(plan, WindowRequest::CatchUp(..)));
    if let Some(group) = &part.group {
        let name = format!("each {}", group.by.word());
        place.indexes.push(PageLink { name, href: format!("../{index}") });
    }
    let Some((date, days)) = folder.and_then(|folder| Some((date_of(folder, part.window)?, folder.parent()?))) else {
        return place;
    };
    if catches_up || days.join(index).is_file() {
        place.indexes.push(PageLink { name: "all days".to_owned(), href: format!("{up}{index}") });
    }
    let beside = |date: Day, is_sure: bool| {
        let path = group.map_or_else(|| format!("{date}/{PAGE}"), |group| format!("{date}/{group}/{PAGE}"));
        (is_sure || days.join(&path).is_file())
            .then(|| PageLink { name: date.to_string(), href: format!("{up}{path}") })
    };
    place.before = beside(date.plus(-1), false);
    let reported = |back: i64| {
        let date = date.plus(-back);
        let folder = days.join(date.to_string()).join(group.unwrap_or_default());
        Some((date, earlier.numbers(folder, day(date), about)?))
    };
    place.earlier = (1..DAYS).filter_map(reported).collect();
    place.after = beside(date.plus(1), catches_up && group.is_none());
    place
}

/// The day of a directory that is called by its date, and holds the report of that day.
fn date_of(folder: &Path, window: Window) -> Option<Day> {
    let date = window.from?.day();
    (day(date) == window && folder.file_name()?.to_str()? == date.to_string()).then_some(date)
}

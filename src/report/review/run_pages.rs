//! The pages of runs beside a report: which runs have one, and what their files are called.

use std::collections::BTreeSet;

use crate::audit::activity::shown_run::ShownRun;
use crate::audit::review::deeds::{DeedCounts, RunDeeds};

/// The directory of these pages, beside the report.
pub const FOLDER: &str = "runs";

/// So many runs have a page: first those that changed something or were denied something.
pub const MOST: usize = 500;

/// So many characters of a run id are in the name of a file.
const LONGEST: usize = 80;

/// The paths of the pages, in the order of [`RunDeeds::runs`].
#[derive(Debug, Clone, Default)]
pub struct RunPages(Vec<Option<String>>);

impl RunPages {
    /// Names the pages of these runs. Names are told apart on file systems, too, that take `A` for `a`.
    #[must_use]
    pub fn of(deeds: &RunDeeds<'_>) -> Self {
        let mut order: Vec<usize> = (0..deeds.runs.len()).collect();
        order.sort_by_key(|at| !is_eventful(&deeds.runs[*at]));
        let mut pages = vec![None; deeds.runs.len()];
        let mut taken = BTreeSet::new();
        for at in order.into_iter().take(MOST) {
            let own = name(&deeds.runs[at]);
            let numbered = (2..).map(|number| format!("{own}-{number}"));
            let mut names = std::iter::once(own.clone()).chain(numbered);
            let free = names.find(|name| taken.insert(name.to_ascii_lowercase()));
            pages[at] = free.map(|name| format!("{FOLDER}/{name}.html"));
        }
        Self(pages)
    }

    /// The page of a run, by its place: a path beside the report, which needs no escape anywhere.
    #[must_use]
    pub fn of_run(&self, at: usize) -> Option<&str> {
        self.0.get(at)?.as_deref()
    }

    /// Each run that has a page, by its place, with the path.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().enumerate().filter_map(|(at, page)| Some((at, page.as_deref()?)))
    }
}

fn is_eventful(run: &ShownRun<'_>) -> bool {
    let counts = DeedCounts::of(run);
    counts.changes + counts.denied > 0 || !run.findings.is_empty()
}

/// The run id, which a caller chose, of letters, digits and `-`; without one the time when the run began.
fn name(run: &ShownRun<'_>) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    match run.run.run_id {
        Some(id) => id.chars().map(plain).take(LONGEST).collect(),
        None => format!("at-{}", run.run.first_seen.to_string().chars().map(plain).collect::<String>()),
    }
}

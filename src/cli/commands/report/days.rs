//! Catching up, day by day. The report of a day among others is that of the day alone, so a day that log files tell about
//! which are too late for it is a question by itself.

use std::collections::BTreeSet;
use std::path::Path;

use super::destination::Destination;
use super::folder::MANIFEST;
use super::job::ReportJob;
use super::parts::{ReportPart, first_day, parts};
use super::reports::Reports;
use crate::audit::overdue::Overdue;
use crate::cli::error::Error;
use crate::cli::reading::kept::KeptReading;
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::nightly::plan::{self, WindowRequest};
use crate::source::SourceSpec;

/// Where what is read is kept for the days that are questions by themselves; none unless somebody catches up.
pub(super) fn kept(plan: WindowRequest, destination: &Destination, is_grouped: bool) -> Option<KeptReading> {
    let WindowRequest::CatchUp(first, last) = plan else { return None };
    let done = match destination {
        // Which groups a day has is not known before it is read.
        Destination::Folder(folder) if !is_grouped => reported(folder),
        _ => BTreeSet::new(),
    };
    Some(KeptReading::new(first, last, done))
}

/// The days of which a directory has a report.
fn reported(folder: &Path) -> BTreeSet<Day> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let has_report = entries.filter(|entry| entry.path().join(MANIFEST).exists());
    has_report.filter_map(|entry| Day::parse(entry.file_name().to_str()?)).collect()
}

impl Reports<'_> {
    /// Hands each report that is wanted over, in order, with those that it is one of; gives the sum.
    pub(super) fn each_part(
        &self,
        out: &Path,
        mut write: impl FnMut(&Reports<'_>, &ReportPart) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let wanted = parts(&self.windows, out)?;
        let is_grouped = self.windows.material().group_by.is_some();
        let first = first_day(&self.windows).filter(|_| is_grouped).map(plan::day);
        let first = first.or_else(|| wanted.first().map(|part| part.window));
        let overdue = first.map(|first| self.overdue(first)).transpose()?.unwrap_or_default();
        let hidden = self.hidden(&overdue, &wanted);
        if wanted.is_empty() && hidden.is_empty() {
            self.say_nothing_to_write();
            return Ok(0);
        }
        let mut fatal = 0;
        let mut hidden = hidden.into_iter().peekable();
        let mut wanted = wanted.into_iter().peekable();
        while let Some(part) = wanted.next() {
            while let Some(window) = hidden.next_if(|window| window.from < part.window.from) {
                fatal += self.alone(window, out, &mut write)?;
            }
            if !overdue.has(part.window) {
                fatal += write(self, &part)?;
                continue;
            }
            // Which groups it has is a question by itself, too.
            while wanted.next_if(|next| next.window == part.window).is_some() {}
            fatal += self.alone(part.window, out, &mut write)?;
        }
        for window in hidden {
            fatal += self.alone(window, out, &mut write)?;
        }
        Ok(fatal)
    }

    /// The days, in order, of which all that was read shows no group, and a reading of the day alone may show one.
    fn hidden(&self, overdue: &Overdue, wanted: &[ReportPart]) -> Vec<Window> {
        let material = self.windows.material();
        let (WindowRequest::CatchUp(_, last), Some(_)) = (material.plan, material.group_by) else { return Vec::new() };
        let days = first_day(&self.windows).into_iter().flat_map(|first| first.through(last));
        let early = days.filter(|day| overdue.is_early(*day)).map(plan::day);
        early.filter(|window| wanted.iter().all(|part| part.window != *window)).collect()
    }

    /// What log files tell about days for which they are too late, from those of a window on; nothing unless somebody catches up.
    fn overdue(&self, first: Window) -> Result<Overdue, Error> {
        let (late_days, Some(kept)) = (self.scan.limits.late_days, &self.scan.kept) else {
            return Ok(Overdue::default());
        };
        if let Some(overdue) = kept.overdue() {
            return Ok(overdue);
        }
        match (self.scan.sources.as_slice(), first.first_day()) {
            ([SourceSpec::Store(path)], Some(first)) => Ok(self.scan.stores.open(path)?.overdue(first, late_days)?),
            _ => Ok(Overdue::default()),
        }
    }

    /// Asks about a day by itself.
    fn alone(
        &self,
        window: Window,
        out: &Path,
        mut write: impl FnMut(&Reports<'_>, &ReportPart) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let Some(day) = window.first_day() else { return Ok(0) };
        let scan = self.scan.about(window);
        let plan = WindowRequest::CatchUp(Some(day), day);
        let known = self.windows.material();
        let (settings, baseline) = (known.settings.clone(), known.baseline.clone());
        let Self { args, tells, context, .. } = *self;
        let job = ReportJob { args, plan, scan: &scan, tells, settings, baseline, context };
        job.read(Vec::new(), |reports| {
            let mut fatal = 0;
            for part in parts(&reports.windows, out)? {
                fatal += write(reports, &part)?;
            }
            self.messages.borrow_mut().append(&mut reports.messages.borrow_mut());
            self.verdicts.borrow_mut().append(&mut reports.verdicts.borrow_mut());
            Ok(fatal)
        })
    }
}

//! The reports of one call: each part is reviewed, written where it belongs, and noted for whoever is told.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use super::destination::Destination;
use super::folder::{MANIFEST, ReportFolder};
use super::message::Night;
use super::parts::ReportPart;
use super::place::EarlierReports;
use super::staging::Staging;
use super::{files, index, manifest, message, place};
use crate::audit::coverage::Coverage;
use crate::audit::review::Review;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::output::writing::tell_coverage;
use crate::cli::reading::answer::{ScanResult, question};
use crate::cli::reading::calls_of_store::cover_calls;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::words;
use crate::cli::terminal::talk::Level;
use crate::domain::window::Window;
use crate::nightly::group::{GroupBy, ReportGroup};
use crate::nightly::plan::WindowRequest;
use crate::nightly::windows::Windows;
use crate::platform::host_name;
use crate::report::page::PageFormat;
use crate::report::review::PageContext;
use crate::report::review::headline::short_name;
use crate::report::review::run_pages::RunPages;
use crate::report::review::words::{answers, compared_with, window_name};
use crate::report::visible::VisibleWriter;
use crate::source::{SourceSpec, upload};

/// The reports of one call, on their way out.
pub(super) struct Reports<'a> {
    pub(super) args: &'a ReportArgs,
    pub(super) windows: Windows<'a>,
    pub(super) scan: &'a Scan,
    pub(super) context: &'a CommandContext<'a>,
    pub(super) answer: &'a ScanResult,
    /// Whether anybody is to be told.
    pub(super) tells: bool,
    /// What the reports say that lie beside those of this call.
    earlier: EarlierReports,
    /// What is told of each night.
    pub(super) messages: RefCell<Vec<Night>>,
    /// What is missing of what the reports rest on.
    pub(super) verdicts: RefCell<Vec<Error>>,
    /// The coverage of the report that was made last.
    pub(super) shown: RefCell<Option<Coverage>>,
}

impl<'a> Reports<'a> {
    /// Nothing is written yet. `tells` says whether anybody is to be told.
    pub(super) fn new(
        args: &'a ReportArgs,
        windows: Windows<'a>,
        scan: &'a Scan,
        answer: &'a ScanResult,
        tells: bool,
        context: &'a CommandContext<'a>,
    ) -> Self {
        Self {
            args,
            windows,
            scan,
            context,
            answer,
            tells,
            earlier: EarlierReports::default(),
            messages: RefCell::default(),
            verdicts: RefCell::default(),
            shown: RefCell::default(),
        }
    }

    /// Writes the file of `--coverage`: that of the window, and where there are many, which have their own in their manifests,
    /// that of everything.
    pub(super) fn write_coverage(&self, file: CoverageFile) -> Result<(), Error> {
        let coverage = self.shown.take().filter(|_| !self.args.about.catch_up);
        let coverage = coverage.as_ref().unwrap_or(&self.answer.coverage);
        file.write(coverage, self.context)?;
        if self.context.talk.style().least >= Level::Debug {
            tell_coverage(coverage, self.context);
        }
        Ok(())
    }

    /// Writes all reports: how many findings are at or above `--fail-on`.
    pub(super) fn write(&self, destination: Destination) -> Result<usize, Error> {
        let fatal = match destination {
            Destination::Page(page, path) => self.write_page(page, path.as_deref())?,
            Destination::Folder(path) => self.write_folder(&path)?,
            Destination::Bucket(address) => self.write_bucket(address.trim_end_matches('/'))?,
        };
        // A night without a single event or call has no group. What it rests on is judged and told all the same.
        if self.args.about.group_by.is_some() && self.windows.is_silent(self.window()) {
            if self.tells {
                self.note_night(self.window())?;
            } else {
                self.coverage(self.window(), 0)?;
            }
        }
        Ok(fatal)
    }

    /// Says why there is nothing to write.
    pub(super) fn say_nothing_to_write(&self) {
        let why = match (self.windows.material().plan, self.args.about.group_by) {
            (WindowRequest::CatchUp(..), _) => "no day is missing".to_owned(),
            (_, by) => {
                let word = by.map_or("group", GroupBy::word);
                format!("no {word} had an event in {}, so no report is written", window_name(self.window()))
            }
        };
        self.context.talk.say(Level::Info, &why);
    }

    /// Writes one page into a file or to standard output.
    fn write_page(&self, page: PageFormat, path: Option<&Path>) -> Result<usize, Error> {
        let mut output = Output::open(path)?;
        let part = ReportPart { window: self.window(), group: None, path: PathBuf::new(), folder: None };
        let fatal = self.review(&part, |review, setting| {
            let terminal = output.is_terminal();
            let written = if terminal {
                page.write(&mut VisibleWriter::new(&mut output), review, setting)
            } else {
                page.write(&mut output, review, setting)
            };
            written.map_err(|error| output.error(&error))?;
            Ok(self.fatal(review))
        })?;
        output.finish()?;
        if let Some(path) = path {
            self.context.talk.say(Level::Info, &format!("wrote {}", path.display()));
        }
        Ok(fatal)
    }

    /// Writes a directory for each part, and the index over them.
    fn write_folder(&self, path: &Path) -> Result<usize, Error> {
        let fatal = self.each_part(path, |reports, part| {
            let place = path.join(&part.path);
            let mut folder = ReportFolder::open(&place)?;
            let fatal = reports.fill(part, &mut folder)?;
            folder.finish()?;
            self.context.talk.say(Level::Info, &format!("wrote {}", place.display()));
            Ok(fatal)
        })?;
        index::write(path, self.args.about.group_by, self.windows.material().plan, self.window(), self.context)?;
        Ok(fatal)
    }

    /// Writes each part into a directory of its own, and puts that into the bucket.
    fn write_bucket(&self, address: &str) -> Result<usize, Error> {
        let role = self.args.output.upload_role_arn.as_deref();
        let staging = Staging::new()?;
        let fatal = self.each_part(staging.path(), |reports, part| {
            let mut folder = ReportFolder::open(&staging.path().join(&part.path))?;
            let fatal = reports.fill(part, &mut folder)?;
            let prefix = format!("{address}/{}", part.path.display());
            upload::put(prefix.trim_end_matches('/'), &folder.staged(), &self.scan.aws, role)?;
            self.context.talk.say(Level::Info, &format!("wrote {prefix}"));
            folder.leave_manifest()?;
            Ok(fatal)
        })?;
        if let Some(by) = self.args.about.group_by {
            let files = index::staged(staging.path(), by, self.window(), self.context)?;
            upload::put(address, &files, &self.scan.aws, role)?;
        }
        Ok(fatal)
    }

    /// Says which days there are, where of the window that was asked for nothing was read.
    pub(super) fn say_days(&self) {
        let WindowRequest::Window(_) = self.windows.material().plan else { return };
        let shown = self.shown.borrow();
        let Some(shown) = shown.as_ref().filter(|shown| shown.is_unread()) else { return };
        let Some((first, last)) = words::days_there(shown).or_else(|| words::days_there(&self.answer.coverage)) else {
            return;
        };
        let sync = if self.args.about.sync { "--sync " } else { "" };
        let next = self.context.asked.command("report", &["from", "to", "last"], &format!("{sync}--date {last}"));
        self.context.talk.say(Level::Info, &format!("the log files there are of {}: {next}", words::span(first, last)));
    }

    fn window(&self) -> Window {
        self.windows.material().plan.window()
    }

    /// Reviews the events of a part, and hands that over.
    fn review<T>(
        &self,
        part: &ReportPart,
        then: impl FnOnce(&Review<'_>, &PageContext<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let coverage = |reported| self.coverage(part.window, reported);
        self.windows.review(part.window, part.group.as_ref(), coverage, |review| self.show(part, review, then))
    }

    /// Hands the review of a part over.
    fn show<T>(
        &self,
        part: &ReportPart,
        review: &Review<'_>,
        then: impl FnOnce(&Review<'_>, &PageContext<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let about = match &part.group {
            None => String::new(),
            Some(ReportGroup { by: GroupBy::Organization, name }) if name.is_empty() => {
                "what belongs to no organization".to_owned()
            }
            Some(ReportGroup { by: GroupBy::Organization, name }) => format!("organization {name}"),
            Some(ReportGroup { by: GroupBy::Account, name }) => {
                format!("account {}", self.context.config.accounts.beside(name))
            }
        };
        let has_pages = self.writes(PageFormat::Html) && part.folder.is_some();
        let place = part.folder.as_deref().map(|folder| {
            let files = files::names(|page| self.writes(page), review.deeds.is_some());
            place::of(folder, part, &about, self.windows.material().plan, &self.earlier, files)
        });
        let run_pages = review.deeds.as_ref().filter(|_| has_pages).map(RunPages::of).unwrap_or_default();
        let setting = PageContext {
            account_names: &self.context.config.accounts,
            time_zone: &self.args.scan.time.tz,
            issuers: &self.scan.issuers,
            about: &about,
            run_pages: &run_pages,
            place: &place.unwrap_or_default(),
        };
        self.note(part, review, &about)?;
        then(review, &setting)
    }

    /// Notes what is to be told of a report. Those of the groups of one night end in one message, about all of them.
    fn note(&self, part: &ReportPart, review: &Review<'_>, about: &str) -> Result<(), Error> {
        if !self.tells {
            return Ok(());
        }
        if part.group.is_none() {
            let link = self.context.config.report_link.as_deref();
            let message = message::message(review, link, self.lies_at(&part.path));
            let of_many = message::group(review, &short_name(part.window), &part.path);
            self.messages.borrow_mut().push(Night { message, of_many });
            return Ok(());
        }
        if self.messages.borrow().last().is_none_or(|night| night.message.window != part.window) {
            self.note_night(part.window)?;
        }
        if let Some(night) = self.messages.borrow_mut().last_mut() {
            night.message.groups.push(message::group(review, about, &part.path));
        }
        Ok(())
    }

    /// Where something of `--out` lies, for readers elsewhere: the machine and the path, or the address in a bucket.
    pub(super) fn lies_at(&self, path: &Path) -> Option<String> {
        let out = self.args.output.out.as_ref().filter(|out| *out != "-")?;
        if let Some(address) = out.to_str().filter(|text| text.starts_with("s3://")) {
            let address = format!("{}/{}", address.trim_end_matches('/'), path.display());
            return Some(address.trim_end_matches('/').to_owned());
        }
        let whole = std::path::absolute(out).unwrap_or_else(|_| PathBuf::from(out));
        let whole = if path.as_os_str().is_empty() { whole } else { whole.join(path) };
        Some(format!("{}:{}", host_name(), whole.display()))
    }

    /// Notes what is to be told of a whole night, without a report of it.
    fn note_night(&self, window: Window) -> Result<(), Error> {
        let night = ReportPart { window, group: None, path: PathBuf::new(), folder: None };
        let nothing: fn(&Review<'_>, &PageContext<'_>) -> Result<(), Error> = |_, _| Ok(());
        self.review(&night, nothing)
    }

    /// What this window rests on, as a scan of it alone would say, and what was read besides.
    pub(super) fn coverage(&self, window: Window, reported: u64) -> Result<Coverage, Error> {
        let whole = &self.answer.coverage;
        let coverage = match self.scan.sources.as_slice() {
            [SourceSpec::Store(path)] => {
                let question = question(self.scan, None);
                let mut part = self.scan.stores.open(path)?.coverage_of(&question, window, reported, whole)?;
                part.today = whole.today;
                part.find_gaps();
                if self.args.about.activity {
                    cover_calls(path, self.scan, &mut part)?;
                }
                part
            }
            _ => whole.of_window(window, reported, &self.answer.selected.copies),
        };
        let mut coverage = coverage;
        if let Some(calls) = &self.windows.material().calls {
            coverage.calls = Some(calls.tally(window));
        }
        if let Err(error) = self.answer.judge(&coverage) {
            self.verdicts.borrow_mut().push(error);
        }
        self.shown.replace(Some(coverage.clone()));
        Ok(coverage)
    }

    /// Whether a directory gets this page.
    fn writes(&self, page: PageFormat) -> bool {
        self.args.output.output.is_none_or(|chosen| chosen == page)
    }

    fn fatal(&self, review: &Review<'_>) -> usize {
        let standing = review.findings.iter().filter(|finding| finding.suppressed.is_none());
        self.args.about.fail_on.map_or(0, |least| standing.filter(|finding| finding.severity >= least).count())
    }

    /// Writes the files of a part: how many findings are at or above `--fail-on`.
    fn fill(&self, part: &ReportPart, folder: &mut ReportFolder) -> Result<usize, Error> {
        self.review(part, |review, setting| {
            folder.side_by_side(files::writers(|page| self.writes(page), review, setting))?;
            let files = folder.files().to_vec();
            let compared = compared_with(&review.changes.origin);
            folder.file(MANIFEST, |out| manifest::write(out, review, setting.about, &compared, &files))?;
            for answer in answers(review) {
                let text = format!("{}: {} {}", window_name(review.window), answer.question, answer.verdict);
                self.context.talk.say(Level::Info, &text);
            }
            Ok(self.fatal(review))
        })
    }
}

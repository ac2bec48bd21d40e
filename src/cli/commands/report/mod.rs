//! `tfctrail report`: what happened in a window, for people every morning and as evidence later.

pub mod args;

mod asked;

mod baseline;

mod folder;

mod index;

mod manifest;

mod message;

mod parts;

mod staging;

mod target;

use std::borrow::Borrow;
use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use self::args::ReportArgs;
use self::baseline::read_baseline;
use self::folder::{Folder, MANIFEST, Writer};
use self::parts::{Part, parts};
use self::staging::Staging;
use self::target::{Target, target};
use super::sync;
use super::sync::args::SyncArgs;
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::review::Review;
use crate::audit::rules::settings::Settings;
use crate::cli::context::{CommandContext, Run};
use crate::cli::error::{Error, Kind};
use crate::cli::output::Output;
use crate::cli::output::coverage_file::CoverageFile;
use crate::cli::output::writing::tell_coverage;
use crate::cli::parsing::parse::Read;
use crate::cli::reading::answer::{Answer, question, read_whole, recollect};
use crate::cli::reading::dry_run;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::source::sources;
use crate::cli::terminal::talk::Level;
use crate::cli::{notify, rules};
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::nightly::baseline::{known_since, shown};
use crate::nightly::group::{Group, GroupBy};
use crate::nightly::plan::Plan;
use crate::nightly::windows::{Material, Windows};
use crate::notify::clock::SystemClock;
use crate::notify::message::Message;
use crate::notify::send;
use crate::report::page::Page;
use crate::report::review::Setting;
use crate::report::review::words::{answers, compared_with, window_name};
use crate::report::row::{events, findings as finding_rows, runs};
use crate::report::schema::Schema;
use crate::report::{Format, Options, headings, write_rows};
use crate::source::{Spec, upload};
use crate::store::past::StoreSnapshot;
use crate::store::read::Question;
use crate::store::recollect::Recollection;

/// The reports of one call, on their way out.
struct Reports<'a> {
    args: &'a ReportArgs,
    windows: Windows<'a>,
    scan: &'a Scan,
    context: &'a CommandContext<'a>,
    answer: &'a Answer,
    /// Whether anybody is to be told.
    tells: bool,
    /// What is told of each night.
    messages: RefCell<Vec<Message>>,
    /// What is missing of what the reports rest on.
    verdicts: RefCell<Vec<Error>>,
    /// The coverage of the report that was made last.
    shown: RefCell<Option<Coverage>>,
}

impl Run for ReportArgs {
    fn prepare(&mut self, read: &Read) -> Result<(), clap::Error> {
        self.synced = self.about.sync.then(|| SyncArgs::of_report(read)).transpose()?.map(Box::new);
        Ok(())
    }

    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        write(self, context.now, context)
    }
}

/// Reads, reviews and writes.
fn write(args: &ReportArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<(), Error> {
    let plan = asked::plan(args, now)?;
    let target = target(args)?;
    let targets = notify::targets(&args.tell.notify, context.config)?;
    let mut scan = Scan::new(&args.scan, Some(&args.filter), &args.limits, now)?;
    let mut synced = Ok(());
    if let Some(args) = args.synced.as_deref() {
        synced = sync::before_report(args, now, context);
        match &synced {
            Err(error) if matches!(error.kind(), Kind::Usage | Kind::Interrupted) => return synced,
            Err(error) => context.talk.say(Level::Warning, &format!("sync: {}", error.message())),
            Ok(()) => {}
        }
        if args.dry_run {
            return synced;
        }
        scan.sources = vec![Spec::Store(args.store.path()?)];
        scan.own_aws = Vec::new();
    }
    scan.filter.window = Window { from: None, to: plan.span().to };
    scan.remote_window = plan.reach();
    scan.start_is_ours = false;
    if scan.sources.iter().all(Spec::is_remote) {
        scan.filter.window = scan.remote_window;
    }
    if scan.dry_run {
        return dry_run::tell(&scan, context);
    }
    target.refuse_overwriting(&scan)?;
    let coverage_file = CoverageFile::open(scan.coverage_file.take().as_deref())?;
    let decisions = rules::decisions(context.config)?;
    let settings = rules::settings(&args.expected, context.config, &scan.issuers);
    // Whose issuer nobody named is a finding, as it is in `findings`, so it has to be read.
    scan.issuers = scan.issuers.with_look_alikes();
    let baseline_sources =
        (!args.about.baseline.is_empty()).then(|| sources(&args.about.baseline, Some(&args.scan.store)));
    let baseline_sources = baseline_sources.transpose()?;
    let store = window_by_window(args, plan, &scan).map(|path| scan.stores.open(path)).transpose()?;
    let moment = store.as_ref().map(|store| store.moment(question(&scan, None))).transpose()?;
    let unfiltered = Filter { window: scan.filter.window, ..Filter::default() };
    let of_all = || Question { filter: &unfiltered, ..question(&scan, None) };
    let is_narrow = !scan.filter.takes_all();
    let moment_of_all = store.as_ref().filter(|_| is_narrow).map(|store| store.moment(of_all())).transpose()?;
    let (mut answer, whole) = match &moment {
        Some(moment) => of_moment(moment, moment_of_all.as_ref(), plan, &scan, context)?,
        None => read_whole(&scan, Some(&args.grouping), coverage_file.own_files().collect(), context)?,
    };
    let remembered = remembered(moment.as_ref(), &scan, &settings)?;
    remembered.excuse(&mut answer.coverage, plan.span().from);
    let first = plan.span().from;
    let baseline = baseline_sources.zip(first).map(|(sources, first)| {
        let past = scan.before(first, sources, &args.about.baseline);
        read_baseline(&args.about.baseline, &scan, &past, &settings.networks, context)
    });
    let baseline = baseline.transpose()?;
    let events = whole.as_ref().unwrap_or(&answer.selected.events);
    let first_event = moment_of_all.as_ref().or(moment.as_ref()).and_then(StoreSnapshot::first);
    let since = known_since(&answer.coverage, &shown(&scan.issuers, events), first_event, &remembered, now);
    let warn = |text: &str| context.talk.say(Level::Warning, text);
    let material = Material {
        plan,
        issuers: &scan.issuers,
        run_gap: args.grouping.run_gap.seconds(),
        now: scan.now,
        since: since.max(scan.filter.window.from),
        events: &answer.selected.events,
        whole,
        snapshot: moment.as_ref().filter(|_| plan.compared().is_empty()),
        snapshot_of_all: moment_of_all.as_ref(),
        remembered,
        settings,
        decisions,
        baseline,
        group_by: args.about.group_by,
        warn: &warn,
    };
    let reports = Reports {
        args,
        windows: Windows::new(material),
        scan: &scan,
        context,
        answer: &answer,
        tells: !targets.is_empty(),
        messages: RefCell::default(),
        verdicts: RefCell::default(),
        shown: RefCell::default(),
    };
    let fatal = reports.write(target)?;
    reports.write_coverage(coverage_file)?;
    // Nobody is told of a report before it is out, and what fails from here on costs no report.
    let messages = reports.messages.take().into_iter().map(message::ranked);
    let outcomes: Vec<_> = messages.flat_map(|message| send(&targets, &message, &SystemClock)).collect();
    let told = notify::tell(&outcomes, context);
    let judged = rules::judged(fatal, args.about.fail_on);
    if let Plan::Compare(before, _) = plan {
        reports.coverage(before, 0)?;
    }
    let verdict = reports.verdicts.take().into_iter().next().map_or(Ok(()), Err);
    context.talk.gravest([told, judged, answer.permission(), verdict, synced])
}

/// What the stores remember of events that were pruned.
fn remembered(moment: Option<&StoreSnapshot<'_>>, scan: &Scan, settings: &Settings) -> Result<Recollection, Error> {
    match moment {
        Some(moment) => Ok(moment.recollection(&settings.networks)?),
        None => recollect(scan, &settings.networks),
    }
}

/// What a store tells at once: the coverage, and the events of the windows that are compared, beside them those that the
/// filters remove.
fn of_moment(
    moment: &StoreSnapshot<'_>,
    moment_of_all: Option<&StoreSnapshot<'_>>,
    plan: Plan,
    scan: &Scan,
    context: &CommandContext<'_>,
) -> Result<(Answer, Option<Vec<Assumption>>), Error> {
    moment.notes().iter().for_each(|note| context.talk.say(Level::Warning, note));
    let mut answer = Answer::of_moment(moment, scan);
    let mut whole = moment_of_all.map(|_| Vec::new());
    for window in plan.compared() {
        answer.selected.events.append(&mut moment.events(window)?);
        if let (Some(whole), Some(moment)) = (&mut whole, moment_of_all) {
            whole.append(&mut moment.events(window)?);
        }
    }
    Ok((answer, whole))
}

/// The store that is asked window by window, so that a long past takes no memory: one alone. What is limited to groups needs
/// the events themselves, and what is compared needs those of its windows.
fn window_by_window<'a>(args: &ReportArgs, plan: Plan, scan: &'a Scan) -> Option<&'a Path> {
    let [Spec::Store(path)] = scan.sources.as_slice() else { return None };
    let by_group = args.about.group_by.is_some() && plan.compared().is_empty();
    (!args.grouping.whole_runs && !by_group).then_some(&**path)
}

impl Reports<'_> {
    /// Writes the file of `--coverage`: that of the window, and where there are many, which have their own in their manifests,
    /// that of everything.
    fn write_coverage(&self, file: CoverageFile) -> Result<(), Error> {
        let coverage = self.shown.take().filter(|_| !self.args.about.catch_up);
        let coverage = coverage.as_ref().unwrap_or(&self.answer.coverage);
        file.write(coverage, self.context)?;
        if self.context.talk.style().least >= Level::Debug {
            tell_coverage(coverage, self.context);
        }
        Ok(())
    }

    /// Writes all reports: how many findings are at or above `--fail-on`.
    fn write(&self, target: Target) -> Result<usize, Error> {
        let mut fatal = 0;
        match target {
            Target::Page(page, path) => {
                let mut output = Output::open(path.as_deref())?;
                let part = Part { window: self.window(), group: None, path: PathBuf::new() };
                self.review(&part, |review, setting| {
                    fatal += self.fatal(review);
                    let terminal = output.is_terminal();
                    let written = if terminal {
                        let mut visible = crate::report::visible::VisibleWriter::new(&mut output);
                        page.write(&mut visible, review, setting)
                    } else {
                        page.write(&mut output, review, setting)
                    };
                    written.map_err(|error| output.error(&error))
                })?;
                output.finish()?;
                if let Some(path) = path {
                    self.context.talk.say(Level::Info, &format!("wrote {}", path.display()));
                }
            }
            Target::Folder(path) => {
                let parts = parts(&self.windows, &path)?;
                if parts.is_empty() {
                    self.context.talk.say(Level::Info, "no day is missing");
                }
                for part in parts {
                    let mut folder = Folder::open(&path.join(&part.path))?;
                    fatal += self.fill(&part, &mut folder)?;
                    folder.finish()?;
                    let place = path.join(&part.path);
                    self.context.talk.say(Level::Info, &format!("wrote {}", place.display()));
                }
                index::write(
                    &path,
                    self.args.about.group_by,
                    self.windows.material().plan,
                    self.window(),
                    self.context,
                )?;
            }
            Target::Bucket(address) => {
                let role = self.args.output.upload_role_arn.as_deref();
                let staging = Staging::new()?;
                for part in parts(&self.windows, staging.path())? {
                    let mut folder = Folder::open(&staging.path().join(&part.path))?;
                    fatal += self.fill(&part, &mut folder)?;
                    let prefix = format!("{}/{}", address.trim_end_matches('/'), part.path.display());
                    upload::put(prefix.trim_end_matches('/'), &folder.staged(), &self.scan.aws, role)?;
                    self.context.talk.say(Level::Info, &format!("wrote {prefix}"));
                    folder.leave_manifest()?;
                }
                if let Some(by) = self.args.about.group_by {
                    let files = index::staged(staging.path(), by, self.window(), self.context)?;
                    upload::put(address.trim_end_matches('/'), &files, &self.scan.aws, role)?;
                }
            }
        }
        // A night without a single event has no group, and is told all the same.
        if self.tells && self.args.about.group_by.is_some() && self.windows.everything(self.window()).is_empty() {
            self.note_night(self.window())?;
        }
        Ok(fatal)
    }

    fn window(&self) -> Window {
        self.windows.material().plan.window()
    }

    /// Reviews the events of a part, and hands that over.
    fn review<T>(
        &self,
        part: &Part,
        then: impl FnOnce(&Review<'_>, &Setting<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let coverage = |reported| self.coverage(part.window, reported);
        self.windows.review(part.window, part.group.as_ref(), coverage, |review| self.show(part, review, then))
    }

    /// Hands the review of a part over.
    fn show<T>(
        &self,
        part: &Part,
        review: &Review<'_>,
        then: impl FnOnce(&Review<'_>, &Setting<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let about = match &part.group {
            None => String::new(),
            Some(Group { by: GroupBy::Organization, name }) if name.is_empty() => {
                "what belongs to no organization".to_owned()
            }
            Some(Group { by: GroupBy::Organization, name }) => format!("organization {name}"),
            Some(Group { by: GroupBy::Account, name }) => {
                format!("account {}", self.context.config.accounts.beside(name))
            }
        };
        let setting = Setting {
            account_names: &self.context.config.accounts,
            time_zone: &self.args.scan.time.tz,
            issuers: &self.scan.issuers,
            about: &about,
        };
        self.note(part, review, &about)?;
        then(review, &setting)
    }

    /// Notes what is to be told of a report. Those of the groups of one night end in one message, about all of them.
    fn note(&self, part: &Part, review: &Review<'_>, about: &str) -> Result<(), Error> {
        if !self.tells {
            return Ok(());
        }
        if part.group.is_none() {
            let link = self.context.config.report_link.as_deref();
            self.messages.borrow_mut().push(message::message(review, link));
            return Ok(());
        }
        if self.messages.borrow().last().is_none_or(|message| message.window != part.window) {
            self.note_night(part.window)?;
        }
        if let Some(message) = self.messages.borrow_mut().last_mut() {
            message.groups.push(message::group(review, about, &part.path));
        }
        Ok(())
    }

    /// Notes what is to be told of a whole night, without a report of it.
    fn note_night(&self, window: Window) -> Result<(), Error> {
        let night = Part { window, group: None, path: PathBuf::new() };
        let nothing: fn(&Review<'_>, &Setting<'_>) -> Result<(), Error> = |_, _| Ok(());
        self.review(&night, nothing)
    }

    /// What this window rests on, as a scan of it alone would say, and what was read besides.
    fn coverage(&self, window: Window, reported: u64) -> Result<Coverage, Error> {
        let whole = &self.answer.coverage;
        let coverage = match self.scan.sources.as_slice() {
            [Spec::Store(path)] => {
                let question = question(self.scan, None);
                let mut part = self.scan.stores.open(path)?.coverage_of(&question, window, reported, whole)?;
                part.today = whole.today;
                part.find_gaps();
                part
            }
            _ => whole.of_window(window, reported, &self.answer.selected.copies),
        };
        if let Err(error) = self.answer.judge(&coverage) {
            self.verdicts.borrow_mut().push(error);
        }
        self.shown.replace(Some(coverage.clone()));
        Ok(coverage)
    }

    fn fatal(&self, review: &Review<'_>) -> usize {
        let standing = review.findings.iter().filter(|finding| finding.suppressed.is_none());
        self.args.about.fail_on.map_or(0, |least| standing.filter(|finding| finding.severity >= least).count())
    }

    /// Writes the files of a part: how many findings are at or above `--fail-on`.
    fn fill(&self, part: &Part, folder: &mut Folder) -> Result<usize, Error> {
        self.review(part, |review, setting| {
            let mut writers: Vec<(&'static str, Writer<'_>)> = Vec::new();
            for (page, _, name) in Page::ALL {
                if self.args.output.output.is_none_or(|chosen| chosen == page) {
                    writers.push((name, Box::new(move |out| page.write(out, review, setting))));
                }
            }
            writers.push(("runs.csv", Box::new(|out| csv(out, &runs::schema(), review.runs.iter()))));
            writers.push(("events.csv", Box::new(|out| csv(out, &events::schema(), review.events.iter().copied()))));
            writers.push(("findings.csv", Box::new(|out| csv(out, &finding_rows::schema(), review.findings.iter()))));
            folder.side_by_side(writers)?;
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

fn csv<T>(out: &mut dyn Write, schema: &Schema<T>, rows: impl Iterator<Item = impl Borrow<T>>) -> io::Result<()> {
    let options = Options::new(headings(schema.columns()), None);
    write_rows(schema.columns(), rows, Format::Csv.open(Box::new(out), &options)?).map(drop)
}

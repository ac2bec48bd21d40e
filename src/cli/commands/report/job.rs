//! One reading, and the reports that are made of it.

use std::path::PathBuf;

use super::args::ReportArgs;
use super::baseline::read_baseline;
use super::calls;
use super::evidence::{ReportInput, Snapshots, window_by_window};
use super::reports::Reports;
use crate::audit::filter::Filter;
use crate::audit::rules::settings::Settings;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::scan::Scan;
use crate::cli::reading::source::sources;
use crate::cli::rules;
use crate::cli::terminal::talk::Level;
use crate::domain::window::Window;
use crate::nightly::baseline::NamedBaseline;
use crate::nightly::plan::WindowRequest;
use crate::nightly::windows::{ReportMaterial, Windows};

/// What is read, and which reports are made of it.
pub(super) struct ReportJob<'a> {
    pub(super) args: &'a ReportArgs,
    pub(super) plan: WindowRequest,
    pub(super) scan: &'a Scan,
    /// Whether anybody is to be told.
    pub(super) tells: bool,
    /// What the rules are told.
    pub(super) settings: Settings,
    /// The baseline that the flags name, if it was read before.
    pub(super) baseline: Option<NamedBaseline>,
    pub(super) context: &'a CommandContext<'a>,
}

impl ReportJob<'_> {
    /// The baseline that the flags name, if they name one.
    fn baseline(&self) -> Result<Option<NamedBaseline>, Error> {
        let named = &self.args.about.baseline;
        if self.scan.is_again() || named.is_empty() {
            return Ok(self.baseline.clone());
        }
        let sources = sources(named, Some(&self.args.scan.store))?;
        let Some(first) = self.plan.span().from else { return Ok(None) };
        let past = self.scan.before(first, sources, named);
        read_baseline(named, self.scan, &past, &self.settings.networks, self.context).map(Some)
    }

    /// Reads, but for the files of this call itself, and hands the reports over.
    pub(super) fn read<T>(
        &self,
        own_files: Vec<PathBuf>,
        then: impl FnOnce(&Reports<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Self { args, plan, scan, tells, context, .. } = *self;
        let decisions = rules::decisions(context.config)?;
        let store = window_by_window(args, plan, scan).map(|path| scan.stores.open(path)).transpose()?;
        let unfiltered = Filter { window: scan.filter.window, ..Filter::default() };
        let snapshots = Snapshots::take(store.as_deref(), scan, &unfiltered)?;
        let mut evidence = ReportInput::read(args, plan, scan, &snapshots, &self.settings, own_files, context)?;
        let baseline = self.baseline()?;
        evidence.answer.coverage.incomplete.extend(baseline.as_ref().and_then(|baseline| baseline.lack.clone()));
        let calls = calls::take(args, plan, scan, &mut evidence);
        let warn = |text: &str| context.talk.say(Level::Warning, text);
        let material = ReportMaterial {
            plan,
            coverage: &evidence.answer.coverage,
            issuers: &scan.issuers,
            run_gap: args.grouping.run_gap.seconds(),
            now: scan.now,
            since: evidence.since,
            events: &evidence.answer.selected.events,
            whole: evidence.whole,
            place: Filter { window: Window::default(), ..scan.filter.place() },
            snapshot: snapshots.filtered.as_ref().filter(|_| plan.compared().is_empty()),
            snapshot_of_all: snapshots.whole.as_ref(),
            remembered: evidence.remembered,
            calls,
            settings: self.settings.clone(),
            decisions,
            baseline,
            group_by: args.about.group_by,
            warn: &warn,
        };
        let windows = Windows::new(material);
        then(&Reports::new(args, windows, scan, &evidence.answer, tells, context))
    }
}

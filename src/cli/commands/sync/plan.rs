//! The flags of a sync, checked and combined before any work.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::args::SyncArgs;
use crate::aws::AwsOptions;
use crate::cli::args::source::SourceText;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::evidence::{EvidenceFiles, evidence};
use crate::cli::reading::keys::work_list;
use crate::cli::reading::logs::archive;
use crate::cli::reading::scan::{REMOTE_DAYS, ScanLimits};
use crate::cli::reading::source::{own_aws, sources};
use crate::cli::reading::verified;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SESSION_REACH;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::ingest::archive::Archive;
use crate::ingest::options::IngestOptions;
use crate::ingest::work_list::WorkList;
use crate::progress::Progress;
use crate::source::SourceSpec;
use crate::source::known::{KnownSource, Resume, SourcePast};
use crate::source::question::RemoteQuestion;
use crate::store::calls::kept::KeptCalls;
use crate::store::write::StoredSource;
use crate::store::{Store, StoreError};

/// What to sync.
pub(super) struct SyncPlan<'a> {
    pub(super) args: &'a SyncArgs,
    pub(super) sources: Vec<SourceSpec>,
    own_aws: Vec<AwsOptions>,
    pub(super) store: PathBuf,
    pub(super) limits: ScanLimits,
    pub(super) issuers: Issuers,
    /// What log files are judged by, where only those count that are as CloudTrail wrote them.
    pub(super) evidence: Option<Arc<EvidenceFiles>>,
    work_list: Option<Arc<WorkList>>,
    /// Where the log files are that extracts among the sources are of, and how AWS is reached for each of the places.
    logs: (Vec<SourceSpec>, Vec<AwsOptions>),
    /// From when on a report asks about the sources, if it is for one.
    pub(super) reach: Option<Timestamp>,
}

/// What is remembered of a source.
pub(super) struct SourceMemory {
    pub(super) known: Arc<dyn KnownSource>,
    /// Where it begins, if it was read up to the present before.
    pub(super) start: Option<Timestamp>,
}

impl<'a> SyncPlan<'a> {
    pub(super) fn new(args: &'a SyncArgs, now: Timestamp, context: &CommandContext<'_>) -> Result<Self, Error> {
        args.time.window(now)?;
        let named = context.config.sources.iter();
        let all = || named.map(|named| SourceText::of(Arc::clone(named))).collect();
        let texts: Vec<SourceText> = if args.sources.is_empty() { all() } else { args.sources.clone() };
        let sources = sources(&texts, None)?;
        if sources.iter().any(|spec| matches!(spec, SourceSpec::Stdin)) {
            return Err(Error::usage(
                "standard input cannot be synced, because no sync could tell what it has read of it before",
            )
            .hint("save it as a file, and sync that"));
        }
        if let Some(store) = sources.iter().find(|spec| matches!(spec, SourceSpec::Store(_))) {
            return Err(Error::usage(format!(
                "source '{}': a store is filled from log files, not from a store",
                store.label()
            ))
            .hint("--store names the store that is filled"));
        }
        let own_aws = own_aws(&texts, &args.aws.options());
        // Rules look for issuers that nobody named.
        let (limits, issuers) = (ScanLimits::new(&args.limits), args.issuers.issuers().with_look_alikes());
        let evidence = evidence(&args.verified, &sources)?;
        let work_list = work_list(&args.work_list)?;
        let logs = archive(&args.logs, &args.aws.options())?;
        Ok(Self {
            args,
            sources,
            own_aws,
            store: args.store.path()?,
            limits,
            issuers,
            evidence,
            work_list,
            logs,
            reach: None,
        })
    }

    /// For which window each source is read, given what is remembered of it. Second: from where on a remote source is
    /// complete once it is read, for those that are read up to the present.
    pub(super) fn windows(
        &self,
        now: Timestamp,
        starts: &[Option<Timestamp>],
        calls: KeptCalls,
    ) -> Result<Vec<(Window, Option<Timestamp>)>, Error> {
        let asked = self.asked(now, calls)?;
        let default = Window::default().or_last_days(REMOTE_DAYS, now).from;
        let first = FirstSync {
            default: default.map(|from| before(from, calls)),
            reach: self.reach.map(|reach| before(reach, calls)),
        };
        let window = |(spec, start): (&SourceSpec, &Option<Timestamp>)| {
            if spec.is_remote() { remote_window(asked, *start, first, now) } else { (asked, None) }
        };
        Ok(self.sources.iter().zip(starts).map(window).collect())
    }

    /// The window, from a midnight on: a store answers for days, and what it has of a day is all of it. Log files of its last day
    /// are read in any case.
    fn asked(&self, now: Timestamp, calls: KeptCalls) -> Result<Window, Error> {
        let window = self.args.time.window(now)?;
        Ok(Window { from: window.from.map(|from| before(from, calls).day().start()), ..window })
    }

    /// What to say of remote sources that are read for the first time, for days that nobody asked for.
    pub(super) fn about_windows(&self, now: Timestamp, starts: &[Option<Timestamp>]) -> Option<String> {
        let asked = self.args.time.window(now).ok()?;
        let is_first = |(spec, start): (&SourceSpec, &Option<Timestamp>)| spec.is_remote() && start.is_none();
        let any = asked.from.is_none() && self.sources.iter().zip(starts).any(is_first);
        any.then(|| {
            format!("remote sources are read for the last {REMOTE_DAYS} days at first; --from reaches further back")
        })
    }

    /// What is asked of the remote sources.
    pub(super) fn question(&self, resume: Resume, now: Timestamp, progress: &Arc<Progress>) -> RemoteQuestion {
        let late_days = if self.reaches_now(now) { 0 } else { self.limits.late_days };
        RemoteQuestion {
            window: Window::default(),
            accounts: None,
            regions: None,
            late_days,
            now,
            resume: Some(resume),
            chosen: None,
            verifies: false,
            aws: self.args.aws.options(),
            own_aws: self.own_aws.clone(),
            lists_only: false,
            progress: Arc::clone(progress),
        }
    }

    /// Whether the window ends now. Then nothing is late yet: the next sync has it.
    fn reaches_now(&self, now: Timestamp) -> bool {
        self.args.time.window(now).is_ok_and(|asked| asked.to.is_none_or(|to| to >= now))
    }

    /// How much is kept of the calls of runs: as much as there is already, where nobody says.
    pub(super) fn kept_calls(&self, store: &Store) -> Result<KeptCalls, StoreError> {
        self.args.activity.map_or_else(|| store.kept_calls(), |asked| Ok(asked.into()))
    }

    /// What a store calls the sources.
    pub(super) fn stored(&self) -> Vec<StoredSource> {
        self.sources.iter().zip(&self.own_aws).map(|(spec, aws)| stored_source(spec, aws)).collect()
    }

    pub(super) fn resume(&self, memories: Vec<SourceMemory>, windows: &[(Window, Option<Timestamp>)]) -> Resume {
        let past =
            |(memory, (window, _)): (SourceMemory, &(Window, _))| SourcePast { known: memory.known, window: *window };
        let sources: BTreeMap<usize, SourcePast> = memories.into_iter().zip(windows).map(past).enumerate().collect();
        Resume { sources, look_back: self.args.look_back, refresh: self.args.refresh }
    }

    pub(super) fn options(
        &self,
        now: Timestamp,
        calls: KeptCalls,
        mut exclude: Vec<PathBuf>,
    ) -> Result<IngestOptions, Error> {
        exclude.extend(verified::own_files(self.evidence.as_ref()));
        let options = self.limits.options(&self.issuers, self.asked(now, calls)?, exclude);
        let event_memory = Some(self.args.memory.bytes());
        Ok(IngestOptions { work_list: self.work_list.clone(), event_memory, ..options })
    }

    /// Where the log files of extracts are read again that may hold more calls of runs, if somebody says.
    pub(super) fn archive(&self, question: &RemoteQuestion, calls: KeptCalls) -> Result<Option<Arc<Archive>>, Error> {
        let (logs, own_aws) = &self.logs;
        if calls == KeptCalls::None {
            self.args.logs.refuse_without("sync")?;
        }
        let question = RemoteQuestion { own_aws: own_aws.clone(), ..question.clone() };
        Ok((!logs.is_empty()).then(|| Arc::new(Archive::new(logs.clone(), question))))
    }

    /// Reads and judges the digests, where only what is as CloudTrail wrote it counts.
    pub(super) fn judge(
        &self,
        options: &mut IngestOptions,
        question: &mut RemoteQuestion,
        windows: &[(Window, Option<Timestamp>)],
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let Some(evidence) = &self.evidence else { return Ok(()) };
        let all = windows.iter().map(|(window, _)| *window);
        let window = all.reduce(Window::around).unwrap_or_default();
        let asked = IngestOptions { window, ..options.clone() };
        let remote = RemoteQuestion { window, resume: None, ..question.clone() };
        let judged = verified::judge(&self.sources, evidence, &asked, &remote, &question.progress)?;
        context.tell(&judged.notes);
        (options.judge, question.chosen) = (Some(judged.judge), Some(judged.chosen));
        Ok(())
    }
}

fn whole_days(window: Window) -> Window {
    Window { from: window.first_day().map(Day::start), to: window.last_day().map(Day::end) }
}

/// From when on events tell of a time: calls may be made with credentials that were given before it.
fn before(time: Timestamp, calls: KeptCalls) -> Timestamp {
    let reach = if calls == KeptCalls::None { 0 } else { SESSION_REACH };
    Timestamp::from_seconds(time.seconds() - reach).unwrap_or(time)
}

/// From when on a remote source is read that was not read before, where nobody says.
#[derive(Debug, Clone, Copy)]
struct FirstSync {
    /// Some days ago.
    default: Option<Timestamp>,
    /// From when on a report asks about it; no later than that.
    reach: Option<Timestamp>,
}

/// Whole days, so that what is remembered of a day is all of it. Up to now, unless another end was asked for; from where
/// the source began, unless another start was. Second: the earliest start of what is complete then.
fn remote_window(
    asked: Window,
    start: Option<Timestamp>,
    first: FirstSync,
    now: Timestamp,
) -> (Window, Option<Timestamp>) {
    if asked.to.is_some_and(|to| to < now) {
        let window = whole_days(asked.or_last_days(REMOTE_DAYS, now));
        return (Window { to: window.to.map(|to| to.min(now)), ..window }, None);
    }
    let from = asked.from.or_else(|| start.or(first.default).into_iter().chain(first.reach).min());
    let window = Window { to: Some(now), ..whole_days(Window { from, to: None }) };
    (window, start.into_iter().chain(window.from).min())
}

/// What a store calls a source, and the part of it that is read as a whole.
fn stored_source(spec: &SourceSpec, aws: &AwsOptions) -> StoredSource {
    StoredSource { identity: spec.identity(), part: spec.part(aws), label: spec.label(), kind: spec.kind() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(text)
    }

    /// `expected` is the window, and from where on the source is complete.
    fn check(asked: (&str, &str), start: &str, expected: [&str; 3]) {
        let asked = Window { from: at(asked.0), to: at(asked.1) };
        check_for(asked, start, "", expected);
    }

    /// The same where a report asks from `reach` on.
    fn check_for(asked: Window, start: &str, reach: &str, expected: [&str; 3]) {
        let first = FirstSync { default: at("2026-11-15T12:34:56Z"), reach: at(reach) };
        let (window, complete) = remote_window(asked, at(start), first, at(NOW).unwrap());
        let shown = [window.from, window.to, complete].map(|time| time.map_or_else(String::new, |it| it.to_string()));
        assert_eq!(shown, expected, "{asked:?} {start} {reach}");
    }

    const NOW: &str = "2026-11-22T12:34:56Z";

    #[test]
    fn a_source_goes_on_where_it_began() {
        let week = "2026-11-15T00:00:00Z";
        check(("", ""), "", [week, NOW, week]);
        check(("", ""), "2026-10-01T00:00:00Z", ["2026-10-01T00:00:00Z", NOW, "2026-10-01T00:00:00Z"]);
        check(("", ""), "2026-11-21T00:00:00Z", ["2026-11-21T00:00:00Z", NOW, "2026-11-21T00:00:00Z"]);
    }

    #[test]
    fn calls_need_what_came_before_them() {
        let time = at("2026-11-15T08:00:00Z").unwrap();
        assert_eq!(before(time, KeptCalls::None), time);
        assert_eq!(before(time, KeptCalls::Sums), at("2026-11-14T20:00:00Z").unwrap());
    }

    #[test]
    fn a_report_reaches_back_as_far_as_it_asks() {
        let (week, before) = ("2026-11-15T00:00:00Z", "2026-11-03T00:00:00Z");
        let all = Window::default();
        check_for(all, "", "2026-11-03T10:00:00Z", [before, NOW, before]);
        check_for(all, "", "2026-11-21T10:00:00Z", [week, NOW, week]);
        check_for(all, week, "2026-11-03T10:00:00Z", [before, NOW, before]);
        check_for(all, before, "2026-11-21T10:00:00Z", [before, NOW, before]);
    }

    #[test]
    fn a_window_comes_in_between() {
        let (day, start) = ("2026-11-20T10:00:00Z", "2026-11-15T00:00:00Z");
        check((day, ""), start, ["2026-11-20T00:00:00Z", NOW, start]);
        check((day, NOW), start, ["2026-11-20T00:00:00Z", NOW, start]);
        check(("2026-09-01T00:00:00Z", ""), start, ["2026-09-01T00:00:00Z", NOW, "2026-09-01T00:00:00Z"]);
        // What ends in the past says nothing about where the source begins.
        check(("2026-09-01T00:00:00Z", day), start, ["2026-09-01T00:00:00Z", "2026-11-21T00:00:00Z", ""]);
        check(("", day), start, ["2026-11-13T00:00:00Z", "2026-11-21T00:00:00Z", ""]);
        check(("", "2026-11-20T00:00:00Z"), start, ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", ""]);
        // Of today there is no more than what is there.
        check(("2026-11-20T10:00:00Z", "2026-11-22T09:00:00Z"), start, ["2026-11-20T00:00:00Z", NOW, ""]);
    }
}

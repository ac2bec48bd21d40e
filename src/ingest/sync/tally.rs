//! What a sync did, and what is missing of what it read.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::again::ReadAgainCounts;
use super::item::{FileFate, StoreChange, SyncItem, WorkerNews};
use super::synced::Synced;
use crate::audit::coverage::{Coverage, DayKey, FileOutcome, SourceCoverage, Verified};
use crate::decode::{Decoded, FileEnd};
use crate::domain::archive_judge::DigestsSay;
use crate::domain::log_key::LogKey;
use crate::domain::sync_counts::SyncCounts;
use crate::domain::tally::Skip;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::trouble::in_order;
use crate::domain::verdict::VerifiedFile;
use crate::ingest::counts::{count, day_of};
use crate::ingest::options::IngestOptions;
use crate::ingest::unlisted::{UnlistedFate, UnlistedLog};
use crate::source::known::Resume;
use crate::source::remote::Remote;
use crate::source::{SourceSpec, Unlisted};

/// What was done so far.
pub(super) struct SyncTally {
    outcomes: Vec<SyncCounts>,
    coverage: Coverage,
    pub(super) unlisted: Vec<Vec<(LogKey, Unlisted)>>,
    /// Whether a source gave anything: of the event history a page, of others their list.
    pub(super) is_reached: Vec<bool>,
    /// Days with log files that are of another window, by source.
    pub(super) outside: Vec<BTreeSet<DayKey>>,
    /// The days on which these were delivered.
    pub(super) passed_over: Vec<BTreeSet<Day>>,
    incomplete: Vec<Vec<String>>,
    gone: Vec<Arc<str>>,
    late_days: u32,
    sees_all: bool,
    pub(super) interrupted: bool,
}

impl SyncTally {
    pub(super) fn new(specs: &[SourceSpec], options: &IngestOptions) -> Self {
        let outcome = |spec: &SourceSpec| SyncCounts { source: spec.label(), ..SyncCounts::default() };
        Self {
            outcomes: specs.iter().map(outcome).collect(),
            // What is unchanged was read before, so that a pass may read nothing.
            coverage: Coverage { window: options.window, is_named: true, ..Coverage::default() },
            unlisted: vec![Vec::new(); specs.len()],
            outside: vec![BTreeSet::new(); specs.len()],
            passed_over: vec![BTreeSet::new(); specs.len()],
            is_reached: specs.iter().map(|spec| !spec.is_paged()).collect(),
            incomplete: vec![Vec::new(); specs.len()],
            gone: Vec::new(),
            late_days: options.late_days,
            sees_all: specs.iter().all(|spec| !spec.is_remote()),
            interrupted: false,
        }
    }

    pub(super) fn change(&mut self, item: &SyncItem, change: StoreChange) {
        let outcome = &mut self.outcomes[item.source];
        if let FileFate::Decoded(decoded) = &item.what
            && !matches!(decoded.ended, FileEnd::Failed(_))
        {
            match change {
                StoreChange::New => outcome.new += 1,
                StoreChange::Again => outcome.again += 1,
            }
        }
    }

    pub(super) fn take(&mut self, found: WorkerNews) {
        match found {
            WorkerNews::Item(SyncItem { source, version, key, what }) => match what {
                FileFate::Decoded(decoded) => {
                    self.is_reached[source] = true;
                    self.take_decoded(source, &key, *decoded);
                }
                FileFate::Failed(unlisted) => {
                    // It is remembered by itself, so that something is there to be remembered of.
                    self.is_reached[source] = true;
                    self.coverage.days.entry(day_of(&key)).or_default().files += 1;
                    self.fail(source, unlisted);
                }
                FileFate::Skipped(skip) => {
                    self.coverage.skip(&version.name, skip);
                    self.outcomes[source].skipped += 1;
                }
                FileFate::Gone => {
                    self.outcomes[source].gone += 1;
                    self.gone.push(version.name);
                }
            },
            WorkerNews::Unlisted(source, key, unlisted) => {
                self.coverage.days.entry(day_of(&key)).or_default().files += 1;
                self.fail(source, unlisted.clone());
                self.unlisted[source].push((key, unlisted));
            }
            WorkerNews::Unreached(source) => self.is_reached[source] = false,
            WorkerNews::OutsideWindow(source, key) => {
                self.coverage.know(day_of(&key));
                if key.date.is_some() {
                    self.outside[source].insert(day_of(&key));
                }
                self.passed_over[source].extend(key.delivered.map(Timestamp::day));
                self.coverage.files.skip(Skip::Window, 1);
                self.outcomes[source].skipped += 1;
            }
            WorkerNews::Unchanged(source, count) => self.outcomes[source].unchanged += count,
            WorkerNews::Incomplete(source, what) => {
                self.coverage.incomplete.insert(what.clone());
                self.incomplete[source].push(what);
            }
        }
    }

    fn take_decoded(&mut self, source: usize, key: &LogKey, mut decoded: Decoded) {
        let outcome = &mut self.outcomes[source];
        outcome.bytes += decoded.bytes.read;
        outcome.events += decoded.assumptions.len() as u64;
        // Who keeps calls is told which of them cannot be read.
        decoded.reject_unread_calls();
        let file = Arc::clone(&decoded.log_file);
        let (became, of_day) = count(&mut self.coverage, &file, key, &mut decoded);
        match became {
            FileOutcome::Skipped(_) => {
                outcome.skipped += 1;
                return;
            }
            FileOutcome::Failed => outcome.failed += 1,
            FileOutcome::Read => {}
        }
        self.coverage.days.entry(day_of(key)).or_default().add(of_day);
        self.coverage.kept.reported += decoded.records.kept;
    }

    fn fail(&mut self, source: usize, unlisted: Unlisted) {
        self.outcomes[source].failed += 1;
        self.outcomes[source].forbidden += u64::from(unlisted.forbidden);
        self.coverage.fail(&unlisted.file, unlisted.reason);
    }

    /// Counts what digests know of a log file that no digest lists.
    pub(super) fn count_verdict(&mut self, row: VerifiedFile) {
        self.coverage.verified.get_or_insert_default().take(row);
    }

    /// Leaves a log file that no digest lists for the next sync.
    pub(super) fn leave(&mut self, log: &UnlistedLog, fate: UnlistedFate) {
        log.count(fate, &mut self.coverage);
        self.outcomes[log.source].skipped += 1;
    }

    /// Whether every log file of every source was met, those that had been read before too.
    pub(super) fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// Counts log files that digests list and that are not there, as those of the first source.
    pub(super) fn miss(&mut self, files: u64) {
        if let Some(outcome) = self.outcomes.first_mut() {
            outcome.failed += files;
        }
    }

    /// What digests said.
    pub(super) fn verified(&self) -> Option<&Verified> {
        self.coverage.verified.as_ref()
    }

    /// Takes what digests say besides.
    pub(super) fn take_digests(&mut self, say: DigestsSay) {
        self.coverage.take_digests(say);
    }

    /// Takes what a second reading did: how many log files it read.
    pub(super) fn take_second(&mut self, counts: ReadAgainCounts) -> u64 {
        self.coverage.incomplete.extend(counts.missing);
        counts.files
    }

    pub(super) fn finish(mut self, specs: &[SourceSpec], remotes: &[Remote], resume: &Resume) -> Synced {
        for (at, (spec, outcome)) in specs.iter().zip(&self.outcomes).enumerate() {
            let remote = remotes.iter().find(|remote| remote.source == at);
            let window = remote.map_or(self.coverage.window, |remote| remote.window);
            let (label, files) = (outcome.source.clone(), outcome.files());
            let mut source = SourceCoverage::new(label, files, spec.is_paged(), window, self.late_days);
            source.scanned = remote.and_then(|remote| remote.inbox.scanned());
            let is_new = resume.sources.get(&at).is_none_or(|past| past.known.is_new());
            if is_new && !self.interrupted {
                self.coverage.incomplete.extend(source.no_log_file(spec.is_listed_by_day()));
            }
            self.coverage.sources.push(source);
        }
        self.coverage.failed.sort_unstable();
        self.gone.sort_unstable();
        let advice = in_order(remotes.iter().map(|remote| remote.inbox.advice()));
        Synced {
            outcomes: self.outcomes,
            coverage: self.coverage,
            remarks: self.incomplete,
            looked: Vec::new(),
            gone: self.gone,
            widened: resume.sources.values().map(|past| past.known.read_for_fewer()).sum(),
            read_again: 0,
            read_for_writes: 0,
            advice,
            lack: None,
            failure: None,
            cut_off: BTreeSet::new(),
            interrupted: self.interrupted,
        }
    }
}

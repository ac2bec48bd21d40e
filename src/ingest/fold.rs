//! Puts the rows of extracts together: what became of each log file, as if it had been read here (DESIGN §12).
//!
//! Rows come in any order and from any number of extracts. So none of them counts before all are here. Then each log file has
//! the tallies of one of its states, the events that belong to these, each once, or a reason why it has failed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::day_folders::{is_just_before, is_of_day_folder};
use super::fold_calls::{FoundCalls, add_calls, lack_of_calls};
use super::options::{IngestOptions, WantedCalls};
use super::room::take_over;
use super::standing::{StandingTally, standing};
use crate::audit::aside::stored::StoredEvent;
use crate::decode::defect::{Defect, Malformed, MalformedReason};
use crate::decode::extract::{Attempt, ExtractedCall, ExtractedEvent, ExtractedTally};
use crate::decode::{Decoded, FileEnd};
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{HCP_HOSTS, IssuerRole, Issuers};
use crate::domain::log_key::LogKey;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::{ByteTally, RecordTally, Skip};

/// Why a log file counts as failed that a work list names and no extract has.
pub(super) const NOT_EXTRACTED: &str = "not extracted";

/// The rows of all extracts.
#[derive(Debug, Default)]
pub(super) struct GatheredRows {
    pub(super) tallies: Vec<(usize, ExtractedTally)>,
    pub(super) events: Vec<(usize, ExtractedEvent)>,
    /// Events that are as they were put aside.
    pub(super) stored: Vec<(usize, StoredRow)>,
    pub(super) calls: Vec<(usize, ExtractedCall)>,
    /// The sources that have extracts, by their numbers.
    pub(super) sources: BTreeSet<usize>,
    /// Extracts whose end is cut off.
    pub(super) cut_off: BTreeSet<Arc<str>>,
}

/// An event of an extract, as it was put aside.
#[derive(Debug)]
pub(super) struct StoredRow {
    pub(super) attempt: Arc<Attempt>,
    pub(super) offset: u64,
    pub(super) event: StoredEvent,
}

/// What was found of a log file beside what a reader of it finds.
#[derive(Debug, Default)]
pub(super) struct FoundBeside {
    /// Calls that do not tell by themselves that a run made them.
    pub(super) calls: Vec<SessionCall>,
    /// Events that are as they were put aside.
    pub(super) stored: Vec<StoredEvent>,
}

/// What became of a log file that others read.
#[derive(Debug)]
pub(super) struct FoldedFile {
    /// The number of the source that has its extract.
    pub(super) source: usize,
    /// Its own source, as its extract calls it; nothing where nobody read it.
    pub(super) of_source: Box<str>,
    pub(super) log_file: Arc<str>,
    pub(super) key: LogKey,
    /// What tells its state, where something does.
    #[cfg_attr(not(feature = "store"), expect(dead_code, reason = "only a store remembers states"))]
    pub(super) etag: Option<Box<str>>,
    /// How many bytes it has.
    #[cfg_attr(not(feature = "store"), expect(dead_code, reason = "only a store remembers states"))]
    pub(super) size: Option<u64>,
    pub(super) fate: FoldedFate,
}

/// What is to be counted of it.
#[derive(Debug)]
pub(super) enum FoldedFate {
    /// It was opened.
    Decoded(Box<Decoded>, FoundBeside),
    /// It could not be opened, or is not there whole.
    Failed(String),
    /// It could not be listed, so that nobody knows whether it is a log file.
    Unlisted(String),
    /// It is not read.
    Skipped(Skip),
    /// It is none, but the folder of a day just before the window that has some.
    Known,
}

impl FoldedFate {
    /// It was opened, and none of its records count.
    fn empty(decoded: Decoded) -> Self {
        Self::Decoded(Box::new(decoded), FoundBeside::default())
    }
}

impl GatheredRows {
    pub(super) fn merge(&mut self, other: Self) {
        take_over(&mut self.tallies, other.tallies);
        take_over(&mut self.events, other.events);
        take_over(&mut self.calls, other.calls);
        take_over(&mut self.stored, other.stored);
        self.sources.extend(other.sources);
        self.cut_off.extend(other.cut_off);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// What the extracts lack of what is asked for, as a sentence.
    pub(super) fn lack(&self, options: &IngestOptions, is_extract: bool) -> Option<String> {
        if self.is_empty() {
            let list = options.work_list.as_ref().map(|_| "--work-list tells what was to be extracted");
            let flag = list.or_else(|| options.archive.as_ref().map(|_| "--logs names the archive of extracts"));
            return flag.map(|flag| format!("{flag}, and no source holds an extract"));
        }
        if is_extract {
            return Some("an extract is made of log files, and not of other extracts".to_owned());
        }
        if options.judge.is_some() {
            return Some("extracts do not tell whether log files are as CloudTrail wrote them".to_owned());
        }
        if options.calls == WantedCalls::LongLived {
            return Some("extracts hold no calls with long-lived credentials".to_owned());
        }
        self.lack_of_calls(options)
    }

    /// What these rows lack of the calls that are asked for, as a sentence.
    pub(super) fn lack_of_calls(&self, options: &IngestOptions) -> Option<String> {
        lack_of_calls(&self.tallies, options)
    }

    /// What these rows lack of the issuers that are asked for, as a sentence.
    pub(super) fn lack_of_issuers(&self, issuers: &Issuers) -> Option<String> {
        self.lacking_issuer(issuers).map(|issuer| {
            format!(
                "the extracts lack events of the issuer '{issuer}': they were made without --tfe-host or --all-issuers"
            )
        })
    }

    /// An issuer that is asked for and of which log files have more events than their extracts.
    fn lacking_issuer(&self, issuers: &Issuers) -> Option<Box<str>> {
        if !issuers.all() && issuers.hosts().next().is_none() {
            return None;
        }
        let mut rows = RowsByIssuer::new();
        for (_, ExtractedEvent { attempt, offset, event, .. }) in &self.events {
            if let Some(event) = event {
                // Where all are asked for, their sum tells, and not each of them: only some of many have names in a tally.
                let issuer = if issuers.all() { "" } else { event.issuer.as_deref().unwrap_or_default() };
                rows.entry((attempt, issuer)).or_default().insert(*offset);
            }
        }
        for (_, StoredRow { attempt, offset, event }) in &self.stored {
            let issuer = if issuers.all() { "" } else { event.issuer().unwrap_or_default() };
            rows.entry((attempt, issuer)).or_default().insert(*offset);
        }
        let lacks = |tally: &ExtractedTally| -> Option<Box<str>> {
            if tally.failed.is_some() {
                return None;
            }
            if issuers.all() {
                let all: u64 = tally.issuers.values().sum();
                return (has(&rows, &tally.attempt, "") < all).then(|| "*".into());
            }
            let counts = tally.issuers.iter().filter(|(issuer, _)| issuers.role(issuer) != IssuerRole::Foreign);
            let mut lacking = counts.filter(|(issuer, count)| has(&rows, &tally.attempt, issuer) < **count);
            lacking.next().map(|(issuer, _)| issuer.clone())
        };
        let log_file = |tally: &ExtractedTally| Arc::clone(&tally.attempt.log_file);
        let mut lacking: BTreeMap<Arc<str>, Vec<&(usize, ExtractedTally)>> = BTreeMap::new();
        let tallies = self.tallies.iter().map(|(_, tally)| tally);
        lacking.extend(tallies.filter(|tally| lacks(tally).is_some()).map(|tally| (log_file(tally), Vec::new())));
        if lacking.is_empty() {
            return None;
        }
        for row in &self.tallies {
            if let Some(of_file) = lacking.get_mut(&row.1.attempt.log_file) {
                of_file.push(row);
            }
        }
        // A reading that has less does not stand where another one of the log file has more.
        lacking.into_values().find_map(|of_file| {
            standing(of_file.into_iter().cloned().collect()).iter().find_map(|stands| lacks(&stands.tally))
        })
    }

    /// What became of each log file, in the order of names, and of those that are `missing`.
    pub(super) fn fold(self, options: &IngestOptions, mut missing: BTreeMap<Arc<str>, usize>) -> Vec<FoldedFile> {
        let mut files: BTreeMap<Arc<str>, Vec<(usize, ExtractedTally)>> = BTreeMap::new();
        let of_window = |tally: &ExtractedTally| {
            !is_of_day_folder(tally) || is_just_before(&options.window, &tally.attempt.log_file)
        };
        for (source, tally) in self.tallies.into_iter().filter(|(_, tally)| of_window(tally)) {
            files.entry(Arc::clone(&tally.attempt.log_file)).or_default().push((source, tally));
        }
        let mut slots = Vec::new();
        let mut places: HashMap<Attempt, usize> = HashMap::new();
        for tallies in files.values_mut() {
            for stands in standing(std::mem::take(tallies)) {
                let place = slots.len();
                places.extend(stands.attempts.iter().cloned().map(|attempt| (attempt, place)));
                slots.push((stands, FoundRows::default()));
            }
        }
        let mut places = SlotPlaces { places, last: None };
        let mut slot = |source: usize, attempt: &Arc<Attempt>| {
            let place = places.of(attempt);
            if place.is_none() && !files.contains_key(&attempt.log_file) {
                // Who read it was ended, and nobody read it again.
                missing.insert(Arc::clone(&attempt.log_file), source);
            }
            place
        };
        for (source, ExtractedEvent { attempt, offset, event, principal }) in self.events {
            if let Some(place) = slot(source, &attempt) {
                slots[place].1.events.push(FoundEvent { offset, event, principal });
            }
        }
        for (source, StoredRow { attempt, offset, event }) in self.stored {
            if let Some(place) = slot(source, &attempt) {
                slots[place].1.stored.push((offset, event));
            }
        }
        for (source, ExtractedCall { attempt, offset, call }) in self.calls {
            if let Some(place) = slot(source, &attempt) {
                slots[place].1.calls.push((offset, call));
            }
        }
        let mut folded: Vec<FoldedFile> =
            slots.into_iter().map(|(stands, rows)| folded_file(stands, rows, options)).collect();
        let first = self.sources.first().copied().unwrap_or_default();
        folded.extend(missing.into_iter().map(|(log_file, source)| {
            missing_file(log_file, if self.sources.contains(&source) { source } else { first }, options)
        }));
        folded.sort_by(|one, other| one.log_file.cmp(&other.log_file));
        folded
    }
}

fn folded_file(stands: StandingTally, rows: FoundRows, options: &IngestOptions) -> FoldedFile {
    let fate = fate(&stands, rows, options);
    let ExtractedTally { attempt: Attempt { log_file, etag, .. }, source: of_source, size, .. } = stands.tally;
    let key = LogKey::parse(&log_file);
    FoldedFile { source: stands.source, of_source, log_file, key, etag, size, fate }
}

/// A log file that should be there, and that no extract has.
fn missing_file(log_file: Arc<str>, source: usize, options: &IngestOptions) -> FoldedFile {
    let key = LogKey::parse(&log_file);
    let fate = match key.reason_to_skip(&options.window, options.late_days) {
        Some(skip) => FoldedFate::Skipped(skip),
        None => FoldedFate::Failed(NOT_EXTRACTED.to_owned()),
    };
    FoldedFile { source, of_source: Box::default(), log_file, key, etag: None, size: None, fate }
}

/// The places of the events that a reading found of an issuer.
type RowsByIssuer<'a> = HashMap<(&'a Attempt, &'a str), HashSet<u64>>;

fn has(rows: &RowsByIssuer<'_>, attempt: &Attempt, issuer: &str) -> u64 {
    rows.get(&(attempt, issuer)).map_or(0, |offsets| offsets.len() as u64)
}

/// Where the rows of each reading belong that stands for its log file.
struct SlotPlaces {
    places: HashMap<Attempt, usize>,
    /// Most rows are of the reading of the one before.
    last: Option<(Arc<Attempt>, Option<usize>)>,
}

impl SlotPlaces {
    fn of(&mut self, attempt: &Arc<Attempt>) -> Option<usize> {
        if let Some((known, place)) = &self.last
            && Arc::ptr_eq(known, attempt)
        {
            return *place;
        }
        let place = self.places.get(&**attempt).copied();
        self.last = Some((Arc::clone(attempt), place));
        place
    }
}

/// An event in its place; nothing of one of an issuer that is not asked for.
struct FoundEvent {
    offset: u64,
    event: Option<Box<Assumption>>,
    principal: Option<Box<str>>,
}

/// What readings found of one log file, perhaps several times.
#[derive(Default)]
struct FoundRows {
    events: Vec<FoundEvent>,
    stored: Vec<(u64, StoredEvent)>,
    calls: FoundCalls,
}

/// What is to be counted of a log file with that tally and these events.
fn fate(stands: &StandingTally, rows: FoundRows, options: &IngestOptions) -> FoldedFate {
    let tally = &stands.tally;
    if is_of_day_folder(tally) {
        return FoldedFate::Known;
    }
    let is_read = tally.bytes != ByteTally::default();
    let is_unlisted = tally.failed.is_some() && !is_read && tally.size.is_none() && !tally.source.starts_with("s3://");
    if matches!(tally.skipped, Some(Skip::Window) | None)
        && !is_unlisted
        && let Some(skip) = LogKey::parse(&tally.attempt.log_file).reason_to_skip(&options.window, options.late_days)
    {
        return FoldedFate::Skipped(skip);
    }
    if stands.contradicts {
        return FoldedFate::Failed("changed while extracted".to_owned());
    }
    match (tally.skipped, &tally.failed) {
        (Some(Skip::Window), _) => {
            FoldedFate::Failed(format!("{NOT_EXTRACTED}: it was delivered outside of the window of the extract"))
        }
        (Some(skip), _) if !is_read => FoldedFate::Skipped(skip),
        (Some(skip), _) => FoldedFate::empty(decoded(tally, Vec::new(), FileEnd::Skipped(skip))),
        (None, Some(reason)) if is_unlisted => FoldedFate::Unlisted(reason.to_string()),
        (None, Some(reason)) if !is_read && !reason.starts_with("empty: ") => FoldedFate::Failed(reason.to_string()),
        (None, Some(reason)) => {
            let ended = FileEnd::Failed(Defect::Told(reason.clone()));
            if options.limits.salvage {
                return whole(tally, rows, ended, &options.issuers);
            }
            let records = RecordTally::default();
            let (issuers, malformed, truncated) = Default::default();
            let nothing = ExtractedTally { records, malformed, truncated, issuers, ..tally.clone() };
            FoldedFate::empty(decoded(&nothing, Vec::new(), ended))
        }
        (None, None) => whole(tally, rows, FileEnd::Read, &options.issuers),
    }
}

/// A log file with all its events and calls, or one of which some are missing.
fn whole(tally: &ExtractedTally, rows: FoundRows, ended: FileEnd, issuers: &Issuers) -> FoldedFate {
    let FoundRows { mut events, mut stored, calls } = rows;
    // One reading gives them in this order.
    if !events.is_sorted_by(|one, other| one.offset < other.offset) {
        events.sort_by_key(|event| event.offset);
        events.dedup_by_key(|event| event.offset);
    }
    if !stored.is_sorted_by(|one, other| one.0 < other.0) {
        stored.sort_by_key(|(offset, _)| *offset);
        stored.dedup_by_key(|(offset, _)| *offset);
    }
    events.retain(|event| stored.binary_search_by_key(&event.offset, |(offset, _)| *offset).is_err());
    let (found, kept) = ((events.len() + stored.len()) as u64, tally.records.kept);
    if found != kept {
        return FoldedFate::Failed(format!("extracted in part: {found} of its {kept} events are there"));
    }
    let stored: Vec<StoredEvent> = stored.into_iter().map(|(_, event)| event).collect();
    if let Some(reason) = lost_issuers(tally, &events, &stored) {
        return FoldedFate::Failed(reason);
    }
    let mut decoded = decoded(tally, events, ended);
    // Those are among the events of issuers that are asked for.
    decoded.records.kept += stored.len() as u64;
    decoded.records.other -= stored.len() as u64;
    match add_calls(&mut decoded, tally, calls, issuers) {
        Ok(calls) => FoldedFate::Decoded(Box::new(decoded), FoundBeside { calls, stored }),
        Err(reason) => FoldedFate::Failed(reason),
    }
}

/// Says that events lack their issuer, as where what wrote the rows again has lost the column: every extract has all events of HCP
/// Terraform, and a tally counts them. Without their issuer they would be nobody's.
fn lost_issuers(tally: &ExtractedTally, events: &[FoundEvent], stored: &[StoredEvent]) -> Option<String> {
    let is_ours = |issuer: &str| HCP_HOSTS.iter().any(|host| host.eq_ignore_ascii_case(issuer));
    let told = tally.issuers.iter().filter(|(issuer, _)| is_ours(issuer)).map(|(_, count)| count).sum::<u64>();
    let issuers = events.iter().filter_map(|row| row.event.as_ref()?.issuer.as_deref());
    let issuers = issuers.chain(stored.iter().filter_map(StoredEvent::issuer));
    let found = issuers.filter(|issuer| is_ours(issuer)).count() as u64;
    (found < told)
        .then(|| format!("extracted in part: {found} of its {told} events of HCP Terraform have their issuer"))
}

/// What a reader would have found, of whose events some are of issuers that are not asked for.
fn decoded(tally: &ExtractedTally, events: Vec<FoundEvent>, ended: FileEnd) -> Decoded {
    let mut decoded = Decoded::told(&tally.attempt.log_file, ended);
    decoded.bytes = tally.bytes;
    decoded.records = tally.records;
    for FoundEvent { event, principal, .. } in events {
        if let Some(event) = event {
            decoded.principals.extend(principal.map(|principal| (event.content, principal)));
            decoded.assumptions.push(*event);
        }
    }
    let foreign = tally.records.kept.saturating_sub(decoded.assumptions.len() as u64);
    decoded.records.kept -= foreign;
    decoded.records.other += foreign;
    decoded.malformed = tally
        .malformed
        .iter()
        .map(|(offset, reason)| Malformed { offset: *offset, reason: MalformedReason::Told(reason.clone()) })
        .collect();
    decoded.issuers = tally.issuers.clone();
    decoded.has_more.clone_from(&tally.truncated);
    decoded
}

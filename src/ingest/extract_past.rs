//! What an extract has already that was interrupted: which log files need not be read again, and how much of it stays.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::counts::{count, day_of};
use super::done_files::DoneFiles;
use super::options::IngestOptions;
use super::whole_lines::WholeLines;
use crate::audit::coverage::{Coverage, FileOutcome, SourceTally};
use crate::decode::defect::{Defect, Malformed, MalformedReason};
use crate::decode::extract::{Attempt, ExtractRows, ExtractedActivity, ExtractedTally};
use crate::decode::record::session_call::SessionPass;
use crate::decode::{DecodeLimits, Decoded, Decoder, FileEnd};
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::log_key::LogKey;
use crate::domain::tally::{ByteTally, Skip};
use crate::source::place::FilePath;
use crate::source::{SourceSpec, named};

pub use super::whole_lines::PastError;

/// What an extract has already.
#[derive(Debug)]
pub struct ExtractPast {
    /// The log files that were read to their end.
    pub done: Arc<DoneFiles>,
    /// Whether it is packed, as far as it has anything.
    pub is_packed: Option<bool>,
    pub(super) coverage: Coverage,
    pub(super) sources: Vec<SourceTally>,
}

impl ExtractPast {
    /// Reads what `file` has, cuts off what is not whole, and leaves it at its end. `repack` packs lines again that lay in a
    /// stream whose end is cut off. What cannot be gone on with is left as it is.
    ///
    /// # Errors
    ///
    /// It is no extract, is damaged, or cannot be read or written.
    pub fn read(
        file: &mut File,
        specs: &[SourceSpec],
        options: &IngestOptions,
        repack: impl FnOnce(&mut dyn Read, &mut File) -> io::Result<()>,
    ) -> Result<Self, PastError> {
        let mut whole = WholeLines::of(file, options.limits.max_record)?;
        let past = Arc::new(Mutex::new(PastTallies::new(specs, options)));
        if whole.end > 0 {
            file.rewind()?;
            read_tallies((&mut *file).take(whole.end), options, &past)?;
        }
        if let Some(rest) = &mut whole.rest {
            rest.rewind()?;
            read_tallies(&*rest, options, &past)?;
        }
        file.set_len(whole.end)?;
        file.seek(SeekFrom::End(0))?;
        if let Some(mut rest) = whole.rest {
            rest.rewind()?;
            repack(&mut rest, file)?;
        }
        let mut past = past.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = std::mem::take(&mut past.done);
        done.name_sources(specs);
        Ok(Self {
            done: Arc::new(done),
            is_packed: whole.is_packed,
            coverage: std::mem::take(&mut past.coverage),
            sources: std::mem::take(&mut past.sources),
        })
    }
}

/// Reads all tallies of whole lines of an extract.
fn read_tallies(input: impl Read, options: &IngestOptions, past: &Arc<Mutex<PastTallies>>) -> Result<(), PastError> {
    let taker = Arc::clone(past);
    let take = move |rows: &mut ExtractRows| {
        taker.lock().unwrap_or_else(PoisonError::into_inner).take_rows(rows);
        rows.clear();
    };
    let limits = DecodeLimits { max_file: u64::MAX, ..options.limits };
    let mut decoder = Decoder::new(options.issuers.clone(), limits).giving_rows(Box::new(take.clone()));
    if options.calls.parameters_of_sessions().is_some() {
        decoder = decoder.with_session_calls(SessionPass::First, false);
    }
    let found = decoder.stream(&"-".into(), BufReader::new(input));
    match &found.ended {
        FileEnd::Failed(Defect::Empty) => return Ok(()),
        FileEnd::Failed(defect) => return Err(PastError::Damaged(defect.to_string())),
        _ => {}
    }
    take(&mut *found.extract.ok_or(PastError::Foreign)?);
    Ok(())
}

/// Counts of the tallies that were met.
struct PastTallies {
    sources: Vec<SourceTally>,
    places: Vec<PastPlaces>,
    options: IngestOptions,
    done: DoneFiles,
    coverage: Coverage,
    /// Events by their issuers, of log files whose tally has not come yet: they come in front of it.
    issuers: HashMap<Attempt, BTreeMap<Box<str>, u64>>,
}

/// Where the log files of a source lie.
struct PastPlaces {
    label: String,
    folder: Option<PathBuf>,
    files: HashMap<Arc<str>, PathBuf>,
}

impl PastPlaces {
    fn of(spec: &SourceSpec) -> Self {
        let folder = match spec {
            SourceSpec::Path(path) => Some(path.clone()),
            _ => None,
        };
        let files = match spec {
            SourceSpec::Files(named) => {
                named.files.iter().map(|file| (Arc::clone(&file.label), file.path.clone())).collect()
            }
            _ => HashMap::new(),
        };
        Self { label: spec.label(), folder, files }
    }

    /// Whether a log file is there, and not as it was.
    fn has_changed(&self, attempt: &Attempt) -> bool {
        let path = match &self.folder {
            Some(folder) if folder.is_dir() => folder.join(&*attempt.log_file),
            Some(file) => file.clone(),
            None => match self.files.get(&attempt.log_file) {
                Some(path) => path.clone(),
                None => return false,
            },
        };
        let now = named::state_of(&FilePath::of_path(&path, &attempt.log_file)).map(|(etag, ..)| etag);
        now.is_some_and(|now| attempt.etag.as_deref() != Some(&*now))
    }
}

impl PastTallies {
    fn new(specs: &[SourceSpec], options: &IngestOptions) -> Self {
        Self {
            sources: vec![SourceTally::default(); specs.len()],
            places: specs.iter().map(PastPlaces::of).collect(),
            options: options.clone(),
            done: DoneFiles::default(),
            coverage: Coverage::default(),
            issuers: HashMap::new(),
        }
    }

    fn take_rows(&mut self, rows: &ExtractRows) {
        for event in rows.events.iter().filter_map(|row| row.event.as_ref().map(|event| (&row.attempt, event))) {
            let (attempt, issuer) = (event.0, event.1.issuer.as_deref().unwrap_or_default());
            let counts = match self.issuers.get_mut(&**attempt) {
                Some(counts) => counts,
                None => self.issuers.entry(Attempt::clone(attempt)).or_default(),
            };
            match counts.get_mut(issuer) {
                Some(count) => *count += 1,
                None => drop(counts.insert(issuer.into(), 1)),
            }
        }
        rows.tallies.iter().for_each(|tally| self.take(tally));
    }

    fn take(&mut self, tally: &ExtractedTally) {
        let found = self.issuers.remove(&tally.attempt).unwrap_or_default();
        let Some(source) = self.places.iter().position(|places| *places.label == *tally.source) else { return };
        if tally.skipped == Some(Skip::Window) {
            self.done.leave_out(tally);
            return;
        }
        // What failed is tried again, and so is what was read for fewer issuers, or without calls that are asked for.
        let lacks_calls = lacks_calls(tally, &self.options);
        if tally.failed.is_some() || lacks_calls || lacks(tally, &found, &self.options.issuers) {
            return;
        }
        if self.places[source].has_changed(&tally.attempt) || !self.done.add(tally) {
            return;
        }
        let key = LogKey::parse(&tally.attempt.log_file);
        // What is not opened is listed and counted again.
        let is_unopened = tally.skipped.is_some() && tally.bytes == ByteTally::default();
        if is_unopened || self.options.reason_to_skip(&tally.attempt.log_file, &key).is_some() {
            return;
        }
        let mut decoded = decoded(tally);
        let (outcome, of_day) = count(&mut self.coverage, &tally.attempt.log_file, &key, &mut decoded);
        if !matches!(outcome, FileOutcome::Skipped(_)) {
            self.coverage.days.entry(day_of(&key)).or_default().add(of_day);
        }
        self.sources[source].files += 1;
        self.sources[source].read += u64::from(outcome == FileOutcome::Read);
    }
}

/// Whether calls of runs are asked for that are not there.
fn lacks_calls(tally: &ExtractedTally, options: &IngestOptions) -> bool {
    if options.calls.parameters_of_sessions().is_none() || tally.skipped.is_some() {
        return false;
    }
    let has = |activity: &ExtractedActivity| activity.issuers.clone().with_look_alikes().covers(&options.issuers);
    !tally.activity.as_deref().is_some_and(has)
}

/// Whether a log file has more events of the issuers that are asked for than were found of it.
fn lacks(tally: &ExtractedTally, found: &BTreeMap<Box<str>, u64>, issuers: &Issuers) -> bool {
    if issuers.all() {
        return found.values().sum::<u64>() < tally.issuers.values().sum();
    }
    let mut asked = tally.issuers.iter().filter(|(issuer, _)| issuers.role(issuer) != IssuerRole::Foreign);
    asked.any(|(issuer, count)| found.get(issuer).copied().unwrap_or_default() < *count)
}

/// What a reader found, without the events.
fn decoded(tally: &ExtractedTally) -> Decoded {
    let ended = tally.skipped.map_or(FileEnd::Read, FileEnd::Skipped);
    let mut decoded = Decoded::told(&tally.attempt.log_file, ended);
    (decoded.bytes, decoded.records) = (tally.bytes, tally.records);
    decoded.has_more.clone_from(&tally.truncated);
    let reason = |(offset, reason): &(u64, Box<str>)| Malformed {
        offset: *offset,
        reason: MalformedReason::Told(reason.clone()),
    };
    decoded.malformed = tally.malformed.iter().map(reason).collect();
    decoded.issuers.clone_from(&tally.issuers);
    if let Some(activity) = &tally.activity {
        decoded.reject_calls(activity.malformed, activity.malformed_at.iter().map(reason).collect());
    }
    decoded
}

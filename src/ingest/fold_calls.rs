//! Calls among the rows of extracts: what a reading of their log file would have found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::options::IngestOptions;
use super::standing::standing;
use crate::decode::Decoded;
use crate::decode::defect::{Malformed, MalformedReason};
use crate::decode::extract::{ExtractedLog, ExtractedTally};
use crate::decode::record::session_call::tells_of_run;
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::session_call::SessionCall;
use crate::domain::tally::ByteTally;

/// Calls by their places.
pub(super) type FoundCalls = Vec<(u64, SessionCall)>;

/// What rows with these tallies lack of the calls that are asked for, as a sentence.
pub(super) fn lack_of_calls(all: &[(usize, ExtractedTally)], options: &IngestOptions) -> Option<String> {
    options.calls.parameters_of_sessions()?;
    let lacks = |tally: &ExtractedTally| lack_of_tally(tally, options);
    let mut lacking: BTreeMap<Arc<str>, Vec<(usize, ExtractedTally)>> = BTreeMap::new();
    let names = all.iter().filter(|(_, tally)| lacks(tally).is_some());
    lacking.extend(names.map(|(_, tally)| (Arc::clone(&tally.attempt.log_file), Vec::new())));
    if lacking.is_empty() {
        return None;
    }
    for row in all {
        if let Some(of_file) = lacking.get_mut(&row.1.attempt.log_file) {
            of_file.push(row.clone());
        }
    }
    // A reading that has less does not stand where another one of the log file has more.
    lacking.into_iter().find_map(|(name, of_file)| {
        let lack = standing(of_file).iter().find_map(|stands| lacks(&stands.tally))?;
        Some(format!("the extracts lack calls of runs: {name} was extracted without {lack}"))
    })
}

/// The flag that the extract of a log file was made without, if it lacks calls that are asked for.
fn lack_of_tally(tally: &ExtractedTally, options: &IngestOptions) -> Option<&'static str> {
    let is_read = tally.failed.is_none() || (options.limits.salvage && tally.bytes != ByteTally::default());
    let key = LogKey::parse(&tally.attempt.log_file);
    if tally.skipped.is_some() || !is_read || key.reason_to_skip(&options.window, options.late_days).is_some() {
        return None;
    }
    match &tally.activity {
        None => Some("--activity"),
        // What is kept for its subject alone tells of no session.
        Some(activity) if activity.issuers.clone().with_look_alikes().covers(&options.issuers) => None,
        Some(_) if options.issuers.all() => Some("--all-issuers"),
        Some(_) => Some("the --tfe-host that is asked for"),
    }
}

/// Puts the calls of a log file beside its events, and gives those that do not tell by themselves that a run of these issuers made
/// them; or says that some are missing.
pub(super) fn add_calls(
    decoded: &mut Decoded,
    tally: &ExtractedTally,
    mut calls: FoundCalls,
    issuers: &Issuers,
) -> Result<Vec<SessionCall>, String> {
    let Some(activity) = &tally.activity else { return Ok(Vec::new()) };
    if !calls.is_sorted_by(|one, other| one.0 < other.0) {
        calls.sort_by_key(|(offset, _)| *offset);
        calls.dedup_by_key(|(offset, _)| *offset);
    }
    let (found, expected) = (calls.len() as u64, activity.calls);
    if found != expected {
        return Err(format!("extracted in part: {found} of its {expected} calls are there"));
    }
    // Whoever asks about no fewer issuers than the extract was made for has the same sessions.
    let tells_all = issuers.covers(&activity.issuers);
    let calls = calls.into_iter().map(|(_, call)| call);
    let (own, beside) = calls.partition(|call| tells_all || tells_of_run(&call.caller, issuers));
    decoded.session_calls = own;
    decoded.notes = activity.notes.clone();
    decoded.written.clone_from(&activity.written);
    let told = |(offset, reason): &(u64, Box<str>)| Malformed {
        offset: *offset,
        reason: MalformedReason::Told(reason.clone()),
    };
    decoded.unread_calls = activity.malformed_at.iter().map(told).collect();
    let named = decoded.unread_calls.len() as u64;
    let unnamed = activity.malformed.saturating_sub(named);
    let (source, sha256) = (tally.source.clone(), activity.sha256);
    decoded.extracted = Some(Box::new(ExtractedLog { source, unnamed, sha256, is_read_again: false }));
    Ok(beside)
}

//! Answers what a scan of the same log files would answer, with the same counters.
//!
//! What can be left out by time, subject or run is left to an index; whatever is read goes through the same code as the
//! events of a scan, so the two cannot differ.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use rusqlite::{Row, Transaction};

use super::alike::Alikes;
use super::assemble::Assembler;
use super::copies::{ANY_ALIKE_COPIED, CROSSED};
use super::corrections::{self, with_family};
use super::error::StoreError;
use super::open::Store;
use super::tally::Tallied;
use crate::audit::coverage::Coverage;
use crate::audit::filter::Filter;
use crate::audit::filter::select::{Selected, select};
use crate::audit::runs::dedupe::{Deduplicated, deduplicate, distinct};
use crate::domain::assumption::Assumption;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::tally::KeptTally;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What is asked of a store.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The issuers.
    pub issuers: &'a Issuers,
    /// The window and the filters.
    pub filter: &'a Filter,
    /// With the gap in seconds that splits runs: every event of a run that has one that passes.
    pub whole_runs: Option<i64>,
    /// How many days late a log file may be.
    pub late_days: u32,
}

/// What a store answers.
#[derive(Debug)]
pub struct Answer {
    /// The events, and what removed the others.
    pub selected: Selected,
    /// What they rest on, with every counter filled in.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to say about it, a line each.
    pub notes: Vec<String>,
}

/// Everything that a store has for a window, to be put beside what else is read.
#[derive(Debug, Default)]
pub struct Contents {
    /// Kept events, copies and all.
    pub events: Vec<Assumption>,
    /// What they rest on; the counters of kept events are not filled in.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to say about it, a line each.
    pub notes: Vec<String>,
}

/// The cache of a walk over the events.
pub(super) const WALK_KIB: i64 = 4 << 10;

/// With more subjects than that, a walk over the time of the window takes less.
const SUBJECTS: usize = 2_000;

/// The part of SQL that tells which log files a scan would have read (DESIGN §2); `f` is the log file.
pub(super) fn files_read(window: Window, late_days: u32) -> String {
    let mut sql = String::from("(f.delivered IS NULL OR (1");
    // Writing to a String cannot fail.
    if let Some(from) = window.from {
        let _ = write!(sql, " AND f.delivered >= {}", from.minute().seconds());
    }
    if let Some(end) = end_of_files(window, late_days) {
        let _ = write!(sql, " AND f.delivered < {}", end.seconds());
    }
    sql + "))"
}

/// The first second of the first day whose log files are too late for a window.
pub(super) fn end_of_files(window: Window, late_days: u32) -> Option<Timestamp> {
    window.last_folder(late_days).map(Day::end)
}

impl Store {
    /// Answers, from one state of the store.
    pub fn ask(&self, question: &Question<'_>) -> Result<Answer, StoreError> {
        self.at_one_moment(|| self.answer(question))
    }

    /// Everything for a window.
    pub fn contents(&self, issuers: &Issuers, window: Window, late_days: u32) -> Result<Contents, StoreError> {
        self.at_one_moment(|| {
            let filter = Filter { window, ..Filter::default() };
            let question = Question { issuers, filter: &filter, whole_runs: None, late_days };
            let mut tallied = self.tally(&question)?;
            let mut assembler = Assembler::new(self, issuers, tallied.alikes)?;
            let events = self.rows(&mut assembler, &files_read(window, late_days), "assumptions AS a")?;
            if events.is_empty() {
                tallied.coverage.issuers = self.issuers_seen()?;
            }
            let Tallied { coverage, forbidden, notes, .. } = tallied;
            Ok(Contents { events, coverage, forbidden, notes })
        })
    }

    /// What keeps others from changing anything, unless that is so already.
    pub(super) fn transaction(&self) -> rusqlite::Result<Option<Transaction<'_>>> {
        self.connection.is_autocommit().then(|| self.connection.unchecked_transaction()).transpose()
    }

    pub(super) fn at_one_moment<T>(&self, read: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let at_once = || {
            let transaction = self.transaction()?;
            let answer = read()?;
            transaction.map_or(Ok(()), Transaction::finish)?;
            Ok(answer)
        };
        let answer: rusqlite::Result<T> = at_once();
        let answer = answer.map_err(|error| self.error(error))?;
        self.is_as_it_was()?;
        Ok(answer)
    }

    fn answer(&self, question: &Question<'_>) -> rusqlite::Result<Answer> {
        let mut tallied = self.tally(question)?;
        let files = files_read(question.filter.window, question.late_days);
        let events = self.candidates(question, &files, &tallied)?;
        let mut selected = select(events, question.filter, question.whole_runs);
        let reported = selected.kept.reported;
        selected.kept = self.balance(question, &mut tallied, reported, &mut selected.removed)?;
        Ok(Answer { selected, coverage: tallied.coverage, forbidden: tallied.forbidden, notes: tallied.notes })
    }

    /// Fills in what became of kept events, of which so many are reported.
    pub(super) fn balance(
        &self,
        question: &Question<'_>,
        tallied: &mut Tallied,
        reported: u64,
        removed: &mut BTreeMap<&'static str, u64>,
    ) -> rusqlite::Result<KeptTally> {
        let (duplicate, conflicts) = self.count_copies(question, tallied)?;
        let filtered = tallied.coverage.records.kept.saturating_sub(reported + duplicate + conflicts);
        let left_out = filtered.saturating_sub(removed.values().sum());
        if left_out > 0 {
            removed.insert("the window and filters", left_out);
        }
        let kept = KeptTally { reported, filtered, duplicate, conflicts };
        tallied.coverage.kept = kept;
        tallied.coverage.conflicts = if conflicts > 0 { self.contradictions(question)? } else { Vec::new() };
        if reported == 0 {
            tallied.coverage.issuers = self.issuers_seen()?;
        }
        Ok(kept)
    }

    /// Every event that can pass, once. `files` tells which log files count.
    pub(super) fn candidates(
        &self,
        question: &Question<'_>,
        files: &str,
        tallied: &Tallied,
    ) -> rusqlite::Result<Deduplicated> {
        let mut assembler = Assembler::new(self, question.issuers, tallied.alikes)?;
        if question.whole_runs.is_some() {
            return Ok(deduplicate(self.rows(&mut assembler, files, "assumptions AS a")?));
        }
        let narrowed = self.narrowed(question.filter, tallied)?;
        let Some((from, condition)) = narrowed else { return Ok(Deduplicated::default()) };
        if question.filter.window.from.is_none() {
            // No page is read twice.
            self.connection.pragma_update(None, "cache_size", -WALK_KIB)?;
        }
        let mut events = self.rows(&mut assembler, &format!("{files} AND {condition}"), &from)?;
        let copied = std::mem::take(&mut assembler.copied);
        if copied.is_empty() {
            return Ok(distinct(events));
        }
        let mut seen: HashSet<i64> = copied.iter().copied().collect();
        for id in copied {
            self.other_copies(&mut assembler, id, files, &mut seen, &mut events)?;
        }
        Ok(deduplicate(events))
    }

    fn rows(&self, assembler: &mut Assembler<'_>, condition: &str, from: &str) -> rusqlite::Result<Vec<Assumption>> {
        let sql = format!(
            "SELECT {} FROM {from} JOIN log_files AS f ON f.id = a.log_file WHERE {condition}",
            Assembler::COLUMNS
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.extend(assembler.event(row)?);
        }
        Ok(events)
    }

    /// The copies of a row that a scan would have read, beside those that were `seen`.
    pub(super) fn other_copies(
        &self,
        assembler: &mut Assembler<'_>,
        id: i64,
        files: &str,
        seen: &mut HashSet<i64>,
        events: &mut Vec<Assumption>,
    ) -> rusqlite::Result<()> {
        let family = with_family(
            "SELECT event_id FROM assumptions WHERE id = ?1 AND event_id IS NOT NULL
            UNION SELECT corrects FROM assumptions WHERE id = ?1 AND corrects IS NOT NULL",
        );
        let sql = format!(
            "SELECT {} FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
            WHERE {files} AND a.id IN (
                {family} SELECT c.id FROM family JOIN assumptions AS c ON c.event_id = family.event_id
                UNION ALL SELECT c.id FROM family JOIN assumptions AS c ON c.corrects = family.event_id
                UNION ALL
                SELECT c.id FROM assumptions AS m JOIN assumptions AS c ON c.content = m.content
                WHERE m.id = ?1 AND m.event_id IS NULL AND c.event_id IS NULL
            )",
            Assembler::COLUMNS
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            if seen.insert(row.get(0)?) {
                events.extend(assembler.event(row)?);
            }
        }
        Ok(())
    }

    /// Where to look, and what for, so that nothing is missed that can pass; nothing where nothing can.
    pub(super) fn narrowed(&self, filter: &Filter, tallied: &Tallied) -> rusqlite::Result<Option<(String, String)>> {
        let mut condition = String::from("1");
        let Window { from, to } = filter.window;
        if let Some(from) = from {
            let _ = write!(condition, " AND a.time >= {}", from.seconds());
        }
        if let Some(to) = to {
            let _ = write!(condition, " AND a.time < {}", to.seconds());
        }
        // What reaches back to the beginning is most of it: a walk over all of it keeps nearby what lies side by side.
        let by_time = match from {
            None => "assumptions AS a NOT INDEXED",
            Some(_) => "assumptions AS a INDEXED BY assumptions_by_time",
        };
        if let Some(runs) = self.runs_asked_for(filter)? {
            let from = "assumptions AS a INDEXED BY assumptions_by_run".to_owned();
            return Ok(Some((from, format!("{condition} AND a.run IN ({runs})"))));
        }
        let is_as_stored = tallied.is_as_stored && tallied.alikes != Alikes::Decoded;
        let Some(subjects) = self.subjects_that_pass(filter, is_as_stored)? else {
            return Ok(Some((by_time.to_owned(), condition)));
        };
        if subjects.is_empty() {
            return Ok(None);
        }
        if subjects.len() > SUBJECTS {
            return Ok(Some((by_time.to_owned(), condition)));
        }
        let list: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        let from = "assumptions AS a INDEXED BY assumptions_by_subject".to_owned();
        Ok(Some((from, format!("{condition} AND a.subject IN ({})", list.join(",")))))
    }

    /// The runs of `--run`, as SQL, where they are named and are all in the index of runs.
    fn runs_asked_for(&self, filter: &Filter) -> rusqlite::Result<Option<String>> {
        let Some(literals) = filter.run.literals() else { return Ok(None) };
        let mut list = Vec::new();
        for literal in literals {
            let sql = "SELECT 1 FROM sessions WHERE run_id = ?";
            let Some(run) = literal.strip_prefix("run-") else { return Ok(None) };
            let plain = !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !plain || self.connection.prepare_cached(sql)?.exists([literal])? {
                return Ok(None);
            }
            list.push(format!("'{run}'"));
        }
        Ok(Some(list.join(",")))
    }

    /// The subjects that pass; nothing where the filter does not look at them.
    fn subjects_that_pass(&self, filter: &Filter, is_as_stored: bool) -> rusqlite::Result<Option<BTreeSet<i64>>> {
        let Filter { org, project, workspace, stack, deployment, phase, kind, .. } = filter;
        let patterns = [org, project, workspace, stack, deployment, phase];
        let looks = patterns.iter().any(|patterns| !patterns.is_empty()) || !kind.is_empty();
        if !looks || !is_as_stored {
            return Ok(None);
        }
        let sql = "SELECT id, kind, organization, project, workspace, stack, deployment, phase FROM subjects";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut passing = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let cell = |at: usize| -> rusqlite::Result<Option<&str>> { Ok(row.get_ref(at)?.as_str_or_null()?) };
            let mut passes = kind.pass(cell(1)?.unwrap_or_default());
            for (patterns, at) in patterns.iter().zip(2..) {
                passes = passes && patterns.pass(cell(at)?);
            }
            if passes {
                passing.insert(row.get(0)?);
            }
        }
        Ok(Some(passing))
    }

    /// How many copies a scan would have removed: those of the same content, and the others.
    fn count_copies(&self, question: &Question<'_>, tallied: &Tallied) -> rusqlite::Result<(u64, u64)> {
        let count = |row: &Row<'_>, at| row.get::<_, i64>(at).map(|it| u64::try_from(it).unwrap_or_default());
        let are_alikes_alone = || -> rusqlite::Result<bool> {
            let sql = format!("SELECT NOT {ANY_ALIKE_COPIED}");
            Ok(tallied.alikes == Alikes::Apart || self.connection.query_row(&sql, [], |row| row.get(0))?)
        };
        if tallied.is_as_stored && tallied.coverage.files.skipped_window == 0 && are_alikes_alone()? {
            let sql = "SELECT count(*) FILTER (WHERE copy = 2), count(*) FILTER (WHERE copy = 3)
                FROM assumptions INDEXED BY assumptions_with_copies WHERE copy <> 0 AND copy IN (2, 3)";
            return self.connection.query_row(sql, [], |row| Ok((count(row, 0)?, count(row, 1)?)));
        }
        let files = files_read(question.filter.window, question.late_days);
        let all = "SELECT id FROM assumptions INDEXED BY assumptions_with_copies WHERE copy <> 0 AND copy <> 4";
        let rows = match tallied.alikes {
            Alikes::Apart => format!("{all} AND copy < 4"),
            Alikes::Verbatim | Alikes::Decoded => format!("{all} UNION SELECT c.id {CROSSED}"),
        };
        if corrections::any(&self.connection)? {
            let mut assembler = Assembler::new(self, question.issuers, tallied.alikes)?;
            let events = self.rows(&mut assembler, &format!("{files} AND a.id IN ({rows})"), "assumptions AS a")?;
            let Deduplicated { duplicate, conflicts, .. } = deduplicate(events);
            return Ok((duplicate, conflicts));
        }
        let sql = format!(
            "SELECT a.event_id IS NULL, coalesce(a.event_id, a.content), coalesce(f.label, f.name), a.content,
                ifnull(i.text, ''), s.text
            FROM ({rows}) AS copied JOIN assumptions AS a ON a.id = copied.id
            JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            WHERE {files}"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut copies = Vec::new();
        while let Some(row) = rows.next()? {
            let is_named = question.issuers.role(row.get_ref(4)?.as_str()?) != IssuerRole::Foreign;
            if is_named || question.issuers.keeps_subject(row.get_ref(5)?.as_str()?) {
                let identity = match row.get_ref(1)? {
                    rusqlite::types::ValueRef::Text(text) => (1, text.to_vec()),
                    other => (0, other.as_blob()?.to_vec()),
                };
                let label: String = row.get(2)?;
                let content: Vec<u8> = row.get(3)?;
                copies.push(((row.get::<_, bool>(0)?, identity), label, content));
            }
        }
        copies.sort_unstable();
        let (mut duplicate, mut conflicts) = (0, 0);
        let mut stands = None;
        for (identity, _, content) in &copies {
            match stands {
                Some((before, first)) if before == identity => {
                    *(if first == content { &mut duplicate } else { &mut conflicts }) += 1;
                }
                _ => stands = Some((identity, content)),
            }
        }
        Ok((duplicate, conflicts))
    }
}

//! The coverage that a scan of the stored log files would report, out of the sums by day.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rusqlite::Row;

use super::error::StoreError;
use super::handle::Store;
use super::log_file::{FAILED, HOLDS, READ, SERVICE, SPECIAL, UNVERIFIED};
use super::question::{StoreQuestion, end_of_files};
use super::recollect;
use super::rows::columns::number;
use super::rows::state::{IS_KEPT, LookAlikes};
use super::scope::RULES;
use super::text_table::TextTable;
use super::write::{NO_DAY, day};
use crate::audit::coverage::{
    Coverage, DAYS_BEFORE, DayKey, DaysWithFiles, FailedFile, FileCount, FileOutcome, MalformedRecord, SERVICES,
    SourceCoverage, SourceTally,
};
use crate::audit::filter::Filter;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::log_kind::LogKind;
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::timestamp::Day;
use crate::domain::window::Window;
use crate::source::kinds;

/// What an empty store lacks.
pub(super) const NOTHING_SYNCED: &str = "nothing was synced into the store; tfctrail sync SOURCE fills it";

/// What the counters say.
#[derive(Debug)]
pub(super) struct StoreTally {
    /// Everything but what became of kept events.
    pub(super) coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub(super) forbidden: Vec<String>,
    /// What to say about it.
    pub(super) notes: Vec<String>,
    /// Whether every stored event is one of the issuers asked for, and decoded as they ask. Those that were kept for their
    /// subject alone do not count.
    pub(super) is_as_stored: bool,
    /// Whether any of those are asked for.
    pub(super) look_alikes: LookAlikes,
}

/// A source of the store.
#[derive(Debug, Default)]
struct TalliedSource {
    label: String,
    is_paged: bool,
    tally: SourceTally,
}

/// Log files that have everything in common that matters here.
pub(super) struct FileGroup {
    source: i64,
    key: DayKey,
    outcome: Box<str>,
    count: u64,
    in_days: u64,
    forbidden: u64,
    bytes: ByteTally,
    records: RecordTally,
    pruned: u64,
    is_outside: bool,
    delivered: Option<Day>,
}

impl FileGroup {
    /// The columns that [`Self::of_row`] reads behind the outcome.
    pub(super) const COUNTS: &str =
        "in_days, forbidden, bytes_read, bytes_inflated, total, kept, other, malformed, pruned";

    /// That of a row; `name` gives the text of a number, which is 0 where there is none.
    pub(super) fn of_row(
        row: &Row<'_>,
        is_outside: bool,
        mut name: impl FnMut(i64) -> rusqlite::Result<Option<Arc<str>>>,
    ) -> rusqlite::Result<Self> {
        let mut name = |at: usize| Ok::<_, rusqlite::Error>(name(row.get(at)?)?.map(|text| Box::from(&*text)));
        let key = DayKey { account_id: name(1)?, region: name(2)?, date: day(row.get(3)?) };
        Ok(Self {
            source: row.get(0)?,
            key,
            outcome: row.get(5)?,
            count: number(row, 6)?,
            in_days: number(row, 7)?,
            forbidden: number(row, 8)?,
            bytes: ByteTally { read: number(row, 9)?, inflated: number(row, 10)? },
            records: RecordTally {
                total: number(row, 11)?,
                kept: number(row, 12)?,
                other: number(row, 13)?,
                malformed: number(row, 14)?,
            },
            pruned: number(row, 15)?,
            is_outside,
            delivered: day(row.get(4)?),
        })
    }
}

impl StoreTally {
    /// Whether every log file of the store counts.
    pub(super) fn are_all_read(&self) -> bool {
        self.coverage.files.skipped_window == 0
    }
}

impl Store {
    /// What a window rests on, in which so many events are reported: what a question about it alone would be told, and what
    /// was read `besides` for the whole question.
    pub fn coverage_of(
        &self,
        question: &StoreQuestion<'_>,
        window: Window,
        reported: u64,
        whole: &Coverage,
    ) -> Result<Coverage, StoreError> {
        let filter = Filter { window, ..question.filter.clone() };
        let narrow = StoreQuestion { filter: &filter, ..*question };
        let tally = || {
            let mut tallied = self.tally(&narrow)?;
            self.balance(&narrow, &mut tallied, reported, &mut BTreeMap::new())?;
            Ok(tallied.coverage)
        };
        let mut coverage = tally().map_err(|error| self.error(error))?;
        coverage.accounts.clone_from(&whole.accounts);
        let mut besides = whole.before(window);
        // What of the first day is none of the window is from before it.
        let of_first_day = |coverage: &Coverage| {
            let first = window.first_day().and_then(|day| coverage.delivered.get(&Some(day)));
            first.map_or(0, |tally| tally.read)
        };
        if whole.early_of(window).is_none() {
            besides.read += of_first_day(whole).saturating_sub(of_first_day(&coverage));
        }
        coverage.besides = Some(besides);
        Ok(coverage)
    }

    pub(super) fn tally(&self, question: &StoreQuestion<'_>) -> rusqlite::Result<StoreTally> {
        let window = question.filter.window;
        let accounts = question.filter.accounts_asked(question.whole_runs.is_some());
        let mut coverage = Coverage { window, accounts, late_days: question.late_days, ..Coverage::default() };
        let mut sources = self.all_sources()?;
        let mut pruned = 0;
        self.each_sum(window, question.late_days, |files| {
            pruned += if files.is_outside { 0 } else { files.pruned };
            let source = sources.entry(files.source).or_default();
            count(&mut coverage, &mut source.tally, window, &files);
        })?;
        self.know_places(&mut coverage)?;
        self.note_files(&mut coverage, window, question.late_days)?;
        self.name_services(&mut coverage)?;
        let mut notes = Vec::new();
        let scopes = self.scopes()?;
        let is_as_stored = self.is_as_stored(question.issuers, &scopes)?;
        if !is_as_stored {
            self.leave_out_foreign(&mut coverage, question)?;
        }
        let look_alikes = self.look_alikes(question.issuers, &scopes)?;
        if look_alikes != LookAlikes::Apart {
            self.take_in_look_alikes(&mut coverage, question)?;
        }
        let (narrow, without_look_alikes) = self.about_issuers(question, scopes)?;
        coverage.incomplete.extend(narrow);
        notes.extend(without_look_alikes);
        notes.extend(self.about_rules()?);
        coverage.incomplete.extend(self.about_parts(window, question.late_days)?);
        coverage.incomplete.extend(self.about_pruned(question, pruned)?);
        coverage.incomplete.extend(self.about_passed_over(window, question.late_days)?);
        coverage.incomplete.extend(self.about_days_not_looked_at(window, question.late_days)?);
        if sources.is_empty() {
            coverage.incomplete.insert(NOTHING_SYNCED.to_owned());
        }
        let mut forbidden = Vec::new();
        for source in sources.into_values() {
            let TalliedSource { label, is_paged, tally } = source;
            if tally.is_forbidden() {
                forbidden.push(label.clone());
            }
            let source = SourceCoverage::new(label, tally.files, is_paged, window, question.late_days);
            coverage.incomplete.extend(source.no_log_file(false));
            coverage.sources.push(source);
        }
        if self.is_verified {
            self.tell_of_digests(&mut coverage)?;
        }
        coverage.failed.sort_unstable();
        if coverage.is_unread() {
            coverage.held = self.held()?;
        }
        coverage.find_gaps();
        Ok(StoreTally { coverage, forbidden, notes, is_as_stored, look_alikes })
    }

    /// Web identities by issuer, kept or not.
    pub(super) fn issuers_seen(&self) -> rusqlite::Result<BTreeMap<Box<str>, u64>> {
        let sql = "SELECT t.text, sum(s.events) FROM seen AS s JOIN texts AS t ON t.id = s.issuer GROUP BY s.issuer";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, number(row, 1)?)))?;
        rows.collect()
    }

    /// Which days and places the store has log files of.
    fn held(&self) -> rusqlite::Result<Vec<DaysWithFiles>> {
        let sql = "SELECT a.text, r.text, min(d.date), max(d.date) FROM days AS d
            LEFT JOIN texts AS a ON a.id = d.account LEFT JOIN texts AS r ON r.id = d.region
            WHERE d.in_days > 0 AND d.date <> ? GROUP BY 1, 2 ORDER BY 1, 2";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([NO_DAY], |row| {
            let (first, last) = (day(row.get(2)?), day(row.get(3)?));
            Ok((row.get(0)?, row.get(1)?, first.zip(last)))
        })?;
        let mut held = Vec::new();
        for row in rows {
            let (account_id, region, days) = row?;
            held.extend(days.map(|(first, last)| DaysWithFiles { account_id, region, first, last }));
        }
        Ok(held)
    }

    fn all_sources(&self) -> rusqlite::Result<BTreeMap<i64, TalliedSource>> {
        let mut statement = self.connection.prepare("SELECT id, label, kind FROM sources")?;
        let rows = statement.query_map([], |row| {
            let is_paged = kinds::is_paged(&row.get::<_, String>(2)?);
            Ok((row.get(0)?, TalliedSource { label: row.get(1)?, is_paged, tally: SourceTally::default() }))
        })?;
        rows.collect()
    }

    /// Gives the sums of all log files. The day on which a window begins is summed up here, since it may begin at any
    /// minute, and so are days that are too late for a window and have log files that are taken all the same; otherwise a
    /// window's files end with a day.
    fn each_sum(&self, window: Window, late_days: u32, mut take: impl FnMut(FileGroup)) -> rusqlite::Result<()> {
        let first = window.from.map_or(i64::MIN, |from| from.day().number());
        let end = end_of_files(window, late_days).map_or(i64::MAX, |end| end.day().number());
        let mut split = self.late_days_read(window, late_days)?;
        split.extend(window.from.filter(|from| from.minute() != from.day().start()).map(|_| first));
        let mut texts = TextTable::of_texts();
        let mut give = |row: &Row<'_>, is_outside: bool| -> rusqlite::Result<()> {
            take(FileGroup::of_row(row, is_outside, |id| texts.given(self, Some(id).filter(|id| *id != 0)))?);
            Ok(())
        };
        let counts = FileGroup::COUNTS;
        let sql = format!("SELECT source, account, region, date, delivered, outcome, files, {counts} FROM days");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let delivered: i64 = row.get(4)?;
            if delivered == NO_DAY || !split.contains(&delivered) {
                give(row, delivered != NO_DAY && (delivered < first || delivered >= end))?;
            }
        }
        let sql = format!(
            "SELECT source, account, region, date, delivered_day, outcome, 1, {counts}, {}
            FROM log_files AS f WHERE delivered >= ?1 AND delivered < ?2 AND delivered_day <> {NO_DAY}",
            self.files_read(window, late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        for day in split {
            let start = day.saturating_mul(86_400);
            let mut rows = statement.query([start, start + 86_400])?;
            while let Some(row) = rows.next()? {
                give(row, !row.get::<_, bool>(16)?)?;
            }
        }
        Ok(())
    }

    /// The days that are too late for a window, and on which log files were delivered that are taken all the same.
    fn late_days_read(&self, window: Window, late_days: u32) -> rusqlite::Result<BTreeSet<i64>> {
        let Some(late) = self.listed_late(window, late_days) else { return Ok(BTreeSet::new()) };
        let sql = format!("SELECT DISTINCT delivered_day FROM log_files WHERE id IN ({late})");
        let mut statement = self.connection.prepare(&sql)?;
        let days = statement.query_map([], |row| row.get(0))?;
        days.collect()
    }

    /// Names the files that failed, and what is incomplete about others.
    fn note_files(&self, coverage: &mut Coverage, window: Window, late_days: u32) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT coalesce(f.label, f.name), f.outcome, f.reason, f.notes FROM log_files AS f INDEXED BY log_files_of_note
            WHERE (f.outcome = 'failed' OR f.notes IS NOT NULL) AND {}",
            self.files_read(window, late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let file: Arc<str> = row.get::<_, Box<str>>(0)?.into();
            for note in row.get_ref(3)?.as_str_or_null()?.unwrap_or_default().lines() {
                if let Some(words) = note.strip_prefix(HOLDS) {
                    coverage.truncated.insert(Arc::clone(&file), words.into());
                    continue;
                }
                match malformed(&file, note) {
                    Some(record) => coverage.malformed.note(record),
                    None => drop(coverage.incomplete.insert(format!("{file}: {note}"))),
                }
            }
            if row.get_ref(1)?.as_str()? == FAILED {
                let reason: Option<String> = row.get(2)?;
                coverage.failed.push(FailedFile { file, reason: reason.unwrap_or_default() });
            }
        }
        Ok(())
    }

    /// Names the first of what belongs to other services.
    fn name_services(&self, coverage: &mut Coverage) -> rusqlite::Result<()> {
        // Most stores have none, and no index for them.
        if coverage.files.skipped_service == 0 {
            return Ok(());
        }
        let sql = format!("SELECT coalesce(label, name) FROM log_files WHERE outcome = ? ORDER BY 1 LIMIT {SERVICES}");
        let mut statement = self.connection.prepare(&sql)?;
        for name in statement.query_map([SERVICE], |row| row.get::<_, Box<str>>(0))? {
            coverage.services.insert(name?.into());
        }
        Ok(())
    }

    /// Whether these issuers keep every stored event, and decode it as it was.
    fn is_as_stored(&self, issuers: &Issuers, scopes: &[(i64, Issuers)]) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare("SELECT text FROM issuers")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let issuer = row.get_ref(0)?.as_str()?;
            let role = issuers.role(issuer);
            // What was foreign to all was kept for its subject alone.
            let same = |scope: &Issuers| [IssuerRole::Foreign, role].contains(&scope.role(issuer));
            if !scopes.iter().all(|(_, scope)| same(scope)) {
                return Ok(false);
            }
        }
        // Events without an issuer are only kept where all are.
        Ok(issuers.all() || !scopes.iter().any(|(_, scope)| scope.all()))
    }

    /// Counts kept events of issuers that nobody asked for as others, as a scan does.
    fn leave_out_foreign(&self, coverage: &mut Coverage, question: &StoreQuestion<'_>) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT ifnull(i.text, ''), a1.text, r1.text, f.date, count(*), s.text
            FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
            JOIN subjects AS s ON s.id = a.subject
            LEFT JOIN issuers AS i ON i.id = a.issuer
            LEFT JOIN texts AS a1 ON a1.id = f.account
            LEFT JOIN texts AS r1 ON r1.id = f.region
            WHERE {IS_KEPT} AND NOT (a.corrects IS NOT NULL AND a.issuer IS NULL) AND {}
            GROUP BY 1, 2, 3, 4, a.subject",
            self.files_read(question.filter.window, question.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let is_named = question.issuers.role(row.get_ref(0)?.as_str()?) != IssuerRole::Foreign;
            if is_named || question.issuers.keeps_subject(row.get_ref(5)?.as_str()?) {
                continue;
            }
            let count = number(row, 4)?;
            coverage.records.kept -= count.min(coverage.records.kept);
            coverage.records.other += count;
            let key = DayKey { account_id: row.get(1)?, region: row.get(2)?, date: day(row.get(3)?) };
            if let Some(day) = coverage.days.get_mut(&key) {
                day.kept -= count.min(day.kept);
            }
        }
        Ok(())
    }

    /// What to say where log files of a question were read for fewer issuers than it asks for; second, where they were read before
    /// events were kept for their subjects.
    fn about_issuers(
        &self,
        question: &StoreQuestion<'_>,
        scopes: Vec<(i64, Issuers)>,
    ) -> rusqlite::Result<(Option<String>, Option<String>)> {
        let StoreQuestion { issuers, late_days, .. } = question;
        let window = question.filter.window;
        let first = window.from.map_or(i64::MIN, |from| from.day().number());
        let end = end_of_files(window, *late_days).map_or(i64::MAX, |end| end.day().number());
        let scopes: HashMap<i64, Issuers> = scopes.into_iter().collect();
        let sql = format!(
            "SELECT scope, sum(files) FROM days
            WHERE delivered = {NO_DAY} OR delivered >= ? AND delivered < ? GROUP BY scope"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([first, end])?;
        let (mut narrow, mut without_look_alikes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let Some(scope) = scopes.get(&id).filter(|scope| !scope.covers(issuers)) else { continue };
            if scope.clone().with_look_alikes().covers(issuers) {
                without_look_alikes += number(row, 1)?;
            } else {
                narrow.push(id);
            }
        }
        let narrow = if narrow.is_empty() { 0 } else { self.read_for_fewer(question, &narrow)? };
        let narrow = (narrow > 0).then(|| {
            format!(
                "{narrow} log files of the store were read for fewer issuers than are asked for; sync with the same \
                 --tfe-host and --all-issuers reads them again"
            )
        });
        let without_look_alikes = (without_look_alikes > 0).then(|| {
            format!(
                "{without_look_alikes} log files of the store were read by an older tfctrail, which kept no events of \
                 issuers that nobody named; sync --refresh reads them again where they still exist"
            )
        });
        Ok((narrow, without_look_alikes))
    }

    /// What to say of log files that were read by rules that have changed since.
    fn about_rules(&self) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT ifnull(sum(d.files), 0) FROM days AS d JOIN scopes AS s ON s.id = d.scope
            WHERE s.rules < ? AND d.kept + d.other > 0";
        let files = self.connection.query_row(sql, [RULES], |row| number(row, 0))?;
        Ok((files > 0).then(|| {
            format!(
                "{files} log files of the store were read by an older tfctrail, which looked for role, account \
                 and subject in fewer fields, and did not know corrections; sync --refresh reads them again \
                 where they still exist"
            )
        }))
    }

    /// What to say of events that were removed from the store.
    fn about_pruned(&self, question: &StoreQuestion<'_>, pruned: u64) -> rusqlite::Result<Option<String>> {
        let before: Option<i64> = self.connection.query_row("SELECT max(before) FROM pruned", [], |row| row.get(0))?;
        let Some(before) = before.and_then(crate::domain::timestamp::Timestamp::from_seconds) else { return Ok(None) };
        // A run that begins before the window is of it, too.
        let reaches = question.whole_runs.is_some() || question.filter.window.from.is_none_or(|from| from < before);
        let asks = reaches && question.issuers.keeps_look_alikes();
        let pruned = pruned + if asks { self.pruned_look_alikes(question)? } else { 0 };
        Ok((reaches && pruned > 0).then(|| recollect::about_pruned(before, pruned)))
    }
}

/// Whether a day can make a place known (DESIGN §8). Others are left out, since a store has those of years.
fn decides(window: Window, late_days: u32, date: Day) -> bool {
    let first = window.first_day().map(|day| day.plus(-DAYS_BEFORE));
    first.is_none_or(|first| first <= date) && window.last_folder(late_days).is_none_or(|last| date <= last)
}

/// A malformed record, out of what is noted of it.
pub(super) fn malformed(file: &Arc<str>, note: &str) -> Option<MalformedRecord> {
    let (offset, reason) = note.strip_prefix("malformed record at byte ")?.split_once(" of the inflated text: ")?;
    Some(MalformedRecord { file: Arc::clone(file), offset: offset.parse().ok()?, reason: reason.to_owned() })
}

pub(super) fn count(coverage: &mut Coverage, source: &mut SourceTally, window: Window, files: &FileGroup) {
    source.files += files.count;
    if files.is_outside {
        coverage.files.total += files.count;
        coverage.files.skipped_window += files.count;
        if files.key.date.is_some_and(|date| decides(window, coverage.late_days, date)) {
            coverage.days.entry(files.key.clone()).or_default().outside_window += files.count;
        }
        return;
    }
    let pruned = |count: u64| count - files.pruned.min(count);
    let (total, kept) = (pruned(files.records.total), pruned(files.records.kept));
    let outcome = match &*files.outcome {
        READ => FileOutcome::Read,
        FAILED => FileOutcome::Failed,
        skipped => {
            let kind = LogKind::SKIPPED.into_iter().find(|kind| kind.as_str() == skipped);
            debug_assert!(kind.is_some() || [SPECIAL, SERVICE, UNVERIFIED].contains(&skipped));
            let other = match skipped {
                SERVICE => Skip::Service,
                UNVERIFIED => Skip::Unverified,
                _ => Skip::Special,
            };
            FileOutcome::Skipped(kind.map_or(other, Skip::Kind))
        }
    };
    match outcome {
        FileOutcome::Read => source.read += files.count,
        FileOutcome::Failed => source.forbidden += files.forbidden,
        FileOutcome::Skipped(_) => {}
    }
    let counted = FileCount {
        files: files.count,
        outcome,
        delivered: files.delivered,
        bytes: files.bytes,
        records: RecordTally { total, kept, ..files.records },
    };
    coverage.count(&counted);
    if files.in_days > 0 {
        coverage.days.entry(files.key.clone()).or_default().add(counted.of_day(files.in_days));
    }
}

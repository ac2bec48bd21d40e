//! What digests said besides their word on log files that were read, as a store remembers it (DESIGN §10): by part of a source,
//! until that part is verified again for the same time. An answer that takes only what was verified counts it as a scan does.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::{Connection, Row};

use super::digest_ends::{DigestEnds, DigestHours};
use super::error::StoreError;
use super::listed_late::is_listed_late;
use super::verdicts::LEFT_OUT;
use super::write::StoreWriter;
use crate::audit::coverage::ToldByDigests;
use crate::domain::archive_judge::QuietDays;
use crate::domain::digest_key::{ChainKey, archive_part};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::verdict::{Verdict, VerifiedFile, VerifiedKind};
use crate::domain::window::Window;

/// So many seconds lie between the ends of digests that follow each other.
const HOUR: i64 = 3_600;

/// The same, as an iterator wants it.
const STEP: usize = 3_600;

/// The tables.
pub(super) const TOLD: [&str; 4] = ["told_files", "told_hours", "told_quiet", "told_remarks"];

/// The seconds of a window, without a bound where there is none.
fn seconds(window: Window) -> (Option<i64>, Option<i64>) {
    (window.from.map(Timestamp::seconds), window.to.map(Timestamp::seconds))
}

impl StoreWriter {
    /// Takes what digests said of a source, in place of what they said of the same window before. What they said of a log file
    /// of which something unverified is stored stays.
    pub fn take_told(&mut self, source: usize, told: &ToldByDigests<'_>) -> Result<(), StoreError> {
        if self.sources[source].is_withdrawn {
            return Ok(());
        }
        self.change(|writer| {
            let (id, part) = (writer.sources[source].id, writer.sources[source].part);
            let connection = &writer.store.connection;
            forget_files(connection, id, part, told.window)?;
            insert_files(connection, part, told, source)?;
            replace_hours(connection, part, told)?;
            replace_quiet(connection, part, told)
        })
    }

    /// Leaves, of log files that a sync did not meet, those of which the store has nothing: what was read before, and has not
    /// changed, is not listed again. The name of a log file is its own, wherever its archive was moved or copied to.
    pub fn leave_unheld(&mut self, missing: &mut Vec<VerifiedFile>) -> Result<(), StoreError> {
        if missing.is_empty() {
            return Ok(());
        }
        let name = |file: &str| file.rsplit_once('/').map_or(file, |(_, name)| name).to_owned();
        let mut left: HashSet<String> = missing.iter().map(|row| name(&row.file)).collect();
        self.change(|writer| {
            let mut statement = writer.store.connection.prepare("SELECT name FROM log_files WHERE source = ?")?;
            for source in &writer.sources {
                let mut rows = statement.query([source.id])?;
                while let Some(row) = rows.next()? {
                    left.remove(&name(row.get_ref(0)?.as_str()?));
                }
            }
            Ok(())
        })?;
        missing.retain(|row| left.contains(&name(&row.file)));
        Ok(())
    }
}

fn forget_files(connection: &Connection, source: i64, part: i64, window: Window) -> rusqlite::Result<()> {
    let (first, last) = seconds(window);
    let covered = "((?2 IS NULL OR first >= ?2) AND (?3 IS NULL OR last <= ?3))";
    let sql = format!(
        "DELETE FROM told_files WHERE part = ?1
            AND ({covered} OR ((?2 IS NULL OR time >= ?2) AND (?3 IS NULL OR time < ?3) AND time IS NOT NULL))
            AND NOT (kind = 'log' AND verdict <> 'missing' AND file IN (
                SELECT coalesce(f.label, f.name) FROM log_files AS f WHERE f.source = ?4 AND f.rows > 0 AND {LEFT_OUT}
            ))"
    );
    connection.execute(&sql, (part, first, last, source))?;
    let sql = format!("DELETE FROM told_remarks WHERE part = ?1 AND {covered}");
    connection.execute(&sql, (part, first, last))?;
    Ok(())
}

fn insert_files(connection: &Connection, part: i64, told: &ToldByDigests<'_>, source: usize) -> rusqlite::Result<()> {
    let (first, last) = seconds(told.window);
    let sql = "INSERT OR REPLACE INTO told_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let mut insert = connection.prepare_cached(sql)?;
    for row in told.files(source) {
        insert.execute(rusqlite::params![
            part,
            row.kind.as_str(),
            &*row.file,
            row.account,
            row.region,
            row.trail,
            row.time.map(Timestamp::seconds),
            row.verdict.as_str(),
            row.verdict.reason(),
            row.digest.as_deref(),
            first,
            last,
            row.events.map(|(oldest, _)| oldest.seconds()),
            row.events.map(|(_, newest)| newest.seconds()),
        ])?;
    }
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO told_remarks VALUES (?, ?, ?, ?)")?;
    told.incomplete.iter().try_for_each(|text| insert.execute((part, text, first, last)).map(drop))
}

fn replace_hours(connection: &Connection, part: i64, told: &ToldByDigests<'_>) -> rusqlite::Result<()> {
    let mut hours = valid_hours(connection, Some(part))?;
    for ends in hours.values_mut() {
        ends.retain(|end| !Timestamp::from_seconds(*end).is_some_and(|end| told.window.contains(end)));
    }
    for (chain, judged) in &told.verified.chains {
        let valid = judged.iter().filter(|(_, verdict)| *verdict == Verdict::Valid);
        hours.entry(chain.clone()).or_default().extend(valid.map(|(end, _)| end.seconds()));
    }
    connection.execute("DELETE FROM told_hours WHERE part = ?", [part])?;
    let mut insert = connection.prepare_cached("INSERT INTO told_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for (chain, ends) in &hours {
        let ChainKey { account, region, trail, home_region, is_backfill } = chain;
        for (first, last) in stretches(ends, HOUR) {
            insert.execute((part, account, region, trail, home_region, is_backfill, first, last))?;
        }
    }
    Ok(())
}

/// Those of a part, or of all.
fn valid_hours(connection: &Connection, part: Option<i64>) -> rusqlite::Result<DigestHours> {
    let sql = "SELECT account, region, trail, home_region, is_backfill, first, last FROM told_hours
        WHERE ?1 IS NULL OR part = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([part])?;
    let mut hours = DigestHours::new();
    while let Some(row) = rows.next()? {
        let (account, region, trail) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let chain = ChainKey { account, region, trail, home_region: row.get(3)?, is_backfill: row.get(4)? };
        let (first, last): (i64, i64) = (row.get(5)?, row.get(6)?);
        hours.entry(chain).or_default().extend((first..=last).step_by(STEP));
    }
    Ok(hours)
}

/// Days on which nothing was delivered, by account and region.
type QuietPlaces = BTreeMap<(Box<str>, Box<str>), BTreeSet<i64>>;

fn replace_quiet(connection: &Connection, part: i64, told: &ToldByDigests<'_>) -> rusqlite::Result<()> {
    let mut quiet = quiet_places(connection, Some(part))?;
    let Window { from, to } = told.window;
    let is_asked = |day: Day| from.is_none_or(|from| from <= day.start()) && to.is_none_or(|to| day.end() <= to);
    for days in quiet.values_mut() {
        days.retain(|day| !Day::from_number(*day).is_some_and(is_asked));
    }
    for QuietDays { account_id, region, first, last } in &told.verified.quiet {
        let days = quiet.entry((account_id.clone(), region.clone())).or_default();
        days.extend(first.number()..=last.number());
    }
    connection.execute("DELETE FROM told_quiet WHERE part = ?", [part])?;
    let mut insert = connection.prepare_cached("INSERT INTO told_quiet VALUES (?, ?, ?, ?, ?)")?;
    for ((account, region), days) in &quiet {
        for (first, last) in stretches(days, 1) {
            insert.execute((part, account, region, first, last))?;
        }
    }
    Ok(())
}

fn quiet_places(connection: &Connection, part: Option<i64>) -> rusqlite::Result<QuietPlaces> {
    let sql = "SELECT account, region, first, last FROM told_quiet WHERE ?1 IS NULL OR part = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([part])?;
    let mut quiet = QuietPlaces::new();
    while let Some(row) = rows.next()? {
        let days = row.get::<_, i64>(2)?..=row.get::<_, i64>(3)?;
        quiet.entry((row.get(0)?, row.get(1)?)).or_default().extend(days);
    }
    Ok(quiet)
}

/// Numbers of which those that follow each other with that step are one.
fn stretches(numbers: &BTreeSet<i64>, step: i64) -> Vec<(i64, i64)> {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match stretches.last_mut() {
            Some((_, last)) if *last + step == *number => *last = *number,
            _ => stretches.push((*number, *number)),
        }
    }
    stretches
}

/// What a store remembers of digests, for a window.
#[derive(Debug, Default)]
pub(super) struct RememberedWords {
    /// The files.
    pub(super) files: Vec<VerifiedFile>,
    /// The log files among them, by what they are known by, of which the store has what was verified before.
    pub(super) standing: HashSet<Box<str>>,
    /// The chains of the valid ones.
    pub(super) hours: Vec<(ChainKey, Timestamp)>,
    /// Days on which nothing was delivered.
    pub(super) quiet: Vec<QuietDays>,
    /// What could not be listed or asked.
    pub(super) incomplete: Vec<String>,
}

/// What is remembered of digests where log files are read for a window: of those of [`Window::of_digests`], and of those that list
/// log files that came later.
pub(super) fn remembered(connection: &Connection, about: Window, late_days: u32) -> rusqlite::Result<RememberedWords> {
    let window = about.of_digests(late_days);
    let mut words = RememberedWords::default();
    let sql = "SELECT DISTINCT kind, file, account, region, trail, time, verdict, reason, digest, oldest, newest
        FROM told_files ORDER BY kind, file";
    let mut statement = connection.prepare_cached(sql)?;
    for row in statement.query_map([], file)? {
        words.files.extend(row?);
    }
    let hours = valid_hours(connection, None)?;
    let ends = DigestEnds::of(&hours, &words.files);
    words.files.retain(|row| ends.are_asked(&window, row) || is_listed_late(row, about, late_days));
    words.files.dedup_by(|one, other| one.kind == other.kind && one.file == other.file && one.verdict == other.verdict);
    let logs = words.files.iter().filter(|row| row.kind == VerifiedKind::Log);
    let parts: HashSet<&str> = logs.map(|row| known_by(&row.file)).collect();
    words.standing = standing(connection, &parts)?;
    for (chain, ends) in hours {
        let ends = ends.into_iter().filter_map(Timestamp::from_seconds).filter(|end| window.contains(*end));
        words.hours.extend(ends.map(|end| (chain.clone(), end)));
    }
    for ((account_id, region), days) in quiet_places(connection, None)? {
        for (first, last) in stretches(&days, 1) {
            let days = Day::from_number(first).zip(Day::from_number(last));
            let place =
                |(first, last)| QuietDays { account_id: account_id.clone(), region: region.clone(), first, last };
            words.quiet.extend(days.map(place));
        }
    }
    let (first, last) = seconds(window);
    let sql = "SELECT DISTINCT text FROM told_remarks
        WHERE (?1 IS NULL OR last IS NULL OR ?1 < last) AND (?2 IS NULL OR first IS NULL OR first < ?2) ORDER BY text";
    let mut statement = connection.prepare_cached(sql)?;
    words.incomplete = statement.query_map((first, last), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(words)
}

/// What a log file is known by, wherever its archive was moved or copied to.
pub(super) fn known_by(file: &str) -> &str {
    archive_part(file).unwrap_or(file)
}

/// Which of these log files, by what they are known by, the store has as CloudTrail wrote them.
fn standing(connection: &Connection, parts: &HashSet<&str>) -> rusqlite::Result<HashSet<Box<str>>> {
    let mut standing = HashSet::new();
    if parts.is_empty() {
        return Ok(standing);
    }
    let sql = "SELECT coalesce(f.label, f.name) FROM log_files AS f JOIN verdicts AS v ON v.log_file = f.id
        WHERE v.verdict = 'valid'";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let part = known_by(row.get_ref(0)?.as_str()?);
        if parts.contains(part) {
            standing.insert(part.into());
        }
    }
    Ok(standing)
}

/// The row of a file; nothing where the verdict is none that this build knows.
fn file(row: &Row<'_>) -> rusqlite::Result<Option<VerifiedFile>> {
    let (verdict, reason): (String, String) = (row.get(6)?, row.get(7)?);
    let text = if reason.is_empty() { verdict } else { format!("{verdict} ({reason})") };
    let Some(verdict) = Verdict::of_text(&text) else { return Ok(None) };
    let seconds =
        |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.and_then(Timestamp::from_seconds));
    let is_digest = row.get_ref(0)?.as_str()? == VerifiedKind::Digest.as_str();
    Ok(Some(VerifiedFile {
        kind: if is_digest { VerifiedKind::Digest } else { VerifiedKind::Log },
        file: row.get::<_, Box<str>>(1)?.into(),
        account: row.get(2)?,
        region: row.get(3)?,
        trail: row.get(4)?,
        time: seconds(5)?,
        verdict,
        digest: row.get::<_, Option<Box<str>>>(8)?.map(Into::into),
        events: seconds(9)?.zip(seconds(10)?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_one_stretch() {
        let check = |numbers: &[i64], step: i64, expected: &[(i64, i64)]| {
            assert_eq!(stretches(&numbers.iter().copied().collect(), step), expected);
        };
        check(&[], 1, &[]);
        check(&[4, 1, 2, 3, 7], 1, &[(1, 4), (7, 7)]);
        check(&[0, 3_600, 7_200, 7_201, 10_800], HOUR, &[(0, 7_200), (7_201, 7_201), (10_800, 10_800)]);
    }
}

//! Which days of a remote source a sync has looked at. Nobody knows whether the others have events, so that they make an answer
//! incomplete, and are no mere gaps (DESIGN §8).

use super::error::StoreError;
use super::handle::Store;
use super::write::StoreWriter;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::source::{LookedRange, SourceKind, kinds};

/// The first and the last day, as numbers.
type DayStretch = (i64, i64);

impl StoreWriter {
    /// Takes that a sync of a source looked at the days from the first to the last of these, at `now`. Of local log files a
    /// store knows the days that it left out.
    pub fn look_at(&mut self, source: usize, looked: &LookedRange, now: Timestamp) -> Result<(), StoreError> {
        if self.sources[source].kind == SourceKind::Local || self.sources[source].is_withdrawn {
            return Ok(());
        }
        self.change(|writer| {
            let part = writer.sources[source].part;
            let connection = &writer.store.connection;
            let mut statement = connection.prepare_cached("SELECT first, last FROM looked_at WHERE part = ?")?;
            let before = statement.query_map([part], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut stretches: Vec<DayStretch> = before.collect::<rusqlite::Result<_>>()?;
            let today = now.day().number();
            // CloudTrail began long after 1970.
            let first = looked.first.map_or(0, Day::number);
            stretches.push((first, looked.last.map_or(today, |last| last.number().min(today))));
            connection.prepare_cached("DELETE FROM looked_at WHERE part = ?")?.execute([part])?;
            let mut insert = connection.prepare_cached("INSERT INTO looked_at VALUES (?, ?, ?)")?;
            joined(stretches).into_iter().try_for_each(|(first, last)| insert.execute((part, first, last)).map(drop))
        })
    }
}

impl Store {
    /// What to say of days of a window, and of those on which log files of it may come late in folders of days, that no sync of a
    /// remote source looked at: a line for each stretch of days. Where a window has no start, a source begins with the first day
    /// that was looked at; where it has no end, a source ends on the day of the last sync.
    pub(super) fn about_days_not_looked_at(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        struct LookedPart {
            source: i64,
            name: String,
            label: String,
            is_paged: bool,
            /// The day on which the last sync ended.
            synced: i64,
            stretches: Vec<DayStretch>,
        }
        let today: i64 = self.connection.query_row("SELECT strftime('%s', 'now') / 86400", [], |row| row.get(0))?;
        // Days that are in doubt are told by themselves.
        let sql = "SELECT p.source, p.name, p.label, s.kind, p.synced, l.first, l.last
            FROM parts AS p JOIN sources AS s ON s.id = p.source JOIN (
                SELECT part, first, last FROM looked_at
                UNION ALL SELECT part, ifnull(parts.first, ?1), ifnull(parts.last, ?2)
                    FROM (SELECT DISTINCT part FROM looked_at) JOIN parts ON parts.id = part AND parts.begun IS NOT NULL
            ) AS l ON p.id = l.part
            WHERE p.synced IS NOT NULL ORDER BY p.label, p.id, l.first";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([i64::MIN, i64::MAX])?;
        let mut parts: Vec<LookedPart> = Vec::new();
        while let Some(row) = rows.next()? {
            let (source, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let stretch = (row.get(5)?, row.get(6)?);
            match parts.last_mut().filter(|part| part.source == source && part.name == name) {
                Some(part) => part.stretches.push(stretch),
                None => parts.push(LookedPart {
                    source,
                    name,
                    label: row.get(2)?,
                    is_paged: kinds::is_paged(&row.get::<_, String>(3)?),
                    synced: row.get::<_, i64>(4)?.div_euclid(86_400),
                    stretches: vec![stretch],
                }),
            }
        }
        let mut lines = Vec::new();
        for part in &parts {
            // What was looked at in the folder above was looked at here as well.
            let around =
                parts.iter().filter(|other| other.source == part.source && part.name.starts_with(&*other.name));
            let looked_at = joined(around.flat_map(|other| other.stretches.iter().copied()).collect());
            let last = if part.is_paged { window.last_day() } else { window.last_folder(late_days) };
            let first = window.first_day().map(Day::number).or(looked_at.first().map(|(first, _)| *first));
            let asked = (first.unwrap_or(i64::MIN), last.map_or(part.synced, |last| last.number().min(today)));
            for (first, last) in left_out(&looked_at, asked) {
                if let Some((first, last)) = Day::from_number(first).zip(Day::from_number(last)) {
                    let label = &part.label;
                    lines.push(format!(
                        "{label}: no sync looked at {first} to {last}; sync with a window that has these days"
                    ));
                }
            }
        }
        Ok(lines)
    }
}

/// The same days in as few stretches as there can be, in order.
fn joined(mut stretches: Vec<DayStretch>) -> Vec<DayStretch> {
    stretches.sort_unstable();
    let mut joined: Vec<DayStretch> = Vec::with_capacity(stretches.len());
    for (first, last) in stretches {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// The stretches of these days that were not looked at.
fn left_out(looked_at: &[DayStretch], (first, last): DayStretch) -> Vec<DayStretch> {
    let begins = std::iter::once(first).chain(looked_at.iter().map(|(_, last)| last.saturating_add(1).max(first)));
    let ends = looked_at.iter().map(|(first, _)| first.saturating_sub(1).min(last)).chain([last]);
    begins.zip(ends).filter(|(first, last)| first <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_joined_where_they_touch() {
        let check = |stretches: &[DayStretch], expected: &[DayStretch], left: &[DayStretch]| {
            let joined = joined(stretches.to_vec());
            assert_eq!(joined, expected);
            assert_eq!(left_out(&joined, (2, 20)), left);
        };
        check(&[], &[], &[(2, 20)]);
        check(&[(1, 20)], &[(1, 20)], &[]);
        check(&[(1, 25)], &[(1, 25)], &[]);
        check(&[(1, 3), (4, 6)], &[(1, 6)], &[(7, 20)]);
        check(&[(8, 20), (1, 3)], &[(1, 3), (8, 20)], &[(4, 7)]);
        check(&[(1, 9), (2, 3), (12, 12)], &[(1, 9), (12, 12)], &[(10, 11), (13, 20)]);
        check(&[(i64::MIN, 3), (2, 19)], &[(i64::MIN, 19)], &[(20, 20)]);
        check(&[(5, 9)], &[(5, 9)], &[(2, 4), (10, 20)]);
        check(&[(-9, -3), (-1, 0), (25, 30)], &[(-9, -3), (-1, 0), (25, 30)], &[(2, 20)]);
        check(&[(20, i64::MAX)], &[(20, i64::MAX)], &[(2, 19)]);
    }
}

//! Which days of a bucket a sync has looked at. Nobody knows whether the others have log files, so that they make an answer
//! incomplete, and are no mere gaps (DESIGN §8).

use super::error::StoreError;
use super::handle::Store;
use super::write::StoreWriter;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::source::LookedRange;

/// The first and the last day, as numbers.
type DayStretch = (i64, i64);

impl StoreWriter {
    /// Takes that a sync of a source looked at the folders of days from the first to the last of these, at `now`.
    pub fn look_at(&mut self, source: usize, looked: &LookedRange, now: Timestamp) -> Result<(), StoreError> {
        if !self.sources[source].kind.is_listed_by_day() || self.sources[source].is_withdrawn {
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
    /// What to say of days of a window, and of those on which its log files may come late, that no sync of a bucket looked at,
    /// though it looked at earlier ones, and had ended later: a line for each stretch of days.
    pub(super) fn about_days_not_looked_at(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        struct LookedPart {
            source: i64,
            name: String,
            label: String,
            /// The day on which the last sync ended.
            synced: i64,
            stretches: Vec<DayStretch>,
        }
        let sql = "SELECT p.source, p.name, p.label, p.synced, l.first, l.last
            FROM looked_at AS l JOIN parts AS p ON p.id = l.part
            WHERE p.synced IS NOT NULL ORDER BY p.label, p.id, l.first";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut parts: Vec<LookedPart> = Vec::new();
        while let Some(row) = rows.next()? {
            let (source, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let stretch = (row.get(4)?, row.get(5)?);
            match parts.last_mut().filter(|part| part.source == source && part.name == name) {
                Some(part) => part.stretches.push(stretch),
                None => parts.push(LookedPart {
                    source,
                    name,
                    label: row.get(2)?,
                    synced: row.get::<_, i64>(3)?.div_euclid(86_400),
                    stretches: vec![stretch],
                }),
            }
        }
        let last = window.last_folder(late_days);
        let asked = (window.first_day().map_or(i64::MIN, Day::number), last.map_or(i64::MAX, Day::number));
        let mut lines = Vec::new();
        for part in &parts {
            // What was looked at in the folder above was looked at here as well.
            let around =
                parts.iter().filter(|other| other.source == part.source && part.name.starts_with(&*other.name));
            let looked_at = joined(around.flat_map(|other| other.stretches.iter().copied()).collect());
            for (first, last) in left_out(&looked_at, part.synced) {
                let days = Day::from_number(first.max(asked.0)).zip(Day::from_number(last.min(asked.1)));
                if let Some((first, last)) = days.filter(|(first, last)| first <= last) {
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

/// The stretches between those that were looked at, and behind the last one up to the day `end`.
fn left_out(looked_at: &[DayStretch], end: i64) -> Vec<DayStretch> {
    let next = looked_at.iter().skip(1).map(|(first, _)| first - 1).chain([end]);
    looked_at.iter().zip(next).map(|((_, last), next)| (last + 1, next)).filter(|(first, last)| first <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_joined_where_they_touch() {
        let check = |stretches: &[DayStretch], expected: &[DayStretch], left: &[DayStretch]| {
            let joined = joined(stretches.to_vec());
            assert_eq!(joined, expected);
            assert_eq!(left_out(&joined, 20), left);
        };
        check(&[], &[], &[]);
        check(&[(1, 20)], &[(1, 20)], &[]);
        check(&[(1, 25)], &[(1, 25)], &[]);
        check(&[(1, 3), (4, 6)], &[(1, 6)], &[(7, 20)]);
        check(&[(8, 20), (1, 3)], &[(1, 3), (8, 20)], &[(4, 7)]);
        check(&[(1, 9), (2, 3), (12, 12)], &[(1, 9), (12, 12)], &[(10, 11), (13, 20)]);
        check(&[(i64::MIN, 3), (2, 19)], &[(i64::MIN, 19)], &[(20, 20)]);
    }
}

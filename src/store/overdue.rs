//! Which days have something in log files that were delivered after their late days, or before them: those are questions by
//! themselves.

use super::error::StoreError;
use super::handle::Store;
use super::write::day;
use crate::audit::overdue::Overdue;
use crate::domain::timestamp::{Day, Timestamp};

/// The rows of log files that were delivered from the second `?1` on, each with the first second of anything of its event: of
/// its copies, and of what it corrects.
const ROWS: &str = "SELECT f.delivered_day, min(a.time,
        CASE WHEN a.copy = 0 THEN a.time
            ELSE ifnull((SELECT min(c.time) FROM assumptions AS c WHERE c.event_id = a.event_id), a.time) END,
        CASE WHEN a.corrects IS NULL THEN a.time
            ELSE ifnull((SELECT min(c.time) FROM assumptions AS c WHERE c.event_id = a.corrects), a.time) END),
        CASE WHEN a.corrects IS NOT NULL THEN (SELECT min(g.delivered_day) FROM assumptions AS c
            JOIN log_files AS g ON g.id = c.log_file
            WHERE (c.event_id = a.corrects OR c.corrects = a.corrects) AND g.delivered IS NOT NULL) END
    FROM (SELECT id, delivered_day, first_row, rows FROM log_files WHERE delivered >= ?1) AS f
    CROSS JOIN assumptions AS a ON a.id >= f.first_row AND a.id < f.first_row + f.rows AND a.log_file = f.id";

/// The rows from the second `?1` on, each with the second in which its event was first delivered, be it as a copy, as what it
/// corrects or as a correction of it, where that is before the day of its time.
const EARLY: &str = "SELECT time, first FROM (
        SELECT a.time AS time, min(ifnull(f.delivered, a.time),
            CASE WHEN a.copy = 0 OR a.event_id IS NULL THEN a.time
                ELSE ifnull((SELECT min(g.delivered) FROM assumptions AS c JOIN log_files AS g ON g.id = c.log_file
                    WHERE c.event_id = a.event_id OR c.corrects = a.event_id), a.time) END,
            CASE WHEN a.corrects IS NULL THEN a.time
                ELSE ifnull((SELECT min(g.delivered) FROM assumptions AS c JOIN log_files AS g ON g.id = c.log_file
                    WHERE c.event_id = a.corrects OR c.corrects = a.corrects), a.time) END) AS first
        FROM assumptions AS a INDEXED BY assumptions_by_time CROSS JOIN log_files AS f ON f.id = a.log_file
        WHERE a.time >= ?1
    ) WHERE first < time - time % 86400";

impl Store {
    /// What log files tell about days from `first` on for which they are too late, where they may be so many days late, or too
    /// early.
    pub fn overdue(&self, first: Day, late_days: u32) -> Result<Overdue, StoreError> {
        let read = || {
            let mut overdue = Overdue::new(late_days);
            let mut statement = self.connection.prepare(ROWS)?;
            // Those before are in reach of the first day, and so of all.
            let start = first.plus(i64::from(late_days) + 1).start().seconds();
            let mut rows = statement.query([start])?;
            while let Some(row) = rows.next()? {
                let (delivered, told) = (day(row.get(0)?), Timestamp::from_seconds(row.get(1)?));
                let (Some(delivered), Some(told)) = (delivered, told.map(Timestamp::day)) else { continue };
                let read = row.get::<_, Option<i64>>(2)?.and_then(Day::from_number);
                let in_reach = read.map_or(told, |read| read.plus(-i64::from(late_days)));
                overdue.add(told.min(in_reach), delivered);
            }
            let mut statement = self.connection.prepare(EARLY)?;
            let mut rows = statement.query([first.start().seconds()])?;
            while let Some(row) = rows.next()? {
                let [told, delivered] = [row.get(0)?, row.get(1)?].map(Timestamp::from_seconds);
                if let Some((told, delivered)) = told.zip(delivered) {
                    overdue.add_early(told.day(), delivered.day());
                }
            }
            Ok(overdue)
        };
        read().map_err(|error| self.error(error))
    }
}

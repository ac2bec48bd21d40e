//! Whether everything in a store fits together.

use super::error::StoreError;
use super::handle::Store;

/// What must find nothing, with what it means if it does. The first column says where.
const CHECKS: &[(&str, &str)] = &[
    ("a log file's records do not add up", "SELECT name FROM log_files WHERE total <> kept + other + malformed"),
    (
        "a log file does not have the events that it was marked with",
        "SELECT f.name FROM log_files AS f
        LEFT JOIN (
            SELECT log_file, count(*) FILTER (WHERE copy < 4) AS events, count(*) FILTER (WHERE copy >= 4) AS look_alikes
            FROM assumptions GROUP BY log_file
        ) AS a ON a.log_file = f.id
        WHERE ifnull(a.events, 0) <> f.kept - f.pruned OR ifnull(a.look_alikes, 0) > f.rows - f.kept
            OR (ifnull(a.look_alikes, 0) < f.rows - f.kept AND NOT EXISTS (SELECT 1 FROM pruned))",
    ),
    (
        "an event lies outside the rows of its log file",
        "SELECT a.id FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
        WHERE a.id NOT BETWEEN f.first_row AND f.first_row + f.rows - 1 OR f.first_row IS NULL",
    ),
    (
        "a log file has calls, though none were to be kept",
        "SELECT f.name FROM log_files AS f JOIN scopes AS s ON s.id = f.scope
        WHERE s.calls = 0 AND f.id IN (SELECT log_file FROM calls)",
    ),
    (
        "a log file has what others did, though it was not to be kept",
        "SELECT f.name FROM log_files AS f JOIN scopes AS s ON s.id = f.scope
        WHERE s.calls < 3 AND f.id IN (SELECT log_file FROM writes UNION SELECT log_file FROM write_notes)",
    ),
    (
        "a key was made by no call",
        "SELECT access_key FROM call_keys AS k
        WHERE NOT EXISTS (SELECT 1 FROM calls AS c WHERE c.log_file = k.log_file AND c.place = k.place)",
    ),
    (
        "a session was begun by no call",
        "SELECT access_key FROM call_sessions AS s
        WHERE NOT EXISTS (SELECT 1 FROM calls AS c WHERE c.log_file = s.log_file AND c.place = s.place)",
    ),
    (
        "the sums of a day differ from its log files",
        "WITH counted AS (
            SELECT source, account, region, date, delivered_day AS delivered, outcome, scope, count(*), sum(in_days),
                sum(forbidden), sum(bytes_read), sum(bytes_inflated), sum(total), sum(kept), sum(other), sum(malformed),
                sum(pruned)
            FROM log_files GROUP BY 1, 2, 3, 4, 5, 6, 7
        )
        SELECT date FROM (SELECT * FROM counted EXCEPT SELECT * FROM days)
        UNION ALL
        SELECT date FROM (SELECT * FROM days EXCEPT SELECT * FROM counted)",
    ),
    (
        "an event does not stand exactly once",
        "SELECT min(id) FROM assumptions WHERE event_id IS NOT NULL AND copy < 4
            AND event_id NOT IN (SELECT corrects FROM assumptions WHERE corrects IS NOT NULL)
        GROUP BY event_id HAVING sum(corrects IS NOT NULL) = 0
            AND (sum(copy < 2) <> 1 OR (count(*) = 1) <> (sum(copy = 0) = 1))
        UNION ALL
        SELECT min(id) FROM assumptions WHERE event_id IS NULL AND copy < 4 GROUP BY content
        HAVING sum(corrects IS NOT NULL) = 0 AND (sum(copy < 2) <> 1 OR (count(*) = 1) <> (sum(copy = 0) = 1))",
    ),
    (
        "an event of an unnamed issuer is not marked as the only one or one of several",
        "SELECT min(id) FROM assumptions WHERE event_id IS NOT NULL GROUP BY event_id
        HAVING count(*) > 1 AND sum(copy = 4) > 0 OR count(*) = 1 AND sum(copy = 5) > 0
        UNION ALL
        SELECT min(id) FROM assumptions WHERE event_id IS NULL GROUP BY content
        HAVING count(*) > 1 AND sum(copy = 4) > 0 OR count(*) = 1 AND sum(copy = 5) > 0",
    ),
];

/// So many places of one kind are named.
const NAMED: usize = 10;

impl Store {
    /// What is wrong, a line each; nothing in a sound store. Reads all of it.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        self.at_one_moment(|| self.problems())
    }

    fn problems(&self) -> rusqlite::Result<Vec<String>> {
        let connection = &self.connection;
        let mut found: Vec<String> = Vec::new();
        let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
        for line in statement.query_map([], |row| row.get::<_, String>(0))? {
            found.extend(Some(line?).filter(|line| line != "ok"));
        }
        let wrong = self.wrong_parts()?;
        if !wrong.is_empty() {
            found.extend(wrong);
            return Ok(found);
        }
        found.extend(self.wrong_cells()?);
        let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()?
            && found.len() < 10 * NAMED
        {
            let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            found.push(format!("row {} of {table} belongs to no row of {parent}", id.unwrap_or_default()));
        }
        for (meaning, sql) in CHECKS {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            for _ in 0..NAMED {
                let Some(row) = rows.next()? else { break };
                let place = match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => String::from_utf8_lossy(other.as_bytes_or_null().ok().flatten().unwrap_or_default())
                        .into_owned(),
                };
                found.push(format!("{meaning}: {place}"));
            }
        }
        Ok(found)
    }
}

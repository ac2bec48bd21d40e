//! The schema and its history: steps forward, one a version, and the views, all in one transaction.

use rusqlite::{Connection, TransactionBehavior};

use super::schema::{STEPS, VIEWS};
use super::stretch;

/// From this version on, a store says of each event without a run id which run it is in.
const WITH_STRETCHES: i64 = 3;

/// Which version a store has.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a store to the present version, an empty file too.
pub(super) fn forward(connection: &mut Connection) -> rusqlite::Result<()> {
    take(connection, STEPS, VIEWS)
}

/// Takes the steps that a store has not taken yet, and makes the views anew if there was any.
pub(super) fn take(connection: &mut Connection, steps: &[&str], views: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Somebody else may have been faster, so the version counts that holds under the lock.
    let taken = version(&transaction)?;
    for (step, number) in steps.iter().zip(1_i64..) {
        if number > taken {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
    }
    let reached = version(&transaction)?;
    if reached > taken {
        transaction.execute_batch(views)?;
    }
    if reached >= WITH_STRETCHES {
        stretch::settle(&transaction)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_once_and_all_or_none() {
        let mut store = Connection::open_in_memory().unwrap();
        let steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)"];
        take(&mut store, &steps[..1], "").unwrap();
        assert_eq!(version(&store).unwrap(), 1);
        for _ in 0..2 {
            take(&mut store, &steps, "").unwrap();
            assert_eq!(version(&store).unwrap(), 2);
        }
        let broken = [steps[0], steps[1], "CREATE TABLE b (x)", "nonsense"];
        assert!(take(&mut store, &broken, "").is_err());
        assert_eq!(version(&store).unwrap(), 2);
        let rows = |sql: &str| store.query_row(sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(rows("SELECT count(*) FROM a").unwrap(), 1);
        assert!(rows("SELECT count(*) FROM b").is_err());
    }

    #[test]
    fn what_was_read_before_look_alikes_were_kept_is_without_them() {
        let mut store = Connection::open_in_memory().unwrap();
        take(&mut store, &STEPS[..1], "").unwrap();
        store
            .execute_batch(
                "INSERT INTO sources (identity, label, kind) VALUES ('/logs', 'logs', 'local');
                INSERT INTO scopes VALUES (3, 0, ''), (5, 0, 'tfe.example'), (7, 1, '');
                INSERT INTO log_files VALUES (1, 1, 'a', NULL, 1, '', 'read', NULL, 0, 1, 0, 0, 0, NULL, 0, 1, 1, 0, 0, 0, 0,
                    0, NULL, 5, NULL, 0)",
            )
            .unwrap();
        forward(&mut store).unwrap();
        let mut statement = store.prepare("SELECT id, every, hosts, alikes FROM scopes ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let rows: Vec<(i64, bool, String, bool)> = rows.unwrap().map(Result::unwrap).collect();
        let row = |id, every, hosts: &str, look_alikes| (id, every, hosts.to_owned(), look_alikes);
        assert_eq!(rows, [row(3, false, "", false), row(5, false, "tfe.example", false), row(7, true, "", true)]);
        assert!(!store.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
        // The rows of log files still belong to a scope.
        assert!(store.execute("DELETE FROM scopes WHERE id = 5", []).is_err());
    }

    /// The functions that the schema may call: SQLite 3.40 has all of them.
    const FUNCTIONS: [&str; 17] = [
        "coalesce",
        "count",
        "group_concat",
        "hex",
        "ifnull",
        "json_each",
        "json_group_array",
        "lag",
        "lower",
        "max",
        "min",
        "nullif",
        "row_number",
        "strftime",
        "substr",
        "sum",
        "typeof",
    ];

    /// The schema of a store, without comments and texts, in upper case.
    fn schema() -> String {
        let mut store = Connection::open_in_memory().unwrap();
        forward(&mut store).unwrap();
        let mut statement = store.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
        let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let noise = regex::Regex::new(r"--[^\n]*|'[^']*'").unwrap();
        texts.map(|text| noise.replace_all(&text.unwrap(), " ").to_uppercase()).collect::<Vec<_>>().join(";\n")
    }

    #[test]
    fn the_sqlite_of_debian_12_understands_the_schema() {
        let schema = schema();
        let call = regex::Regex::new(r"\b([A-Z_0-9]+)\s*\(").unwrap();
        let clauses = [
            "AS", "IN", "EXISTS", "FROM", "JOIN", "OVER", "FILTER", "UNIQUE", "KEY", "VALUES", "CONFLICT", "SELECT",
            "OR", "AND", "NOT",
        ];
        let inner = regex::Regex::new(r"\([^()]*\)").unwrap();
        let mut calls = 0;
        for found in call.captures_iter(&schema) {
            let (name, end) = (&found[1], found.get(0).unwrap().end());
            let before = schema[..found.get(0).unwrap().start()].trim_end();
            // The columns of a table or an index.
            if clauses.contains(&name) || ["TABLE", "INTO", "ON"].iter().any(|word| before.ends_with(word)) {
                continue;
            }
            calls += 1;
            assert!(FUNCTIONS.contains(&&*name.to_lowercase()), "does SQLite 3.40 have {name}? then add it here");
            let mut depth = 1;
            let arguments: String = schema[end..]
                .chars()
                .take_while(|character| {
                    depth += i32::from(*character == '(') - i32::from(*character == ')');
                    depth > 0
                })
                .collect();
            let mut own = arguments;
            while inner.is_match(&own) {
                own = inner.replace_all(&own, " ").into_owned();
            }
            assert!(!own.contains("ORDER BY"), "{name} with ORDER BY in its parentheses takes SQLite 3.44");
        }
        assert!(calls > 50);
        let newer = regex::Regex::new(r"[0-9]_[0-9]|\bWITHIN\s+GROUP\b").unwrap();
        assert_eq!(newer.find(&schema).map(|found| found.as_str()), None);
    }

    #[test]
    fn a_store_is_made_of_all_steps() {
        let mut store = Connection::open_in_memory().unwrap();
        forward(&mut store).unwrap();
        for view in ["events", "runs"] {
            store.query_row(&format!("SELECT count(*) FROM {view}"), [], |row| row.get::<_, i64>(0)).unwrap();
        }
    }

    #[test]
    fn the_views_of_an_older_store_are_made_anew() {
        let mut store = Connection::open_in_memory().unwrap();
        let views = "CREATE VIEW standing AS SELECT a.record FROM assumptions AS a;
            CREATE VIEW events AS SELECT record FROM standing; CREATE VIEW runs AS SELECT record AS run_id FROM standing";
        take(&mut store, &STEPS[..1], views).unwrap();
        take(&mut store, &STEPS[..2], "").unwrap();
        forward(&mut store).unwrap();
        let mut fresh = Connection::open_in_memory().unwrap();
        forward(&mut fresh).unwrap();
        let views = |store: &Connection| -> Vec<String> {
            let mut statement =
                store.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' ORDER BY name").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(views(&store), views(&fresh));
        assert_eq!(views(&store).len(), 4);
    }
}

//! Corrections in a store (DESIGN §8): which row of an event and its corrections stands, and what is in it. It is settled
//! when one of them comes or goes, and it is the same in whatever order they came.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::intern::Interned;
use super::rows::columns::{event_id, time};
use super::rows::state::{DUPLICATE, IS_KEPT, IS_REPLACED, STANDS};
use crate::audit::runs::corrections::{CorrectionFamily, CorrectionLink, families, updates};
use crate::domain::assumption::Correction;
use crate::domain::log_key::LogKey;
use crate::domain::subject::Subject;

/// The columns that a correction may give alone; `raw` has their values in this order.
pub(super) const RAW: [&str; 16] = [
    "time",
    "subject",
    "issuer",
    "account",
    "region",
    "address",
    "audience",
    "role",
    "run",
    "session",
    "duration",
    "verification",
    "error",
    "access_key",
    "agent",
    "expiration",
];

/// Fields of a record, any of which names these columns.
const FIELDS: [(&[&str], &[&str]); 12] = [
    (&["eventTime"], &["time"]),
    (&["awsRegion"], &["region"]),
    (&["recipientAccountId"], &["account"]),
    (&["sourceIPAddress"], &["address"]),
    (&["userAgent"], &["agent"]),
    (&["errorCode", "errorMessage", "responseElements.credentials.accessKeyId"], &["error", "access_key"]),
    (&["requestParameters.roleArn"], &["role"]),
    (&["requestParameters.roleSessionName"], &["run", "session"]),
    (&["requestParameters.durationSeconds"], &["duration"]),
    (&["responseElements.credentials.expiration"], &["expiration"]),
    (&["additionalEventData.identityProviderConnectionVerificationMethod"], &["verification"]),
    (&["responseElements.audience"], &["audience"]),
];

/// Fields that name the subject, and those that name the issuer; where the correction has none, they give nothing.
const SUBJECT: [&str; 2] = ["userIdentity.userName", "responseElements.subjectFromWebIdentityToken"];
const ISSUER: [&str; 2] = ["userIdentity.identityProvider", "responseElements.provider"];

/// The part of SQL that gives the ids of some events, of what they correct, and of what corrects them, however far. It
/// compares ids as they are kept, which `ids` selects.
pub(super) fn with_family(ids: &str) -> String {
    format!(
        "WITH RECURSIVE family (event_id) AS (
            {ids}
            UNION SELECT c.corrects FROM family CROSS JOIN assumptions AS c ON c.event_id = family.event_id
                WHERE c.corrects IS NOT NULL
            UNION SELECT c.event_id FROM family CROSS JOIN assumptions AS c ON c.corrects = family.event_id
                WHERE c.event_id IS NOT NULL
        )"
    )
}

/// The part of SQL that selects the row `?1` and all others of its event: copies, corrections, and what is corrected.
pub(super) fn rows_of_an_event() -> String {
    let family = with_family(
        "SELECT event_id FROM assumptions WHERE id = ?1 AND event_id IS NOT NULL
        UNION SELECT corrects FROM assumptions WHERE id = ?1 AND corrects IS NOT NULL",
    );
    // An inner join may also be read from its other end, which takes the whole table for each row; a cross join may not.
    format!(
        "{family} SELECT c.id FROM family CROSS JOIN assumptions AS c ON c.event_id = family.event_id
        UNION ALL SELECT c.id FROM family CROSS JOIN assumptions AS c ON c.corrects = family.event_id
        UNION ALL
        SELECT c.id FROM assumptions AS m CROSS JOIN assumptions AS c ON c.content = m.content
        WHERE m.id = ?1 AND m.event_id IS NULL AND c.event_id IS NULL"
    )
}

/// The ids of an event and of its corrections.
pub(super) fn family(connection: &Connection, id: &Value) -> rusqlite::Result<Vec<Value>> {
    let mut statement =
        connection.prepare_cached(&format!("{} SELECT event_id FROM family", with_family("VALUES (?1)")))?;
    let ids = statement.query_map([id], |row| row.get(0))?;
    ids.collect()
}

/// A row of a family that no copy of it stands for.
struct FamilyRow {
    row: i64,
    link: CorrectionLink,
    updated: Box<str>,
}

/// Whether any event is a correction.
pub(super) fn any(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM assumptions WHERE corrects IS NOT NULL)", [], |row| row.get(0))
}

/// Settles the families that these ids are in, of which every copy is settled.
pub(super) fn settle(connection: &Connection, ids: &[Value]) -> rusqlite::Result<()> {
    let mut members = Vec::new();
    let mut rows = BTreeSet::new();
    for id in ids {
        for member in members_of(connection, id)? {
            if rows.insert(member.row) {
                members.push(member);
            }
        }
    }
    if members.iter().all(|member| member.link.corrects.is_none()) {
        return Ok(());
    }
    members.sort_by_key(|member| member.row);
    let links: Vec<CorrectionLink> = members.iter().map(|member| member.link.clone()).collect();
    for CorrectionFamily { layers, replaced } in families(&links) {
        let mut others: Vec<usize> = replaced.clone();
        for pair in layers.windows(2) {
            put_over(connection, &members[pair[0]], &members[pair[1]])?;
            others.push(pair[0]);
        }
        let Some(last) = layers.last() else { continue };
        let mark = "UPDATE assumptions SET copy = ?2 WHERE id = ?1 AND copy <> ?2";
        if !others.is_empty() {
            connection.prepare_cached(mark)?.execute((members[*last].row, STANDS))?;
        }
        for other in others {
            connection.prepare_cached(mark)?.execute((members[other].row, DUPLICATE))?;
        }
    }
    Ok(())
}

fn members_of(connection: &Connection, id: &Value) -> rusqlite::Result<Vec<FamilyRow>> {
    let standing = format!("(a.event_id = ?1 OR a.corrects = ?1) AND NOT ({IS_REPLACED}) AND {IS_KEPT}");
    let own: Vec<String> =
        RAW.iter().enumerate().map(|(at, name)| format!("{name} = json_extract(a.raw, '$[{at}]')")).collect();
    let sql = format!("UPDATE assumptions AS a SET {} WHERE a.raw IS NOT NULL AND {standing}", own.join(", "));
    connection.prepare_cached(&sql)?.execute([id])?;
    let sql = format!(
        "SELECT a.id, account.text, a.event_id, a.corrects, a.raw IS NOT NULL, a.time, coalesce(f.label, f.name),
            a.content, ifnull(a.updated, '')
        FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file
        LEFT JOIN texts AS account ON account.id = a.account
        WHERE {standing}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let members = statement.query_map([id], |row| {
        let log_file: String = row.get(6)?;
        Ok(FamilyRow {
            row: row.get(0)?,
            link: CorrectionLink {
                account: row.get(1)?,
                id: event_id(row, 2)?,
                corrects: event_id(row, 3)?,
                is_partial: row.get(4)?,
                time: time(row, 5)?,
                delivered: LogKey::parse(&log_file).delivered,
                content: row.get(7)?,
            },
            updated: row.get(8)?,
        })
    })?;
    members.collect()
}

/// Gives a row of a correction what it does not correct.
fn put_over(connection: &Connection, base: &FamilyRow, correction: &FamilyRow) -> rusqlite::Result<()> {
    let names = Correction { original: "".into(), updated: correction.updated.clone(), is_bare: false };
    let is_updated = |fields: &[&str]| fields.iter().any(|field| updates(&names, field));
    let mut kept: Vec<String> = Vec::new();
    for (fields, columns) in FIELDS {
        if !is_updated(fields) {
            kept.extend(columns.iter().map(|column| format!("{column} = base.{column}")));
        }
    }
    kept.push(if is_updated(&ISSUER) {
        "issuer = coalesce(a.issuer, base.issuer)".to_owned()
    } else {
        "issuer = base.issuer".to_owned()
    });
    let subject = if is_updated(&SUBJECT) { subject_over(connection, base, correction)? } else { None };
    kept.push(subject.map_or_else(|| "subject = base.subject".to_owned(), |id| format!("subject = {id}")));
    let sql = format!(
        "UPDATE assumptions AS a SET {} FROM assumptions AS base WHERE a.id = ?1 AND base.id = ?2",
        kept.join(", ")
    );
    connection.prepare(&sql)?.execute((correction.row, base.row)).map(drop)
}

/// The number of a corrected subject, decoded if the one before is; nothing where there is none.
fn subject_over(connection: &Connection, base: &FamilyRow, correction: &FamilyRow) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT s.text, s.kind FROM assumptions AS a JOIN subjects AS s ON s.id = a.subject WHERE a.id = ?";
    let mut subject = connection.prepare_cached(sql)?;
    let mut read = |row: i64| -> rusqlite::Result<(String, String)> {
        subject.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
    };
    let ((text, _), (_, kind)) = (read(correction.row)?, read(base.row)?);
    if text.is_empty() {
        return Ok(None);
    }
    let subject = if kind == "other" { Subject::Other(text.into()) } else { Subject::parse(&text) };
    Interned::default().subject(connection, &subject).map(Some)
}

//! What a store remembers of events that were pruned: which values were seen, and when. It takes a row for each distinct
//! value, and tells whatever is held against the past that something old is not new.

use rusqlite::{Connection, Transaction};

use super::assemble::Assembler;
use super::error::StoreError;
use super::handle::Store;
use super::rows::state::IS_REPLACED;
use crate::audit::baseline::sightings::{Sighting, Sightings};
use crate::audit::baseline::{Baseline, SeenTimes};
use crate::audit::coverage::Coverage;
use crate::audit::network::Networks;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// What is known of the time before a prune.
#[derive(Debug, Clone)]
pub struct Recollection {
    /// Before which time events were pruned.
    pub before: Option<Timestamp>,
    /// Before which time nothing is remembered of them.
    pub forgotten: Option<Timestamp>,
    /// The first of the events that are remembered, of issuers that were asked for.
    pub first: Option<Timestamp>,
    /// What was seen with issuers that were asked for.
    pub known: Baseline,
    /// What was seen with others, which only the rules look at.
    pub look_alikes: Baseline,
}

impl Recollection {
    /// Nothing was pruned.
    #[must_use]
    pub fn nothing(networks: &Networks) -> Self {
        let known = || Baseline::new(networks.clone());
        Self { before: None, forgotten: None, first: None, known: known(), look_alikes: known() }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.known.take(&other.known);
        self.look_alikes.take(&other.look_alikes);
        Self {
            before: self.before.max(other.before),
            forgotten: self.forgotten.max(other.forgotten),
            first: self.first.into_iter().chain(other.first).min(),
            ..self
        }
    }

    /// Whether it makes anything known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.look_alikes.is_empty()
    }

    /// Everything, with whatever issuer.
    #[must_use]
    pub fn everything(&self) -> Baseline {
        let mut known = self.known.clone();
        known.take(&self.look_alikes);
        known
    }

    /// Takes out of a coverage that pruned events are missing, where what begins at `from` needs no more of them than is
    /// remembered.
    pub fn excuse(&self, coverage: &mut Coverage, from: Option<Timestamp>) {
        let needs_none = self.before.is_some_and(|before| from.is_some_and(|from| before <= from));
        if needs_none && self.forgotten.is_none() {
            coverage.incomplete.retain(|text| !is_about_pruned(text));
        }
    }
}

/// How a coverage begins to say that pruned events are missing, up to the time.
const ABOUT_PRUNED: &str = "events before ";

/// How it goes on.
const WERE_PRUNED: &str = " were pruned from the store; ";

/// What a coverage says of so many events that are missing.
pub(super) fn about_pruned(before: Timestamp, events: u64) -> String {
    format!("{ABOUT_PRUNED}{before}{WERE_PRUNED}{events} are missing from the log files read here")
}

fn is_about_pruned(text: &str) -> bool {
    text.starts_with(ABOUT_PRUNED) && text.contains(WERE_PRUNED)
}

impl Store {
    /// What is remembered for these issuers.
    pub fn recollect(&self, issuers: &Issuers, networks: &Networks) -> Result<Recollection, StoreError> {
        self.at_one_moment(|| self.recollection(issuers, networks))
    }

    pub(super) fn recollection(&self, issuers: &Issuers, networks: &Networks) -> rusqlite::Result<Recollection> {
        let mut found = Recollection::nothing(networks);
        let sql = "SELECT max(before), max(before) FILTER (WHERE forgotten <> 0) FROM pruned";
        let time = |seconds: Option<i64>| seconds.and_then(Timestamp::from_seconds);
        (found.before, found.forgotten) =
            self.connection.query_row(sql, [], |row| Ok((time(row.get(0)?), time(row.get(1)?))))?;
        let mut assembler = Assembler::new(self, issuers);
        let sql =
            "SELECT kind, nullif(issuer, 0), form, subject, nullif(value, 0), first, last, granted FROM remembered";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let issuer: Option<i64> = row.get(1)?;
            let role = assembler.role(issuer)?;
            let is_shown = role != IssuerRole::Foreign;
            let is_kept = is_shown || row.get(2)? && issuers.keeps_look_alikes();
            let (Some(first), Some(last)) = (time(row.get(5)?), time(row.get(6)?)) else { continue };
            if !is_kept {
                continue;
            }
            let seen = SeenTimes { first, last, granted: row.get(7)? };
            let value: Option<i64> = row.get(4)?;
            let known = if is_shown { &mut found.known } else { &mut found.look_alikes };
            match row.get_ref(0)?.as_str()? {
                "place" => {
                    let (issuer, _) = assembler.issuer(issuer)?;
                    let subject: Subject = assembler.subject(row.get(3)?, role == IssuerRole::Terraform)?;
                    let account = assembler.text(value)?;
                    let issuer = issuer.as_deref().unwrap_or_default();
                    let mut sightings = Sightings::default();
                    sightings.owner(issuer, subject.owner(), account.as_deref(), seen);
                    known.take_sightings(sightings);
                }
                kind => {
                    let Some(value) = value else { continue };
                    sight(&mut assembler, kind, value, seen, |sightings| known.take_sightings(sightings))?;
                }
            }
            if is_shown {
                found.first = found.first.into_iter().chain([first]).min();
            }
        }
        Ok(found)
    }
}

/// Tells when a role, an address or an agent was seen, by the number of its text.
pub(super) fn sight<S: Sighting>(
    assembler: &mut Assembler<'_>,
    kind: &str,
    value: i64,
    seen: S,
    tell: impl FnOnce(Sightings<'_, S>),
) -> rusqlite::Result<()> {
    let text = if kind == "agent" { assembler.agent(Some(value))? } else { assembler.text(Some(value))? };
    let text = text.unwrap_or_default();
    let address;
    let mut sightings = Sightings::default();
    match kind {
        "agent" => sightings.agent(&text, seen),
        "role" => sightings.role(&text, seen),
        _ => {
            address = SourceAddress::from(text);
            sightings.address(&address, seen);
        }
    }
    tell(sightings);
    Ok(())
}

/// Remembers what the events before a point in time show, before they go.
pub(super) fn remember(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<()> {
    note_forms(transaction)?;
    let columns = [
        ("place", "a.subject", "ifnull(a.account, 0)", "1"),
        ("role", "0", "a.role", "a.role IS NOT NULL"),
        ("address", "0", "a.address", "a.address IS NOT NULL"),
        ("agent", "0", "a.agent", "a.agent IS NOT NULL"),
    ];
    for (kind, subject, value, condition) in columns {
        let sql = format!(
            "INSERT INTO remembered
            SELECT '{kind}', ifnull(a.issuer, 0), a.subject IN (SELECT id FROM temp.forms), {subject}, {value},
                min(a.time), max(a.time), max(a.error IS NULL)
            FROM assumptions AS a WHERE a.time < ? AND NOT ({IS_REPLACED}) AND {condition} GROUP BY 2, 3, 4, 5
            ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last),
                granted = max(granted, excluded.granted)"
        );
        transaction.execute(&sql, [before])?;
    }
    transaction.execute_batch("DROP TABLE temp.forms")
}

/// Notes which subjects have Terraform's form.
fn note_forms(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE TEMP TABLE forms (id INTEGER PRIMARY KEY)")?;
    let issuers = Issuers::default().with_look_alikes();
    let mut statement = connection.prepare("SELECT id, text FROM subjects")?;
    let mut rows = statement.query([])?;
    let mut insert = connection.prepare("INSERT INTO temp.forms VALUES (?)")?;
    while let Some(row) = rows.next()? {
        if issuers.keeps_subject(row.get_ref(1)?.as_str()?) {
            insert.execute([row.get::<_, i64>(0)?])?;
        }
    }
    Ok(())
}

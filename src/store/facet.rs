//! One part of a row: what the filter and the keys of a summary make of it, worked out once for all rows that share it.

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;
use rusqlite::Row;

use super::assemble::Assembler;
use super::question::StoreQuestion;
use super::rows::columns::{ERROR, RUN, SESSION, SUBJECT, event_id, time};
use crate::audit::filter::event_field::EventField;
use crate::audit::numbers::ValueNumbers;
use crate::audit::summary::{GroupKey, GroupTexts};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// What is known of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartSeen {
    /// The first condition of the filter that removes every event with it: its place and flag.
    pub(super) removed_by: Option<(usize, &'static str)>,
    /// The number of its keys.
    pub(super) number: u32,
}

/// A part, and what is asked about it.
pub(super) struct Facet<'a> {
    part: EventField,
    at: usize,
    is_filtered: bool,
    /// The keys out of this part, with their places among all keys.
    keys: Vec<(usize, &'a GroupKey<'a>)>,
    numbers: ValueNumbers<Arc<GroupTexts>>,
    seen: HashMap<(Option<i64>, bool), PartSeen, DefaultHashBuilder>,
    blank: Assumption,
}

impl<'a> Facet<'a> {
    /// The facet of a part whose column is the last of `columns` unless it is among them before.
    pub(super) fn new(
        part: EventField,
        columns: &mut Vec<&'static str>,
        is_filtered: bool,
        keys: Vec<(usize, &'a GroupKey<'a>)>,
    ) -> Option<Self> {
        let at = columns.iter().position(|name| *name == column(part)).unwrap_or_else(|| {
            columns.push(column(part));
            columns.len() - 1
        });
        let blank = Assumption {
            time: Timestamp::from_seconds(0)?,
            event_id: None,
            account_id: None,
            region: None,
            source_address: None,
            subject: Subject::Other("".into()),
            issuer: None,
            audience: None,
            role_arn: None,
            role_session_name: None,
            run_id: None,
            duration_seconds: None,
            expiration: None,
            verification_method: None,
            outcome: Outcome::Granted { access_key_id: None },
            user_agent: None,
            log_file: "".into(),
            content: [0; 32],
            correction: None,
        };
        Some(Self { part, at, is_filtered, keys, numbers: ValueNumbers::default(), seen: HashMap::default(), blank })
    }

    /// What is known of a row's part; `is_terraform` tells whether its subject is decoded.
    pub(super) fn look(
        &mut self,
        assembler: &mut Assembler<'_>,
        question: &StoreQuestion<'_>,
        row: &Row<'_>,
        is_terraform: bool,
    ) -> rusqlite::Result<PartSeen> {
        let place = match self.part {
            // These hardly ever come twice, or take no longer than to remember them.
            EventField::Time | EventField::EventId | EventField::Run | EventField::Session | EventField::AccessKey => {
                None
            }
            EventField::Hour => Some((Some(row.get::<_, i64>(self.at)?.div_euclid(3_600)), false)),
            EventField::Subject => Some((row.get(self.at)?, is_terraform)),
            _ => Some((row.get(self.at)?, false)),
        };
        if let Some(seen) = place.and_then(|place| self.seen.get(&place)) {
            return Ok(*seen);
        }
        let event = self.sample(assembler, row, is_terraform)?;
        let removed_by = if self.is_filtered { question.filter.removes_by(self.part, &event) } else { None };
        // Of what is removed, no key is of use.
        let number = if removed_by.is_none() { self.number(&event) } else { 0 };
        let seen = PartSeen { removed_by, number };
        if let Some(place) = place {
            self.seen.insert(place, seen);
        }
        Ok(seen)
    }

    /// The number of an event's keys out of this part.
    pub(super) fn number(&mut self, event: &Assumption) -> u32 {
        let keys: GroupTexts = self.keys.iter().map(|(_, key)| (key.text)(event)).collect();
        self.numbers.of(&keys, |keys| Arc::new(keys.clone()))
    }

    /// Its keys by their numbers, each in the order of their places, which are given too.
    pub(super) fn into_keys(self) -> (Vec<usize>, Vec<Arc<GroupTexts>>) {
        (self.keys.into_iter().map(|(place, _)| place).collect(), self.numbers.into_values())
    }

    /// An event that has this part of the row and nothing else.
    fn sample(&self, assembler: &mut Assembler<'_>, row: &Row<'_>, is_terraform: bool) -> rusqlite::Result<Assumption> {
        let mut event = self.blank.clone();
        let at = self.at;
        match self.part {
            EventField::Time | EventField::Hour => event.time = time(row, at)?,
            EventField::EventId => event.event_id = event_id(row, at)?,
            EventField::Account => event.account_id = assembler.text(row.get(at)?)?,
            EventField::Region => event.region = assembler.text(row.get(at)?)?,
            EventField::Address => {
                event.source_address = assembler.text(row.get(at)?)?.map(|text| SourceAddress::new(&text));
            }
            EventField::Subject => event.subject = assembler.subject(row.get(at)?, is_terraform)?,
            EventField::Role => event.role_arn = assembler.text(row.get(at)?)?,
            EventField::Issuer => event.issuer = assembler.issuer(row.get(at)?)?.0,
            EventField::Audience => event.audience = assembler.text(row.get(at)?)?,
            EventField::Session => event.role_session_name = assembler.session(row, RUN, SESSION)?,
            EventField::Run => {
                let is_decoded = !matches!(assembler.subject(row.get(SUBJECT)?, is_terraform)?, Subject::Other(_));
                let session = if is_decoded { assembler.session(row, RUN, SESSION)? } else { None };
                event.run_id = session.as_deref().and_then(run_id_of_session).map(Into::into);
            }
            EventField::Outcome => {
                if let Some(code) = assembler.text(row.get(at)?)? {
                    event.outcome = Outcome::Denied { code };
                }
            }
            EventField::AccessKey => {
                if row.get_ref(ERROR)?.as_i64_or_null()?.is_none() {
                    event.outcome = Outcome::Granted { access_key_id: row.get(at)? };
                }
            }
            EventField::Agent => event.user_agent = assembler.agent(row.get(at)?)?,
            EventField::LogFile => event.log_file = assembler.file(row.get(at)?)?,
        }
        Ok(event)
    }
}

/// The column of a part, of `a`.
fn column(part: EventField) -> &'static str {
    match part {
        EventField::Time | EventField::Hour => "a.time",
        EventField::EventId => "a.event_id",
        EventField::Account => "a.account",
        EventField::Region => "a.region",
        EventField::Address => "a.address",
        EventField::Subject => "a.subject",
        EventField::Run | EventField::Session => "a.run",
        EventField::Role => "a.role",
        EventField::Issuer => "a.issuer",
        EventField::Audience => "a.audience",
        EventField::Outcome => "a.error",
        EventField::AccessKey => "a.access_key",
        EventField::Agent => "a.agent",
        EventField::LogFile => "a.log_file",
    }
}

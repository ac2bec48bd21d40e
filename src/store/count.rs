//! Counts events in groups without putting each together: a row is a few numbers, and what these stand for is worked out
//! once, by the same conditions, columns and rules that an event of a scan meets. It takes memory by groups and runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::assemble::Assembler;
use super::error::StoreError;
use super::facet::{Facet, PartSeen};
use super::handle::Store;
use super::question::StoreQuestion;
use super::rows::columns::{COLUMNS, ERROR, TIME, time};
use super::rows::walk::{RowVisitor, RowWalk};
use super::run_keys::RunKeys;
use super::tally::StoreTally;
use crate::audit::coverage::Coverage;
use crate::audit::filter::event_field::EventField;
use crate::audit::headline::Headline;
use crate::audit::numbers::{NumberSet, ValueNumbers};
use crate::audit::runs::distinct::RunKey;
use crate::audit::summary::{GroupKey, GroupTexts, SummaryGroup};
use crate::domain::assumption::Assumption;
use crate::domain::issuer::IssuerRole;
use crate::domain::source_address::SourceAddress;
use crate::domain::tally::KeptTally;
use crate::domain::timestamp::Timestamp;

/// How events are counted.
#[derive(Clone, Copy)]
pub struct CountQuestion<'a> {
    /// By what.
    pub keys: &'a [GroupKey<'a>],
    /// The gap in seconds that splits runs.
    pub run_gap: i64,
}

/// What a store counts.
#[derive(Debug)]
pub struct StoreCounts {
    /// As `summarize` gives them.
    pub groups: Vec<SummaryGroup>,
    /// What they are about.
    pub headline: Headline,
    /// What became of kept events; the counters balance.
    pub kept: KeptTally,
    /// How many events each condition removed, by its flag.
    pub removed: BTreeMap<&'static str, u64>,
    /// What the counts rest on.
    pub coverage: Coverage,
    /// Sources of which nothing could be read for want of permission.
    pub forbidden: Vec<String>,
    /// What to say about it, a line each.
    pub notes: Vec<String>,
}

/// A group without its keys and runs.
struct GroupCounts {
    assumptions: u64,
    denied: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// A pass over rows.
struct CountPass<'a> {
    question: &'a StoreQuestion<'a>,
    /// What is read of a row.
    columns: Vec<&'static str>,
    facets: Vec<Facet<'a>>,
    /// So many facets in front make a group; then come those of the headline, and those that only filter.
    in_group: usize,
    groups: ValueNumbers<Box<[u32]>>,
    counts: Vec<GroupCounts>,
    runs: RunKeys,
    removed: BTreeMap<&'static str, u64>,
    accounts: NumberSet,
    entered: NumberSet,
    addresses: NumberSet,
    organizations: NumberSet,
    denied_organizations: NumberSet,
    /// The numbers of the row at hand.
    numbers: Vec<u32>,
}

/// The facets of the headline, in their order.
const HEADLINE: [EventField; 3] = [EventField::Account, EventField::Address, EventField::Subject];

/// What the headline counts.
fn headline_keys() -> [GroupKey<'static>; 3] {
    let key = |part, text: fn(&Assumption) -> Option<&str>| GroupKey {
        part,
        text: Box::new(move |event: &Assumption| text(event).map(Into::into)),
    };
    [
        key(HEADLINE[0], |event| event.account_id.as_deref()),
        key(HEADLINE[1], |event| event.source_address.as_ref().map(SourceAddress::as_str)),
        key(HEADLINE[2], |event| event.subject.organization()),
    ]
}

impl Store {
    /// Counts events, from one state of the store; nothing where only the events themselves tell all that there is to say,
    /// which is so with `whole_runs`, where none is left of events with copies, and where it depends on the order of events
    /// of one second which run they are in.
    pub fn count(
        &self,
        question: &StoreQuestion<'_>,
        count: CountQuestion<'_>,
    ) -> Result<Option<StoreCounts>, StoreError> {
        if question.whole_runs.is_some() {
            return Ok(None);
        }
        self.at_one_moment(|| self.counted(question, count))
    }

    fn counted(&self, question: &StoreQuestion<'_>, count: CountQuestion<'_>) -> rusqlite::Result<Option<StoreCounts>> {
        let mut tallied = self.tally(question)?;
        let headline_keys = headline_keys();
        let mut pass = CountPass::new(question, count, &headline_keys);
        let narrowed = self.narrowed(question.filter, &tallied)?;
        let visit = |narrowed| RowWalk::new(self, question, &tallied)?.visit(&narrowed, &mut pass);
        let is_any_left = narrowed.map_or(Ok(false), visit)?;
        if pass.counts.is_empty() && is_any_left {
            return Ok(None);
        }
        let Some((groups, headline, mut removed)) = pass.finish() else { return Ok(None) };
        let kept = self.balance(question, &mut tallied, headline.assumptions as u64, &mut removed)?;
        let StoreTally { coverage, forbidden, notes, .. } = tallied;
        Ok(Some(StoreCounts { groups, headline, kept, removed, coverage, forbidden, notes }))
    }
}

impl<'a> CountPass<'a> {
    fn new(question: &'a StoreQuestion<'a>, count: CountQuestion<'a>, headline: &'a [GroupKey<'a>]) -> Self {
        let mut parts: Vec<EventField> = Vec::new();
        for key in count.keys {
            if !parts.contains(&key.part) {
                parts.push(key.part);
            }
        }
        let in_group = parts.len();
        parts.extend(HEADLINE);
        for part in question.filter.parts() {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let mut columns = COLUMNS.to_vec();
        let facets = parts.iter().enumerate().filter_map(|(at, part)| {
            let is_headline = at >= in_group && at < in_group + HEADLINE.len();
            let keys: Vec<(usize, &GroupKey<'_>)> = if is_headline {
                headline[at - in_group..=at - in_group].iter().enumerate().collect()
            } else if at < in_group {
                count.keys.iter().enumerate().filter(|(_, key)| key.part == *part).collect()
            } else {
                Vec::new()
            };
            Facet::new(*part, &mut columns, question.filter.parts().any(|it| it == *part), keys)
        });
        let facets = facets.collect();
        Self {
            question,
            columns,
            facets,
            in_group,
            groups: ValueNumbers::default(),
            counts: Vec::new(),
            runs: RunKeys::new(count.run_gap),
            removed: BTreeMap::new(),
            accounts: NumberSet::default(),
            entered: NumberSet::default(),
            addresses: NumberSet::default(),
            organizations: NumberSet::default(),
            denied_organizations: NumberSet::default(),
            numbers: Vec::new(),
        }
    }

    fn remove(&mut self, flag: &'static str) {
        *self.removed.entry(flag).or_default() += 1;
    }

    /// Takes an event whose numbers are at hand.
    fn take(&mut self, run: RunKey, time: Timestamp, is_denied: bool) {
        let (keys, others) = self.numbers.split_at(self.in_group);
        if let [account, address, organization, ..] = *others {
            self.accounts.add(account);
            self.addresses.add(address);
            self.organizations.add(organization);
            if is_denied {
                self.denied_organizations.add(organization);
            } else {
                self.entered.add(account);
            }
        }
        let group = self.groups.of(keys, |keys| keys.into());
        match usize::try_from(group).ok().and_then(|group| self.counts.get_mut(group)) {
            Some(counts) => {
                counts.assumptions += 1;
                counts.denied += u64::from(is_denied);
                counts.first_seen = counts.first_seen.min(time);
                counts.last_seen = counts.last_seen.max(time);
            }
            None => self.counts.push(GroupCounts {
                assumptions: 1,
                denied: u64::from(is_denied),
                first_seen: time,
                last_seen: time,
            }),
        }
        self.runs.distinct.add(group, run, time.seconds());
    }

    /// The groups, the headline, and what removed the others; nothing where runs cannot be counted.
    fn finish(self) -> Option<(Vec<SummaryGroup>, Headline, BTreeMap<&'static str, u64>)> {
        let runs = self.runs.distinct.finish(self.counts.len())?;
        let mut parts: Vec<(Vec<usize>, Vec<Arc<GroupTexts>>)> =
            self.facets.into_iter().map(Facet::into_keys).collect();
        let others = parts.split_off(self.in_group);
        let named = |which: usize, marks: &NumberSet| -> BTreeSet<Box<str>> {
            let texts = others.get(which).map_or(&[][..], |(_, texts)| texts);
            marks.of(texts).filter_map(|keys| keys.first()?.clone()).collect()
        };
        let width = parts.iter().map(|(places, _)| places.len()).sum();
        let groups = self.groups.into_values().into_iter().zip(self.counts).zip(runs.by_group);
        let mut groups: Vec<SummaryGroup> = groups
            .map(|((numbers, counts), runs)| {
                let mut keys: GroupTexts = vec![None; width];
                for (number, (places, texts)) in numbers.iter().zip(&parts) {
                    for (place, text) in places.iter().zip(texts[*number as usize].iter()) {
                        keys[*place].clone_from(text);
                    }
                }
                let GroupCounts { assumptions, denied, first_seen, last_seen } = counts;
                SummaryGroup { keys, runs, assumptions, denied, first_seen, last_seen }
            })
            .collect();
        groups.sort_unstable_by(|one, other| one.keys.cmp(&other.keys));
        let sum = |count: fn(&SummaryGroup) -> u64| {
            usize::try_from(groups.iter().map(count).sum::<u64>()).unwrap_or(usize::MAX)
        };
        let (asked, entered) = (named(0, &self.accounts), named(0, &self.entered));
        let headline = Headline {
            runs: runs.all,
            assumptions: sum(|group| group.assumptions),
            denied: sum(|group| group.denied),
            organizations: named(2, &self.organizations),
            denied_organizations: named(2, &self.denied_organizations),
            accounts: entered.len(),
            refusing_accounts: asked.difference(&entered).count(),
            addresses: named(1, &self.addresses).len(),
        };
        Some((groups, headline, self.removed))
    }
}

impl RowVisitor for CountPass<'_> {
    const TAKES_ROWS_OF_LOOK_ALIKES: bool = true;

    fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    fn row(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>, role: IssuerRole) -> rusqlite::Result<()> {
        let time = time(row, TIME)?;
        if !self.question.filter.window.contains(time) {
            self.remove("--from/--to");
            return Ok(());
        }
        let is_terraform = role == IssuerRole::Terraform;
        self.numbers.clear();
        let mut removed_by = None;
        for facet in &mut self.facets {
            let PartSeen { removed_by: by, number } = facet.look(assembler, self.question, row, is_terraform)?;
            removed_by = [removed_by, by].into_iter().flatten().min();
            self.numbers.push(number);
        }
        if let Some((_, flag)) = removed_by {
            self.remove(flag);
            return Ok(());
        }
        let run = self.runs.of_row(assembler, row, is_terraform)?;
        self.take(run, time, row.get_ref(ERROR)? != ValueRef::Null);
        Ok(())
    }

    fn event(&mut self, event: Assumption) {
        if let Some(flag) = self.question.filter.removes(&event) {
            self.remove(flag);
            return;
        }
        self.numbers.clear();
        self.numbers.extend(self.facets.iter_mut().map(|facet| facet.number(&event)));
        let run = self.runs.of_event(&event);
        self.take(run, event.time, event.outcome.is_denied());
    }
}

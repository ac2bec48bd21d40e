//! Starts the reading of all places, and hands out what comes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::lookup::{FailureAdvice, LookupContext, RegionLookup, client};
use super::place::{places, refuse_anonymous};
use super::reach::reach;
use super::regions::Regions;
use super::remember::{front, name_account, wanted};
use super::turns::turns;
use crate::aws::AwsOptions;
use crate::aws::connect::{connect, runtime};
use crate::domain::timestamp::Day;
use crate::domain::trouble::{SourceTrouble, TroubleKind, in_order};
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::question::{RemoteQuestion, SourceNote};

/// Pages that may wait to be decoded, some 40 MB. It is much, since a service may forget what page comes next.
const WAITING: usize = 256;

/// What stands for the account of the first credentials, where several sources use them.
pub(super) const OWN_ACCOUNT: &str = "";

/// Pages of all places as they come.
#[derive(Debug)]
struct HistoryInbox {
    deliveries: Mutex<DeliveryQueue>,
    advice: FailureAdvice,
    runtime: Option<Runtime>,
    begun: RememberedRange,
}

/// What is asked for, where somebody remembers.
#[derive(Debug, Default)]
struct RememberedRange {
    /// What the names of slots begin with, of each place.
    below: Vec<String>,
    /// The first day that is read.
    first_day: Option<Day>,
}

/// What came before anybody asked, and what is yet to come.
#[derive(Debug)]
struct DeliveryQueue {
    early: VecDeque<Delivery>,
    rest: Receiver<Delivery>,
}

/// Starts to read the event history as source number `source`. What is asked for ends at the time of the question.
pub(super) fn open(
    regions: &Regions,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    refuse_anonymous(&question.aws)?;
    let runtime = runtime()?;
    let (out, rest) = channel(WAITING);
    let mut queue = DeliveryQueue { early: VecDeque::new(), rest };
    let reached = reach(question.window, question.now);
    let advice = FailureAdvice::default();
    let mut begun = RememberedRange::default();
    if let Some(reach) = reached.reach {
        let shared = Arc::new(LookupContext {
            source,
            reach,
            resumes: question.resume.is_some(),
            aws: question.aws.clone(),
            progress: Arc::clone(&question.progress),
            advice: Arc::clone(&advice),
        });
        for role in roles(&question.aws) {
            runtime.block_on(start(regions, role, &shared, question, &out, notes, &mut begun))?;
        }
        drop(out);
        runtime.block_on(queue.await_page(&advice))?;
    }
    queue.early.extend(reached.too_old.map(Delivery::Incomplete));
    Ok(Box::new(HistoryInbox { deliveries: Mutex::new(queue), advice, runtime: Some(runtime), begun }))
}

impl DeliveryQueue {
    /// Waits for the first page; trouble where credentials or permissions are missing everywhere.
    async fn await_page(&mut self, advice: &FailureAdvice) -> Result<(), SourceTrouble> {
        while let Some(delivery) = self.rest.recv().await {
            let forbidden = matches!(&delivery, Delivery::Failed { unlisted, .. } if unlisted.forbidden);
            self.early.push_back(delivery);
            if !forbidden {
                return Ok(());
            }
        }
        let advice = advice.lock().unwrap_or_else(PoisonError::into_inner);
        match self.early.front() {
            Some(Delivery::Failed { unlisted, .. }) => {
                let message = format!("{}: {}", unlisted.file, unlisted.reason);
                Err(in_order(advice.iter().cloned())
                    .into_iter()
                    .fold(SourceTrouble::new(TroubleKind::Permission, message), SourceTrouble::hint))
            }
            _ => Ok(()),
        }
    }
}

/// The roles to read with, or the first credentials.
pub(super) fn roles(aws: &AwsOptions) -> Vec<Option<&str>> {
    match aws.role_arns.as_slice() {
        [] => vec![None],
        roles => roles.iter().map(|role| Some(role.as_str())).collect(),
    }
}

/// Starts to read all places of one account.
async fn start(
    regions: &Regions,
    role: Option<&str>,
    shared: &Arc<LookupContext>,
    question: &RemoteQuestion,
    out: &Sender<Delivery>,
    notes: &mut Vec<SourceNote>,
    begun: &mut RememberedRange,
) -> Result<(), SourceTrouble> {
    let config = connect(&shared.aws, role).await?;
    let (mut places, note) = places(regions, role, &config, &shared.aws).await?;
    let known = question.known(shared.source);
    if known.is_some() {
        name_account(&mut places, &config, &shared.aws).await?;
    }
    notes.extend(note.map(SourceNote::new));
    let names: Vec<&str> = places.iter().map(|place| &*place.region).collect();
    notes.push(SourceNote::detail(format!("event history of {}", names.join(", "))));
    for place in places {
        let lookup = RegionLookup {
            client: client(&config, &place.region),
            turns: turns(place.account.as_deref().unwrap_or(OWN_ACCOUNT), &place.region),
            stretch: shared.progress.stretch(shared.reach.start, shared.reach.end),
            shared: Arc::clone(shared),
            place,
        };
        match &known {
            Some(known) => {
                let wanted = wanted(&lookup.place, known.as_ref(), shared.reach, question);
                begun.below.push(front(&lookup.place));
                let first = wanted.iter().map(|stretch| stretch.reach.start.day()).min();
                begun.first_day = begun.first_day.into_iter().chain(first).min();
                tokio::spawn(lookup.deliver_slots(wanted, question.now, out.clone()));
            }
            None => {
                tokio::spawn(lookup.deliver(out.clone()));
            }
        }
    }
    Ok(())
}

impl Inbox for HistoryInbox {
    fn next(&self) -> Option<Delivery> {
        let mut queue = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        queue.early.pop_front().or_else(|| queue.rest.blocking_recv())
    }

    fn below(&self) -> Vec<String> {
        self.begun.below.clone()
    }

    fn first_day(&self) -> Option<Day> {
        self.begun.first_day
    }

    fn advice(&self) -> Vec<String> {
        in_order(self.advice.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned())
    }
}

impl Drop for HistoryInbox {
    fn drop(&mut self) {
        // Nobody waits for requests whose answer nobody takes.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

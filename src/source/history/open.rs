//! Starts the reading of all places.

use std::sync::Arc;

use tokio::sync::mpsc::{Sender, channel};

use super::lookup::{LookupContext, RegionLookup, client};
use super::reach::reach;
use super::remember::{front, wanted};
use super::turns::turns;
use crate::aws::connect::{connect, runtime};
use crate::domain::trouble::SourceTrouble;
use crate::source::delivery::Delivery;
use crate::source::inbox::Inbox;
use crate::source::paged::account_region::{OWN_ACCOUNT, name_account, places, refuse_anonymous, roles};
use crate::source::paged::inbox::{FailureAdvice, PagedInbox, RememberedRange};
use crate::source::paged::regions::Regions;
use crate::source::question::{RemoteQuestion, SourceNote};

/// Pages that may wait to be decoded, some 40 MB. It is much, since a service may forget what page comes next.
const WAITING: usize = 256;

/// What is never public.
pub(super) const WHAT: &str = "an event history";

/// How regions are named.
pub(super) const NAMED_AS: &str = "event-history:eu-west-1,us-east-1, or event-history:all";

/// Starts to read the event history as source number `source`. What is asked for ends at the time of the question.
pub(super) fn open(
    regions: &Regions,
    source: usize,
    question: &RemoteQuestion,
    notes: &mut Vec<SourceNote>,
) -> Result<Box<dyn Inbox>, SourceTrouble> {
    refuse_anonymous(WHAT, &question.aws)?;
    let runtime = runtime()?;
    let (out, rest) = channel(WAITING);
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
    }
    drop(out);
    let too_old = reached.too_old.map(Delivery::Incomplete).into_iter().collect();
    Ok(Box::new(PagedInbox::open(runtime, rest, too_old, advice, begun)?))
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
    let (mut places, note) = places(regions, NAMED_AS, role, &config, &shared.aws).await?;
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
                let first = wanted.iter().map(|stretch| stretch.reach.start.day()).min();
                begun.add(front(&lookup.place), first);
                tokio::spawn(lookup.deliver_slots(wanted, question.now, out.clone()));
            }
            None => {
                tokio::spawn(lookup.deliver(out.clone()));
            }
        }
    }
    Ok(())
}

//! What was seen before: the baseline that tells what is new. A plain value; where it comes from (an older archive,
//! the store) is not its business. The order in which events are added makes no difference.

pub mod counts;

pub mod earlier;

pub mod encoded;

pub mod fact;

pub mod past;

pub mod sightings;

mod seen;

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use self::encoded::EncodedEvents;
pub use self::fact::{Fact, FactKind, FactRef};
pub use self::seen::SeenTimes;
use self::sightings::Sightings;
use super::network::Networks;
use crate::domain::assumption::Assumption;

/// What was seen before.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    networks: Networks,
    facts: Vec<(Fact, SeenTimes)>,
    /// Places in `facts`, by the fact.
    places: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

/// Equal where the same was seen at the same times, in whatever order it came.
impl PartialEq for Baseline {
    fn eq(&self, other: &Self) -> bool {
        let same = |(fact, seen): &(Fact, SeenTimes)| other.seen_fact(fact) == Some(*seen);
        self.networks == other.networks && self.facts.len() == other.facts.len() && self.facts.iter().all(same)
    }
}

impl Eq for Baseline {}

impl Baseline {
    /// Nothing yet. Source addresses will count for these `networks`.
    #[must_use]
    pub fn new(networks: Networks) -> Self {
        Self { networks, ..Self::default() }
    }

    /// Everything that events show: the same as [`Self::add`] of each, and far less work.
    #[must_use]
    pub fn of(events: &[&Assumption], networks: Networks) -> Self {
        // Which runs they are of makes no difference.
        let sightings = EncodedEvents::new(events.to_vec(), 0).sightings();
        let mut known = Self::new(networks);
        known.take_sightings(sightings);
        known
    }

    /// Takes all that sightings show.
    pub fn take_sightings(&mut self, sightings: Sightings<'_>) {
        let networks = self.networks.clone();
        sightings.each(&networks, |shown, seen| {
            self.show(shown, seen);
        });
    }

    /// Whether nothing was seen, so that nothing can be called new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The networks that source addresses count for.
    #[must_use]
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// Takes what an event shows.
    pub fn add(&mut self, event: &Assumption) {
        let networks = self.networks.clone();
        for shown in FactRef::all(event, &networks) {
            self.show(&shown, SeenTimes::by(event));
        }
    }

    /// Takes what is shown: its place among the facts. Of network facts, those of the same [`Networks`] only.
    pub fn show(&mut self, shown: &FactRef<'_>, seen: SeenTimes) -> usize {
        let hash = self.hash(shown);
        let Self { facts, places, hasher, .. } = self;
        if let Some(at) = places.find(hash, |at| facts[*at].0.is(shown)) {
            let (_, known) = &mut facts[*at];
            *known = known.and(seen);
            return *at;
        }
        places.insert_unique(hash, facts.len(), |at| hasher.hash_one(&facts[*at].0));
        facts.push((Fact::of(shown), seen));
        facts.len() - 1
    }

    /// The place of a fact among [`Self::facts`].
    #[must_use]
    pub fn place(&self, shown: &FactRef<'_>) -> Option<usize> {
        self.places.find(self.hash(shown), |at| self.facts[*at].0.is(shown)).copied()
    }

    /// Takes all that others know, of the same [`Networks`].
    pub fn take(&mut self, others: &Self) {
        for (fact, seen) in others.facts() {
            let parts: Vec<&str> = fact.parts().collect();
            self.show(&FactRef::new(fact.kind, &parts), seen);
        }
    }

    fn hash(&self, fact: impl std::hash::Hash) -> u64 {
        self.hasher.hash_one(fact)
    }

    fn find(&self, hash: u64, is_same: impl Fn(&Fact) -> bool) -> Option<SeenTimes> {
        self.places.find(hash, |at| is_same(&self.facts[*at].0)).map(|at| self.facts[*at].1)
    }

    /// When something was seen; `None` if never.
    #[must_use]
    pub fn seen(&self, shown: &FactRef<'_>) -> Option<SeenTimes> {
        self.find(self.hash(shown), |fact| fact.is(shown))
    }

    /// When a fact was seen; `None` if never.
    #[must_use]
    pub fn seen_fact(&self, fact: &Fact) -> Option<SeenTimes> {
        self.find(self.hash(fact), |known| known == fact)
    }

    /// Whether something was part of an assumption that was granted.
    #[must_use]
    pub fn was_granted(&self, shown: &FactRef<'_>) -> bool {
        self.seen(shown).is_some_and(|seen| seen.granted)
    }

    /// Every fact, in its place.
    pub fn facts(&self) -> impl Iterator<Item = (&Fact, SeenTimes)> {
        self.facts.iter().map(|(fact, seen)| (fact, *seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Outcome;
    use crate::domain::source_address::SourceAddress;
    use crate::domain::subject::Subject;
    use crate::domain::timestamp::Timestamp;

    fn event(subject: &str, seconds: i64, granted: bool) -> Assumption {
        Assumption {
            time: Timestamp::from_seconds(seconds).unwrap(),
            event_id: None,
            account_id: Some("111122223333".into()),
            region: None,
            source_address: Some(SourceAddress::new("192.0.2.7")),
            subject: Subject::parse(subject),
            issuer: Some("app.terraform.io".into()),
            audience: None,
            role_arn: Some("arn:aws:iam::111122223333:role/deploy".into()),
            role_session_name: None,
            run_id: None,
            duration_seconds: None,
            expiration: None,
            verification_method: None,
            outcome: if granted {
                Outcome::Granted { access_key_id: None }
            } else {
                Outcome::Denied { code: "AccessDenied".into() }
            },
            user_agent: Some("Terraform/1.9.5 terraform-provider-aws/5.70.0".into()),
            log_file: "f".into(),
            content: [0; 32],
            correction: None,
        }
    }

    const PLAN: &str = "organization:acme:project:p:workspace:web:run_phase:plan";
    const APPLY: &str = "organization:acme:project:p:workspace:web:run_phase:apply";
    const STACK: &str = "organization:acme:project:p:stack:net:deployment:prod:operation:apply";

    #[test]
    fn an_event_shows_each_of_its_facts() {
        let shown: Vec<String> = FactRef::all(&event(PLAN, 1, true), &Networks::default())
            .iter()
            .map(|fact| format!("{:?} {}", Fact::of(fact).kind, Fact::of(fact).parts().collect::<Vec<_>>().join("|")))
            .collect();
        assert_eq!(
            shown,
            [
                "Organization app.terraform.io|acme",
                "Project app.terraform.io|acme|p",
                "Workspace app.terraform.io|acme|p|web",
                "Subject app.terraform.io|organization:acme:project:p:workspace:web:run_phase:",
                "Account 111122223333",
                "AccountOrganization 111122223333|app.terraform.io|acme",
                "AccountWorkspace 111122223333|app.terraform.io|acme|p|web",
                "Role arn:aws:iam::111122223333:role/deploy",
                "Address 192.0.2.7",
                "Network 192.0.2.0/24",
                "TerraformVersion 1.9.5",
                "ProviderVersion 5.70.0",
            ]
        );
    }

    #[test]
    fn order_makes_no_difference_and_putting_together_is_adding() {
        let events = [event(PLAN, 5, false), event(APPLY, 3, true), event(STACK, 9, true)];
        let add = |order: &[usize]| {
            let mut known = Baseline::default();
            for at in order {
                known.add(&events[*at]);
            }
            known
        };
        let whole = add(&[0, 1, 2]);
        assert_eq!(whole, add(&[2, 1, 0]));
        assert_eq!(whole, Baseline::of(&events.iter().collect::<Vec<_>>(), Networks::default()));
        assert_ne!(whole, add(&[0, 1]));
        let seen = whole.seen(&FactRef::subject(&events[0])).unwrap();
        assert_eq!((seen.first.seconds(), seen.last.seconds(), seen.granted), (3, 5, true));
    }

    #[test]
    fn who_was_only_denied_was_not_granted() {
        let mut past = Baseline::default();
        past.add(&event(PLAN, 1, false));
        let plan = event(PLAN, 1, true);
        let workspace = FactRef::workspace(&plan).unwrap();
        assert!(past.seen(&workspace).is_some() && !past.was_granted(&workspace));
        past.add(&event(APPLY, 3, true));
        assert!(past.was_granted(&workspace));
    }

    #[test]
    fn every_kind_is_listed_once_and_in_order() {
        assert!(FactKind::ALL.is_sorted_by(|one, other| one < other));
    }
}

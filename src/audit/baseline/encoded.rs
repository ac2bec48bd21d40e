//! Events with their values dictionary-encoded: each distinct organization, role, address and so on has a code, and an
//! event is a few codes. Whoever puts many events together compares codes, and looks at a text once for each value.

use std::hash::Hash;

use hashbrown::HashMap;

use super::seen::SeenTimes;
use super::sightings::Sightings;
use crate::audit::numbers::ValueNumbers;
use crate::audit::runs::assign::Assigner;
use crate::domain::assumption::Assumption;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;

/// The values of one event, each as its place among the distinct ones in the order in which they first appear. An absent
/// value is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCodes {
    /// The account.
    pub account: u32,
    /// The organization, whoever issued the token.
    pub organization: u32,
    /// The issuer, and the subject without its phase.
    pub owner: u32,
    /// The owner in the account.
    pub access: u32,
    /// The role asked for.
    pub role: u32,
    /// The role in the account.
    pub grant: u32,
    /// The source address.
    pub address: u32,
    /// The user agent.
    pub agent: u32,
    /// The run.
    pub run: u32,
    /// The phase of the run.
    pub step: u32,
}

/// Events, and what they have in common. Of each distinct value, the first event that has it.
#[derive(Debug)]
pub struct EncodedEvents<'a> {
    /// In the order of events.
    pub events: Vec<&'a Assumption>,
    /// Of each event.
    pub codes: Vec<EventCodes>,
    /// By account.
    pub accounts: Vec<&'a Assumption>,
    /// By owner.
    pub owners: Vec<&'a Assumption>,
    /// By access.
    pub accesses: Vec<&'a Assumption>,
    /// By role.
    pub roles: Vec<&'a Assumption>,
    /// By address.
    pub addresses: Vec<&'a Assumption>,
    /// By user agent.
    pub agents: Vec<&'a Assumption>,
    /// How many runs there are.
    pub runs: usize,
    /// Each phase of each run.
    pub steps: Vec<RunPhase<'a>>,
}

/// One phase of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPhase<'a> {
    /// The run.
    pub run: u32,
    /// Its first event.
    pub first: &'a Assumption,
    /// How many events it has.
    pub events: u32,
}

/// The codes of one column.
struct CodeColumn<'a, K> {
    codes: ValueNumbers<K>,
    firsts: Vec<&'a Assumption>,
}

impl<'a, K: Hash + Eq + Copy> CodeColumn<'a, K> {
    fn new() -> Self {
        Self { codes: ValueNumbers::default(), firsts: Vec::new() }
    }

    fn code(&mut self, value: K, event: &'a Assumption) -> u32 {
        let code = self.codes.of(&value, |value| *value);
        if self.firsts.len() < self.codes.len() {
            self.firsts.push(event);
        }
        code
    }
}

/// One column of texts. Events share what they have in common, so the last texts are known by where they lie, and only
/// others are compared.
struct TextColumn<'a> {
    column: CodeColumn<'a, Option<&'a str>>,
    absent: Option<u32>,
    recent: Vec<(Option<&'a str>, u32)>,
}

/// So many texts are known by where they lie.
const RECENT: usize = 1 << 12;

impl<'a> TextColumn<'a> {
    fn new() -> Self {
        Self { column: CodeColumn::new(), absent: None, recent: vec![(None, 0); RECENT] }
    }

    fn code(&mut self, text: Option<&'a str>, event: &'a Assumption) -> u32 {
        let Some(text) = text else {
            return *self.absent.get_or_insert_with(|| self.column.code(None, event));
        };
        // Allocations begin at multiples of 16.
        let at = text.as_ptr().addr() >> 4;
        let recent = &mut self.recent[(at ^ at >> 12) % RECENT];
        match recent {
            (Some(known), code) if std::ptr::eq(*known, text) => *code,
            _ => {
                let code = self.column.code(Some(text), event);
                *recent = (Some(text), code);
                code
            }
        }
    }
}

/// What is known of a subject by its code.
#[derive(Clone, Copy)]
struct SubjectCodes {
    owner: u32,
    organization: u32,
    phase: u32,
}

/// What makes out a subject of one kind.
fn words(subject: &Subject) -> [Option<&str>; 5] {
    match subject {
        Subject::Workspace { organization, project, workspace, phase } => {
            [Some(organization), project.as_deref(), Some(workspace), Some(phase), None]
        }
        Subject::Stack { organization, project, stack, deployment, phase } => {
            [Some(organization), Some(project), Some(stack), Some(deployment), Some(phase)]
        }
        Subject::ModuleTest { organization, module, phase } => {
            [Some(organization), Some(module), Some(phase), None, None]
        }
        Subject::Other(text) => [Some(text), None, None, None, None],
    }
}

fn code(place: usize) -> u32 {
    // 400 bytes of each event end the memory of any machine before.
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl<'a> EncodedEvents<'a> {
    /// Encodes events, which are in the order of events. Events of one subject without a run id that are more than
    /// `run_gap` seconds apart, and no renewals, are different runs; the runs are those of [`assign`](crate::audit::runs::assign::assign).
    #[must_use]
    pub fn new(events: Vec<&'a Assumption>, run_gap: i64) -> Self {
        let (mut issuers, mut accounts, mut roles) = (TextColumn::new(), TextColumn::new(), TextColumn::new());
        let (mut addresses, mut agents) = (TextColumn::new(), TextColumn::new());
        let (mut organizations, mut phases, mut names) = (TextColumn::new(), TextColumn::new(), TextColumn::new());
        let (mut owners, mut subjects, mut accesses) = (CodeColumn::new(), CodeColumn::new(), CodeColumn::new());
        let mut grants = CodeColumn::new();
        let mut who: Vec<SubjectCodes> = Vec::new();
        let mut runs = RunPhases::new(run_gap);
        let mut codes = Vec::with_capacity(events.len());
        for event in events.iter().copied() {
            let issuer = issuers.code(event.issuer.as_deref(), event);
            let words = words(&event.subject).map(|word| names.code(word, event));
            let subject = subjects.code((issuer, event.subject.kind(), words), event);
            if who.len() < subjects.firsts.len() {
                who.push(SubjectCodes {
                    owner: owners.code((issuer, event.subject.owner()), event),
                    organization: organizations.code(event.subject.organization(), event),
                    phase: phases.code(event.subject.phase(), event),
                });
            }
            let SubjectCodes { owner, organization, phase } = who[subject as usize];
            let account = accounts.code(event.account_id.as_deref(), event);
            let role = roles.code(event.role_arn.as_deref(), event);
            let run = runs.run(event, (issuer, organization), (owner, phase, role));
            codes.push(EventCodes {
                account,
                organization,
                owner,
                access: accesses.code((owner, account), event),
                role,
                grant: grants.code((account, role), event),
                address: addresses.code(event.source_address.as_ref().map(SourceAddress::as_str), event),
                agent: agents.code(event.user_agent.as_deref(), event),
                run,
                step: runs.step(event, run, phase),
            });
        }
        Self {
            events,
            codes,
            accounts: accounts.column.firsts,
            owners: owners.firsts,
            accesses: accesses.firsts,
            roles: roles.column.firsts,
            addresses: addresses.column.firsts,
            agents: agents.column.firsts,
            runs: runs.assigner.runs(),
            steps: runs.steps,
        }
    }

    /// Each event with its codes.
    pub fn iter(&self) -> impl Iterator<Item = (&'a Assumption, EventCodes)> {
        self.events.iter().copied().zip(self.codes.iter().copied())
    }

    /// When everything was seen that facts are made of.
    #[must_use]
    pub fn sightings(&self) -> Sightings<'a> {
        let mut sightings = Sightings::default();
        for (first, seen) in self.seen(&self.accesses, |codes| codes.access) {
            let issuer = first.issuer.as_deref().unwrap_or_default();
            sightings.owner(issuer, first.subject.owner(), first.account_id.as_deref(), seen);
        }
        for (first, seen) in self.seen(&self.roles, |codes| codes.role) {
            first.role_arn.iter().for_each(|role| sightings.role(role, seen));
        }
        for (first, seen) in self.seen(&self.addresses, |codes| codes.address) {
            first.source_address.iter().for_each(|address| sightings.address(address, seen));
        }
        for (first, seen) in self.seen(&self.agents, |codes| codes.agent) {
            first.user_agent.iter().for_each(|agent| sightings.agent(agent, seen));
        }
        sightings
    }

    /// When each value of a column was seen.
    fn seen(
        &self,
        firsts: &[&'a Assumption],
        code: fn(&EventCodes) -> u32,
    ) -> impl Iterator<Item = (&'a Assumption, SeenTimes)> {
        let mut seen: Vec<SeenTimes> = firsts.iter().map(|first| SeenTimes::by(first)).collect();
        for (event, codes) in self.iter() {
            let seen = &mut seen[code(&codes) as usize];
            *seen = seen.and(SeenTimes::by(event));
        }
        firsts.iter().copied().zip(seen)
    }
}

/// The runs of events that come in their order, and the phases of each.
struct RunPhases<'a> {
    /// By issuer, organization and id; by owner; by phase and role.
    assigner: Assigner<(u32, u32, &'a str), u32, (u32, u32)>,
    /// Of each run its first phase, and the step of it.
    first_steps: Vec<(u32, u32)>,
    steps: Vec<RunPhase<'a>>,
    /// Steps of runs that have several phases, by the run and the phase.
    more_steps: HashMap<(u32, u32), u32>,
}

impl<'a> RunPhases<'a> {
    fn new(run_gap: i64) -> Self {
        Self {
            assigner: Assigner::new(run_gap),
            first_steps: Vec::new(),
            steps: Vec::new(),
            more_steps: HashMap::new(),
        }
    }

    fn run(
        &mut self,
        event: &'a Assumption,
        (issuer, organization): (u32, u32),
        (owner, phase, role): (u32, u32, u32),
    ) -> u32 {
        code(match event.run_id.as_deref() {
            Some(run_id) => self.assigner.named((issuer, organization, run_id)),
            None => self.assigner.inferred(event, owner, (phase, role)),
        })
    }

    /// Takes an event of a run, which may be the next new one.
    fn step(&mut self, event: &'a Assumption, run: u32, phase: u32) -> u32 {
        let next = code(self.steps.len());
        let step = match self.first_steps.get(run as usize) {
            Some((first, step)) if *first == phase => *step,
            Some(_) => *self.more_steps.entry((run, phase)).or_insert(next),
            None => {
                self.first_steps.push((phase, next));
                next
            }
        };
        match self.steps.get_mut(step as usize) {
            Some(step) => step.events += 1,
            None => self.steps.push(RunPhase { run, first: event, events: 1 }),
        }
        step
    }
}

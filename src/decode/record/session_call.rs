//! The third question that a scan can ask: which API calls were made with the credentials of a run?
//!
//! A record tells it by itself where its identity names the issuer of the web identity token, or has a run's session
//! name. Of every other record the principal is noted, and the records of principals that turn out to be a run's are
//! read in a second pass.

use std::collections::HashSet;
use std::sync::Arc;

use memchr::memmem::Finder;
use sha2::{Digest, Sha256};

use crate::domain::issuer::{IssuerRole, Issuers, issuer_of_provider};
use crate::domain::role::{SESSION_PREFIX, run_id_of_session};
use crate::domain::session_call::{Operation, SessionCall, SessionCaller};
use crate::domain::shared::Shared;
use crate::domain::timestamp::Timestamp;

use super::assumption::{check_text, given};
use super::known_identities::{KnownIdentities, RecordFront};
use super::parsed_call::ParsedCall;
use super::principals::{NoteTaker, PrincipalFinder, PrincipalHash, PrincipalNotes, hash};
use super::recent::{Recent, joined};
use super::secret::without_secrets;
use super::session_wire::{SessionIdentity, SessionRecord};
use super::wire::{object_json, part_json, resources};
use crate::decode::defect::MalformedReason;

/// One of these is in the name of each operation that gives out credentials.
const START_PARTS: [&str; 2] = ["AssumeRo", "ionToken"];

/// How an escape that may spell a letter begins in JSON text inside a string.
const NESTED_ESCAPE: &str = r"\\u00";

/// The key of the identity in a record.
const IDENTITY: &str = "\"userIdentity\"";

/// Which calls of sessions a reading keeps.
#[derive(Debug, Clone)]
pub enum SessionPass {
    /// Those that tell by themselves that a run made them. The principals of all others are noted.
    First,
    /// Those of these principals that the first reading did not keep.
    Second(Arc<HashSet<PrincipalHash>>),
    /// Those of the first reading, and those of these principals. The principals of all others are noted.
    Both(Arc<HashSet<PrincipalHash>>),
}

impl SessionPass {
    /// Whether what is not kept is noted, and a record that cannot be read is malformed.
    fn is_first(&self) -> bool {
        !matches!(self, Self::Second(_))
    }
}

/// Finds the calls of sessions in one log file after the other.
#[derive(Debug)]
pub(in crate::decode) struct SessionCallReader {
    pass: SessionPass,
    /// Whether `requestParameters` are wanted.
    parameters: bool,
    provider: Finder<'static>,
    starts: [Finder<'static>; 2],
    nested_escape: Finder<'static>,
    identity: Finder<'static>,
    identities: KnownIdentities,
    finder: PrincipalFinder,
    notes: NoteTaker,
    /// Bounded by what is kept anyway: a call keeps its own alive.
    operations: Shared<Operation>,
    callers: Shared<SessionCaller>,
    texts: Shared<str>,
    recent_operations: Recent<Arc<Operation>>,
    recent_resources: Recent<Box<[Arc<str>]>>,
    key: Vec<u8>,
}

/// So many principals of one record are told apart without parsing it.
const FEW: usize = 4;

/// So many values of each kind are remembered at once where calls are not kept.
const REMEMBERED: usize = 1 << 14;

/// What the text of a record tells of it before it is parsed.
struct Glance {
    /// It may tell by itself that a run made it.
    is_candidate: bool,
    /// It may give out credentials.
    is_start: bool,
    /// Its principals can be told from the text.
    is_plain: bool,
    principals: [PrincipalHash; FEW],
    count: usize,
    /// Where its identity is known, and that it is just what `is_candidate` says.
    known: Option<RecordFront>,
}

impl Glance {
    /// Whether the first pass has to parse it.
    fn needs_parser(&self) -> bool {
        self.is_candidate || self.is_start || !self.is_plain
    }

    fn principals(&self) -> &[PrincipalHash] {
        self.principals.get(..self.count).unwrap_or(&self.principals)
    }
}

impl SessionCallReader {
    pub(in crate::decode) fn new(pass: SessionPass, parameters: bool) -> Self {
        Self {
            pass,
            parameters,
            provider: Finder::new("federatedProvider"),
            starts: START_PARTS.map(Finder::new),
            nested_escape: Finder::new(NESTED_ESCAPE),
            identity: Finder::new(IDENTITY),
            identities: KnownIdentities::new(),
            finder: PrincipalFinder::new(),
            notes: NoteTaker::default(),
            operations: Shared::new(usize::MAX),
            callers: Shared::new(usize::MAX),
            texts: Shared::new(usize::MAX),
            recent_operations: Recent::default(),
            recent_resources: Recent::default(),
            key: Vec::new(),
        }
    }

    /// Forgets what calls have in common from time to time: nobody keeps them.
    pub(in crate::decode) fn remember_few(&mut self) {
        self.operations = Shared::new(REMEMBERED);
        self.callers = Shared::new(REMEMBERED);
        self.texts = Shared::new(REMEMBERED);
    }

    /// Whether `requestParameters` are wanted.
    pub(in crate::decode) fn wants_parameters(&self) -> bool {
        self.parameters
    }

    /// Whether this is the second pass.
    pub(in crate::decode) fn reads_again(&self) -> bool {
        matches!(self.pass, SessionPass::Second(_))
    }

    /// The notes of the file that ends here.
    pub(in crate::decode) fn finish(&mut self) -> PrincipalNotes {
        self.notes.finish()
    }

    /// Whether a record without escapes that hide letters may be kept in the first pass.
    pub(in crate::decode) fn may_be_call(&self, record: &[u8]) -> bool {
        self.glance(record, false).needs_parser()
    }

    /// Reads a record of another event than the assumption; none if this pass does not keep it. `hidden` says that
    /// escapes in it may spell letters.
    pub(in crate::decode) fn read(
        &mut self,
        record: &[u8],
        hidden: bool,
        issuers: &Issuers,
        log_file: &Arc<str>,
    ) -> Result<Option<SessionCall>, MalformedReason> {
        let front = if hidden { None } else { self.front(record, issuers) };
        let glance = front.unwrap_or_else(|| self.glance(record, hidden));
        let names_one_of = |wanted: &HashSet<PrincipalHash>| glance.principals().iter().any(|it| wanted.contains(it));
        let wanted = match &self.pass {
            SessionPass::First if glance.needs_parser() => None,
            SessionPass::Both(wanted) if glance.needs_parser() || names_one_of(wanted) => Some(Arc::clone(wanted)),
            SessionPass::First | SessionPass::Both(_) => {
                self.notes.extend(glance.principals().iter().copied());
                return Ok(None);
            }
            SessionPass::Second(wanted) => {
                if glance.is_plain && !names_one_of(wanted) {
                    return Ok(None);
                }
                Some(Arc::clone(wanted))
            }
        };
        let is_first = self.pass.is_first();
        let parsed = match self.parse_known(record, &glance, glance.is_candidate || wanted.is_some()) {
            Some(parsed) => parsed,
            None => match ParsedCall::of(record) {
                // The first pass parsed it too, and said so.
                Err(_) if !is_first && glance.needs_parser() => return Ok(None),
                parsed => parsed?,
            },
        };
        let event = &parsed.event;
        if is_first {
            check_text(&event.identity)?;
        }
        let (principal, tells) = if glance.known.is_some() {
            (glance.principals().first().copied(), glance.is_candidate)
        } else {
            let identity = event.identity.open();
            let principal = identity.principal.as_deref().map(|text| hash(text.as_bytes()));
            (principal, tells_by_itself(&identity, issuers))
        };
        if is_first {
            self.note(principal, event);
        }
        let is_wanted = wanted.is_some_and(|wanted| principal.is_some_and(|principal| wanted.contains(&principal)));
        let is_kept = if is_first { is_wanted || tells } else { is_wanted && !tells };
        if is_kept {
            return self.call(record, &parsed, glance.known, log_file).map(Some);
        }
        if is_first {
            self.notes.extend(principal);
        }
        Ok(None)
    }

    /// The same as [`Self::glance`] of a record that begins as most do.
    fn front(&mut self, record: &[u8], issuers: &Issuers) -> Option<Glance> {
        let front = self.identities.front(record, |identity| tells_by_itself(identity, issuers))?;
        let principal = front.identity.principal;
        Some(Glance {
            is_candidate: front.identity.tells_by_itself,
            is_start: front.is_sts && principal.is_some() && self.may_start(record),
            is_plain: true,
            principals: [principal.unwrap_or_default(); FEW],
            count: usize::from(principal.is_some()),
            known: Some(front),
        })
    }

    /// Parses what is behind a known identity, and that too where it `may_be_kept` and its caller is not known, or where it tells
    /// what the call gave out.
    fn parse_known<'r>(&self, record: &'r [u8], glance: &Glance, may_be_kept: bool) -> Option<ParsedCall<'r>> {
        let front = glance.known?;
        let mut parsed = ParsedCall::behind(record, front)?;
        let (address, agent) = parsed.event.address_and_agent();
        let is_caller_known = || self.identities.caller(front.place, address, agent).is_some();
        if (may_be_kept && !is_caller_known()) || parsed.event.name.as_deref() == Some("AssumeRoot") {
            parsed.read_identity(record, front)?;
        }
        Some(parsed)
    }

    fn has_identity_as_text(&self, record: &[u8]) -> bool {
        self.identity.find_iter(record).any(|at| {
            let rest = record[at + IDENTITY.len()..].trim_ascii_start();
            rest.strip_prefix(b":").is_some_and(|value| value.trim_ascii_start().starts_with(b"\""))
        })
    }

    fn may_start(&self, record: &[u8]) -> bool {
        self.starts.iter().any(|finder| finder.find(record).is_some())
    }

    fn glance(&self, record: &[u8], hidden: bool) -> Glance {
        let hidden = hidden || self.nested_escape.find(record).is_some();
        let mut glance = Glance {
            is_candidate: hidden,
            is_start: false,
            is_plain: true,
            principals: [0; FEW],
            count: 0,
            known: None,
        };
        let is_plain = self.finder.each(record, |principal| {
            glance.is_candidate |= is_session_of_run(principal);
            if let Some(slot) = glance.principals.get_mut(glance.count) {
                *slot = hash(principal);
            }
            glance.count += 1;
        });
        glance.is_plain = is_plain && !hidden && glance.count <= FEW;
        glance.is_candidate |= self.provider.find(record).is_some();
        // An identity that is text, and names no principal as JSON does, may be anybody's.
        glance.is_candidate |= glance.count == 0 && self.has_identity_as_text(record);
        // Without a principal it hands nothing on: most of them are of services.
        glance.is_start = glance.count > 0 && self.may_start(record);
        glance
    }

    /// Notes to whom a call of this principal gave credentials.
    fn note(&mut self, principal: Option<PrincipalHash>, event: &SessionRecord) {
        if let (Some(from), Some(issued)) = (principal, event.issued()) {
            let to = issued.principal_id.as_deref().map_or(from, |to| hash(to.as_bytes()));
            self.notes.hand_on(from, to);
        }
    }

    fn call(
        &mut self,
        record: &[u8],
        parsed: &ParsedCall,
        known: Option<RecordFront>,
        log_file: &Arc<str>,
    ) -> Result<SessionCall, MalformedReason> {
        let event = &parsed.event;
        let time = event.time.as_deref().and_then(Timestamp::parse_event_time).ok_or(MalformedReason::NoTime)?;
        let operation = self.operation(event);
        let caller = self.caller(event, known);
        let resources = self.resources(event);
        let parameters = event.parameters.filter(|_| self.parameters).and_then(object_json);
        let issued = operation.error_code.is_none().then(|| event.issued()).flatten().map(Box::new);
        Ok(SessionCall {
            time,
            event_id: given(event.id.as_deref()),
            shared_event_id: given(event.shared_id.as_deref()),
            content: Sha256::digest(parsed.compact(record)).into(),
            operation,
            caller,
            resources,
            issued,
            created_key: event.created_key(),
            parameters: parameters.map(|text| without_secrets(&text).into()),
            error_message: given(event.error_message.text()),
            log_file: Arc::clone(log_file),
        })
    }

    fn operation(&mut self, event: &SessionRecord) -> Arc<Operation> {
        let mut key = std::mem::take(&mut self.key);
        let error = (!event.error_code.is_blank()).then(|| event.error_code.text().unwrap_or_default());
        let [account, region, source, name] = [&event.account, &event.region, &event.source, &event.name];
        let texts = [account, region, source, name].map(Option::as_deref);
        joined(&mut key, texts.into_iter().chain([event.read_only, error]));
        let operation = self.recent_operations.get(&key).unwrap_or_else(|| {
            let operation = event.operation(self);
            let operation = self.operations.one(operation);
            self.recent_operations.keep(&key, &operation);
            operation
        });
        self.key = key;
        operation
    }

    /// Who called; `known` says where the identity is known.
    fn caller(&mut self, event: &SessionRecord, known: Option<RecordFront>) -> Arc<SessionCaller> {
        let (address, agent) = event.address_and_agent();
        if let Some(caller) = known.and_then(|front| self.identities.caller(front.place, address, agent)) {
            return caller;
        }
        let caller = event.identity.open().caller(event, self);
        let caller = self.callers.one(caller);
        if let Some(front) = known {
            self.identities.keep_caller(front.place, address, agent, &caller);
        }
        caller
    }

    fn resources(&mut self, event: &SessionRecord) -> Box<[Arc<str>]> {
        let Some(raw) = event.resources else { return Box::default() };
        if let Some(arns) = self.recent_resources.get(raw.as_bytes()) {
            return arns;
        }
        let json = part_json(Some(raw));
        let mut arns: Vec<Arc<str>> = resources(&json)
            .iter()
            .filter_map(|resource| resource.arn.as_deref().filter(|arn| !arn.is_empty()))
            .map(|arn| self.text(&without_secrets(arn)))
            .collect();
        arns.sort_unstable();
        arns.dedup();
        let arns = arns.into();
        self.recent_resources.keep(raw.as_bytes(), &arns);
        arns
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        self.texts.text(text)
    }

    pub(super) fn given(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        let text = text.filter(|text| !text.is_empty())?;
        Some(self.text(&without_secrets(text)))
    }
}

/// The principal of the session that an `AssumeRoleWithWebIdentity` began, where its record names one.
pub(in crate::decode) fn principal_of_assumption(record: &[u8]) -> Option<Box<str>> {
    let ParsedCall { event, .. } = ParsedCall::of(record).ok()?;
    let response = event.response.open();
    let user = response.assumed_role_user.open();
    user.principal.as_deref().filter(|id| !id.is_empty()).map(Into::into)
}

/// Whether the principal has a session name as Terraform gives it.
fn is_session_of_run(principal: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b':', principal) else { return false };
    let name = &principal[at + 1..];
    name.starts_with(SESSION_PREFIX.as_bytes())
        && std::str::from_utf8(name).is_ok_and(|name| run_id_of_session(name).is_some())
}

/// Whether a call says by itself that a run made it, to whoever asks about these issuers and not about all.
#[must_use]
pub fn tells_of_run(caller: &SessionCaller, issuers: &Issuers) -> bool {
    let is_selected = caller.issuer.as_deref().is_some_and(|issuer| issuers.role(issuer) != IssuerRole::Foreign);
    is_selected || caller.principal_id.as_deref().is_some_and(|principal| is_session_of_run(principal.as_bytes()))
}

/// Whether the identity of a call says that a run made it.
fn tells_by_itself(identity: &SessionIdentity, issuers: &Issuers) -> bool {
    let context = identity.context.open();
    let federation = context.federation.open();
    let is_selected = federation
        .provider
        .as_deref()
        .is_some_and(|provider| issuers.role(&without_secrets(issuer_of_provider(provider))) != IssuerRole::Foreign);
    is_selected || identity.principal.as_deref().is_some_and(|principal| is_session_of_run(principal.as_bytes()))
}

//! What the fields of a call say: what was called, by whom, and which session it began.

use super::assumption::given;
use super::session_call::SessionCallReader;
use super::session_wire::{SessionIdentity, SessionRecord, SessionRequest};
use super::wire::part_json;
use crate::decode::fields::ReadMode;
use crate::domain::issuer::issuer_of_provider;
use crate::domain::role::{arn_account, is_account};
use crate::domain::session_call::{IssuedSession, Operation, SessionCaller};
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;

/// The operations of STS that give out credentials, but for those that take a token of somebody else.
const STARTS: [&str; 4] = ["AssumeRole", "AssumeRoot", "GetSessionToken", "GetFederationToken"];

impl SessionRecord<'_> {
    /// Where the call came from, and how the caller describes itself.
    pub(super) fn address_and_agent(&self) -> (&str, &str) {
        let [address, agent] = [&self.source_address, &self.user_agent].map(|text| text.as_deref().unwrap_or_default());
        (address, agent)
    }

    pub(super) fn operation(&self, reader: &mut SessionCallReader) -> Operation {
        let source = self.source.as_deref();
        Operation {
            account_id: reader.given(self.account.as_deref()),
            region: reader.given(self.region.as_deref()),
            service: reader.given(source.map(|source| source.strip_suffix(".amazonaws.com").unwrap_or(source))),
            event_name: reader.given(self.name.as_deref()),
            read_only: match self.read_only.unwrap_or_default() {
                "true" | "\"true\"" => Some(true),
                "false" | "\"false\"" => Some(false),
                _ => None,
            },
            error_code: (!self.error_code.is_blank())
                .then(|| reader.given(self.error_code.text()).unwrap_or_else(|| reader.text(""))),
        }
    }

    /// The key that the answer tells, where the call made one for a user.
    pub(super) fn created_key(&self) -> Option<Box<str>> {
        let is_one =
            self.name.as_deref() == Some("CreateAccessKey") && self.source.as_deref() == Some("iam.amazonaws.com");
        if !is_one || !self.error_code.is_blank() {
            return None;
        }
        let response = self.response.open();
        let key = response.access_key.open();
        given(key.access_key_id.as_deref())
    }

    /// The session that the answer began: only where it succeeded and gave out a key.
    pub(super) fn issued(&self) -> Option<IssuedSession> {
        let operation = self.name.as_deref().filter(|name| STARTS.contains(name))?;
        if !self.error_code.is_blank() || self.source.as_deref() != Some("sts.amazonaws.com") {
            return None;
        }
        let response = self.response.open();
        let credentials = response.credentials.open();
        let access_key_id = given(credentials.access_key_id.as_deref())?;
        let time = self.time.as_deref().and_then(Timestamp::parse_event_time)?;
        let parameters = part_json(self.parameters);
        let request: SessionRequest =
            ReadMode::Quick.read(&parameters).or_else(|_| ReadMode::Careful.read(&parameters)).unwrap_or_default();
        let target = request.target.as_deref().unwrap_or_default();
        let target = Some(target).filter(|text| is_account(text)).or_else(|| arn_account(target));
        let (assumed, federated) = (response.assumed_role_user.open(), response.federated_user.open());
        let (principal, default) = match operation {
            "AssumeRole" => (assumed.principal.as_deref(), 3_600),
            "AssumeRoot" => (target, 900),
            "GetFederationToken" => (federated.principal.as_deref(), 43_200),
            _ => (None, 43_200),
        };
        let role_arn = match operation {
            "AssumeRole" => given(request.role_arn.as_deref()),
            "AssumeRoot" => {
                let named = request.target.as_deref().unwrap_or_default();
                target.map(|account| self.root_of(account, named).into())
            }
            _ => None,
        };
        let seconds = request.duration_seconds.map_or(default, i64::from);
        let asked_for = Timestamp::from_seconds((time.seconds() + seconds).min(Timestamp::LAST.seconds()));
        let expiration = credentials.expiration.as_deref().and_then(Timestamp::parse_expiration);
        let end = expiration.filter(|end| *end > time).or(asked_for).unwrap_or(time);
        Some(IssuedSession { access_key_id, principal_id: given(principal), role_arn, end })
    }

    /// The ARN of an account's root, in the partition of the principal as it was `named`, else of the caller's role, else of
    /// the call's region.
    fn root_of(&self, account: &str, named: &str) -> String {
        let identity = self.identity.open();
        let context = identity.context.open();
        let issuer = context.issuer.open();
        let of_region = match self.region.as_deref().unwrap_or_default() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let of_arn = |arn: &'_ str| arn.strip_prefix("arn:")?.split(':').next().map(str::to_owned);
        let partition = of_arn(named).or_else(|| of_arn(issuer.arn.as_deref()?));
        format!("arn:{}:iam::{account}:root", partition.as_deref().unwrap_or(of_region))
    }
}

impl SessionIdentity<'_> {
    pub(super) fn caller(&self, event: &SessionRecord, reader: &mut SessionCallReader) -> SessionCaller {
        let context = self.context.open();
        let (attributes, issuer) = (context.attributes.open(), context.issuer.open());
        let federation = context.federation.open();
        SessionCaller {
            kind: reader.given(self.kind.as_deref()),
            account_id: reader.given(self.account.as_deref()),
            principal_id: reader.given(self.principal.as_deref()),
            access_key_id: reader.given(self.access_key_id.as_deref()),
            session_created: attributes.created.as_deref().and_then(created),
            role_arn: reader.given(issuer.arn.as_deref()),
            issuer: reader.given(federation.provider.as_deref().map(issuer_of_provider)),
            source_address: reader.given(event.source_address.as_deref()).map(SourceAddress::from),
            user_agent: reader.given(event.user_agent.as_deref()),
            invoked_by: reader.given(self.invoked_by.as_deref()),
        }
    }
}

/// A `creationDate`, which is RFC 3339 or, in some records, basic (`20131102T010628Z`, DESIGN §9).
fn created(text: &str) -> Option<Timestamp> {
    Timestamp::parse_event_time(text).or_else(|| {
        let is_basic = text.len() == 16 && text.is_ascii() && text.as_bytes()[8] == b'T';
        let part = |from: usize, to: usize| &text[from..to];
        is_basic.then(|| {
            let (day, clock) = ([part(0, 4), part(4, 6), part(6, 8)], [part(9, 11), part(11, 13), part(13, 15)]);
            Timestamp::parse_event_time(&format!("{}T{}{}", day.join("-"), clock.join(":"), part(15, 16)))
        })?
    })
}

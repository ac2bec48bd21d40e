//! The second question that a scan can ask: which API calls did Terraform make with a long-lived credential?
//!
//! Nearly every record is ruled out by the search for one word, most others by that for a second one, and only what is left
//! is parsed. The words hold no `/`, which may be written as `\/`; one that hides behind `\u` escapes makes its record a
//! candidate too.

use std::sync::Arc;

use memchr::memmem::Finder;
use sha2::{Digest, Sha256};

use crate::domain::call::{Call, Circumstances, Principal};
use crate::domain::shared::Shared;
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;
use crate::domain::user_agent::{added_words, is_terraform, opentofu_version, provider_version, terraform_version};

use super::assumption::{compact, given, not_json};
use super::secret::without_secrets;
use crate::decode::defect::MalformedReason;
use crate::decode::fields::{NoFields, ObjectOrText, OptionalText, ReadMode, fields};

/// It is in every user agent of Terraform and OpenTofu (DOMAIN §3), and in few others.
const AGENT: &str = "APN";

/// One of these is in the identity of every long-lived credential. The quote behind them has a `\` in front where the
/// identity is JSON text in a string.
const PRINCIPALS: [&str; 2] = ["\"IAMUser", "\"Root"];

/// Finds the calls in one log file after the other.
#[derive(Debug)]
pub(in crate::decode) struct CallReader {
    agent: Finder<'static>,
    principals: [Finder<'static>; 2],
    known: Shared<Circumstances>,
}

impl CallReader {
    pub(in crate::decode) fn new() -> Self {
        // Bounded by what is kept anyway: a call keeps its own alive.
        let known = Shared::new(usize::MAX);
        Self { agent: Finder::new(AGENT), principals: PRINCIPALS.map(Finder::new), known }
    }

    /// Whether a record without escapes that hide letters may be such a call.
    pub(in crate::decode) fn may_be_call(&self, record: &[u8]) -> bool {
        self.agent.find(record).is_some() && self.principals.iter().any(|finder| finder.find(record).is_some())
    }

    /// Reads a record; none if it is no such call.
    pub(in crate::decode) fn read(&mut self, record: &[u8]) -> Result<Option<Call>, MalformedReason> {
        let text = simdutf8::basic::from_utf8(record).map_err(|_| MalformedReason::NotUtf8)?;
        let event: Result<CallRecord, _> = ReadMode::Quick.read(text).or_else(|_| ReadMode::Careful.read(text));
        let event = event.map_err(|error: serde_json::Error| not_json(&error))?;
        let agent = event.user_agent.as_deref().unwrap_or_default();
        let Some(principal) = event.identity.open().kind.as_deref().and_then(Principal::of_type) else {
            return Ok(None);
        };
        if !is_terraform(agent) {
            return Ok(None);
        }
        let time = event.time.as_deref().and_then(Timestamp::parse_event_time).ok_or(MalformedReason::NoTime)?;
        let identity = match event.id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => half(Sha256::new().chain_update([1]).chain_update(id)),
            None => half(Sha256::new().chain_update([0]).chain_update(compact(record))),
        };
        let circumstances = self.known.one(event.circumstances(principal, agent));
        Ok(Some(Call { identity, time, circumstances }))
    }
}

fn half(hash: Sha256) -> [u8; 16] {
    let whole: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| whole[at])
}

fields! {
    /// A record.
    struct CallRecord<'a> {
        "eventTime" => time: OptionalText<'a> = text,
        "eventID" => id: OptionalText<'a> = text,
        "eventName" => name: OptionalText<'a> = text,
        "eventSource" => source: OptionalText<'a> = text,
        "awsRegion" => region: OptionalText<'a> = text,
        "recipientAccountId" => account: OptionalText<'a> = text,
        "sourceIPAddress" => source_address: OptionalText<'a> = text,
        "userAgent" => user_agent: OptionalText<'a> = text,
        "errorCode" => error_code: ObjectOrText<'a, NoFields> = part,
        "userIdentity" => identity: ObjectOrText<'a, CallerIdentity<'a>> = part,
        "requestParameters" => request: ObjectOrText<'a, AssumeRoleParameters<'a>> = part,
    }

    /// Who called.
    struct CallerIdentity<'a> {
        "type" => kind: OptionalText<'a> = text,
        "accountId" => account: OptionalText<'a> = text,
        "userName" => user_name: OptionalText<'a> = text,
        "accessKeyId" => access_key_id: OptionalText<'a> = text,
    }

    /// What was asked for.
    struct AssumeRoleParameters<'a> {
        "roleArn" => role_arn: OptionalText<'a> = text,
    }
}

impl CallRecord<'_> {
    fn circumstances(&self, principal: Principal, agent: &str) -> Circumstances {
        let source = self.source.as_deref();
        let (identity, request) = (self.identity.open(), self.request.open());
        Circumstances {
            principal,
            account_id: given(identity.account.as_deref()).or_else(|| given(self.account.as_deref())),
            user: given(identity.user_name.as_deref()),
            access_key_id: given(identity.access_key_id.as_deref()),
            service: given(source.map(|source| source.strip_suffix(".amazonaws.com").unwrap_or(source))),
            region: given(self.region.as_deref()),
            source_address: given(self.source_address.as_deref()).map(|text: Arc<str>| SourceAddress::from(text)),
            terraform_version: given(terraform_version(agent).or_else(|| opentofu_version(agent))),
            provider_version: given(provider_version(agent)),
            agent_words: without_secrets(&added_words(agent).join(" ")).into(),
            role_arn: given(request.role_arn.as_deref().filter(|_| self.name.as_deref() == Some("AssumeRole"))),
            denied: !self.error_code.is_blank(),
        }
    }
}

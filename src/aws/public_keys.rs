//! The public keys that CloudTrail signed digests with (DOMAIN §7).

use std::collections::BTreeSet;

use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::Builder;
use aws_sdk_cloudtrail::operation::list_public_keys::ListPublicKeysOutput;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types;

use super::bounds::{Bounded, REQUEST, too_slow};
use super::failure::RequestFailure;
use crate::domain::public_key::{PublicKey, PublicKeyQuestion};
use crate::domain::timestamp::Timestamp;

/// What it takes.
pub(crate) const ACTION: &str = "cloudtrail:ListPublicKeys";

/// How often a request is tried: the service gives few of them a second.
const ATTEMPTS: u32 = 8;

/// A region has a new key every few weeks, and a page has many of them.
const PAGES: usize = 1_000;

/// Lists the keys, page by page.
pub(crate) async fn list(config: &SdkConfig, question: &PublicKeyQuestion) -> Result<Vec<PublicKey>, RequestFailure> {
    let builder = Builder::from(config).region(Region::new(question.region.to_string()));
    let builder = builder.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS)).interceptor(Bounded);
    let client = Client::from_conf(builder.build());
    let (mut keys, mut tokens, mut token) = (Vec::new(), BTreeSet::new(), None);
    loop {
        // On the heap: with a request in it, it is large.
        let page = Box::pin(ask(&client, question, token));
        let page = match tokio::time::timeout(REQUEST, page).await {
            Ok(page) => page?,
            Err(_) => return Err(RequestFailure::Impossible(too_slow(REQUEST))),
        };
        keys.extend(page.public_key_list().iter().filter_map(key));
        token = page.next_token;
        let Some(next) = &token else { return Ok(keys) };
        if tokens.len() == PAGES || !tokens.insert(next.clone()) {
            return Err(RequestFailure::Impossible("the list of public keys has no end".to_owned()));
        }
    }
}

async fn ask(
    client: &Client,
    question: &PublicKeyQuestion,
    token: Option<String>,
) -> Result<ListPublicKeysOutput, RequestFailure> {
    let request = client
        .list_public_keys()
        .start_time(DateTime::from_secs(question.from.seconds()))
        .end_time(DateTime::from_secs(question.to.seconds()));
    request.set_next_token(token).send().await.map_err(|error| RequestFailure::of(&error))
}

/// A key that can be used: one without a value or a fingerprint is none.
fn key(found: &types::PublicKey) -> Option<PublicKey> {
    let at = |time: Option<&DateTime>| Timestamp::from_seconds(time?.secs());
    Some(PublicKey {
        fingerprint: found.fingerprint()?.into(),
        value: found.value()?.as_ref().to_vec(),
        validity: at(found.validity_start_time()).zip(at(found.validity_end_time())),
    })
}

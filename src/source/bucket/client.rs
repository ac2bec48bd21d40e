//! The requests to one bucket, each tried again while that can help.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Region};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::RequestPayer;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::answer::{ListedObject, ListingPage, Refusal};
use super::body::{Fetched, LARGE};
use super::pace::AdaptivePace;
use super::pages::ListingPages;
use super::span::KeySlice;
use crate::aws::AwsOptions;
use crate::aws::bounds::{Bounded, REQUEST, too_slow, transfer};
use crate::aws::failure::{RequestFailure, words};
use crate::decode::defect::io_reason;
use crate::domain::timestamp::Timestamp;

/// How often a request is tried, where the configuration does not say.
const ATTEMPTS: u32 = 8;

/// What the SDK says where nobody chose.
const SDK_ATTEMPTS: u32 = 3;

/// The first wait of a request alone, which doubles.
const WAIT: Duration = Duration::from_millis(50);

/// What an object's owner put beside it, by names in lower case.
pub(crate) type Metadata = HashMap<String, String>;

/// One bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    client: Client,
    /// Its name.
    pub(crate) name: String,
    /// Shared by all its requests.
    pub(crate) pace: Arc<AdaptivePace>,
    attempts: u32,
    /// That the reader pays, where it does.
    payer: Option<RequestPayer>,
}

impl Bucket {
    /// The bucket, reached with that configuration.
    pub(crate) fn new(config: &SdkConfig, name: &str, options: &AwsOptions) -> Self {
        let configured = config.retry_config().map_or(SDK_ATTEMPTS, RetryConfig::max_attempts);
        // Every refusal has to be seen here, where it slows all requests down; the SDK would wait for itself alone.
        let mut builder = Builder::from(config).retry_config(RetryConfig::disabled()).interceptor(Bounded);
        if options.path_style {
            builder = builder.force_path_style(true);
        }
        Self {
            client: Client::from_conf(builder.build()),
            name: name.to_owned(),
            pace: Arc::new(AdaptivePace::new(options.concurrency.map(NonZeroUsize::get))),
            payer: options.requester_pays.then_some(RequestPayer::Requester),
            attempts: if configured == SDK_ATTEMPTS { ATTEMPTS } else { configured },
        }
    }

    /// The region that requests are signed for.
    pub(crate) fn region(&self) -> Option<String> {
        self.client.config().region().map(Region::to_string)
    }

    /// The next page of a listing, of which `pages` were taken.
    pub(crate) async fn list(
        &self,
        slice: &KeySlice,
        next: Option<&str>,
        pages: &mut ListingPages,
    ) -> Result<ListingPage, Refusal> {
        let page = within(REQUEST, self.list_page(slice, next, None)).await?;
        pages.take(slice, &page).map_err(|reason| impossible(format!("the listing of '{}' {reason}", slice.prefix)))?;
        Ok(page)
    }

    /// The first `count` keys.
    pub(crate) async fn list_some(&self, slice: &KeySlice, count: i32) -> Result<ListingPage, Refusal> {
        within(REQUEST, self.list_page(slice, None, Some(count))).await
    }

    async fn list_page(
        &self,
        slice: &KeySlice,
        next: Option<&str>,
        count: Option<i32>,
    ) -> Result<ListingPage, Refusal> {
        self.pace.pause().await;
        let mut attempt = 1;
        loop {
            let outcome = self.list_once(slice, next, count).await;
            if let Some(page) = self.settle(attempt, outcome).await? {
                return Ok(page);
            }
            attempt += 1;
        }
    }

    /// The bytes of an object: complete, or none.
    pub(crate) async fn get(&self, object: &ListedObject) -> Result<Fetched, Refusal> {
        self.get_with_metadata(object).await.map(|(fetched, _)| fetched)
    }

    /// The same with what lies beside it.
    pub(crate) async fn get_with_metadata(&self, object: &ListedObject) -> Result<(Fetched, Metadata), Refusal> {
        within(transfer(object.size), self.get_whole(object)).await
    }

    async fn get_whole(&self, object: &ListedObject) -> Result<(Fetched, Metadata), Refusal> {
        self.pace.pause().await;
        let mut attempt = 1;
        loop {
            let outcome = self.get_once(object, attempt == 1).await;
            if let Some(bytes) = self.settle(attempt, outcome).await? {
                return Ok(bytes);
            }
            attempt += 1;
        }
    }

    /// An object of which no more is known than its key: as a listing would show it, and its bytes. Nothing where there is none.
    /// `room` is asked once for so many bytes of memory; without them it goes to a file.
    pub(crate) async fn get_unlisted(
        &self,
        key: &str,
        room: &mut (impl FnMut(u64) -> bool + Send),
    ) -> Result<Option<(ListedObject, Fetched)>, Refusal> {
        self.pace.pause().await;
        let mut attempt = 1;
        loop {
            let outcome = match within(REQUEST, self.begin(key)).await {
                Ok(found) => {
                    let tag = tag(found.e_tag.clone(), found.last_modified);
                    let object = object(key.to_owned(), found.content_length, tag, found.last_modified);
                    let fetched =
                        if room(object.size.min(LARGE)) { Fetched::expecting(object.size) } else { Fetched::in_file() };
                    let fetched = fetched.map_err(|error| no_room(&error));
                    let taken = async { take_all(found.body, fetched?, object.size).await };
                    within(transfer(object.size), taken).await.and_then(|fetched| match fetched.len() {
                        length if length == object.size => Ok(Some((object, fetched))),
                        length => Err(broken(format!("the transfer broke off: {length} of {} bytes", object.size))),
                    })
                }
                Err(Refusal { failure: RequestFailure::Answer(code, ..), .. }) if code == "NoSuchKey" => Ok(None),
                Err(refusal) => Err(refusal),
            };
            if let Some(found) = self.settle(attempt, outcome).await? {
                return Ok(found);
            }
            attempt += 1;
        }
    }

    async fn begin(&self, key: &str) -> Result<GetObjectOutput, Refusal> {
        let request = self.client.get_object().bucket(&self.name).key(key).set_request_payer(self.payer.clone());
        request.send().await.map_err(|error| refusal(&error))
    }

    /// The first `count` bytes of an object, or all of them.
    pub(crate) async fn peek(&self, object: &ListedObject, count: usize) -> Result<Vec<u8>, Refusal> {
        // Nothing has no first byte, and a range of it is an error.
        if object.size == 0 {
            return Ok(Vec::new());
        }
        within(REQUEST, self.peek_at(object, count)).await
    }

    async fn peek_at(&self, object: &ListedObject, count: usize) -> Result<Vec<u8>, Refusal> {
        self.pace.pause().await;
        let mut attempt = 1;
        loop {
            let request = self.client.get_object().bucket(&self.name).key(&object.key);
            let last = object.size.min(count as u64) - 1;
            let request = request.range(format!("bytes=0-{last}")).set_request_payer(self.payer.clone());
            let outcome = match request.send().await {
                Ok(found) => take_some(found.body, count).await,
                Err(error) => Err(refusal(&error)),
            };
            if let Some(bytes) = self.settle(attempt, outcome).await? {
                return Ok(bytes);
            }
            attempt += 1;
        }
    }

    /// Begins to fetch an object: the key of KMS that it is encrypted with.
    pub(crate) async fn probe(&self, object: &ListedObject) -> Result<Option<String>, Refusal> {
        let request =
            self.client.get_object().bucket(&self.name).key(&object.key).set_request_payer(self.payer.clone());
        let probed = async { request.send().await.map(|found| found.ssekms_key_id).map_err(|error| refusal(&error)) };
        within(REQUEST, probed).await
    }

    /// An object as a listing would show it; nothing where there is none.
    pub(crate) async fn find(&self, key: &str) -> Result<Option<ListedObject>, Refusal> {
        within(REQUEST, self.find_at(key)).await
    }

    async fn find_at(&self, key: &str) -> Result<Option<ListedObject>, Refusal> {
        self.pace.pause().await;
        let mut attempt = 1;
        loop {
            let request = self.client.head_object().bucket(&self.name).key(key);
            let outcome = match request.set_request_payer(self.payer.clone()).send().await {
                Ok(found) => {
                    let tag = tag(found.e_tag, found.last_modified);
                    Ok(Some(object(key.to_owned(), found.content_length, tag, found.last_modified)))
                }
                Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => Ok(None),
                Err(error) => Err(refusal(&error)),
            };
            if let Some(found) = self.settle(attempt, outcome).await? {
                return Ok(found);
            }
            attempt += 1;
        }
    }

    /// Where the bucket lies, as S3 tells even those who may not read it.
    pub(crate) async fn find_region(&self) -> Option<String> {
        match self.client.head_bucket().bucket(&self.name).send().await {
            Ok(found) => found.bucket_region().map(str::to_owned),
            Err(error) => header(&error),
        }
    }

    /// Settles an attempt: its answer, or nothing where it is to be tried once more, after a wait.
    async fn settle<T>(&self, attempt: u32, outcome: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        let refusal = match outcome {
            Ok(found) => {
                self.pace.success();
                return Ok(Some(found));
            }
            Err(refusal) if !refusal.failure.is_passing() => return Err(refusal),
            Err(refusal) => refusal,
        };
        self.pace.refused(refusal.failure == RequestFailure::SlowDown);
        if attempt >= self.attempts || self.pace.is_hopeless() {
            return Err(refusal);
        }
        tokio::time::sleep(WAIT * 2_u32.pow(attempt.min(6) - 1)).await;
        self.pace.pause().await;
        Ok(None)
    }

    async fn list_once(
        &self,
        slice: &KeySlice,
        next: Option<&str>,
        count: Option<i32>,
    ) -> Result<ListingPage, Refusal> {
        let request = self.client.list_objects_v2().bucket(&self.name).set_max_keys(count);
        let request = request
            .set_request_payer(self.payer.clone())
            .set_prefix(Some(slice.prefix.clone()).filter(|prefix| !prefix.is_empty()))
            .set_delimiter(slice.flat.then(|| "/".to_owned()))
            .set_start_after(slice.after.clone().filter(|_| next.is_none()))
            .set_continuation_token(next.map(str::to_owned));
        let found = request.send().await.map_err(|error| refusal(&error))?;
        let folders = found.common_prefixes.unwrap_or_default().into_iter().filter_map(|folder| folder.prefix);
        let objects = found.contents.unwrap_or_default().into_iter();
        let objects = objects.filter_map(|listed| {
            let tag = tag(listed.e_tag, listed.last_modified);
            Some(object(listed.key?, listed.size, tag, listed.last_modified))
        });
        let is_cut = found.is_truncated.unwrap_or_default();
        Ok(ListingPage {
            objects: objects.collect(),
            folders: folders.collect(),
            next: found.next_continuation_token,
            is_cut,
        })
    }

    /// At the `first` attempt the size has to be the listed one; later ones believe the answer.
    async fn get_once(&self, object: &ListedObject, first: bool) -> Result<(Fetched, Metadata), Refusal> {
        let found = self.begin(&object.key).await?;
        let expected = found.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or(object.size);
        let fetched = Fetched::expecting(expected).map_err(|error| no_room(&error))?;
        let fetched = take_all(found.body, fetched, expected).await?;
        match fetched.len() {
            length if length != expected || (first && length != object.size) => {
                Err(broken(format!("the transfer broke off: {length} of {expected} bytes, {} listed", object.size)))
            }
            _ => Ok((fetched, found.metadata.unwrap_or_default())),
        }
    }
}

/// All of a body, as far as it comes.
async fn take_all(mut body: ByteStream, mut fetched: Fetched, expected: u64) -> Result<Fetched, Refusal> {
    loop {
        match body.try_next().await {
            // A file of the system takes bytes as fast as a network gives them, so nobody waits for it elsewhere.
            Ok(Some(part)) if fetched.len() + part.len() as u64 <= expected => {
                fetched.push(&part).map_err(|error| no_room(&error))?;
            }
            Ok(Some(_)) => return Err(broken(format!("the transfer brought more than its {expected} bytes"))),
            Ok(None) => return Ok(fetched),
            Err(error) => return Err(broken(format!("the transfer broke off: {}", words(&error)))),
        }
    }
}

/// What a body begins with. A service that knows no ranges sends all of it.
async fn take_some(mut body: ByteStream, count: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        match body.try_next().await {
            Ok(Some(part)) => bytes.extend_from_slice(&part[..part.len().min(count - bytes.len())]),
            Ok(None) => break,
            Err(error) => return Err(broken(format!("the transfer broke off: {}", words(&error)))),
        }
    }
    Ok(bytes)
}

fn object(key: String, size: Option<i64>, tag: Box<str>, modified: Option<DateTime>) -> ListedObject {
    let size = size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    let modified = modified.and_then(|modified| Timestamp::from_seconds(modified.secs()));
    ListedObject { key, size, tag, modified }
}

/// The entity tag, or the time of the last change where a service lists none.
fn tag(entity: Option<String>, modified: Option<DateTime>) -> Box<str> {
    match (entity, modified) {
        (Some(entity), _) => entity.trim_matches('"').into(),
        (None, Some(modified)) => format!("{}.{:09}", modified.secs(), modified.subsec_nanos()).into(),
        (None, None) => "".into(),
    }
}

/// A large object has no place to be put.
fn no_room(error: &std::io::Error) -> Refusal {
    let folder = std::env::temp_dir();
    let reason = format!("too large for memory, and {} takes no file: {}", folder.display(), io_reason(error));
    Refusal { failure: RequestFailure::Impossible(reason), region: None }
}

/// The answer, or a refusal where it takes too long.
async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(impossible(too_slow(limit))),
    }
}

fn impossible(reason: String) -> Refusal {
    Refusal { failure: RequestFailure::Impossible(reason), region: None }
}

fn broken(reason: String) -> Refusal {
    Refusal { failure: RequestFailure::Passing(reason), region: None }
}

const ELSEWHERE: [&str; 4] =
    ["PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

fn refusal<E>(error: &SdkError<E, HttpResponse>) -> Refusal
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let failure = RequestFailure::of(error);
    let elsewhere = matches!(&failure, RequestFailure::Answer(code, _, status) if *status == 301 || ELSEWHERE.contains(&code.as_str()));
    Refusal { region: elsewhere.then(|| header(error).unwrap_or_default()), failure }
}

/// The region that an answer names.
fn header<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    error.raw_response()?.headers().get("x-amz-bucket-region").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_answers_is_given_up() {
        let never = std::future::pending::<Result<(), Refusal>>();
        let refusal = within(Duration::from_millis(1), never).await.unwrap_err();
        assert_eq!(refusal.failure.reason(), "it took longer than 0 seconds in all, which is the limit");
        assert!(!refusal.failure.is_passing());
    }
}

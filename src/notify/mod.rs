//! Floor 2: tells people and machines that a report is there: Slack-compatible webhooks, signed webhooks, mail, Amazon SNS.
//!
//! A [`message::Message`] goes to each [`target::NotifyTarget`] by [`send`]. A delivery that fails is tried again a few times, and
//! then is an [`DeliveryOutcome`] that says why; it never takes anything else along. Everything in a message may come from
//! strangers, and every target gets it in a form in which it can do nothing. Secrets are in no outcome.

pub mod message;

pub mod target;

pub mod secret;

pub mod address;

pub mod clock;

mod retry;

mod line;

mod text;

mod slack;

mod webhook;

#[cfg(feature = "notify")]
mod http;

#[cfg(feature = "notify")]
mod tls;

#[cfg(feature = "notify")]
mod signature;

#[cfg(feature = "notify")]
mod mail;

#[cfg(feature = "notify")]
mod mailbox;

#[cfg(feature = "notify")]
mod relay;

#[cfg(feature = "notify")]
mod mail_page;

#[cfg(all(feature = "notify", feature = "aws"))]
mod sns;

use self::clock::Clock;
use self::message::Message;
#[cfg(not(all(feature = "notify", feature = "aws")))]
use self::retry::AttemptFailure;
use self::target::{NotifyMethod, NotifyTarget};

/// What became of the delivery to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutcome {
    /// The name of the target.
    pub target: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Nothing, or why the last attempt failed, in lower case and without any secret.
    pub result: Result<(), String>,
}

/// Sends the message to all targets side by side. The outcomes are in the order of the targets.
#[must_use]
pub fn send(targets: &[NotifyTarget], message: &Message, clock: &dyn Clock) -> Vec<DeliveryOutcome> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = targets.iter().map(|target| scope.spawn(move || deliver(target, message, clock))).collect();
        let outcomes = sent.into_iter().zip(targets).map(|(sent, target)| {
            sent.join().unwrap_or_else(|_| DeliveryOutcome {
                target: target.name.clone(),
                attempts: 0,
                result: Err("the delivery ended by a fault of this program".to_owned()),
            })
        });
        outcomes.collect()
    })
}

fn deliver(target: &NotifyTarget, message: &Message, clock: &dyn Clock) -> DeliveryOutcome {
    let (attempts, result) = match &target.way {
        NotifyMethod::Slack(webhook) => {
            let body = slack::body(message);
            retry::deliver(clock, || post(webhook, &body, clock, |_| Vec::new()))
        }
        NotifyMethod::Webhook { webhook, secret } => {
            let body = webhook::body(message);
            retry::deliver(clock, || post(webhook, &body, clock, |now| headers(secret.as_ref(), now, &body)))
        }
        NotifyMethod::Mail(mail) => deliver_mail(mail, message, clock),
        NotifyMethod::Sns(topic) => deliver_sns(topic, message, clock),
    };
    DeliveryOutcome { target: target.name.clone(), attempts, result }
}

/// What a build without the cargo feature says.
#[cfg(not(feature = "notify"))]
const NOT_BUILT: &str = "this build sends no notifications; a build with the cargo feature notify does";

#[cfg(feature = "notify")]
use self::http::post;

#[cfg(feature = "notify")]
use self::signature::headers;

#[cfg(feature = "notify")]
fn deliver_mail(mail: &target::MailTarget, message: &Message, clock: &dyn Clock) -> (u32, Result<(), String>) {
    retry::deliver(clock, || mail::send(mail, message, clock.now()))
}

#[cfg(not(feature = "notify"))]
fn post(
    _webhook: &target::Webhook,
    _body: &str,
    _clock: &dyn Clock,
    _headers: impl FnOnce(crate::domain::timestamp::Timestamp) -> Vec<(&'static str, String)>,
) -> Result<(), AttemptFailure> {
    Err(AttemptFailure::last(NOT_BUILT))
}

#[cfg(not(feature = "notify"))]
fn headers(
    _secret: Option<&secret::Secret>,
    _now: crate::domain::timestamp::Timestamp,
    _body: &str,
) -> Vec<(&'static str, String)> {
    Vec::new()
}

#[cfg(not(feature = "notify"))]
fn deliver_mail(_mail: &target::MailTarget, _message: &Message, clock: &dyn Clock) -> (u32, Result<(), String>) {
    retry::deliver(clock, || Err(AttemptFailure::last(NOT_BUILT)))
}

#[cfg(all(feature = "notify", feature = "aws"))]
fn deliver_sns(topic: &target::SnsTopic, message: &Message, clock: &dyn Clock) -> (u32, Result<(), String>) {
    retry::deliver(clock, || sns::publish(topic, message))
}

#[cfg(not(all(feature = "notify", feature = "aws")))]
fn deliver_sns(_topic: &target::SnsTopic, _message: &Message, clock: &dyn Clock) -> (u32, Result<(), String>) {
    let reason = "this build does not reach Amazon SNS; a build with the cargo features aws and notify does";
    retry::deliver(clock, || Err(AttemptFailure::last(reason)))
}

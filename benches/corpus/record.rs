//! The text of one log file: `{"Records":[…]}`, filled until it is as long as wanted.

use std::sync::LazyLock;

use chrono::{SecondsFormat, TimeDelta};

use super::caller::{Caller, address, cast};
use super::rng::Rng;
use super::shape::{SHAPES, Shape};
use super::template::{Scene, fill, push};
use super::web_identity::{self, WebIdentity};

/// Counts of what was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) records: u64,
    pub(crate) web_identity: u64,
    pub(crate) hcp: u64,
    pub(crate) calls: u64,
}

/// Writes records of one file, in any number of pieces.
pub(crate) struct Writer<'a> {
    scene: &'a Scene,
    rng: Rng,
    callers: Vec<Caller>,
    /// Who called what last: programs repeat themselves.
    last: Option<(usize, usize)>,
    /// Who asked for a role last: a run asks once for each configuration of a provider.
    asked: Option<WebIdentity>,
    /// Web identity events of a million records.
    web_identity: u32,
    pub(crate) written: Written,
}

/// Web identity events of the run of the one before, of a million.
const SAME_RUN: u32 = 400_000;
/// Calls that repeat the one before, of a million.
const REPEATED: u32 = 860_000;

/// Every index of [`SHAPES`] as often as its weight says.
static DECK: LazyLock<Vec<usize>> =
    LazyLock::new(|| SHAPES.iter().enumerate().flat_map(|(at, shape)| vec![at; shape.weight]).collect());

impl<'a> Writer<'a> {
    /// A writer for a file of about `text_bytes`: the larger, the more callers.
    pub(crate) fn new(scene: &'a Scene, text_bytes: u64, web_identity: u32, mut rng: Rng) -> Self {
        let records = usize::try_from(text_bytes / 1500).unwrap_or(0);
        let callers = cast(scene, (2 + records.isqrt() / 2).min(32), &mut rng);
        Self { scene, rng, callers, last: None, asked: None, web_identity, written: Written::default() }
    }

    /// Appends one record.
    pub(crate) fn record(&mut self, out: &mut Vec<u8>) {
        if self.written.records > 0 {
            out.push(b',');
        }
        self.written.records += 1;
        if self.rng.chance(self.web_identity) {
            self.web_identity(out);
        } else {
            let repeated = self.last.take_if(|_| self.rng.chance(REPEATED));
            let (caller, shape) =
                repeated.unwrap_or_else(|| (self.rng.skewed(self.callers.len()), self.rng.pick(&DECK)));
            self.last = Some((caller, shape));
            self.call(out, caller, &SHAPES[shape]);
        }
    }

    fn web_identity(&mut self, out: &mut Vec<u8>) {
        let (scene, rng) = (self.scene, &mut self.rng);
        let repeated = self.asked.take_if(|_| rng.chance(SAME_RUN));
        let event = self.asked.insert(repeated.unwrap_or_else(|| web_identity::draw(scene, rng)));
        self.written.web_identity += 1;
        self.written.hcp += u64::from(event.hcp);
        push(out, r#"{"eventVersion":"1.11","userIdentity":"#);
        event.identity(out, scene);
        let source = address(rng);
        head(out, "sts", "AssumeRoleWithWebIdentity", &source, event.agent().as_bytes(), scene, rng);
        event.body(out, scene, rng);
        fill(
            out,
            r#""requestID":"%u","eventID":"%u","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%A","eventCategory":"Management""#,
            scene,
            rng,
        );
        tls(out, "sts", scene, rng);
    }

    fn call(&mut self, out: &mut Vec<u8>, caller: usize, shape: &Shape) {
        let (scene, rng) = (self.scene, &mut self.rng);
        let caller = &self.callers[caller];
        self.written.calls += u64::from(caller.long_lived);
        push(out, r#"{"eventVersion":"1.11","userIdentity":"#);
        out.extend_from_slice(&caller.identity);
        head(out, shape.service, shape.name, &caller.source, &caller.agent, scene, rng);
        body(out, shape, scene, rng);
        tail(out, shape, scene, rng);
        if caller.outside {
            tls(out, shape.service, scene, rng);
        } else {
            fill(out, r#","sharedEventID":"%u"}"#, scene, rng);
        }
    }
}

/// From the time of the event to its user agent.
fn head(out: &mut Vec<u8>, service: &str, name: &str, source: &[u8], agent: &[u8], scene: &Scene, rng: &mut Rng) {
    push(out, r#","eventTime":""#);
    time(out, scene, rng);
    for text in [r#"","eventSource":""#, service, r#".amazonaws.com","eventName":""#, name] {
        push(out, text);
    }
    push(out, r#"","awsRegion":""#);
    push(out, scene.region);
    push(out, r#"","sourceIPAddress":""#);
    out.extend_from_slice(source);
    push(out, r#"","userAgent":""#);
    out.extend_from_slice(agent);
    push(out, r#"","#);
}

/// A second of the ten minutes before the delivery.
fn time(out: &mut Vec<u8>, scene: &Scene, rng: &mut Rng) {
    let age = i64::try_from(rng.below(600)).unwrap_or(0);
    let time = scene.delivered - TimeDelta::seconds(age);
    push(out, &time.to_rfc3339_opts(SecondsFormat::Secs, true));
}

/// What was asked and answered; one call of fifty is refused.
fn body(out: &mut Vec<u8>, shape: &Shape, scene: &Scene, rng: &mut Rng) {
    let refused = rng.chance(20_000);
    if refused {
        push(
            out,
            r#""errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not authorized to perform this operation. \"Deny\" in an SCP.","#,
        );
    }
    push(out, r#""requestParameters":"#);
    fill(out, shape.request, scene, rng);
    push(out, r#","responseElements":"#);
    fill(out, if refused { "null" } else { shape.response }, scene, rng);
    if !shape.additional.is_empty() {
        push(out, r#","additionalEventData":"#);
        fill(out, shape.additional, scene, rng);
    }
}

/// From the ids to the category.
fn tail(out: &mut Vec<u8>, shape: &Shape, scene: &Scene, rng: &mut Rng) {
    let request = if shape.service == "s3" { r#","requestID":"%k""# } else { r#","requestID":"%u""# };
    fill(out, request, scene, rng);
    fill(out, r#","eventID":"%u","readOnly":"#, scene, rng);
    push(out, if shape.read_only() { "true" } else { "false" });
    if !shape.resources.is_empty() {
        push(out, r#","resources":"#);
        fill(out, shape.resources, scene, rng);
    }
    let (management, category) = if shape.data { ("false", "Data") } else { ("true", "Management") };
    for text in [r#","eventType":"AwsApiCall","managementEvent":"#, management, r#","recipientAccountId":""#] {
        push(out, text);
    }
    push(out, &scene.account);
    for text in [r#"","eventCategory":""#, category, "\""] {
        push(out, text);
    }
}

/// How the connection was made, and the end of the record.
fn tls(out: &mut Vec<u8>, service: &str, scene: &Scene, rng: &mut Rng) {
    push(
        out,
        r#","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":""#,
    );
    push(out, service);
    fill(out, r#".%G.amazonaws.com"}}"#, scene, rng);
}

//! A message as JSON, for programs. Names stand as they are: the receiver decides how to show them.

use serde::Serialize;

use super::message::Message;
use crate::domain::timestamp::Timestamp;

/// How many entries of a list are sent. The others are counted.
const SENT: usize = 200;

/// How much of a text is sent, in characters.
const TEXT: usize = 1_000;

#[derive(Serialize)]
struct WebhookBody {
    schema_version: u32,
    /// `report`, or `test` for one that only tries the delivery.
    event: &'static str,
    title: String,
    window: WebhookWindow,
    counts: Vec<WebhookCount>,
    findings: WebhookList<WebhookFindings>,
    new: WebhookList<WebhookFact>,
    incomplete: WebhookList<String>,
    link: Option<String>,
    place: Option<String>,
    groups: WebhookList<WebhookGroup>,
}

#[derive(Serialize)]
struct WebhookGroup {
    about: String,
    directory: String,
    runs: u64,
    denied: u64,
    new: u64,
    findings: u64,
    grave: u64,
}

#[derive(Serialize)]
struct WebhookWindow {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct WebhookCount {
    name: String,
    value: u64,
    before: Option<u64>,
}

#[derive(Serialize)]
struct WebhookFindings {
    severity: String,
    rule: String,
    title: String,
    count: u64,
}

#[derive(Serialize)]
struct WebhookFact {
    kind: String,
    name: String,
}

/// The first entries, and how many there are.
#[derive(Serialize)]
struct WebhookList<T> {
    total: usize,
    items: Vec<T>,
}

/// The body to post.
pub(super) fn body(message: &Message) -> String {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let window = message.window.shown();
    let findings: u64 = message.findings.iter().map(|it| it.count).sum();
    let body = WebhookBody {
        schema_version: 1,
        event: if message.test { "test" } else { "report" },
        title: cut(&message.title),
        window: WebhookWindow { from: time(window.from), to: time(window.to) },
        counts: list(&message.counts, |it| WebhookCount { name: cut(&it.name), value: it.value, before: it.before })
            .items,
        // As the report counts them, and not how many kinds there are.
        findings: WebhookList {
            total: usize::try_from(findings).unwrap_or(usize::MAX),
            ..list(&message.findings, found)
        },
        new: list(&message.new, |it| WebhookFact { kind: cut(&it.kind), name: cut(&it.name) }),
        incomplete: list(&message.incomplete, |it| cut(it)),
        link: message.link.clone(),
        place: message.place.as_deref().map(cut),
        groups: list(&message.groups, |it| WebhookGroup {
            about: cut(&it.about),
            directory: cut(&it.directory),
            runs: it.runs,
            denied: it.denied,
            new: it.new,
            findings: it.findings,
            grave: it.grave,
        }),
    };
    // Texts and numbers are always JSON.
    serde_json::to_string(&body).unwrap_or_default()
}

fn found(it: &crate::notify::message::RuleFindings) -> WebhookFindings {
    WebhookFindings { severity: cut(&it.severity), rule: cut(&it.rule), title: cut(&it.title), count: it.count }
}

fn list<T, U>(items: &[T], sent: impl Fn(&T) -> U) -> WebhookList<U> {
    WebhookList { total: items.len(), items: items.iter().take(SENT).map(sent).collect() }
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::super::message::sample::hostile;
    use super::*;

    #[test]
    fn the_body_is_as_documented() {
        let value: serde_json::Value = serde_json::from_str(&body(&hostile())).unwrap();
        insta::assert_snapshot!(format!("{value:#}"));
    }

    #[test]
    fn the_body_is_bounded() {
        let message = Message { incomplete: vec!["ü".repeat(5_000); 5_000], ..Message::default() };
        let value: serde_json::Value = serde_json::from_str(&body(&message)).unwrap();
        assert_eq!(value["incomplete"]["total"], 5_000);
        assert_eq!(value["incomplete"]["items"].as_array().unwrap().len(), SENT);
        assert_eq!(value["incomplete"]["items"][0].as_str().unwrap().chars().count(), TEXT);
    }
}

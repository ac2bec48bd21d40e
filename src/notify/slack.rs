//! A message in Slack's blocks (<https://docs.slack.dev/reference/block-kit/blocks>), which Mattermost and others take too.
//!
//! What strangers chose stands in `plain_text` only, where no mark-up counts, with Slack's three control characters
//! escaped (<https://docs.slack.dev/messaging/formatting-message-text/#escaping>), and with an `@` that is none.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::line::{is_url, line};
use super::message::Message;
use super::text;

/// The longest header block.
const HEADER: usize = 150;

/// The longest text of a section, in characters after escaping.
const SECTION: usize = 3_000;

/// The body to post.
pub(super) fn body(message: &Message) -> String {
    let title = fit(&text::title(message, HEADER), HEADER);
    let mut blocks = vec![json!({"type": "header", "text": plain(&title)})];
    let counts = message.counts.iter().take(text::SHOWN).map(text::count);
    let facts: Vec<String> = text::window(message).into_iter().chain(counts).collect();
    blocks.extend(section(&facts));
    for (heading, lines) in text::lists(message) {
        let bullets = lines.iter().map(|line| format!("• {line}"));
        blocks.extend(section(&[heading.to_owned()].into_iter().chain(bullets).collect::<Vec<_>>()));
    }
    blocks.extend(message.link.as_deref().map(link));
    let place = text::place(message).map(|place| format!("The report: {place}"));
    blocks.extend(section(&place.into_iter().collect::<Vec<_>>()));
    // What notifications show, and clients without blocks.
    json!({"text": title, "blocks": blocks}).to_string()
}

/// Lines as sections, as many as it takes.
fn section(lines: &[String]) -> Vec<Value> {
    let mut sections = Vec::new();
    let mut text = String::new();
    for line in lines {
        let line = fit(line, SECTION);
        if !text.is_empty() && text.chars().count() + 1 + line.chars().count() > SECTION {
            sections.push(std::mem::take(&mut text));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    sections.push(text);
    let sections = sections.into_iter().filter(|text| !text.is_empty());
    sections.map(|text| json!({"type": "section", "text": plain(&text)})).collect()
}

fn plain(escaped: &str) -> Value {
    json!({"type": "plain_text", "text": escaped, "emoji": false})
}

/// The link, as one that can be followed where it is a URL. Ours, but it may hold anything that a config file can.
fn link(link: &str) -> Value {
    if !is_url(link) || link.len() > 1_000 {
        return json!({"type": "section", "text": plain(&fit(&line(link, 1_000), SECTION))});
    }
    let mut url = String::new();
    for byte in link.bytes() {
        // What ends a URL inside of Slack's <URL|text>, and what is none of a URL.
        if byte.is_ascii_graphic() && !b"|<>&\"".contains(&byte) {
            url.push(char::from(byte));
        } else if byte == b'&' {
            url.push_str("&amp;");
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    let text = format!("<{url}|Open the report>");
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}})
}

/// Escaped, and cut before an escape that would not fit.
fn fit(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for character in text.chars() {
        let escape = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '@' => "＠",
            _ => "",
        };
        let size = escape.chars().count().max(1);
        if length + size > most {
            // The place of the last character is that of the mark.
            let mut kept = out;
            while kept.chars().count() + 1 > most {
                let at = kept.rfind('&').filter(|at| kept.ends_with(';') && kept.len() - at <= 5);
                let at = at.or_else(|| kept.char_indices().last().map(|(at, _)| at));
                kept.truncate(at.unwrap_or_default());
            }
            return kept + "…";
        }
        length += size;
        if escape.is_empty() {
            out.push(character);
        } else {
            out.push_str(escape);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::message::sample::hostile;
    use super::super::message::{MessageFact, MessageGroup, RuleFindings};
    use super::*;

    #[test]
    fn names_mention_nobody_and_link_nowhere() {
        let body: Value = serde_json::from_str(&body(&hostile())).unwrap();
        insta::assert_snapshot!(format!("{body:#}"));
    }

    #[test]
    fn texts_are_cut_at_an_escape() {
        assert_eq!(fit("a&b", 10), "a&amp;b");
        assert_eq!(fit("a&b", 6), "a…");
        assert_eq!(fit("a&b", 7), "a&amp;b");
        assert_eq!(fit("&&&", 11), "&amp;&amp;…");
        assert_eq!(fit("abc", 2), "a…");
        assert_eq!(fit("@channel", 20), "＠channel");
    }

    proptest! {
        #[test]
        fn limits_hold(texts in proptest::collection::vec(".{0,400}", 0..60), title in any::<String>()) {
            let message = Message {
                title: title.clone(),
                new: texts.iter().map(|text| MessageFact { kind: text.clone(), name: text.clone() }).collect(),
                findings: texts.iter().map(|text| RuleFindings { severity: text.clone(), rule: text.clone(), title: text.clone(), count: 1 }).collect(),
                groups: texts.iter().map(|text| MessageGroup { about: text.clone(), directory: text.clone(), ..MessageGroup::default() }).collect(),
                incomplete: texts,
                link: Some(title),
                ..Message::default()
            };
            let body: Value = serde_json::from_str(&body(&message)).unwrap();
            let blocks = body["blocks"].as_array().unwrap();
            prop_assert!(blocks.len() <= 50);
            for block in blocks {
                let text = block["text"]["text"].as_str().unwrap();
                let limit = if block["type"] == "header" { HEADER } else { SECTION };
                prop_assert!(text.chars().count() <= limit);
                if block["text"]["type"] == "plain_text" {
                    prop_assert!(!text.contains(['<', '>', '@']));
                    prop_assert!(text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").find('&').is_none());
                }
            }
        }
    }
}

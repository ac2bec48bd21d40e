//! The message as a page for mail readers: no script, no image, nothing to fetch, and every text escaped.

use askama::Template;

use super::line::{is_url, line};
use super::message::{Message, MessageCount};
use super::text;

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    title: String,
    window: Option<String>,
    counts: Vec<(String, u64, String)>,
    lists: Vec<(&'static str, Vec<String>)>,
    /// The link where it is one, else the place that it names.
    href: Option<String>,
    place: Option<String>,
}

/// The page.
pub(super) fn page(message: &Message) -> Result<String, String> {
    let link = message.link.as_deref();
    let href = link.filter(|link| is_url(link)).map(str::to_owned);
    let place = link.filter(|link| !is_url(link)).map(|link| line(link, 2_000)).or_else(|| text::place(message));
    let count = |count: &MessageCount| {
        let before = count.before.map_or("–".to_owned(), |before| before.to_string());
        (line(&count.name, 100), count.value, before)
    };
    let page = MailPage {
        title: text::title(message, 200),
        window: text::window(message),
        counts: message.counts.iter().map(count).collect(),
        lists: text::lists(message),
        href,
        place,
    };
    page.render().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::message::sample::hostile;
    use super::super::message::{MessageFact, MessageGroup, RuleFindings};
    use super::*;

    #[test]
    fn the_page_has_everything_and_does_nothing() {
        let page = page(&hostile()).unwrap();
        insta::assert_snapshot!(page);
        for outside in ["src=", "url(", "<link", "<script", "<img", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn only_a_url_is_a_link() {
        let with = |link: &str| page(&Message { link: Some(link.to_owned()), ..Message::default() }).unwrap();
        assert!(with("https://reports.example.com/a").contains("<a href=\"https://reports.example.com/a\">"));
        for link in ["javascript:alert(1)", "/srv/reports", "data:text/html,x", "https://"] {
            assert!(!with(link).contains("<a "), "{link}");
        }
    }

    /// What stands between `<` and the name's end: text that became markup would change that.
    fn tags(page: &str) -> Vec<String> {
        let name =
            |part: &str| part.chars().take_while(|it| it.is_ascii_alphanumeric() || "/!".contains(*it)).collect();
        page.split('<').skip(1).map(name).collect()
    }

    proptest! {
        #[test]
        fn no_name_becomes_markup(text in "[<>&\"'/a-z!=\\-\u{202e}\u{0}\n]{0,60}|.{0,300}") {
            let named = |text: &str| {
                let text = text.to_owned();
                let link = Some(format!("https://{text}x"));
                let message = Message {
                    title: text.clone(),
                    new: vec![MessageFact { kind: text.clone(), name: text.clone() }],
                    findings: vec![RuleFindings { severity: text.clone(), rule: text.clone(), title: text.clone(), count: 1 }],
                    groups: vec![MessageGroup { about: text.clone(), directory: text.clone(), ..MessageGroup::default() }],
                    incomplete: vec![text],
                    link,
                    ..Message::default()
                };
                page(&message).unwrap()
            };
            prop_assert_eq!(tags(&named(&text)), tags(&named("plain")));
        }
    }
}

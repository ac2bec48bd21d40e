//! The message as plain text, for mail and SNS, and its parts in words for the others.

use super::line::{line, lines};
use super::message::{Message, MessageCount, MessageFact, MessageGroup, RuleFindings};

/// How many entries of a list a message shows.
pub(super) const SHOWN: usize = 20;

/// How long an entry is, in characters.
const ENTRY: usize = 200;

/// The headline, in at most `most` characters.
pub(super) fn title(message: &Message, most: usize) -> String {
    line(&message.title, most)
}

/// The window; nothing where there is none.
pub(super) fn window(message: &Message) -> Option<String> {
    let window = message.window.shown();
    match (window.from, window.to) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("to {to}")),
        (None, None) => None,
    }
}

pub(super) fn count(count: &MessageCount) -> String {
    let name = line(&count.name, ENTRY);
    match count.before {
        Some(before) => format!("{name}: {} (before: {before})", count.value),
        None => format!("{name}: {}", count.value),
    }
}

fn group(group: &MessageGroup) -> String {
    let MessageGroup { runs, denied, new, findings, grave, .. } = group;
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    format!(
        "{}: {runs} run{}, {denied} denied, {new} new, {findings} finding{}{}, in {}",
        line(&group.about, 100),
        plural(*runs),
        plural(*findings),
        if *grave > 0 { format!(" ({grave} high or critical)") } else { String::new() },
        line(&group.directory, ENTRY),
    )
}

/// Where the report lies; nothing where nobody said it.
pub(super) fn place(message: &Message) -> Option<String> {
    message.place.as_deref().map(|place| line(place, 1_000))
}

/// The lists under their headings, those that are empty left out.
pub(super) fn lists(message: &Message) -> Vec<(&'static str, Vec<String>)> {
    let found = |found: &RuleFindings| {
        format!("{}: {} ({})", line(&found.severity, 20), line(&found.title, ENTRY), found.count)
    };
    let new = |new: &MessageFact| format!("{}: {}", line(&new.kind, 40), line(&new.name, ENTRY));
    let lists = [
        ("Findings", lines(&message.findings, SHOWN, found)),
        ("New", lines(&message.new, SHOWN, new)),
        ("Incomplete", lines(&message.incomplete, SHOWN, |text| line(text, ENTRY))),
        ("Reports", lines(&message.groups, SHOWN, group)),
    ];
    lists.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
}

/// The whole message, ending with a line break.
#[cfg(any(test, feature = "notify"))]
pub(super) fn text(message: &Message) -> String {
    let mut text = title(message, ENTRY);
    text.push('\n');
    text.extend(window(message).map(|window| format!("\n{window}\n")));
    if !message.counts.is_empty() {
        text.push('\n');
    }
    text.extend(message.counts.iter().map(|it| count(it) + "\n"));
    for (heading, lines) in lists(message) {
        text.extend(["\n", heading, "\n"]);
        text.extend(lines.iter().map(|line| format!("- {line}\n")));
    }
    text.extend(message.link.as_ref().map(|link| format!("\n{}\n", line(link, 2_000))));
    text.extend(place(message).map(|place| format!("\nThe report: {place}\n")));
    text
}

#[cfg(test)]
mod tests {
    use super::super::message::sample::hostile;
    use super::*;

    #[test]
    fn the_text_has_everything_and_does_nothing() {
        insta::assert_snapshot!(text(&hostile()));
        assert_eq!(text(&Message { title: "x".to_owned(), ..Message::default() }), "x\n");
    }
}

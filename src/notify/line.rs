//! Text of strangers on one line of a message.

use crate::report::visible::visible;

/// The text on one line of at most `most` characters, with everything hidden made visible. A cut shows as `…`.
pub(super) fn line(text: &str, most: usize) -> String {
    let shown = visible(text);
    if shown.chars().count() <= most {
        return shown.into_owned();
    }
    let mut cut: String = shown.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The first ones of a list in words, and how many more there are.
pub(super) fn lines<T>(items: &[T], most: usize, words: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = items.iter().take(most).map(words).collect();
    if items.len() > most {
        lines.push(format!("… and {} more; the report has them all", items.len() - most));
    }
    lines
}

/// Whether a link is one that a reader can follow from a message.
pub(super) fn is_url(link: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_harmless() {
        assert_eq!(line("a\nb", 20), "a\\u000ab");
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcde…");
        assert_eq!(line("🚀🚀🚀", 2), "🚀…");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(lines(&[1, 2, 3], 3, ToString::to_string), ["1", "2", "3"]);
        let expected = ["1", "… and 2 more; the report has them all"];
        assert_eq!(lines(&[1, 2, 3], 1, ToString::to_string), expected);
    }
}

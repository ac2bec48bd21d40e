//! The table of the kinds of sources behind APIs.

use super::kind::{RemoteKind, SourceKind};
use super::{athena, bucket, cloudwatch_logs, history};

/// Every kind, in the order of the help.
pub static KINDS: [&RemoteKind; 4] = [&bucket::KIND, &history::KIND, &cloudwatch_logs::KIND, &athena::KIND];

/// The kind that a text is meant as, and what its [`RemoteKind::parse`] reads; nothing for the name of a file.
#[must_use]
pub fn find(text: &str) -> Option<(&'static RemoteKind, &str)> {
    // A bucket, which is the first, takes every ARN that is no other kind's, to say how it is written.
    let pasted = KINDS.into_iter().rev().find(|kind| (kind.is_pasted)(text)).map(|kind| (kind, text));
    pasted.or_else(|| KINDS.into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind.scheme)?))))
}

/// A text as messages may show it: what follows an address that was pasted may be a signature.
#[must_use]
pub fn shown(text: &str) -> &str {
    let is_pasted = KINDS.iter().any(|kind| (kind.is_pasted)(text));
    if is_pasted { text.split('?').next().unwrap_or_default() } else { text }
}

/// How a text is written that was probably meant as one of them, where there is no file of that name.
#[must_use]
pub fn respelt(text: &str) -> Option<String> {
    KINDS.iter().find_map(|kind| (kind.respelt)(text))
}

/// How texts of each kind are written, with a comma between.
#[must_use]
pub fn forms() -> String {
    KINDS.map(|kind| kind.form).join(", ")
}

/// The same with "or" in front of the last one.
#[must_use]
pub fn either() -> String {
    let forms = forms();
    forms.rsplit_once(", ").map_or_else(|| forms.clone(), |(front, last)| format!("{front} or {last}"))
}

/// What the help says of each.
#[must_use]
pub fn about() -> String {
    KINDS.map(|kind| kind.about).join(" ")
}

/// Some of the kinds, as the help tells of them.
#[derive(Debug)]
pub struct KindHelp {
    /// How texts of each are written, with a comma between.
    pub forms: String,
    /// What there is to say of each.
    pub about: String,
    /// What all of them together are called in a sentence.
    pub all: &'static str,
}

/// The kinds that hold calls.
#[must_use]
pub fn with_calls() -> KindHelp {
    some(|kind| kind.holds_calls)
}

/// The kinds that have log files.
#[must_use]
pub fn with_log_files() -> KindHelp {
    some(|kind| !SourceKind::Remote(kind).is_paged())
}

fn some(is_one: impl Fn(&'static RemoteKind) -> bool) -> KindHelp {
    let kinds: Vec<_> = KINDS.into_iter().filter(|kind| is_one(kind)).collect();
    let joined = |between: &str, part: fn(&RemoteKind) -> &'static str| {
        kinds.iter().map(|kind| part(kind)).collect::<Vec<_>>().join(between)
    };
    let (forms, about) = (joined(", ", |kind| kind.form), joined(" ", |kind| kind.about));
    KindHelp { forms, about, all: if kinds.len() == 1 { "this" } else { "these" } }
}

/// What texts of each kind begin with, shown with `rest` behind and a comma between.
#[must_use]
pub fn schemes(rest: &str) -> String {
    let schemes: Vec<String> = KINDS.iter().map(|kind| format!("{}{rest}", kind.scheme)).collect();
    schemes.join(", ")
}

/// The words in a store, that of local sources first.
#[must_use]
pub fn words() -> Vec<&'static str> {
    [SourceKind::LOCAL].into_iter().chain(KINDS.iter().map(|kind| kind.word)).collect()
}

/// Whether the sources that have that word in a store hold calls.
#[must_use]
pub fn holds_calls(word: &str) -> bool {
    word == SourceKind::LOCAL || KINDS.iter().any(|kind| kind.word == word && kind.holds_calls)
}

/// Whether the sources that have that word in a store give pages of events.
#[must_use]
pub fn is_paged(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word && SourceKind::Remote(kind).is_paged())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        for kind in KINDS {
            let count = |of: fn(&RemoteKind) -> &'static str| KINDS.iter().filter(|it| of(it) == of(kind)).count();
            assert_eq!((count(|it| it.scheme), count(|it| it.word)), (1, 1), "{}", kind.form);
            assert!(kind.form.starts_with(kind.scheme) && kind.about.ends_with('.'), "{}", kind.form);
            assert_eq!(find(kind.scheme), Some((kind, "")));
            // With capitals it is the name of a file, which hardly is there.
            let respelt = respelt(&kind.scheme.to_uppercase()).unwrap_or_default();
            assert!(respelt.starts_with(kind.scheme), "{respelt}");
        }
        assert_eq!(words(), ["local", "bucket", "event-history", "cloudwatch-logs", "athena"]);
    }
}

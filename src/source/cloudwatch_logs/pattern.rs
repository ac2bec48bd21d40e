//! What is searched for, so that nothing else has to be fetched.
//!
//! A role assumption by web identity names its event; whatever it is wrapped in, and JSON text in JSON too, has these
//! letters in a row, unless one of them is written as an escape: then there is `u00` and the number of a letter of ASCII.
//! So whatever may be ours comes. What comes besides, since a pattern says nothing of the backslash in front of an escape, is
//! left out here; all else is looked at and counted as any other record. The pattern is a standalone regular expression,
//! which matches a part of the message
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>), with no other signs than that
//! page allows. What it misses are messages whose content is packed: base64, or gzip in base64.

use memchr::memmem;

/// What both of them look for.
macro_rules! ours {
    () => {
        "AssumeRoleWithWebIdentity|u00[4-7][0-9a-fA-F]"
    };
}

/// For FilterLogEvents.
pub const PATTERN: &str = concat!("%", ours!(), "%");

/// For Logs Insights, in its own language, the oldest first.
pub const QUERY: &str =
    concat!("fields @timestamp, @message | filter @message like /", ours!(), "/ | sort @timestamp asc");

/// The name of the event.
const NAME: &[u8] = b"AssumeRoleWithWebIdentity";

/// Whether a message that was found has the name, or a letter that is written as an escape.
#[must_use]
pub fn may_be_ours(message: &str) -> bool {
    let message = message.as_bytes();
    let mut escapes = memmem::find_iter(message, b"\\u00").map(|at| message.get(at + 4));
    memmem::find(message, NAME).is_some() || escapes.any(|digit| matches!(digit, Some(b'4'..=b'7')))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn whatever_may_be_ours_comes() {
        let regex = Regex::new(PATTERN.trim_matches('%')).unwrap();
        let check = |text: &str, comes: bool| {
            assert_eq!((regex.is_match(text), may_be_ours(text)), (comes, comes), "{text}");
        };
        check(r#"{"eventName":"AssumeRoleWithWebIdentity"}"#, true);
        check(r#"{"detail":"{\"eventName\":\"AssumeRoleWithWebIdentity\"}"}"#, true);
        check(r#"{"eventName":"AssumeRoleWithSAML"}"#, false);
        for letter in 'A'..='z' {
            let escape = format!("\\u{:04x}", u32::from(letter));
            check(&format!(r#"{{"eventName":"{escape}"}}"#), true);
            check(&format!(r#"{{"eventName":"{}"}}"#, escape.to_uppercase().replace("\\U", "\\u")), true);
        }
        check(r#"{"note":"\u00e9"}"#, false);
        assert!(!may_be_ours("GET /?q=u0041") && !may_be_ours("\\u00"));
    }

    #[test]
    fn the_pattern_has_only_what_is_allowed() {
        let inside = PATTERN.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).unwrap();
        assert!(inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_#=@/;,-^$?[]{}|\\*+.".contains(&byte)));
    }
}

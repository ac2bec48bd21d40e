//! Takes out of texts what is secret by its shape. The fields that hold secrets are never read, but anybody can put a
//! token into a session name or a user agent, and some programs put one into a message.

use std::borrow::Cow;

/// No secret is as short as that.
const SHORTEST: usize = 40;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// How the session tokens of AWS begin, of which the first bytes are the same for years.
const SESSION_TOKENS: [&str; 5] = ["IQoJb3JpZ2lu", "AgoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz", "AQoDYXdz"];

/// The text with `[redacted]` for every JSON web token and every session token of AWS in it.
pub(in crate::decode) fn without_secrets(text: &str) -> Cow<'_, str> {
    if text.len() < SHORTEST {
        return Cow::Borrowed(text);
    }
    let mut clean = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(step) = memchr::memchr3(b'e', b'I', b'A', &text.as_bytes()[at..])
        .into_iter()
        .chain(memchr::memchr(b'F', &text.as_bytes()[at..]))
        .min()
    {
        at += step;
        match length(&text[at..]) {
            0 => at += 1,
            length => {
                clean.push_str(&text[copied..at]);
                clean.push_str(REDACTED);
                at += length;
                copied = at;
            }
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

/// How long the secret is that a text begins with; 0 where it begins with none.
fn length(text: &str) -> usize {
    let run = |text: &str, more: &[u8]| {
        text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || more.contains(byte)).count()
    };
    if text.starts_with("eyJ") {
        // Header, claims and signature; the signature of an unsigned one is empty.
        let header = run(text, b"-_");
        let Some(rest) = text[header..].strip_prefix('.') else { return 0 };
        let claims = run(rest, b"-_");
        let Some(end) = rest[claims..].strip_prefix('.') else { return 0 };
        return if rest.starts_with("eyJ") { header + claims + 2 + run(end, b"-_") } else { 0 };
    }
    let is_token = SESSION_TOKENS.iter().any(|front| text.starts_with(front));
    // A `/` and a `+` may be percent-encoded.
    Some(run(text, b"+/=%")).filter(|length| is_token && *length >= SHORTEST).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(without_secrets(text), expected);
        assert_eq!(matches!(without_secrets(text), Cow::Borrowed(_)), text == expected, "{text}");
    }

    #[test]
    fn tokens_go_and_all_else_stays() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJvcmdhbml6YXRpb246eCJ9.c2lnbmF0dXJl-_0";
        let tokens = SESSION_TOKENS.map(|front| format!("{front}{}", "Xy9/+=%2".repeat(12)));
        check("", "");
        check(jwt, "[redacted]");
        check(&format!("token {jwt}, {jwt}!"), "token [redacted], [redacted]!");
        check(&format!("é{jwt}é"), "é[redacted]é");
        check("{\"alg\":\"none\"} eyJhbGciOiJub25lIn0.eyJzdWIiOiJvIn0. end", "{\"alg\":\"none\"} [redacted] end");
        for token in &tokens {
            check(token, "[redacted]");
            check(&format!("a session of {token} é"), "a session of [redacted] é");
        }
        for text in [
            "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.20.0",
            "organization:eyJ:project:eyJ.eyJ:workspace:IQoJb3JpZ2lu:run_phase:plan",
            "arn:aws:iam::111122223333:role/FwoGZXIvYXdz-and-some-more-text-that-is-long",
            "eyJhbGciOiJSUzI1NiJ9.not-a-token-but-a-name.of.three.parts.and.more",
        ] {
            check(text, text);
        }
    }
}

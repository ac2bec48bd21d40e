//! Takes session tokens out of records, which CloudTrail does log.
//!
//! A record is kept only where the order of two events can depend on it. Without its token it sorts the same, unless the
//! token is the first thing in which two records of one event differ.

/// The record, a JSON text, with empty text for every `sessionToken` at any depth, however the key is written.
pub(super) fn without_tokens(record: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(record.len());
    let mut at = 0;
    while at < record.len() {
        if record[at] != b'"' {
            out.push(record[at]);
            at += 1;
            continue;
        }
        let end = end_of_string(record, at);
        out.extend_from_slice(&record[at..end]);
        let is_token = record.get(end) == Some(&b':') && is_token_key(&record[at..end]);
        at = end;
        if is_token {
            out.extend_from_slice(b":\"\"");
            at = end_of_value(record, end + 1);
        }
    }
    out
}

fn is_token_key(quoted: &[u8]) -> bool {
    serde_json::from_slice::<String>(quoted).is_ok_and(|key| key.eq_ignore_ascii_case("sessionToken"))
}

/// The place behind the string that starts at `start`.
fn end_of_string(record: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < record.len() {
        match record[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    record.len()
}

/// The place behind the value that starts at `start`.
fn end_of_value(record: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < record.len() {
        match record[at] {
            b'"' => {
                at = end_of_string(record, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    record.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_and_all_else_stays() {
        let check = |record: &str, expected: &str| {
            assert_eq!(String::from_utf8(without_tokens(record.as_bytes())).unwrap(), expected);
        };
        check(r#"{"a":{"sessionToken":"se\"cret","b":1}}"#, r#"{"a":{"sessionToken":"","b":1}}"#);
        check(r#"{"\u0073essionToken":"secret"}"#, r#"{"\u0073essionToken":""}"#);
        check(r#"{"SessionToken":["x",{"y":"]"}],"b":2}"#, r#"{"SessionToken":"","b":2}"#);
        check(r#"{"sessionToken":17,"sessionToken":null}"#, r#"{"sessionToken":"","sessionToken":""}"#);
        check(r#"{"a":"sessionToken","b":["sessionToken","x"]}"#, r#"{"a":"sessionToken","b":["sessionToken","x"]}"#);
        check(r#"{"a":"\"sessionToken\":\"text\""}"#, r#"{"a":"\"sessionToken\":\"text\""}"#);
        check(r#"{"sessionToken":"cut"#, r#"{"sessionToken":"""#);
    }
}

//! A struct as engines of the Presto family print it in a cell, `{type=AssumedRole, principalid=…, sessioncontext={…}}`,
//! which is no JSON: nothing in it is quoted.
//!
//! So a value that a stranger chose may look like several. A struct is read only if it can be read in one way: brackets
//! balance, and each of its names is there once.

use super::object_text::ObjectText;

/// A field of a struct: its name in the table, the name on the wire, and its own fields if it is a struct.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) wire: &'static str,
    pub(super) fields: &'static [Field],
}

/// The struct as JSON with the names of the wire; `None` if it cannot be told. An absent value is left out.
pub(super) fn read(text: &str, fields: &'static [Field]) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut starts: Vec<(&Field, usize, usize)> = Vec::new();
    for at in parts(inner)? {
        let rest = &inner[at..];
        let named = fields.iter().find(|field| rest.strip_prefix(field.name).is_some_and(|rest| rest.starts_with('=')));
        match named {
            Some(field) if starts.iter().all(|(other, ..)| other.name != field.name) => {
                starts.push((field, at, at + field.name.len() + 1));
            }
            Some(_) => return None,
            // It goes on with the value in front, or is a field that is of no use.
            None if at == 0 && !inner.is_empty() => return None,
            None => {}
        }
    }
    let mut found = ObjectText::default();
    for (number, (field, _, value)) in starts.iter().enumerate() {
        let end = starts.get(number + 1).map_or(inner.len(), |(_, next, _)| next - SEPARATOR.len());
        let text = inner.get(*value..end)?;
        match field.fields {
            _ if text == "null" => {}
            [] => found.text(field.wire, text),
            fields => found.json(field.wire, &read(text, fields)?),
        }
    }
    Some(found.finish())
}

/// A list of structs, as JSON.
pub(super) fn read_list(text: &str, fields: &'static [Field]) -> Option<String> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some("[]".to_owned());
    }
    let starts = parts(inner)?;
    let ends = starts.iter().skip(1).map(|next| next - SEPARATOR.len()).chain([inner.len()]);
    let structs: Option<Vec<String>> =
        starts.iter().zip(ends).map(|(start, end)| read(inner.get(*start..end)?, fields)).collect();
    Some(format!("[{}]", structs?.join(",")))
}

const SEPARATOR: &str = ", ";

/// Where the parts begin that no bracket holds together; `None` if brackets do not balance.
fn parts(text: &str) -> Option<Vec<usize>> {
    let mut parts = vec![0];
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b' ' if depth == 0 && at > 0 && text.as_bytes()[at - 1] == b',' => parts.push(at + 1),
            _ => {}
        }
    }
    (depth == 0).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: &[Field] = &[Field { name: "arn", wire: "arn", fields: &[] }];
    const FIELDS: &[Field] = &[
        Field { name: "type", wire: "type", fields: &[] },
        Field { name: "username", wire: "userName", fields: &[] },
        Field { name: "inner", wire: "inner", fields: INNER },
    ];

    #[test]
    fn a_struct_is_read_only_in_one_way() {
        let check = |text: &str, expected: Option<&str>| {
            let read = read(text, FIELDS);
            assert_eq!(read.as_deref(), expected, "{text}");
        };
        check("{type=a, username=b c}", Some(r#"{"type":"a","userName":"b c"}"#));
        check("{type=a, other=x, username=b}", Some(r#"{"type":"a, other=x","userName":"b"}"#));
        check("{type=null, username=}", Some(r#"{"userName":""}"#));
        check("{}", Some("{}"));
        check("{username=a, b=c, inner={arn=x}}", Some(r#"{"userName":"a, b=c","inner":{"arn":"x"}}"#));
        check("{username=a{, type=x}, type=y}", Some(r#"{"userName":"a{, type=x}","type":"y"}"#));
        check("{username=a, type=x, type=y}", None);
        check("{username=a{, type=x, type=y}", None);
        check("{username=a}, type=x, type={y}", None);
        check("{other=a}", None);
        check("type=a", None);
        check("{type=a", None);
        check("{inner=x}", None);
        check("{\"type\":\"a\"}", None);
    }

    #[test]
    fn lists_of_structs() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(read_list(text, INNER).as_deref(), expected, "{text}");
        };
        check("[]", Some("[]"));
        check("[{arn=a}]", Some(r#"[{"arn":"a"}]"#));
        check("[{arn=a}, {arn=b}]", Some(r#"[{"arn":"a"},{"arn":"b"}]"#));
        check("[{arn=a}, x]", None);
        check("[{arn=a]", None);
    }
}

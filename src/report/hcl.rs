//! Terraform's language, as far as values go: texts, lists and objects that mean just what they say.

use std::fmt::Write as _;

use serde_json::Value;

/// A text in quotes. No part of it is ever a template: `${` and `%{` are doubled, and what the language has no escape for
/// is written as `\u…` (HCL native syntax specification, "Template Expressions").
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, rest.peek()) {
            ('"' | '\\', _) => out.extend(['\\', character]),
            ('\n', _) => out.push_str("\\n"),
            ('\r', _) => out.push_str("\\r"),
            ('\t', _) => out.push_str("\\t"),
            ('$' | '%', Some('{')) => out.extend([character; 2]),
            // Doubled in front of a doubled one, nobody could tell which are meant.
            ('$' | '%', Some(next)) if *next == character => escape(&mut out, character),
            (hidden, _) if super::visible::is_hidden(hidden) => escape(&mut out, hidden),
            (plain, _) => out.push(plain),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, character: char) {
    let number = u32::from(character);
    // Writing to a String cannot fail.
    let _ = if number > 0xffff { write!(out, "\\U{number:08x}") } else { write!(out, "\\u{number:04x}") };
}

/// A value, with its lines behind the first one indented by so many spaces.
#[must_use]
pub fn value(json: &Value, indent: usize) -> String {
    let inner = " ".repeat(indent + 2);
    let outer = " ".repeat(indent);
    match json {
        Value::String(string) => text(string),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{inner}{},\n", value(item, indent + 2))).collect();
            format!("[\n{}{outer}]", items.concat())
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, member)| format!("{inner}{} = {}\n", text(key), value(member, indent + 2)))
                .collect();
            format!("{{\n{}{outer}}}", members.concat())
        }
        other => other.to_string(),
    }
}

/// A name that the language takes, made of letters, digits and `_`.
#[must_use]
pub fn name(text: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let name: String = text.chars().map(plain).collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_is_a_template() {
        for (plain, written) in [
            ("web", r#""web""#),
            ("a \"b\" \\", r#""a \"b\" \\""#),
            ("${x} %{if}", r#""$${x} %%{if}""#),
            ("$${x}", r#""\u0024$${x}""#),
            ("%%%{x}", r#""\u0025\u0025%%{x}""#),
            ("5 $ 5%", r#""5 $ 5%""#),
            ("a\nb\u{1b}\u{202e}\u{e0001}", r#""a\nb\u001b\u202e\U000e0001""#),
        ] {
            assert_eq!(text(plain), written);
        }
    }

    #[test]
    fn values_are_indented() {
        let json = json!({"a": ["x", 1], "b c": {}, "d": true});
        assert_eq!(
            value(&json, 2),
            "{\n    \"a\" = [\n      \"x\",\n      1,\n    ]\n    \"b c\" = {}\n    \"d\" = true\n  }"
        );
        assert_eq!((name("1a-b.c"), name("web")), ("_1a_b_c".to_owned(), "web".to_owned()));
    }
}

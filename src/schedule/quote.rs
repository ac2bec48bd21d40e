//! Values inside of other languages. None has a hidden character: the plan of a schedule refuses those.

use std::fmt::Write as _;

use crate::report::visible::is_hidden;

/// Whether a word means itself everywhere.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-:=@,+".contains(&byte))
}

/// Words of a command, quoted, in lines that each have one flag with its value.
pub(super) fn lines(words: &[&str], quote: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if !word.starts_with("--") => {
                line.push(' ');
                line.push_str(&quote(word));
            }
            _ => lines.push(quote(word)),
        }
    }
    lines
}

/// A word of a POSIX shell.
pub(super) fn shell(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word of `ExecStart=`, where `%` starts a specifier and `$` a variable (systemd.service(5), systemd.syntax(7)).
pub(super) fn exec(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { setting(text).replace('$', "$$") }
}

/// A word of any other setting of a unit, where only `%` does.
pub(super) fn setting(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%"))
}

/// A scalar of YAML: a string of JSON is one, with characters that some readers of YAML do not take escaped.
pub(super) fn yaml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str(r"\\"),
            '\u{20}'..='\u{7e}'
            | '\u{a0}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fefe}'
            | '\u{ff00}'..='\u{fffd}'
            | '\u{10000}'.. => {
                quoted.push(character);
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// An argument of a container, where Kubernetes replaces `$(NAME)`.
/// (<https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>)
pub(super) fn argument(text: &str) -> String {
    text.replace('$', "$$")
}

/// Text in a workflow, where GitHub replaces `${{ … }}`.
pub(super) fn workflow(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// A text of several lines as a block of YAML, where it can be one, else quoted; `indent` is that of its key.
pub(super) fn block(text: &str, indent: usize) -> String {
    let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let is_plain = |character: char| character == '\n' || !is_hidden(character);
    // A first line that starts with a space would set the indentation, and trailing empty lines would go.
    if !text.chars().all(is_plain) || text.starts_with([' ', '\n']) || text.ends_with("\n\n") {
        return yaml(&text);
    }
    let pad = " ".repeat(indent + 2);
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") }).collect();
    format!("|\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_flag() {
        assert_eq!(lines(&["report", "x y", "--sync", "--out", "z"], shell), ["report 'x y'", "--sync", "--out z"]);
    }

    #[test]
    fn words_are_quoted_for_their_language() {
        assert_eq!(shell("/a/b-c.d:e"), "/a/b-c.d:e");
        assert_eq!(shell("it's $(x) \"y\""), r#"'it'\''s $(x) "y"'"#);
        assert_eq!(shell(""), "''");
        assert_eq!(exec(r#"50% $HOME \ ""#), r#""50%% $$HOME \\ \"""#);
        assert_eq!(exec("s3://bucket/a"), "s3://bucket/a");
        assert_eq!(setting("$HOME"), "\"$HOME\"");
        assert_eq!(yaml("a: \"b\" #c \\ é 🚀 \u{85}"), "\"a: \\\"b\\\" #c \\\\ é 🚀 \\u0085\"");
        assert_eq!(argument("$(HOME) $$"), "$$(HOME) $$$$");
        assert_eq!(workflow("${{ secrets.X }}"), "${{ '${{' }} secrets.X }}");
        assert_eq!(block("a: 1\n\nb\n", 2), "|\n    a: 1\n\n    b");
        assert_eq!(block(" a\n", 2), "\" a\\u000a\"");
    }
}

//! Messages on a terminal: a line ends between two words, and a command that somebody may paste stays whole.

/// What stands in front of a command in a message.
const COMMAND: &str = ": tfctrail ";

/// Where a line goes on.
const INDENT: &str = "  ";

/// The message in lines of at most `width` characters, as far as its words allow. `before` characters stand in front of it.
pub(super) fn folded(message: &str, before: usize, width: usize) -> String {
    if before + message.chars().count() <= width {
        return message.to_owned();
    }
    let (text, command) = match message.rfind(COMMAND) {
        Some(at) => (&message[..=at], Some(&message[at + 2..])),
        None => (message, None),
    };
    let (mut out, mut column) = (String::new(), before);
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(INDENT);
            column = INDENT.len();
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    if let Some(command) = command {
        out.push('\n');
        out.push_str(INDENT);
        out.push_str(command);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_commands_stay_whole() {
        let check = |message: &str, width, expected: &str| assert_eq!(folded(message, 10, width), expected);
        check("22 runs of quietfox-7", 80, "22 runs of quietfox-7");
        check("22 runs of quietfox-7", 24, "22 runs of\n  quietfox-7");
        check(
            "4 denied: tfctrail events logs/ --outcome denied",
            30,
            "4 denied:\n  tfctrail events logs/ --outcome denied",
        );
        check("averyveryverylongword and more", 20, "averyveryverylongword\n  and more");
        check("ä ö ü ß", 15, "ä ö ü\n  ß");
    }
}

//! Markdown as GitHub reads it: a table, then the coverage in words. No text of a log becomes markup.

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage_text;
use super::visible::visible;
use super::writer::{RowWriter, WriterOptions};
use super::zone::Zone;
use crate::audit::coverage::Coverage;

struct MarkdownWriter<'a> {
    out: Box<dyn Write + 'a>,
    zone: Zone,
    coverage: Option<&'a Coverage>,
}

pub(super) fn open<'a>(
    mut out: Box<dyn Write + 'a>,
    options: &WriterOptions<'a>,
) -> io::Result<Box<dyn RowWriter + 'a>> {
    let names = options.headings.iter().map(|heading| escaped(heading.name));
    writeln!(out, "| {} |", names.collect::<Vec<_>>().join(" | "))?;
    let rules = options.headings.iter().map(|heading| if heading.shape.is_number() { "---:" } else { "---" });
    writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "))?;
    Ok(Box::new(MarkdownWriter { out, zone: options.time_zone.clone(), coverage: options.coverage }))
}

impl RowWriter for MarkdownWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let cells: Vec<String> = row.iter().map(|cell| escaped(&cell.to_text_in(&self.zone))).collect();
        writeln!(self.out, "| {} |", cells.join(" | "))
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        if let Some(coverage) = self.coverage {
            writeln!(self.out, "\n## Coverage\n")?;
            for line in coverage_text::lines(coverage) {
                writeln!(self.out, "- {}", escaped(&line))?;
            }
        }
        self.out.flush()?;
        Ok(None)
    }
}

/// The text on one line, with everything that could be markup escaped: formatting, HTML, links, images, bare
/// addresses, references to issues and people, formulas, and the ends of cells.
pub(super) fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = &*text;
    while let Some(character) = rest.chars().next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' | '@' => out.extend(['\\', character]),
            ':' if rest.starts_with("://") => out.push_str("\\:"),
            '.' if out.get(out.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("www")) => {
                out.push_str("\\.");
            }
            _ => out.push(character),
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected, "{text:?}");
        check("acme", "acme");
        check("2026-11-02T10:00:00Z", "2026-11-02T10:00:00Z");
        check("a|b\\|c", r"a\|b\\\|c");
        check("`x` *y* _z_ ~~s~~", r"\`x\` \*y\* \_z\_ \~\~s\~\~");
        check("[a](http://evil) ![i](x)", r"\[a\](http\://evil) !\[i\](x)");
        check("<script>&amp;", "&lt;script&gt;&amp;amp;");
        check("https://evil.example www.evil WWW.evil", r"https\://evil.example www\.evil WWW\.evil");
        check("@team #1 $x$", r"\@team \#1 \$x\$");
        check("a\nb\r\x1b[0m\u{202e}", r"a\\u000ab\\u000d\\u001b\[0m\\u202e");
        check("éw.w", "éw.w");
    }

    /// The cells of a table row, by the rule of GitHub's tables.
    fn cells(line: &str) -> usize {
        let mut bars = 0;
        let mut escape = false;
        for character in line.chars() {
            bars += usize::from(character == '|' && !escape);
            escape = character == '\\' && !escape;
        }
        bars - 1
    }

    proptest! {
        #[test]
        fn no_cell_breaks_its_row(texts in prop::collection::vec("[|\\\\\n<&a`]*|\\PC*", 1..4)) {
            let row = format!("| {} |", texts.iter().map(|text| escaped(text)).collect::<Vec<_>>().join(" | "));
            prop_assert!(!row.contains(['\n', '\r', '<', '>']));
            prop_assert_eq!(cells(&row), texts.len());
        }
    }
}

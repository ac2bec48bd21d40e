//! One field a line, for rows that are wider than any screen.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::cell::Cell;
use super::visible::visible;
use super::writer::{RowWriter, WriterOptions};
use super::zone::Zone;

struct VerticalWriter<'a> {
    out: Box<dyn Write + 'a>,
    zone: Zone,
    /// The names, as wide as the widest.
    names: Vec<String>,
    no_header: bool,
    color: bool,
    rows: u64,
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let names: Vec<String> = options.headings.iter().map(|heading| visible(heading.name).into_owned()).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let names = names.iter().map(|name| format!("{name}{}", " ".repeat(widest - name.width()))).collect();
    let (zone, no_header, color) = (options.time_zone.clone(), options.no_header, options.color);
    Ok(Box::new(VerticalWriter { out, zone, names, no_header, color, rows: 0 }))
}

impl RowWriter for VerticalWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.rows += 1;
        if self.rows > 1 {
            writeln!(self.out)?;
        }
        if !self.no_header {
            let (bold, plain) = if self.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
            writeln!(self.out, "{bold}── {} ──{plain}", self.rows)?;
        }
        for (name, cell) in self.names.iter().zip(row) {
            let text = cell.to_text_in(&self.zone);
            let line = format!("{name}  {}", visible(&text));
            writeln!(self.out, "{}", line.trim_end_matches(' '))?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.flush()?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Format, WriterOptions, sample};

    #[test]
    fn each_field_has_a_line() {
        let options = WriterOptions::new(vec![sample::heading("run_id"), sample::heading("a")], None);
        let text = sample::text_report(Format::Vertical, &options, &[&["run-1", "x\u{1b}[2J\ny"], &["", " z "]]);
        assert_eq!(text, "── 1 ──\nrun_id  run-1\na       x\\u001b[2J\\u000ay\n\n── 2 ──\nrun_id\na        z\n");
        let options = WriterOptions { no_header: true, ..options };
        assert_eq!(sample::text_report(Format::Vertical, &options, &[&["1", "2"]]), "run_id  1\na       2\n");
        assert_eq!(sample::text_report(Format::Vertical, &options, &[]), "");
    }
}

//! The table for people: no rules but one below the header, numbers to the right, fitted to a width if there is one.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell as Styled, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, Width,
};

use super::cell::Cell;
use super::schema::Heading;
use super::visible::visible;
use super::writer::{RowWriter, WriterOptions};

mod layout;

/// Rows are laid out together up to this many; then the header is repeated. It bounds memory and loses nothing.
const BLOCK: usize = 10_000;

/// Longer texts end in `…`, in characters: one of them would make a column so wide that no row can be read. A note says so,
/// and the data formats have them in full.
const LONGEST: usize = 512;

/// The same of a list.
const LONGEST_LIST: usize = 1_024;

/// So many resources of a row are shown (DESIGN §9).
const RESOURCES: usize = 20;

struct TableWriter<'a> {
    out: Box<dyn Write + 'a>,
    options: WriterOptions<'a>,
    rows: Vec<Vec<CellText>>,
    blocks: usize,
    /// Whether a column was left out, in the order of columns.
    dropped: Vec<bool>,
    /// Whether a text was cut.
    cut: bool,
}

/// A cell in text that is fit for a terminal.
enum CellText {
    One(String),
    Many(Vec<String>),
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let dropped = vec![false; options.headings.len()];
    Ok(Box::new(TableWriter { out, options: options.clone(), rows: Vec::new(), blocks: 0, dropped, cut: false }))
}

impl RowWriter for TableWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        if self.rows.len() == BLOCK {
            self.write_block()?;
        }
        let cells = row.iter().zip(&self.options.headings);
        let entries: Vec<CellText> = cells.map(|(cell, heading)| CellText::of(cell, heading, &self.options)).collect();
        self.cut |= entries.iter().any(CellText::is_cut);
        self.rows.push(entries);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        if self.blocks == 0 || !self.rows.is_empty() {
            self.write_block()?;
        }
        self.out.flush()?;
        let names = self.options.headings.iter().zip(&self.dropped).filter(|(_, dropped)| **dropped);
        let names: Vec<&str> = names.map(|(heading, _)| heading.name).collect();
        let no_room = (!names.is_empty()).then(|| format!("no room for {}", names.join(", ")));
        let cut = self.cut.then(|| format!("what ends in {CUT} is longer"));
        Ok([no_room, cut].into_iter().flatten().reduce(|one, other| format!("{one}; {other}")))
    }
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnWidth {
    Natural,
    Wrapped(u16),
    Dropped,
}

impl ColumnWidth {
    fn of(width: Option<u16>, natural: u16) -> Self {
        match width {
            None => Self::Dropped,
            Some(width) if width < natural => Self::Wrapped(width),
            Some(_) => Self::Natural,
        }
    }
}

impl TableWriter<'_> {
    fn write_block(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let headings = &self.options.headings;
        let mut table = build(headings, &rows, &[], &self.options);
        if let Some(width) = self.options.width {
            let natural = table.column_max_content_widths();
            let longest: Vec<usize> = (0..headings.len()).map(|at| longest_word(&rows, at)).collect();
            let fitted = layout::fit(headings, &natural, &longest, usize::from(width));
            let plan: Vec<ColumnWidth> =
                fitted.iter().zip(natural).map(|(width, natural)| ColumnWidth::of(*width, natural)).collect();
            if plan.iter().any(|plan| *plan != ColumnWidth::Natural) {
                table = build(headings, &rows, &plan, &self.options);
            }
            for (dropped, width) in self.dropped.iter_mut().zip(fitted) {
                *dropped |= width.is_none();
            }
        }
        if self.blocks > 0 {
            writeln!(self.out)?;
        }
        self.blocks += 1;
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl CellText {
    fn of(cell: &Cell<'_>, heading: &Heading, options: &WriterOptions<'_>) -> Self {
        match cell {
            Cell::List(texts) if heading.name == "resources" && texts.len() > RESOURCES => {
                let first = texts.iter().take(RESOURCES).map(|text| shown(text));
                Self::Many(first.chain([format!("{} more{CUT}", texts.len() - RESOURCES)]).collect())
            }
            Cell::List(texts) if texts.len() > 1 => Self::Many(texts.iter().map(|text| shown(text)).collect()),
            _ => Self::One(shown(&cell.to_text_in(&options.time_zone))),
        }
    }

    /// In a column with room, a list is one line; in a narrow one, each of its texts starts a line.
    fn text(&self, is_narrow: bool) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Many(texts) => shortened(texts.join(if is_narrow { ";\n" } else { ";" }), LONGEST_LIST),
        }
    }

    fn is_cut(&self) -> bool {
        // With a separator behind each but the last.
        let joined = self.words().iter().map(|text| text.chars().count() + 1).sum::<usize>();
        joined > LONGEST_LIST + 1 || self.words().iter().any(|text| text.ends_with(CUT))
    }

    fn words(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

fn shown(text: &str) -> String {
    shortened(visible(text).into_owned(), LONGEST)
}

/// Ends a text that was cut.
const CUT: char = '…';

fn shortened(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push(CUT);
    }
    text
}

/// Characters of the longest text that should stay on one line.
fn longest_word(rows: &[Vec<CellText>], at: usize) -> usize {
    let words = rows.iter().filter_map(|row| row.get(at)).flat_map(CellText::words);
    words.map(|word| word.chars().count() + 1).max().unwrap_or(0)
}

/// Where `plan` says nothing, columns are as wide as they are.
fn build(headings: &[Heading], rows: &[Vec<CellText>], plan: &[ColumnWidth], options: &WriterOptions<'_>) -> Table {
    let mut table = Table::new();
    table.force_no_tty().load_style(NOTHING.header_separator(LineStyle::none().fill('─')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    if options.color {
        table.enforce_styling().style_text_only();
    }
    if !options.no_header {
        table.set_header(headings.iter().map(|heading| header_cell(heading, options.color)));
    }
    for row in rows {
        table.add_row(row.iter().zip(headings).enumerate().map(|(at, (entry, heading))| {
            let is_narrow = matches!(plan.get(at), Some(ColumnWidth::Wrapped(_)));
            aligned(Styled::new_owned(entry.text(is_narrow)), heading)
        }));
    }
    let last = (0..headings.len()).rev().find(|at| plan.get(*at) != Some(&ColumnWidth::Dropped));
    for (at, column) in table.column_iter_mut().enumerate() {
        let gap = if Some(at) == last { 0 } else { layout::GAP };
        column.set_padding((0, gap));
        match plan.get(at) {
            Some(ColumnWidth::Wrapped(width)) => {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(gap))));
            }
            Some(ColumnWidth::Dropped) => {
                column.set_constraint(ColumnConstraint::Hidden);
            }
            Some(ColumnWidth::Natural) | None => {}
        }
    }
    table
}

fn header_cell(heading: &Heading, is_bold: bool) -> Styled {
    let cell = aligned(Styled::new(visible(heading.name)), heading);
    if is_bold { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn aligned(cell: Styled, heading: &Heading) -> Styled {
    if heading.shape.is_number() { cell.set_alignment(CellAlignment::Right) } else { cell }
}

#[cfg(test)]
mod tests;

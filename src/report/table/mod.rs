//! The table for people: no rules but one below the header, numbers to the right, fitted to a width if there is one.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell as Styled, CellAlignment, ContentArrangement, LineStyle, Table};

use self::cell_text::{CUT, CellText, Setting};
use self::layout::{Layout, Need, Slot, Wanted};
use super::cell::Cell;
use super::schema::Heading;
use super::visible::visible;
use super::writer::{RowWriter, WriterOptions};

mod cell_text;

mod emphasis;

mod layout;

mod wrap;

/// Rows are laid out together up to this many; then the header is repeated. It bounds memory and loses nothing.
const BLOCK: usize = 10_000;

struct TableWriter<'a> {
    out: Box<dyn Write + 'a>,
    options: WriterOptions<'a>,
    rows: Vec<Vec<CellText>>,
    blocks: usize,
    /// Whether a column found no room, in the order of columns.
    dropped: Vec<bool>,
    /// Whether a text was cut.
    cut: bool,
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

impl TableWriter<'_> {
    fn write_block(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let wanted = wanted(&self.options, &rows);
        let layout = layout::fit(&wanted, self.options.width.map(usize::from));
        layout.dropped.iter().for_each(|at| self.dropped[*at] = true);
        if self.blocks > 0 {
            writeln!(self.out)?;
        }
        self.blocks += 1;
        for line in build(&rows, &layout, &self.options).lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// What each column needs for these rows.
fn wanted<'o>(options: &'o WriterOptions<'_>, rows: &[Vec<CellText>]) -> Vec<Wanted<'o>> {
    let columns = options.headings.iter().enumerate().map(|(at, heading)| {
        let cells = || rows.iter().filter_map(|row| row.get(at));
        let most = |width: &dyn Fn(&CellText) -> usize| cells().map(width).max().unwrap_or(0);
        let full = Need {
            line: most(&CellText::line_width),
            lines: most(&CellText::lines_width),
            least: most(&|cell| cell.least_width(heading)),
        };
        let short = match cells().map(CellText::short_width).max().flatten() {
            Some(width) => Need { line: width, lines: width, least: width },
            None => full,
        };
        let spare = options.spare.contains(&heading.name);
        // What only comes if there is room is not broken to make room.
        let whole = spare && (heading.name.ends_with("_arn") || heading.name.ends_with("_arns"));
        let whole_line = |need: Need| if whole { Need { least: need.lines, ..need } } else { need };
        let asked = options.asked.contains(&heading.name);
        Wanted { name: heading.name, full: whole_line(full), short: whole_line(short), spare, whole, asked }
    });
    columns.collect()
}

fn build(rows: &[Vec<CellText>], layout: &Layout, options: &WriterOptions<'_>) -> Table {
    let headings = &options.headings;
    let mut table = Table::new();
    table.force_no_tty().load_style(NOTHING.header_separator(LineStyle::none().fill('─')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    if options.color {
        // Whoever asks for colours looked at NO_COLOR; the crate below would look again, and colour nothing.
        crossterm::style::force_color_output(true);
        table.enforce_styling().style_text_only();
    }
    if !options.no_header {
        table.set_header(layout.slots.iter().map(|slot| header_cell(slot, headings, options.color)));
    }
    for row in rows {
        table.add_row(layout.slots.iter().map(|slot| slot_cell(slot, row, layout, options)));
    }
    let last = layout.slots.len().saturating_sub(1);
    let gap = u16::try_from(layout::GAP).unwrap_or(u16::MAX);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { gap }));
    }
    table
}

fn slot_cell(slot: &Slot, row: &[CellText], layout: &Layout, options: &WriterOptions<'_>) -> Styled {
    let setting = Setting { width: slot.width, lists_on_lines: layout.lists_on_lines, short_times: layout.short_times };
    let columns = || slot.columns.iter().filter_map(|at| Some((options.headings.get(*at)?, row.get(*at)?)));
    let lines: Vec<String> = columns().flat_map(|(heading, cell)| cell.lines(heading, setting)).collect();
    let text = lines.join("\n").trim_end_matches('\n').to_owned();
    let cell = aligned(Styled::new_owned(text), slot, &options.headings);
    match columns().find_map(|(heading, cell)| emphasis::color(heading.name, cell.text())) {
        Some(color) if options.color => cell.fg(color),
        _ => cell,
    }
}

fn header_cell(slot: &Slot, headings: &[Heading], is_bold: bool) -> Styled {
    let names = slot.columns.iter().filter_map(|at| headings.get(*at)).map(|heading| visible(heading.name));
    let lines: Vec<String> = names.flat_map(|name| wrap::wrap(&name, slot.width, wrap::Breaks::Nowhere)).collect();
    let cell = aligned(Styled::new_owned(lines.join("\n")), slot, headings);
    if is_bold { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn aligned(cell: Styled, slot: &Slot, headings: &[Heading]) -> Styled {
    let is_number = slot.columns.iter().all(|at| headings.get(*at).is_some_and(|heading| heading.shape.is_number()));
    if is_number { cell.set_alignment(CellAlignment::Right) } else { cell }
}

#[cfg(test)]
mod tests;

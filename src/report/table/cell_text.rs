//! The text of a cell, fit for a terminal, and where it may break.

use unicode_width::UnicodeWidthStr as _;

use super::wrap::{self, Breaks};
use crate::report::cell::{Cell, Shape};
use crate::report::schema::Heading;
use crate::report::visible::visible;
use crate::report::writer::WriterOptions;

/// Longer texts end in `…`, in characters: one of them would make a column so wide that no row can be read. A note says so,
/// and the data formats have them in full.
const LONGEST: usize = 512;

/// The same of a list.
const LONGEST_LIST: usize = 1_024;

/// So many resources of a row are shown (DESIGN §9).
const RESOURCES: usize = 20;

/// Ends a text that was cut.
pub(super) const CUT: char = '…';

/// Columns that hold sentences, which break between words.
const SENTENCES: [&str; 12] = [
    "title",
    "remedy",
    "needs",
    "meaning",
    "why",
    "source",
    "unknown",
    "what",
    "reason",
    "description",
    "statement",
    "value",
];

/// A sentence is not narrower than this if there is another way.
const SENTENCE: usize = 24;

/// Columns whose texts are put together of several names, and break between them.
const COMPOUND: [&str; 9] =
    ["subject", "subjects", "via", "resources", "log_file", "run_url", "evidence", "user_agent", "actions"];

/// A cell in text that is fit for a terminal.
#[derive(Debug)]
pub(super) enum CellText {
    One(String),
    Many(Vec<String>),
    /// A time, with and without its seconds.
    Time {
        full: String,
        short: String,
    },
}

/// How a cell is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) width: usize,
    pub(super) lists_on_lines: bool,
    pub(super) short_times: bool,
}

impl CellText {
    pub(super) fn of(cell: &Cell<'_>, heading: &Heading, options: &WriterOptions<'_>) -> Self {
        match cell {
            Cell::List(texts) if heading.name == "resources" && texts.len() > RESOURCES => {
                let first = texts.iter().take(RESOURCES).map(|text| shown(text));
                Self::Many(first.chain([format!("{} more{CUT}", texts.len() - RESOURCES)]).collect())
            }
            Cell::List(texts) if texts.len() > 1 => Self::Many(texts.iter().map(|text| shown(text)).collect()),
            Cell::Time(Some(_)) => {
                let full = cell.to_text_in(&options.time_zone).into_owned();
                Self::Time { short: without_seconds(&full), full }
            }
            _ => Self::One(shown(&cell.to_text_in(&options.time_zone))),
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        // With a separator behind each but the last.
        let joined = self.words().iter().map(|text| text.chars().count() + 1).sum::<usize>();
        joined > LONGEST_LIST + 1 || self.words().iter().any(|text| text.ends_with(CUT))
    }

    /// The lines of the cell, none of them wider than the setting says.
    pub(super) fn lines(&self, heading: &Heading, setting: Setting) -> Vec<String> {
        let breaks = breaks(heading);
        match self {
            Self::Many(texts) if setting.lists_on_lines => {
                let mut lines = Vec::new();
                let mut left = LONGEST_LIST;
                for text in texts {
                    let (text, count) = (shortened(text.clone(), left), text.chars().count());
                    lines.extend(wrap::wrap(&text, setting.width, breaks));
                    left = left.saturating_sub(count + 1);
                    if left == 0 {
                        break;
                    }
                }
                lines
            }
            Self::Many(texts) => wrap::wrap(&joined(texts), setting.width, breaks),
            Self::One(text) => wrap::wrap(text, setting.width, breaks),
            Self::Time { short, .. } if setting.short_times => wrap::wrap(short, setting.width, breaks),
            Self::Time { full, .. } => wrap::wrap(full, setting.width, breaks),
        }
    }

    /// Its width on one line.
    pub(super) fn line_width(&self) -> usize {
        match self {
            Self::One(text) => text.width(),
            Self::Many(texts) => joined(texts).width(),
            Self::Time { full, .. } => full.width(),
        }
    }

    /// Its width with a line for each text.
    pub(super) fn lines_width(&self) -> usize {
        self.words().iter().map(|text| text.width()).max().unwrap_or(0)
    }

    /// Its width without seconds, if it is a time.
    pub(super) fn short_width(&self) -> Option<usize> {
        if let Self::Time { short, .. } = self { Some(short.width()) } else { None }
    }

    /// The width below which one of its names would break.
    pub(super) fn least_width(&self, heading: &Heading) -> usize {
        let breaks = breaks(heading);
        let least = self.words().iter().map(|text| wrap::longest_piece(text, breaks)).max().unwrap_or(0);
        if breaks == Breaks::Words { least.max(SENTENCE.min(self.lines_width())) } else { least }
    }

    pub(super) fn text(&self) -> &str {
        self.words().first().map_or("", String::as_str)
    }

    fn words(&self) -> &[String] {
        match self {
            Self::One(text) | Self::Time { full: text, .. } => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// Where the texts of a column may break.
pub(super) fn breaks(heading: &Heading) -> Breaks {
    let name = heading.name;
    if SENTENCES.contains(&name) {
        Breaks::Words
    } else if COMPOUND.contains(&name) || name.ends_with("_arn") || name.ends_with("_arns") {
        Breaks::Parts
    } else if matches!(heading.shape, Shape::Text | Shape::List) {
        Breaks::Nowhere
    } else {
        Breaks::Never
    }
}

/// `2026-11-02T10:00:00Z` as `2026-11-02 10:00Z`.
fn without_seconds(full: &str) -> String {
    match (full.get(..10), full.get(11..16), full.get(19..)) {
        (Some(date), Some(time), Some(zone)) => format!("{date} {time}{zone}"),
        _ => full.to_owned(),
    }
}

fn joined(texts: &[String]) -> String {
    shortened(texts.join(";"), LONGEST_LIST)
}

fn shown(text: &str) -> String {
    shortened(visible(text).into_owned(), LONGEST)
}

fn shortened(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push(CUT);
    }
    text
}

//! Who got into which account, as a drawing: a row for each workspace, a column for each account.
//!
//! It is drawn in pixels of the screen and scrolls where it is too wide, so that its text keeps its size on a phone.

use askama::Template;

use super::budget::clip;
use super::chart::{place, real};
use crate::audit::review::access::{self, Access};
use crate::report::account_names::AccountNames;
use crate::report::coverage_text::grouped;

/// Width and height of a cell.
const CELL: (f64, f64) = (46.0, 38.0);

/// What a letter takes, in a wide face of 12 pixels.
const LETTER: f64 = 6.8;

/// The longest labels, in letters.
const NAME: usize = 40;
const ACCOUNT: usize = 26;

/// What stands behind the name of something new.
const NEW: &str = " new";

/// How far a letter of a slanted label reaches to the right and up: the sine of 45 degrees.
const SLANT: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The drawing, and the same as a table.
#[derive(Template)]
#[template(path = "matrix.html")]
pub(super) struct Matrix {
    width: String,
    height: String,
    /// Where labels of rows end, and the line that all heads stand on.
    left: String,
    top: String,
    words: String,
    heads: Vec<MatrixColumn>,
    lines: Vec<MatrixLine>,
    cells: Vec<MatrixMark>,
    /// With whether each is new.
    accounts: Vec<(String, bool)>,
    rows: Vec<MatrixRow>,
    more: String,
    has_new: bool,
}

/// The label of a column.
struct MatrixColumn {
    x: String,
    text: String,
    new: bool,
}

/// The label of a row: whose the workspace is, its name, and where each stands.
struct MatrixLine {
    upper: String,
    lower: String,
    owner: String,
    name: String,
    new: bool,
}

/// A cell of the drawing.
struct MatrixMark {
    x: String,
    y: String,
    middle: String,
    heat: usize,
    /// What it says in full; nothing where nothing was asked for.
    title: String,
    /// The corner of what is new, as points.
    corner: Option<String>,
    granted: String,
    denied: String,
    /// Where the texts stand, and the plate behind the denied ones.
    granted_y: String,
    denied_y: String,
    plate_y: String,
    plate_x: String,
}

/// A row of the table.
struct MatrixRow {
    owner: String,
    name: String,
    new: bool,
    cells: Vec<(String, String, bool)>,
}

impl Matrix {
    /// Size of a cell, for the template.
    const WIDTH: f64 = CELL.0 - 2.0;
    const HEIGHT: f64 = CELL.1 - 2.0;

    pub(super) fn of(access: &Access, names: &AccountNames) -> Self {
        let accounts: Vec<String> = access.accounts.iter().map(|account| account_label(account, names)).collect();
        let labels: Vec<(String, String)> =
            access.rows.iter().map(|row| (short(&row.organization, NAME), short(&row.name, NAME))).collect();
        let rows = labels.iter().zip(&access.rows);
        let left = widest(rows.map(|((owner, name), row)| letters(owner).max(letters(name) + mark(row.new)))) + 12.0;
        let heads = accounts.iter().zip(&access.new_accounts);
        let slant = widest(heads.map(|(account, new)| letters(account) + mark(*new))) * SLANT;
        let top = slant + 20.0;
        let column = |at: usize| left + real(at as u64) * CELL.0;
        let line = |at: usize| top + real(at as u64) * CELL.1;
        let most = access.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.granted).max().unwrap_or(0);
        let mut cells = Vec::new();
        for (down, (row, (_, name))) in access.rows.iter().zip(&labels).enumerate() {
            for (across, (cell, account)) in row.cells.iter().zip(&accounts).enumerate() {
                let title = title(name, account, *cell);
                cells.push(MatrixMark::of(column(across), line(down), *cell, heat(cell.granted, most), title));
            }
        }
        let lines = labels.into_iter().zip(&access.rows).enumerate().map(|(at, ((owner, name), row))| MatrixLine {
            new: row.new,
            upper: place(line(at) + 15.0),
            // A name that stands alone stands in the middle.
            lower: place(line(at) + if owner.is_empty() { 22.0 } else { 29.0 }),
            owner,
            name,
        });
        Self {
            width: place(column(accounts.len()) + slant.max(CELL.0 / 2.0) - CELL.0 / 2.0 + 8.0),
            height: place(line(access.rows.len())),
            left: place(left - 10.0),
            top: place(top - 6.0),
            words: words(access),
            heads: accounts
                .iter()
                .enumerate()
                .map(|(at, account)| MatrixColumn {
                    x: place(column(at) + CELL.0 / 2.0),
                    text: account.clone(),
                    new: access.new_accounts.get(at).is_some_and(|new| *new),
                })
                .collect(),
            lines: lines.collect(),
            cells,
            accounts: access
                .accounts
                .iter()
                .zip(&access.new_accounts)
                .map(|(account, new)| (clip(&names.beside(account)), *new))
                .collect(),
            has_new: access.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.new),
            rows: access.rows.iter().map(MatrixRow::of).collect(),
            more: more(access),
        }
    }
}

impl MatrixMark {
    fn of(x: f64, y: f64, cell: access::AccountAccess, heat: usize, title: String) -> Self {
        let middle = x + Matrix::WIDTH / 2.0;
        let both = cell.granted > 0 && cell.denied > 0;
        let denied = if cell.denied > 0 { format!("✕ {}", brief(cell.denied)) } else { String::new() };
        let denied_y = if both { 28.5 } else { 22.0 };
        let right = x + Matrix::WIDTH;
        let corner = [(right - 11.0, y), (right, y), (right, y + 11.0)];
        let corner = corner.map(|(x, y)| format!("{},{}", place(x), place(y))).join(" ");
        Self {
            corner: cell.new.then_some(corner),
            x: place(x),
            y: place(y),
            middle: place(middle),
            heat,
            title,
            granted: if cell.granted > 0 { brief(cell.granted) } else { String::new() },
            denied,
            granted_y: place(y + if both { 14.5 } else { 22.0 }),
            denied_y: place(y + denied_y),
            plate_y: place(y + denied_y - 10.5),
            plate_x: place(x + 2.0),
        }
    }
}

impl MatrixRow {
    fn of(row: &access::WorkspaceAccess) -> Self {
        let count = |count: u64| if count > 0 { grouped(count) } else { String::new() };
        Self {
            owner: clip(&row.organization),
            name: clip(&row.name),
            new: row.new,
            cells: row.cells.iter().map(|cell| (count(cell.granted), count(cell.denied), cell.new)).collect(),
        }
    }
}

/// Where the most came from, for those who do not see it.
fn words(access: &Access) -> String {
    let Some((row, account, cell)) = access
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().zip(&access.accounts).map(move |(cell, account)| (row, account, cell)))
        .rev()
        .max_by_key(|(_, _, cell)| cell.granted)
        .filter(|(_, _, cell)| cell.granted > 0)
    else {
        return "Nobody was granted a role.".to_owned();
    };
    format!("The highest count is {} granted to {} in {}.", grouped(cell.granted), clip(&row.name), clip(account))
}

fn more(access: &Access) -> String {
    let rest = [(access.more_rows, "workspace"), (access.more_accounts, "account")];
    let rest = rest.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
        format!("{} less active {what}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
    });
    rest.collect::<Vec<_>>().join(" and ")
}

fn account_label(account: &str, names: &AccountNames) -> String {
    if account.is_empty() { "no account".to_owned() } else { short(&names.beside(account), ACCOUNT) }
}

fn title(name: &str, account: &str, cell: access::AccountAccess) -> String {
    let mut parts = Vec::new();
    if cell.granted > 0 {
        parts.push(format!("{} granted", grouped(cell.granted)));
    }
    if cell.denied > 0 {
        parts.push(format!("{} denied", grouped(cell.denied)));
    }
    let new = if cell.new { ", new" } else { "" };
    if parts.is_empty() { String::new() } else { format!("{name} in {account}: {}{new}", parts.join(", ")) }
}

/// What the longest of some labels takes.
fn widest(letters: impl Iterator<Item = usize>) -> f64 {
    real(letters.max().unwrap_or(0) as u64) * LETTER
}

/// How many letters the mark of something new takes.
fn mark(is_new: bool) -> usize {
    if is_new { letters(NEW) } else { 0 }
}

/// How many letters a text takes; others than those of ASCII may be twice as wide.
fn letters(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

/// The text with hidden characters escaped, cut to so many letters: out of its middle, since names often differ at
/// their ends.
fn short(text: &str, most: usize) -> String {
    let text = clip(text);
    if letters(&text) <= most {
        return text;
    }
    let end = (most - 1) / 2;
    let fitting = |characters: &mut dyn Iterator<Item = char>, most: usize| {
        let mut taken = 0;
        let fits = |character: &char| {
            taken += if character.is_ascii() { 1 } else { 2 };
            taken <= most
        };
        characters.take_while(fits).collect::<String>()
    };
    let tail = fitting(&mut text.chars().rev(), end);
    fitting(&mut text.chars(), most - 1 - end) + "…" + &tail.chars().rev().collect::<String>()
}

/// A number in at most five characters, cut and not rounded, so that none looks like more than it is.
fn brief(count: u64) -> String {
    const STEPS: [(u64, char); 5] =
        [(1_000_000_000_000, 'T'), (1_000_000_000, 'G'), (1_000_000, 'M'), (1_000, 'k'), (1, ' ')];
    if count < 10_000 {
        return grouped(count);
    }
    let (unit, letter) = STEPS.into_iter().find(|(unit, _)| count >= *unit).unwrap_or((1, ' '));
    let (whole, tenth) = (count / unit, count % unit * 10 / unit);
    if whole < 100 && tenth > 0 { format!("{whole}.{tenth}{letter}") } else { format!("{whole}{letter}") }
}

/// From 0 for nothing to 4 for the most, by orders of magnitude.
fn heat(count: u64, most: u64) -> usize {
    if count == 0 {
        return 0;
    }
    let share = real(count).ln_1p() / real(most.max(1)).ln_1p();
    [0.25, 0.5, 0.75].iter().filter(|step| share > **step).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_goes_by_orders_of_magnitude() {
        assert_eq!([0, 1, 30, 1_000, 100_000].map(|count| heat(count, 100_000)), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn numbers_are_brief_and_never_too_large() {
        let check = |count, expected: &str| assert_eq!(brief(count), expected, "{count}");
        check(0, "0");
        check(9_999, "9,999");
        check(10_000, "10k");
        check(12_399, "12.3k");
        check(99_999, "99.9k");
        check(100_999, "100k");
        check(1_000_000, "1M");
        check(1_999_999, "1.9M");
        check(u64::MAX, "18446744T");
    }

    #[test]
    fn labels_are_cut_and_harmless() {
        assert_eq!(short("core / web", 12), "core / web");
        assert_eq!(short("core / website", 12), "core /…bsite");
        assert_eq!(short("名名名名", 6), "名…名");
        assert_eq!(short("a\u{202e}b", 20), "a\\u202eb");
        assert!(letters(&short(&"\u{1b}".repeat(500), NAME)) <= NAME + 1);
    }

    #[test]
    fn a_cell_has_its_place_and_says_what_it_shows() {
        let cell = |granted, denied| access::AccountAccess { granted, denied, new: granted == 1 };
        let row = |name: &str, cells: [access::AccountAccess; 2]| access::WorkspaceAccess {
            organization: "acme".into(),
            name: name.into(),
            new: name.ends_with("net"),
            cells: cells.to_vec(),
        };
        let access = Access {
            accounts: vec!["111122223333".into(), "".into()],
            new_accounts: vec![true, false],
            rows: vec![row("core / web", [cell(12_345, 1), cell(0, 0)]), row("core / net", [cell(0, 2), cell(1, 0)])],
            more_rows: 1,
            more_accounts: 2,
        };
        let matrix = Matrix::of(&access, &AccountNames::new([("111122223333".into(), "production".into())]));
        let titles: Vec<&str> = matrix.cells.iter().map(|cell| &*cell.title).collect();
        assert_eq!(
            titles,
            [
                "core / web in 111122223333 (production): 12,345 granted, 1 denied",
                "",
                "core / net in 111122223333 (production): 2 denied",
                "core / net in no account: 1 granted, new",
            ]
        );
        assert_eq!(matrix.more, "1 less active workspace and 2 less active accounts");
        assert_eq!(matrix.words, "The highest count is 12,345 granted to core / web in 111122223333.");
        assert_eq!(matrix.cells.iter().map(|cell| cell.heat).collect::<Vec<_>>(), [4, 0, 0, 1]);
        let number = |text: &str| text.parse::<f64>().unwrap();
        for cell in &matrix.cells {
            assert!(number(&cell.x) + CELL.0 <= number(&matrix.width), "inside");
            assert!(number(&cell.y) + CELL.1 <= number(&matrix.height) + 0.1, "inside");
        }
    }
}

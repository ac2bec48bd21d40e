//! Which columns of a table stand where, and how wide they are.
//!
//! What a table is about, and what somebody asked for, is always shown. Where it does not fit side by side, lists get a line
//! for each text, times lose their seconds, and then columns stand below others. Only then do long names break, and only
//! then do columns go. Those that are only nice to have come if there is room.

/// Spaces between columns.
pub(super) const GAP: usize = 2;

/// What goes below what where not everything fits side by side, the first pair first.
const BELOW: [(&str, &str); 12] = [
    ("run_id", "workspace"),
    ("outcome", "phase"),
    ("deployment", "stack"),
    ("module", "stack"),
    ("project", "organization"),
    ("event_name", "service"),
    ("access_key_id", "user"),
    ("region", "account_id"),
    ("account_ids", "first_seen"),
    ("account_id", "time"),
    ("source_ips", "phases"),
    ("source_ip", "phase"),
];

/// Names of HCP Terraform have at most so many characters, and do not break. Strangers can choose longer ones, which must not
/// push everything else out of the table.
const NAME: usize = 90;

/// A name up to this long does not break in a narrow table either: so much room there is at 80 columns.
const SHORT_NAME: usize = 44;

/// The same where there is no other way.
const SHORTEST: usize = 20;

/// Before a name breaks, so many more columns go below others, the last ones first.
const MERGED: usize = 3;

/// What the cells of a column need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// With everything on one line.
    pub(super) line: usize,
    /// With a line for each text of a list.
    pub(super) lines: usize,
    /// Where it is wrapped as far as its texts allow.
    pub(super) least: usize,
}

/// A column as the layout sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    /// With times in full.
    pub(super) full: Need,
    /// With times without seconds.
    pub(super) short: Need,
    /// Whether it is shown only if there is room.
    pub(super) spare: bool,
    /// Whether it comes unbroken or not at all; until it does, those behind it do not take its room.
    pub(super) whole: bool,
    /// Whether somebody asked for it, so that it is shown in any case.
    pub(super) asked: bool,
}

/// Columns that stand below each other, and how wide they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) columns: Vec<usize>,
    pub(super) width: usize,
}

/// How a table looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) slots: Vec<Slot>,
    /// Whether the texts of a list have a line each.
    pub(super) lists_on_lines: bool,
    /// Whether times have no seconds.
    pub(super) short_times: bool,
    /// Columns that found no room, but for the spare ones.
    pub(super) dropped: Vec<usize>,
}

/// How far everything is pressed together.
#[derive(Debug, Clone, Copy)]
struct Pressure {
    lists_on_lines: bool,
    short_times: bool,
    pairs: usize,
    /// How many columns go below others, beside those pairs, and how many are left side by side in any case.
    merged: usize,
    beside: usize,
    whole: usize,
}

impl Pressure {
    const NONE: Self =
        Self { lists_on_lines: false, short_times: false, pairs: 0, merged: 0, beside: 2, whole: usize::MAX };

    /// As much as columns take that nobody asked for.
    const MOST: Self = Self {
        lists_on_lines: true,
        short_times: true,
        pairs: BELOW.len(),
        merged: MERGED,
        beside: 2,
        whole: SHORTEST,
    };

    const fn lists_on_lines() -> Self {
        Self { lists_on_lines: true, whole: NAME, ..Self::NONE }
    }

    /// From none to as much as there is, for so many columns.
    fn all(columns: usize) -> impl Iterator<Item = Self> {
        let lines = Self::lists_on_lines();
        let short = Self { short_times: true, ..lines };
        let stacked = (1..=BELOW.len()).map(move |pairs| Self { pairs, ..short });
        let merged = [NAME, SHORT_NAME, SHORTEST]
            .into_iter()
            .flat_map(|whole| (0..=MERGED).map(move |merged| Self { merged, whole, ..Self::MOST }));
        let asked = (MERGED..=columns).map(|merged| Self { merged, beside: 1, ..Self::MOST });
        [Self::NONE, lines, short].into_iter().chain(stacked).chain(merged).chain(asked)
    }

    fn need(self, column: &Wanted<'_>) -> Need {
        if self.short_times { column.short } else { column.full }
    }

    /// The width that a column has if there is room.
    fn natural(self, column: &Wanted<'_>) -> usize {
        let need = self.need(column);
        if self.lists_on_lines { need.lines } else { need.line }
    }

    /// The width below which it cannot go.
    fn least(self, column: &Wanted<'_>) -> usize {
        if self.lists_on_lines { self.need(column).least.min(self.whole) } else { self.need(column).line }
            .max(column.name.len().min(self.whole))
    }
}

/// Fits columns into `width` characters; without one, everything is as wide as it is.
pub(super) fn fit(columns: &[Wanted<'_>], width: Option<usize>) -> Layout {
    let mut shown: Vec<usize> = (0..columns.len()).filter(|at| width.is_none() || !columns[*at].spare).collect();
    let Some(width) = width else { return layout(columns, &shown, Pressure::NONE, usize::MAX, Vec::new()) };
    let fits = |shown: &[usize], pressure: Pressure| {
        total(slots(columns, shown, pressure).iter().map(|slot| slot_least(columns, slot, pressure))) <= width
    };
    let mut dropped = Vec::new();
    while shown.len() > 1 && !fits(&shown, Pressure::MOST) {
        let Some(last) = shown.iter().rposition(|at| !columns[*at].asked) else { break };
        dropped.push(shown.remove(last));
    }
    let all = || Pressure::all(columns.len());
    let most = || all().last().unwrap_or(Pressure::MOST);
    let least = |shown: &[usize]| all().find(|pressure| fits(shown, *pressure)).unwrap_or_else(most);
    // A column that is there where lists stand on lines is there in a wider table, too.
    let lists = Pressure::lists_on_lines();
    let base = least(&shown);
    let accepted = if base.lists_on_lines { base } else { lists };
    for at in (0..columns.len()).filter(|at| columns[*at].spare) {
        let mut more: Vec<usize> = shown.iter().copied().chain([at]).collect();
        more.sort_unstable();
        if fits(&more, accepted) {
            shown = more;
        } else if columns[at].whole {
            break;
        }
    }
    dropped.sort_unstable();
    let pressure = least(&shown);
    layout(columns, &shown, pressure, width, dropped)
}

fn layout(columns: &[Wanted<'_>], shown: &[usize], pressure: Pressure, width: usize, dropped: Vec<usize>) -> Layout {
    let slots = slots(columns, shown, pressure);
    let natural = |slot: &Vec<usize>| {
        slot.iter().map(|at| pressure.natural(&columns[*at]).max(columns[*at].name.len())).max().unwrap_or(0)
    };
    let widths =
        |most: usize| slots.iter().map(move |slot| natural(slot).min(most.max(slot_least(columns, slot, pressure))));
    // The widest give way first.
    let widest = slots.iter().map(natural).max().unwrap_or(1).max(1);
    let most = if total(widths(widest)) <= width {
        widest
    } else {
        (1..=widest).rev().find(|most| total(widths(*most)) <= width).unwrap_or(1)
    };
    let widths: Vec<usize> = widths(most).map(|wanted| wanted.min(width).max(1)).collect();
    let slots = slots.into_iter().zip(widths).map(|(columns, width)| Slot { columns, width }).collect();
    Layout { slots, lists_on_lines: pressure.lists_on_lines, short_times: pressure.short_times, dropped }
}

/// The columns in their order, with what stands below others.
fn slots(columns: &[Wanted<'_>], shown: &[usize], pressure: Pressure) -> Vec<Vec<usize>> {
    let mut slots: Vec<Vec<usize>> = shown.iter().map(|at| vec![*at]).collect();
    for (lower, upper) in &BELOW[..pressure.pairs] {
        let place = |name: &str| slots.iter().position(|slot| slot.iter().any(|at| columns[*at].name == name));
        if let (Some(lower), Some(upper)) = (place(lower), place(upper))
            && lower != upper
        {
            let moved = slots[lower].clone();
            slots[upper].extend(moved);
            slots.remove(lower);
        }
    }
    for _ in 0..pressure.merged.min(slots.len().saturating_sub(pressure.beside)) {
        let Some(moved) = slots.pop() else { break };
        // Where there is most room, and the fewest lines.
        let wide = |slot: &Vec<usize>| (slot.len(), std::cmp::Reverse(slot_least(columns, slot, pressure)));
        if let Some(upper) = slots.iter_mut().min_by_key(|slot| wide(slot)) {
            upper.extend(moved);
        }
    }
    slots
}

fn slot_least(columns: &[Wanted<'_>], slot: &[usize], pressure: Pressure) -> usize {
    slot.iter().map(|at| pressure.least(&columns[*at])).max().unwrap_or(0)
}

fn total(widths: impl ExactSizeIterator<Item = usize>) -> usize {
    let gaps = GAP * widths.len().saturating_sub(1);
    gaps.saturating_add(widths.fold(0, usize::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &'static str, width: usize) -> Wanted<'static> {
        let need = Need { line: width, lines: width, least: width };
        Wanted { name, full: need, short: need, spare: false, whole: false, asked: false }
    }

    fn time(name: &'static str) -> Wanted<'static> {
        let need = |width| Need { line: width, lines: width, least: width };
        Wanted { name, full: need(20), short: need(17), spare: false, whole: false, asked: false }
    }

    fn list(name: &'static str, line: usize, longest: usize) -> Wanted<'static> {
        let need = Need { line, lines: longest, least: longest };
        Wanted { name, full: need, short: need, spare: false, whole: false, asked: false }
    }

    /// Names of the columns of each slot, joined with `/`, and its width.
    fn check(columns: &[Wanted<'_>], width: usize, expected: &str) {
        let layout = fit(columns, Some(width));
        let slots = layout.slots.iter().map(|slot| {
            let names: Vec<&str> = slot.columns.iter().map(|at| columns[*at].name).collect();
            format!("{} {}", names.join("/"), slot.width)
        });
        let dropped = layout.dropped.iter().map(|at| format!("-{}", columns[*at].name));
        let shown: Vec<String> = slots.chain(dropped).collect();
        assert_eq!(shown.join(", "), expected, "{width}");
    }

    #[test]
    fn everything_is_shown_before_anything_goes() {
        let spare = Wanted { spare: true, ..column("organization", 12) };
        let columns = [
            time("first_seen"),
            column("workspace", 22),
            list("phases", 10, 6),
            list("account_ids", 25, 12),
            list("source_ips", 14, 14),
            column("run_id", 20),
            spare,
        ];
        let full = "first_seen 20, workspace 22, phases 10, account_ids 25, source_ips 14, run_id 20, organization 12";
        check(&columns, 135, full);
        let lines = "first_seen 20, workspace 22, phases 6, account_ids 12, source_ips 14, run_id 20, organization 12";
        check(&columns, 134, lines);
        check(&columns, 120, lines);
        check(&columns, 118, lines);
        check(&columns, 117, "first_seen 20, workspace 22, phases 6, account_ids 12, source_ips 14, run_id 20");
        check(&columns, 104, "first_seen 20, workspace 22, phases 6, account_ids 12, source_ips 14, run_id 20");
        check(&columns, 101, "first_seen 17, workspace 22, phases 6, account_ids 12, source_ips 14, run_id 20");
        check(&columns, 80, "first_seen 17, workspace/run_id 22, phases 6, account_ids 12, source_ips 14");
        check(&columns, 60, "first_seen/account_ids 17, workspace/run_id 22, phases/source_ips 14");
        check(&columns, 30, "first_seen 20, -workspace, -phases, -account_ids, -source_ips, -run_id");
    }

    #[test]
    fn names_stay_whole_and_what_was_asked_for_stays() {
        let columns =
            [time("time"), column("workspace", 50), column("phase", 8), column("service", 12), column("n", 5)];
        check(&columns, 103, "time 20, workspace 50, phase 8, service 12, n 5");
        check(&columns, 80, "time/service 17, workspace/n 50, phase 8");
        check(&columns, 70, "time/service 17, workspace/n/phase 50");
        check(&columns, 66, "time/service 17, workspace/n/phase 47");
        let asked = |name, width| Wanted { asked: true, ..column(name, width) };
        let columns = [column("a", 20), column("b", 20), column("c", 20), asked("d", 20), asked("e", 20)];
        check(&columns, 64, "a/e 20, b/d 20, c 20");
        check(&columns, 42, "a/e/c 20, b/d 20");
        check(&columns, 30, "d/e 20, -a, -b, -c");
    }

    #[test]
    fn the_widest_wrap_first_and_the_last_go_first() {
        let wrapped = |name, width| Wanted {
            full: Need { line: width, lines: width, least: 12 },
            short: Need { line: width, lines: width, least: 12 },
            ..column(name, width)
        };
        let columns = [column("severity", 8), wrapped("title", 60), wrapped("remedy", 40)];
        check(&columns, 112, "severity 8, title 60, remedy 40");
        check(&columns, 80, "severity 8, title 34, remedy 34");
        check(&columns, 30, "severity 8, title/remedy 20");
        check(&columns, 5, "severity 5, -title, -remedy");
        check(&columns, 0, "severity 1, -title, -remedy");
        check(&[], 10, "");
    }
}

//! How wide each column of a table is, and which of them are left out where the width is hopeless.

use crate::report::cell::Shape;
use crate::report::schema::Heading;

/// Spaces between columns.
pub(super) const GAP: u16 = 2;

/// What goes first where not everything fits. Other columns go after these, the last one first; the first of a
/// table always stays.
const LEAST_IMPORTANT: [&str; 31] = [
    "log_file",
    "user_agent",
    "access_key_id",
    "event_id",
    "audience",
    "role_session_name",
    "provider_version",
    "provider_versions",
    "terraform_version",
    "terraform_versions",
    "run_url",
    "grouping",
    "last_seen",
    "region",
    "regions",
    "role_arn",
    "role_arns",
    "kind",
    "first_seen",
    "assumptions",
    "project",
    "deployment",
    "issuer",
    "run_id",
    "denied",
    "source_ip",
    "source_ips",
    "error_code",
    "outcome",
    "module",
    "subject",
];

/// Text is not wrapped narrower than this if there is another way.
const NARROWEST: usize = 20;

/// A list is not wrapped narrower than its longest text, if that is no longer than this.
const WORD: usize = 20;

/// The widths of the columns, without the gaps between them; `None` for those that are left out.
///
/// `natural` are the widths that need no wrapping, header included; `longest` those of the longest single text.
pub(super) fn fit(headings: &[Heading], natural: &[u16], longest: &[usize], width: usize) -> Vec<Option<u16>> {
    let mut shown: Vec<usize> = (0..natural.len().min(headings.len())).collect();
    let least = |at: usize| least_width(headings[at], usize::from(natural[at]), longest[at]);
    while shown.len() > 1 && total(shown.iter().map(|at| least(*at))) > width {
        let Some(place) = least_important(headings, &shown) else { break };
        shown.remove(place);
    }
    let widths = |most: usize| shown.iter().map(move |at| (*at, usize::from(natural[*at]).min(most.max(least(*at)))));
    // The widest columns give way first.
    let widest = natural.iter().copied().max().map_or(1, usize::from);
    let most = (1..=widest).rev().find(|most| total(widths(*most).map(|(_, width)| width)) <= width);
    let mut fitted = vec![None; headings.len()];
    for (at, wanted) in widths(most.unwrap_or(1)) {
        fitted[at] = u16::try_from(wanted.min(width).max(1)).ok();
    }
    fitted
}

fn total(widths: impl ExactSizeIterator<Item = usize>) -> usize {
    let gaps = usize::from(GAP) * widths.len().saturating_sub(1);
    gaps + widths.sum::<usize>()
}

fn least_width(heading: Heading, natural: usize, longest: usize) -> usize {
    let content = match heading.shape {
        Shape::Text => natural.min(NARROWEST),
        Shape::List => natural.min(longest.min(WORD)),
        Shape::Count | Shape::Number | Shape::Time | Shape::Flag => natural,
    };
    let is_key = heading.name.ends_with("_id");
    if is_key { natural.min(content.max(WORD)) } else { content.max(heading.name.len()) }
}

/// The place in `shown` of what goes next.
fn least_important(headings: &[Heading], shown: &[usize]) -> Option<usize> {
    let place_of = |name: &&str| shown.iter().position(|at| headings[*at].name == *name);
    let listed = LEAST_IMPORTANT.iter().filter_map(place_of).find(|place| *place > 0);
    listed.or_else(|| shown.len().checked_sub(1)).filter(|place| *place > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(columns: &[(&'static str, Shape, u16, usize)], width: usize, expected: &[Option<u16>]) {
        let headings: Vec<Heading> = columns.iter().map(|(name, shape, ..)| Heading { name, shape: *shape }).collect();
        let natural: Vec<u16> = columns.iter().map(|column| column.2).collect();
        let longest: Vec<usize> = columns.iter().map(|column| column.3).collect();
        assert_eq!(fit(&headings, &natural, &longest, width), expected, "{width}");
    }

    #[test]
    fn the_widest_give_way_and_then_the_least_important_go() {
        use Shape::{Count, List, Text, Time};
        let columns = [
            ("time", Time, 20, 20),
            ("workspace", Text, 40, 40),
            ("account_ids", List, 64, 13),
            ("denied", Count, 6, 3),
            ("run_id", Text, 20, 20),
        ];
        check(&columns, 158, &[Some(20), Some(40), Some(64), Some(6), Some(20)]);
        check(&columns, 157, &[Some(20), Some(40), Some(63), Some(6), Some(20)]);
        check(&columns, 120, &[Some(20), Some(33), Some(33), Some(6), Some(20)]);
        check(&columns, 87, &[Some(20), Some(20), Some(13), Some(6), Some(20)]);
        check(&columns, 80, &[Some(20), Some(24), Some(24), Some(6), None]);
        check(&columns, 60, &[Some(20), Some(20), Some(16), None, None]);
        check(&columns, 20, &[Some(20), None, None, None, None]);
        check(&columns, 5, &[Some(5), None, None, None, None]);
        check(&columns, 0, &[Some(1), None, None, None, None]);
        check(&[], 10, &[]);
    }
}

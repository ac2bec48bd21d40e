//! What is missing from a report that is complete all the same, in one line.

use super::coverage_text::counted;
use crate::audit::coverage::{Coverage, Gap, GapKind};

/// Days without log files, copies of events that differ, and log files that no digest covers yet; nothing where there is none of these. What makes a coverage incomplete
/// is for others to say.
#[must_use]
pub fn coverage_line(coverage: &Coverage) -> Option<String> {
    let parts: Vec<String> = [gaps(coverage), conflicts(coverage), waiting(coverage)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn gaps(coverage: &Coverage) -> Option<String> {
    let days: u64 = coverage.gaps.iter().filter(|gap| gap.kind == GapKind::Inside).map(Gap::days).sum();
    let is_edge = |gap: &&Gap| matches!(gap.kind, GapKind::BeforeFirst | GapKind::AfterLast);
    let edges: u64 = coverage.gaps.iter().filter(is_edge).map(Gap::days).sum();
    let first =
        coverage.gaps.iter().find(|gap| gap.kind == GapKind::Inside || (days == 0 && gap.kind != GapKind::Quiet))?;
    let until = if first.days() > 1 { format!(" to {}", first.last) } else { String::new() };
    let more = if coverage.gaps.len() > 1 { " …" } else { "" };
    let count = match (days, edges) {
        (0, edges) => format!("{} without log files at the ends of the window", counted(edges, "day")),
        (days, 0) => format!("{} without log files", counted(days, "day")),
        (days, edges) => format!("{} without log files, and {} at the ends of the window", counted(days, "day"), edges),
    };
    Some(format!("{count} ({} {} {}{until}{more})", first.account_id, first.region, first.first))
}

fn conflicts(coverage: &Coverage) -> Option<String> {
    let first = coverage.conflicts.first()?;
    let count = coverage.kept.conflicts.max(1);
    let differ = if count == 1 { "differs" } else { "differ" };
    let copies = if count == 1 { "1 copy of an event".to_owned() } else { format!("{count} copies of events") };
    let more = if coverage.conflicts.len() > 1 { " …" } else { "" };
    Some(format!("{copies} {differ} from the one that stands (event {}{more})", first.event_id))
}

fn waiting(coverage: &Coverage) -> Option<String> {
    let waiting = &coverage.verified.as_ref()?.waiting;
    let first = waiting.first()?;
    let more = if waiting.len() > 1 { " …" } else { "" };
    Some(format!(
        "{} left out, since no digest covers {} yet ({first}{more})",
        counted(waiting.len() as u64, "log file"),
        if waiting.len() == 1 { "it" } else { "them" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn gaps_and_conflicts_take_one_line() {
        assert_eq!(
            coverage_line(&sample::coverage()).as_deref(),
            Some(
                "2 days without log files, and 1 at the ends of the window (111122223333 eu-west-1 2026-11-04 to \
                 2026-11-05 …); 1 copy of an event differs from the one that stands (event e-9)"
            )
        );
        let coverage = Coverage { gaps: sample::coverage().gaps.split_off(1), ..Coverage::default() };
        assert_eq!(
            coverage_line(&coverage).as_deref(),
            Some("1 day without log files at the ends of the window (111122223333 eu-west-2 2026-11-04)")
        );
        assert_eq!(coverage_line(&Coverage::default()), None);
    }
}

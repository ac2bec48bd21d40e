//! The coverage block in words, for standard error and Markdown. Nothing in it can reach a terminal unescaped.

use std::fmt::Display;

use super::visible::visible;
use crate::audit::coverage::{Coverage, DayKey, SourceCoverage};
use crate::domain::log_key::LogKind;
use crate::domain::timestamp::Day;

/// So many failed files, and so many gaps, are named one by one.
const NAMED: usize = 20;

/// One fact per line, the last line ended too.
#[must_use]
pub fn coverage_text(coverage: &Coverage) -> String {
    lines(coverage).iter().fold(String::new(), |text, line| text + &visible(line) + "\n")
}

/// One fact per line, not yet fit for a terminal.
pub(crate) fn lines(coverage: &Coverage) -> Vec<String> {
    let mut lines = vec![window(coverage)];
    lines.extend(coverage.sources.iter().map(source));
    lines.push(read(coverage));
    lines.extend(services(coverage));
    lines.push(kept(coverage));
    let failed = coverage.failed.iter().map(|failed| format!("failed: {}: {}", failed.file, failed.reason));
    lines.extend(capped(failed.collect(), "failed: "));
    lines.extend(coverage.incomplete.iter().map(|what| format!("incomplete: {what}")));
    lines.extend(capped(gaps(&coverage.gaps), "gaps: "));
    lines
}

fn capped(mut lines: Vec<String>, start: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    if more > 0 {
        lines.push(format!("{start}and {} more", grouped(more as u64)));
    }
    lines
}

fn window(coverage: &Coverage) -> String {
    match (coverage.window.from, coverage.window.to) {
        (Some(from), Some(to)) => format!("window: from {from}, before {to}"),
        (Some(from), None) => format!("window: from {from}"),
        (None, Some(to)) => format!("window: before {to}"),
        (None, None) => "window: all of time".to_owned(),
    }
}

fn source(source: &SourceCoverage) -> String {
    let folders = match (source.first_folder, source.last_folder) {
        (Some(first), Some(last)) => format!(", day folders {first} to {last}"),
        (Some(first), None) => format!(", day folders from {first}"),
        (None, Some(last)) => format!(", day folders to {last}"),
        (None, None) => String::new(),
    };
    format!("source {}: {}{folders}", source.source, counted(source.files, "file"))
}

fn read(coverage: &Coverage) -> String {
    let files = &coverage.files;
    let kinds = LogKind::SKIPPED.map(LogKind::as_str).into_iter().zip(files.skipped_kinds);
    let others = [
        ("outside the window", files.skipped_window),
        ("not a log file", files.skipped_special),
        ("of other services", files.skipped_service),
    ];
    let skipped = sum(kinds.chain(others).map(|(why, count)| (count, why)));
    let mut unread = Vec::new();
    if files.failed > 0 {
        unread.push(format!("{} failed", grouped(files.failed)));
    }
    if files.skipped() > 0 {
        unread.push(format!("{} skipped: {skipped}", grouped(files.skipped())));
    }
    let unread = if unread.is_empty() { String::new() } else { format!(" ({})", unread.join("; ")) };
    let records = coverage.records;
    let ends = sum([(records.kept, "ours"), (records.other, "other"), (records.malformed, "malformed")]);
    let ends = if ends.is_empty() { ends } else { format!(": {ends}") };
    format!(
        "read {} of {}{unread}, {} inflated from {}, {}{ends}",
        grouped(files.read),
        counted(files.total, "file"),
        size(coverage.bytes.inflated),
        size(coverage.bytes.read),
        counted(records.total, "record"),
    )
}

/// The first names of what is no part of an archive.
fn services(coverage: &Coverage) -> Option<String> {
    let names: Vec<&str> = coverage.services.iter().map(|name| &**name).collect();
    let more = coverage.files.skipped_service.saturating_sub(names.len() as u64);
    let more = if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
    (!names.is_empty()).then(|| format!("of other services, or beside the archive: {}{more}", names.join(", ")))
}

fn kept(coverage: &Coverage) -> String {
    let kept = coverage.kept;
    let plural = |count, one, many| if count == 1 { one } else { many };
    let removed = sum([
        (kept.filtered, "filtered"),
        (kept.duplicate, plural(kept.duplicate, "duplicate", "duplicates")),
        (kept.conflicts, plural(kept.conflicts, "conflict", "conflicts")),
    ]);
    let removed = if removed.is_empty() { removed } else { format!(", {removed}") };
    format!("kept {}: {} reported{removed}", grouped(kept.total()), grouped(kept.reported))
}

/// Gaps with the days that follow each other in one line.
fn gaps(gaps: &[DayKey]) -> Vec<String> {
    let mut ranges: Vec<(&DayKey, Option<Day>, u64)> = Vec::new();
    for gap in gaps {
        match ranges.last_mut() {
            Some((first, last, days))
                if (&first.account_id, &first.region) == (&gap.account_id, &gap.region)
                    && last.is_some_and(|last| gap.date == Some(last.plus(1))) =>
            {
                (*last, *days) = (gap.date, *days + 1);
            }
            _ => ranges.push((gap, gap.date, 1)),
        }
    }
    ranges.into_iter().map(|(first, last, days)| gap_line(first, last, days)).collect()
}

fn gap_line(first: &DayKey, last: Option<Day>, days: u64) -> String {
    let (account, region) = (first.account_id.as_deref().unwrap_or("-"), first.region.as_deref().unwrap_or("-"));
    let until = if days > 1 { format!(" to {} ({days} days)", shown(last)) } else { String::new() };
    format!("gaps: {account} {region} {}{until}", shown(first.date))
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// What there is any of, with its counts.
fn sum<'a>(parts: impl IntoIterator<Item = (u64, &'a str)>) -> String {
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, what)| format!("{} {what}", grouped(count))).collect::<Vec<_>>().join(", ")
}

pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `1204` as `1,204`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in decimal units, as file systems and AWS bills count.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let (bytes, mut unit, mut name) = (u128::from(bytes), 1_000, UNITS[0]);
    for larger in &UNITS[1..] {
        // What would be shown as 1000 is 1.0 of the next unit.
        if bytes * 2 >= unit * 1_999 {
            (unit, name) = (unit * 1_000, larger);
        }
    }
    let tenths = (bytes * 10 + unit / 2) / unit;
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", (bytes + unit / 2) / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::coverage::FailedFile;
    use crate::report::sample;

    #[test]
    fn says_what_was_read_and_what_is_missing() {
        insta::assert_snapshot!(coverage_text(&sample::coverage()));
        insta::assert_snapshot!(coverage_text(&Coverage::default()));
    }

    #[test]
    fn long_lists_are_cut_with_their_number() {
        let failed = |at: usize| FailedFile { file: format!("f{at}").into(), reason: "empty".into() };
        let coverage = Coverage { failed: (0..1_022).map(failed).collect(), ..Coverage::default() };
        let text = coverage_text(&coverage);
        assert_eq!(text.matches("failed: f").count(), NAMED);
        assert!(text.ends_with("failed: and 1,002 more\n"), "{text}");
    }

    #[test]
    fn sizes_have_two_or_three_digits_and_their_unit() {
        let check = |bytes, expected: &str| assert_eq!(size(bytes), expected);
        check(0, "0 B");
        check(999, "999 B");
        check(1_000, "1.0 KB");
        check(9_949, "9.9 KB");
        check(40_100, "40 KB");
        check(999_499, "999 KB");
        check(999_999, "1.0 MB");
        check(2_060_000_000, "2.1 GB");
        check(u64::MAX, "18 EB");
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}

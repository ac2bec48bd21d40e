//! The coverage block in words, for standard error and Markdown. Nothing in it can reach a terminal unescaped.

use super::visible::visible;
use crate::audit::coverage::{
    Besides, Conflict, Coverage, DaysWithFiles, Gap, GapKind, MalformedRecord, SourceCoverage, VerdictTally,
    Verification, Verified,
};
use crate::domain::digest_key::ChainKey;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::CallTally;
use crate::domain::timestamp::{Day, Timestamp};

/// So many failed files, malformed records, conflicts and gaps are named one by one, unless all are asked for.
const NAMED: usize = 20;

/// What to do about a part of an answer.
const TRUNCATED: &str = "fetch the whole answer";

/// One fact per line, the last line ended too.
#[must_use]
pub fn coverage_text(coverage: &Coverage) -> String {
    text(coverage, NAMED)
}

/// The same with every failed file, malformed record, conflict and gap.
#[must_use]
pub fn coverage_text_in_full(coverage: &Coverage) -> String {
    text(coverage, usize::MAX)
}

fn text(coverage: &Coverage, named: usize) -> String {
    lines_of(coverage, named).iter().fold(String::new(), |text, line| text + &visible(line) + "\n")
}

/// One fact per line, not yet fit for a terminal.
pub(crate) fn lines(coverage: &Coverage) -> Vec<String> {
    lines_of(coverage, NAMED)
}

fn lines_of(coverage: &Coverage, named: usize) -> Vec<String> {
    let mut lines = vec![window(coverage)];
    // Digests say which log files came later.
    let late_days = coverage.window.last_folder(coverage.late_days).filter(|_| coverage.verified.is_none());
    lines.extend(late_days.map(late));
    lines.extend(coverage.sources.iter().map(source));
    lines.push(read(coverage));
    lines.extend(services(coverage));
    lines.push(format!("log files: {}", verification(coverage)));
    lines.extend(coverage.besides.filter(|besides| besides.read + besides.failed > 0).map(besides));
    lines.push(kept(coverage));
    lines.extend(coverage.calls.map(calls));
    lines.extend(flaws(coverage, named));
    let more_days = |rest: &[Gap]| rest.iter().map(Gap::days).sum::<u64>();
    lines.extend(coverage.gaps.iter().take(named).map(gap));
    let rest = more_days(coverage.gaps.get(named..).unwrap_or_default());
    if rest > 0 {
        lines.push(format!("gaps: and {} more", counted(rest, "day")));
    }
    lines
}

/// All that is wrong but gaps, of each kind so many by name.
pub(crate) fn flaws(coverage: &Coverage, named: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut list = |start: &str, all: &mut dyn Iterator<Item = String>, count: u64| {
        let before = lines.len();
        lines.extend(all.take(named));
        let more = count.saturating_sub((lines.len() - before) as u64);
        if more > 0 {
            lines.push(format!("{start}: and {} more", grouped(more)));
        }
    };
    let failed = &coverage.failed;
    list("failed", &mut failed.iter().map(|it| format!("failed: {}: {}", it.file, it.reason)), failed.len() as u64);
    list("malformed", &mut coverage.malformed.iter().map(malformed), coverage.records.malformed);
    let truncated = &coverage.truncated;
    let count = truncated.len() as u64;
    list(
        "truncated",
        &mut truncated.iter().map(|(file, words)| format!("truncated: {file}: holds {words}; {TRUNCATED}")),
        count,
    );
    list("conflict", &mut coverage.conflicts.iter().map(conflict), coverage.conflicts.len() as u64);
    lines.extend(coverage.incomplete.iter().map(|what| format!("incomplete: {what}")));
    if let Some(verified) = &coverage.verified {
        lines.extend(not_verified(verified, named));
        let early = verified.ends_early(coverage.window, coverage.today);
        lines.extend(early.take(named).map(|(chain, newest)| chain_ends(chain, newest)));
    }
    if coverage.is_unread() {
        lines.push("incomplete: no log file of this window was read".to_owned());
        lines.extend(held(&coverage.held, named));
    }
    lines
}

/// What was read for the time before the window.
fn besides(besides: Besides) -> String {
    let failed = if besides.failed > 0 { format!(", and {} failed", grouped(besides.failed)) } else { String::new() };
    format!("read {} of the time before besides{failed}", counted(besides.read, "log file"))
}

/// Without digests nobody knows what comes later.
fn late(last: Day) -> String {
    format!("log files delivered after {last} are not looked for")
}

fn malformed(record: &MalformedRecord) -> String {
    format!("malformed: {}: record at byte {} of the inflated text: {}", record.file, record.offset, record.reason)
}

fn conflict(conflict: &Conflict) -> String {
    format!("conflict: event {} differs between {}", conflict.event_id, conflict.files.join(", "))
}

/// Which days and places there are instead.
fn held(held: &[DaysWithFiles], named: usize) -> Vec<String> {
    let place = |held: &DaysWithFiles| {
        let (account, region) = (held.account_id.as_deref().unwrap_or("-"), held.region.as_deref().unwrap_or("-"));
        format!("there are log files of {account} {region} from {} to {}", held.first, held.last)
    };
    let mut lines: Vec<String> = held.iter().take(named).map(place).collect();
    let more = held.len().saturating_sub(named);
    if more > 0 {
        lines.push(format!("there are log files of {} more", counted(more as u64, "place")));
    }
    lines
}

fn window(coverage: &Coverage) -> String {
    let window = coverage.window.shown();
    match (window.from, window.to) {
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
        ("not verified yet", files.skipped_unverified),
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

/// Whether they were verified, in a few words.
pub(crate) fn verification(coverage: &Coverage) -> String {
    let (logs, digests) = match coverage.verification() {
        Verification::Unverified => return "unverified".to_owned(),
        Verification::Verified => return "verified".to_owned(),
        Verification::Counts { logs, digests } => (logs, digests),
    };
    let digests = verdicts(digests);
    let digests = if digests.is_empty() { "none".to_owned() } else { digests };
    let logs = verdicts(logs);
    format!("{}; digests: {digests}", if logs.is_empty() { "none".to_owned() } else { logs })
}

fn verdicts(tally: VerdictTally) -> String {
    let VerdictTally { valid, invalid, missing, unlisted, unchecked } = tally;
    sum([
        (valid, "valid"),
        (invalid, "altered"),
        (missing, "missing"),
        (unlisted, "unlisted"),
        (unchecked, "unchecked"),
    ])
}

/// The digests that are not valid, and the log files that none of them covers yet.
fn not_verified(verified: &Verified, named: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let digests = verified.troubled_digests().map(|row| format!("digest: {}: {}", row.file, row.verdict));
    let count = verified.troubled_digests().count();
    lines.extend(digests.take(named));
    if count > named {
        lines.push(format!("digest: and {} more", grouped((count - named) as u64)));
    }
    lines.extend(verified.waiting.iter().take(named).map(|name| format!("no digest covers it yet: {name}")));
    if verified.waiting.len() > named {
        lines.push(format!("no digest covers it yet: and {} more", grouped((verified.waiting.len() - named) as u64)));
    }
    lines
}

/// That a chain is cut off before the end of the window, or was ended: what was delivered later is in no digest that is there.
pub(crate) fn chain_ends(chain: &ChainKey, newest: Timestamp) -> String {
    format!("the digests of {chain} end at {newest}, before the window does: nothing tells what was delivered since")
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

fn calls(calls: CallTally) -> String {
    let plural = |count, one, many| if count == 1 { one } else { many };
    let removed = sum([
        (calls.filtered, "filtered"),
        (calls.duplicate, plural(calls.duplicate, "duplicate", "duplicates")),
        (calls.conflicts, plural(calls.conflicts, "conflict", "conflicts")),
        (calls.shared_copies, plural(calls.shared_copies, "copy of another account", "copies of other accounts")),
        (calls.unattributed, "of no run"),
    ]);
    let removed = if removed.is_empty() { removed } else { format!(", {removed}") };
    format!("calls {}: {} attributed to runs{removed}", grouped(calls.read()), grouped(calls.attributed))
}

fn gap(gap: &Gap) -> String {
    let until = if gap.days() > 1 { format!(" to {} ({} days)", gap.last, grouped(gap.days())) } else { String::new() };
    let edge = match gap.kind {
        GapKind::Inside => "",
        GapKind::BeforeFirst => ", before the first log file",
        GapKind::AfterLast => ", after the last log file",
        GapKind::Quiet => ", quiet: the digests of the whole day list no log file",
    };
    format!("gaps: {} {} {}{until}{edge}", gap.account_id, gap.region, gap.first)
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

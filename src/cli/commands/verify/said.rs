//! What `verify` says in words.

use std::fmt::Write as _;

use crate::audit::verify::book::Lacks;
use crate::audit::verify::copies::Home;
use crate::audit::verify::tally::{VerdictCounts, VerifyTally};
use crate::cli::error::{Error, ErrorKind};
use crate::cli::reading::words::{counted, to_usize};
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{UncheckedReason, Verdict, VerifiedFile};
use crate::ingest::verify::Verification;
use crate::report::coverage_text::{chain_ends, grouped};
use crate::source::{SourceSpec, Unlisted};

/// So many failures are named one by one.
const NAMED: usize = 20;

/// The exit code, with its reason.
pub(super) fn verdict(verification: &Verification, strict: bool, has_keys: bool, now: Timestamp) -> Result<(), Error> {
    let files = verification.tally.files();
    if files.alarms() > 0 {
        return Err(Error::new(ErrorKind::Findings, "the archive is not as CloudTrail wrote it"));
    }
    let incomplete = |message: String| Error::new(ErrorKind::Incomplete, message);
    let open = files.unchecked + if strict { files.waiting + files.expired } else { 0 };
    if open > 0 {
        let error = incomplete(format!("{} could not be checked", counted(to_usize(open), "file")));
        let is_keyless = !has_keys && verification.keys.is_empty();
        let is_no_digest = |row: &VerifiedFile| row.verdict == Verdict::Unchecked(UncheckedReason::NoDigest);
        let hint = if files.all() == files.unchecked && verification.rows.iter().all(is_no_digest) {
            "there is no digest: name the folder that holds CloudTrail-Digest as well as CloudTrail, or the one above AWSLogs"
        } else if is_keyless {
            "--public-keys FILE takes the output of aws cloudtrail list-public-keys"
        } else {
            return Err(error);
        };
        return Err(error.hint(hint));
    }
    if !verification.failed.is_empty() {
        let failures = counted(verification.failed.len(), "failure");
        return Err(incomplete(format!("not all could be checked: {failures}, named above")));
    }
    if files.all() == 0 {
        let error = incomplete("there is nothing to check in the window: no digest and no log file".to_owned());
        return Err(error.hint("name the folder above AWSLogs, which holds CloudTrail and CloudTrail-Digest"));
    }
    let early = verification.book.ends_early(now).len();
    if strict && early > 0 {
        let chains =
            if early == 1 { "a chain of digests ends".to_owned() } else { format!("{early} chains of digests end") };
        return Err(incomplete(format!("{chains} before the window does, and --strict was asked for")));
    }
    Ok(())
}

/// What could not be listed or fetched, a line each.
pub(super) fn failed(failed: &[Unlisted]) -> Vec<String> {
    let line = |unlisted: &Unlisted| format!("{}: {}", unlisted.file, unlisted.reason);
    let mut lines: Vec<String> = failed.iter().take(NAMED).map(line).collect();
    if failed.len() > NAMED {
        lines.push(format!("and {} more", counted(failed.len() - NAMED, "failure")));
    }
    lines
}

/// What has to be known to read the rows, a line each.
pub(super) fn remarks(verification: &Verification, specs: &[SourceSpec], now: Timestamp) -> Vec<String> {
    let moved = verification.book.moved().map(|(written, here)| {
        format!(
            "the archive was moved or copied: {written} is {here} here; keys are matched by what they have from AWSLogs on"
        )
    });
    let unlisted = (verification.tally.logs.unlisted > 0).then(|| {
        "log files of a second trail that writes to the same place without validation look unlisted, too".to_owned()
    });
    let strays = verification.book.strays();
    let strays = (strays > 0).then(|| {
        let (files, lie) = (counted(strays, "log file"), if strays == 1 { "lies" } else { "lie" });
        format!("{files} {lie} where there is no digest of the chain, judged by digests of another source or folder")
    });
    let remarks = moved.into_iter().chain(unlisted).chain(strays).chain(copies(verification, specs));
    remarks.chain(ends_early(verification, now)).collect()
}

/// The chains that are cut off before the end of the window, or were ended, a line each.
fn ends_early(verification: &Verification, now: Timestamp) -> Vec<String> {
    let early = verification.book.ends_early(now);
    let mut lines: Vec<String> = early.iter().take(NAMED).map(|(chain, newest)| chain_ends(chain, *newest)).collect();
    if early.len() > NAMED {
        lines.push(format!("and {} more", counted(early.len() - NAMED, "chain")));
    }
    lines
}

/// Where the same digests lie, if they lie in several places, a line each.
fn copies(verification: &Verification, specs: &[SourceSpec]) -> Vec<String> {
    let copies = verification.book.copies();
    if copies.is_empty() {
        return Vec::new();
    }
    let line = |(home, lacks): (&Home, &Lacks)| {
        let label = specs.get(home.source).map(SourceSpec::label).unwrap_or_default();
        let below = if home.base.is_empty() { String::new() } else { format!(", below {}", home.base) };
        let Lacks { digests, logs } = *lacks;
        let lacks = match (digests, logs) {
            (0, 0) => "nothing that its digests name".to_owned(),
            _ => format!("{} and {}", counted(digests, "digest"), counted(logs, "log file")),
        };
        format!("a copy, {label}{below}, lacks {lacks}")
    };
    let head = format!("the same digests lie in {}, and each copy is judged by itself", counted(copies.len(), "place"));
    let mut lines = vec![head];
    lines.extend(copies.iter().take(NAMED).map(line));
    if copies.len() > NAMED {
        lines.push(format!("and {} more", counted(copies.len() - NAMED, "place")));
    }
    lines
}

/// `112 of 112 digests and 4,310 of 4,312 log files are as CloudTrail wrote them; 1 altered, 1 missing`.
pub(super) fn headline(tally: &VerifyTally) -> String {
    let of = |counts: &VerdictCounts, name: &str| {
        format!("{} of {}", grouped(counts.valid), counted(to_usize(counts.all()), name))
    };
    let (digests, logs) = (of(&tally.digests, "digest"), of(&tally.logs, "log file"));
    let mut line = format!("{digests} and {logs} are as CloudTrail wrote them");
    let files = tally.files();
    let others = [
        (files.invalid, "altered"),
        (files.missing, "missing"),
        (files.unlisted, "unlisted"),
        (files.unchecked, "unchecked"),
        (files.waiting, "not covered yet"),
        (files.expired, "expired"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let others: Vec<String> = others.map(|(count, word)| format!("{} {word}", grouped(count))).collect();
    if !others.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(line, "; {}", others.join(", "));
    }
    line
}

//! Which of the tallies of a log file stands (DESIGN §12).

use crate::decode::extract::{Attempt, ExtractedActivity, ExtractedTally};
use crate::domain::tally::{ByteTally, RecordTally, Skip};

/// A tally that stands for a log file.
#[derive(Debug)]
pub(super) struct StandingTally {
    /// The number of the source that has its extract.
    pub(super) source: usize,
    pub(super) tally: ExtractedTally,
    /// All readings that found the same.
    pub(super) attempts: Vec<Attempt>,
    /// The log file has other states, of which none is known to be the last.
    pub(super) contradicts: bool,
}

/// What one reading found of a log file: readings of one state that found the same are one.
type Finding<'a> =
    (ByteTally, RecordTally, Option<&'a str>, Option<Skip>, Option<&'a str>, Option<&'a ExtractedActivity>);

fn finding(tally: &ExtractedTally) -> Finding<'_> {
    (
        tally.bytes,
        tally.records,
        tally.failed.as_deref(),
        tally.skipped,
        tally.truncated.as_deref(),
        tally.activity.as_deref(),
    )
}

/// Which of two tallies of one state says more: one of a log file that was read, and of more events and calls.
fn worth(tally: &ExtractedTally) -> (bool, bool, u64, Option<u64>, u64) {
    let calls = tally.activity.as_ref().map(|activity| activity.calls);
    (tally.failed.is_none(), tally.skipped.is_none(), tally.records.kept, calls, tally.bytes.read)
}

/// The tallies that stand of all that have the name of one log file: one, unless sources have different files of that name.
pub(super) fn standing(mut tallies: Vec<(usize, ExtractedTally)>) -> Vec<StandingTally> {
    // What could not be opened, and what was not read, says nothing about the state.
    if tallies.iter().any(|(_, tally)| tally.attempt.etag.is_some()) {
        tallies.retain(|(_, tally)| tally.attempt.etag.is_some());
    }
    let is_one_state = tallies.windows(2).all(|two| two[0].1.attempt.etag == two[1].1.attempt.etag);
    if is_one_state {
        return vec![of_one_source(tallies)];
    }
    let mut of_sources: Vec<Vec<(usize, ExtractedTally)>> = Vec::new();
    tallies.sort_by(|one, other| one.1.source.cmp(&other.1.source));
    for tally in tallies {
        match of_sources.last_mut() {
            Some(same) if same[0].1.source == tally.1.source => same.push(tally),
            _ => of_sources.push(vec![tally]),
        }
    }
    of_sources.into_iter().map(of_one_source).collect()
}

fn of_one_source(mut tallies: Vec<(usize, ExtractedTally)>) -> StandingTally {
    let latest = tallies.iter().map(|(_, tally)| tally.last_modified).max().flatten();
    let etag = |tally: &ExtractedTally| tally.attempt.etag.clone();
    let is_one_state = tallies.iter().all(|(_, tally)| etag(tally) == etag(&tallies[0].1));
    let mut contradicts = false;
    if !is_one_state {
        let is_dated = tallies.iter().all(|(_, tally)| tally.last_modified.is_some());
        let mut last = tallies.iter().filter(|(_, tally)| tally.last_modified == latest).map(|(_, tally)| etag(tally));
        let first = last.next();
        contradicts = !is_dated || last.any(|other| Some(other) != first);
        if !contradicts {
            tallies.retain(|(_, tally)| tally.last_modified == latest);
        }
    }
    // Of equals the one of the smallest name, so that the order of extracts makes no difference.
    tallies.sort_by(|(one_source, one), (other_source, other)| {
        let order = worth(other).cmp(&worth(one)).then_with(|| one.failed.cmp(&other.failed));
        order.then_with(|| (&one.attempt.name, one_source).cmp(&(&other.attempt.name, other_source)))
    });
    let best = finding(&tallies[0].1);
    let same = tallies.iter().filter(|(_, tally)| finding(tally) == best && etag(tally) == etag(&tallies[0].1));
    let attempts: Vec<Attempt> = same.map(|(_, tally)| tally.attempt.clone()).collect();
    // What has no state is told by what was found alone.
    let is_nameless = tallies[0].1.attempt.etag.is_none() && tallies[0].1.failed.is_none();
    contradicts |= is_nameless
        && tallies.iter().any(|(_, tally)| tally.failed.is_none() && finding(tally) != finding(&tallies[0].1));
    let (source, tally) = tallies.swap_remove(0);
    StandingTally { source, tally, attempts, contradicts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    /// `SOURCE ETAG ATTEMPT KEPT MODIFIED[ failed]`, `-` for what is absent.
    fn tally(text: &str) -> (usize, ExtractedTally) {
        let words: Vec<&str> = text.split(' ').collect();
        let given = |word: &str| Some(word.to_owned()).filter(|word| word != "-");
        let kept = words[3].parse().unwrap();
        let tally = ExtractedTally {
            attempt: Attempt {
                log_file: "a.json".into(),
                etag: given(words[1]).map(Into::into),
                name: words[2].into(),
            },
            source: words[0].into(),
            bytes: ByteTally::default(),
            records: RecordTally { total: kept, kept, ..RecordTally::default() },
            failed: words.get(5).map(|reason| (*reason).into()),
            skipped: None,
            malformed: Vec::new(),
            truncated: None,
            size: None,
            last_modified: given(words[4]).and_then(|seconds| Timestamp::from_seconds(seconds.parse().unwrap())),
            issuers: std::collections::BTreeMap::new(),
            activity: None,
        };
        (0, tally)
    }

    /// `expected` is the etag, the attempts and what is kept of each that stands.
    fn check(tallies: &[&str], expected: &str) {
        let shown = |tallies: Vec<(usize, ExtractedTally)>| {
            let stands = standing(tallies).into_iter().map(|it| {
                if it.contradicts {
                    return "changed".to_owned();
                }
                let mut names: Vec<&str> = it.attempts.iter().map(|attempt| &*attempt.name).collect();
                names.sort_unstable();
                let etag = it.tally.attempt.etag.as_deref().unwrap_or("-");
                format!("{etag} {} {}", names.join("+"), it.tally.records.kept)
            });
            stands.collect::<Vec<_>>().join(", ")
        };
        let forward = tallies.iter().map(|text| tally(text)).collect();
        let backward = tallies.iter().rev().map(|text| tally(text)).collect();
        assert_eq!((shown(forward), shown(backward)), (expected.to_owned(), expected.to_owned()), "{tallies:?}");
    }

    #[test]
    fn readings_of_one_state_are_one() {
        check(&["s A x 1 9"], "A x 1");
        check(&["s A x 1 9", "s A y 1 9"], "A x+y 1");
        check(&["s A x 1 9", "t A y 1 9"], "A x+y 1");
        // One that failed on the way says nothing where another one did not, and neither does one of fewer issuers.
        check(&["s A x 0 9 failed", "s A y 1 9"], "A y 1");
        check(&["s - x 0 - failed", "s A y 1 9"], "A y 1");
        check(&["s A x 1 9", "s A y 3 9"], "A y 3");
        check(&["s A x 0 9 failed", "s A y 0 9 failed"], "A x+y 0");
    }

    #[test]
    fn of_two_states_the_later_one_stands() {
        check(&["s A x 1 9", "s B y 2 10"], "B y 2");
        check(&["s A x 1 9", "s B y 2 10", "s B z 2 10"], "B y+z 2");
        check(&["s A x 1 9", "s B y 2 9"], "changed");
        check(&["s A x 1 9", "s B y 2 -"], "changed");
        check(&["s A x 1 -", "s B y 2 -"], "changed");
        // Nothing tells the states of what came over a pipe.
        check(&["s - x 1 -", "s - y 1 -"], "- x+y 1");
        check(&["s - x 1 -", "s - y 2 -"], "changed");
    }

    #[test]
    fn different_files_of_two_sources_may_have_one_name() {
        check(&["s A x 1 9", "t B y 2 10"], "A x 1, B y 2");
        check(&["s A x 1 9", "t B y 2 10", "s C z 3 11"], "C z 3, B y 2");
    }
}

//! What digests say of the log files that a report rests on: each chain as a band of hours, and a table of what is not valid.

use askama::Template;

use super::budget::{Budget, clip};
use super::chart::{place, real};
use crate::audit::coverage::{Coverage, Verified};
use crate::domain::digest_key::ChainKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::verdict::{Verdict, VerifiedFile};
use crate::report::coverage_text::{self, grouped};
use crate::report::review::verified::{chain_words, file_place};

/// The width of a band.
const WIDTH: f64 = 960.0;

/// So many chains and rows are in the page, and so many bytes of each: what else is in it leaves little of two million.
const CHAINS: usize = 120;
const ROWS: usize = 200;
const BYTES: usize = 40_000;

/// A part of a band costs so many bytes besides its words.
const PART_BYTES: usize = 100;

/// A digest speaks for so many seconds before its end.
const HOUR: i64 = 3_600;

/// What digests say.
#[derive(Template)]
#[template(path = "verified.html")]
pub(super) struct VerifiedSection {
    said: String,
    bands: Vec<Band>,
    first: String,
    last: String,
    more: String,
    rows: Vec<TroubleRow>,
    total: String,
    rest: String,
}

/// A chain.
struct Band {
    name: String,
    words: String,
    parts: Vec<BandPart>,
}

/// Hours of a chain of which the same is known.
struct BandPart {
    class: &'static str,
    x: String,
    width: String,
    title: String,
}

/// A file that is not valid.
struct TroubleRow {
    class: &'static str,
    verdict: &'static str,
    reason: &'static str,
    kind: &'static str,
    place: String,
    time: String,
    file: String,
}

impl VerifiedSection {
    const LEGEND: [(&'static str, &'static str); 5] = [
        ("v-fine", "valid"),
        ("v-act", "altered or missing"),
        ("v-look", "could not be checked"),
        ("v-soft", "expired"),
        ("v-none", "no digest"),
    ];

    /// Nothing where log files were taken as they are.
    pub(super) fn of(coverage: &Coverage) -> Option<Self> {
        let verified = coverage.verified.as_ref()?;
        let (first, last) = ends(coverage, verified);
        let mut budget = Budget::new(BYTES);
        let bands = verified.chains.iter().take(CHAINS);
        let bands = bands.map(|(chain, hours)| Band::of(chain, hours, (first, last)));
        let bands: Vec<Band> = bands.take_while(|band| budget.takes(band.cost())).collect();
        let mut budget = Budget::new(BYTES);
        let rows = verified.troubles.iter().take(ROWS).map(TroubleRow::of);
        let rows: Vec<TroubleRow> = rows.take_while(|row| budget.takes(row.cost())).collect();
        let left = |shown: usize, all: usize, what: &str| {
            let text = || format!("The first {} of {} {what}.", grouped(shown as u64), grouped(all as u64));
            (shown < all).then(text).unwrap_or_default()
        };
        Some(Self {
            said: format!("Log files: {}.", coverage_text::verification(coverage)),
            more: left(bands.len(), verified.chains.len(), "chains"),
            bands,
            first: first.to_string(),
            last: last.to_string(),
            rest: left(rows.len(), verified.troubles.len(), "files; report.json beside this report has all of them"),
            rows,
            total: grouped(verified.troubles.len() as u64),
        })
    }
}

/// The time over which the bands reach: the window, else what digests there are.
fn ends(coverage: &Coverage, verified: &Verified) -> (Timestamp, Timestamp) {
    let before = |time: Timestamp| Timestamp::from_seconds(time.seconds() - HOUR).unwrap_or(time);
    let all = || verified.chains.values().flatten().map(|(end, _)| *end);
    let first = coverage.window.from.or_else(|| all().min().map(before));
    let last = coverage.window.to.or_else(|| all().max());
    let first = first.or(last).unwrap_or(Timestamp::LAST);
    (first, last.unwrap_or(first))
}

/// The colour of a verdict.
fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "v-fine",
        verdict if verdict.is_alarm() => "v-act",
        verdict if verdict.is_open() => "v-look",
        _ => "v-soft",
    }
}

impl Band {
    fn of(chain: &ChainKey, hours: &[(Timestamp, Verdict)], (first, last): (Timestamp, Timestamp)) -> Self {
        let span = (last.seconds() - first.seconds()).max(1);
        let x = |seconds: i64| real(seconds.clamp(0, span).unsigned_abs()) / real(span.unsigned_abs()) * WIDTH;
        let mut parts = Vec::new();
        let joins = |one: &(Timestamp, Verdict), next: &(Timestamp, Verdict)| {
            one.1 == next.1 && next.0.seconds() - one.0.seconds() <= HOUR
        };
        for hours in hours.chunk_by(joins) {
            let (Some((start, verdict)), Some((end, _))) = (hours.first(), hours.last()) else { continue };
            let from = start.seconds() - HOUR - first.seconds();
            let (left, right) = (x(from), x(end.seconds() - first.seconds()));
            if right <= left {
                continue;
            }
            let count = hours.len();
            let many = if count == 1 { "digest" } else { "digests" };
            let title = format!("{} {many} to {end}: {verdict}", grouped(count as u64));
            // What lasts an hour in a long window can be seen, too.
            let width = (right - left).max(1.5);
            parts.push(BandPart { class: class(*verdict), x: place(left), width: place(width), title });
        }
        // The gravest lie on top.
        parts.sort_by_key(|part| match part.class {
            "v-act" => 2,
            "v-look" => 1,
            _ => 0,
        });
        Self { name: clip(&chain.to_string()), words: chain_words(hours), parts }
    }

    fn cost(&self) -> usize {
        let parts = self.parts.iter().map(|part| part.title.len() * 2 + PART_BYTES);
        self.name.len() * 10 + self.words.len() * 2 + parts.sum::<usize>()
    }
}

impl TroubleRow {
    fn of(file: &VerifiedFile) -> Self {
        Self {
            class: if file.verdict.is_alarm() { "bad" } else { "muted" },
            verdict: file.verdict.as_str(),
            reason: file.verdict.reason(),
            kind: file.kind.as_str(),
            place: clip(&file_place(file)),
            time: file.time.map_or_else(String::new, |time| time.to_string()),
            file: clip(&file.file),
        }
    }

    fn cost(&self) -> usize {
        (self.place.len() + self.file.len()) * 5 + 4 * PART_BYTES
    }
}

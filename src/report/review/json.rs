//! A review as JSON: `schema_version`, the answers in words, everything that was counted, all runs and denials.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::deeds_json;
use super::members::ObjectMembers;
use super::setting::PageContext;
use super::verified::VerificationPage;
use super::words::{ReviewAnswer, answers, compared_with, kind_name, summary};
use crate::audit::review::Review;
use crate::audit::review::activity::RunsOverTime;
use crate::audit::review::changes::{GoneFact, NewFact};
use crate::audit::review::denials::Denial;
use crate::audit::review::quiet::QuietRegion;
use crate::audit::review::shares::Share;
use crate::domain::finding::Finding;
use crate::domain::timestamp::Timestamp;
use crate::report::cell::{Cell, Shape};
use crate::report::coverage_json::CoverageObject;
use crate::report::row::{self, SCHEMA_VERSION};
use crate::report::schema::Column;

#[derive(Serialize)]
struct Span {
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct AnswerObject {
    question: &'static str,
    state: &'static str,
    verdict: String,
    points: Vec<String>,
}

#[derive(Serialize)]
struct FigureObject {
    name: &'static str,
    value: u64,
    before: Option<u64>,
    usual: Option<f64>,
}

/// What is new, as rows, since there may be as many as events.
const NEW: [Column<NewFact>; 5] = [
    Column::new("kind", Shape::Text, |new| Cell::text(Some(kind_name(new.fact.kind, false)))),
    Column::new("parts", Shape::List, |new| Cell::List(new.fact.parts().map(Cow::Borrowed).collect())),
    Column::new("first_seen", Shape::Time, |new| Cell::Time(Some(new.first))),
    Column::new("granted", Shape::Flag, |new| Cell::Flag(Some(new.granted))),
    Column::new("denied_before", Shape::Flag, |new| Cell::Flag(Some(new.denied_before))),
];

#[derive(Serialize)]
struct GoneObject<'a> {
    kind: &'static str,
    parts: Vec<&'a str>,
    last_seen: String,
    windows: u32,
    of_windows: u32,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    uid: &'a str,
    severity: &'static str,
    rule: &'static str,
    title: &'static str,
    account_id: Option<&'a str>,
    organization: Option<&'a str>,
    project: Option<&'a str>,
    workspace: Option<&'a str>,
    run_id: Option<&'a str>,
    first_seen: String,
    last_seen: String,
    count: u64,
    suppressed: Option<&'a str>,
}

#[derive(Serialize)]
struct DenialObject<'a> {
    stranger: bool,
    issuer: Option<&'a str>,
    organization: Option<&'a str>,
    subject: String,
    account_id: Option<&'a str>,
    role_arn: Option<&'a str>,
    error_code: &'a str,
    phases: Vec<&'a str>,
    source_ips: Vec<&'a str>,
    first_seen: String,
    last_seen: String,
    count: u64,
}

#[derive(Serialize)]
struct ActivityObject<'a> {
    span: &'static str,
    phases: &'a [Box<str>],
    bars: Vec<(String, &'a [u64])>,
}

#[derive(Serialize)]
struct AccessObject<'a> {
    accounts: &'a [Box<str>],
    rows: Vec<AccessRow<'a>>,
    more_rows: usize,
    more_accounts: usize,
}

#[derive(Serialize)]
struct AccessRow<'a> {
    organization: &'a str,
    name: &'a str,
    granted: Vec<u64>,
    denied: Vec<u64>,
}

#[derive(Serialize)]
struct ShareObject<'a> {
    name: &'a str,
    runs: u64,
    assumptions: u64,
    denied: u64,
    new: bool,
}

#[derive(Serialize)]
struct QuietObject<'a> {
    account_id: &'a str,
    region: &'a str,
    last_date: String,
}

/// Writes the page. The order of its members is part of the contract.
pub fn write(out: &mut dyn Write, review: &Review<'_>, setting: &PageContext<'_>) -> io::Result<()> {
    let show = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let mut page = ObjectMembers::new(out);
    page.value("schema_version", &SCHEMA_VERSION)?;
    page.value("tool", &concat!("tfctrail ", env!("CARGO_PKG_VERSION")))?;
    page.value("about", &Some(setting.about).filter(|about| !about.is_empty()))?;
    let window = review.window.shown();
    page.value("window", &Span { from: show(window.from), to: show(window.to) })?;
    page.value("summary", &summary(review))?;
    page.values("answers", answers(review).into_iter().map(AnswerObject::of))?;
    page.value("compared_with", &compared_with(&review.changes.origin))?;
    page.values("figures", figures(review))?;
    page.rows("new", &NEW, &review.changes.new)?;
    page.values("gone", review.changes.gone.iter().map(|gone| GoneObject::of(gone, review.changes.windows)))?;
    page.values("findings", review.findings.iter().map(FindingObject::of))?;
    page.values("denials", review.denials.iter().map(DenialObject::of))?;
    page.value("activity", &ActivityObject::of(&review.activity))?;
    page.value("access", &access(review))?;
    page.values("networks", review.networks.iter().map(ShareObject::of))?;
    page.values("terraform_versions", review.terraform_versions.iter().map(ShareObject::of))?;
    page.values("provider_versions", review.provider_versions.iter().map(ShareObject::of))?;
    page.rows("runs", row::runs::schema().columns(), review.runs.iter())?;
    page.values("quiet", review.quiet.iter().map(QuietObject::of))?;
    page.value("coverage", &CoverageObject::of(review.coverage))?;
    if let Some(verified) = &review.coverage.verified {
        page.value("verification", &VerificationPage::of(verified))?;
    }
    if let Some(deeds) = &review.deeds {
        deeds_json::put(&mut page, deeds, setting)?;
    }
    page.finish()
}

fn figures(review: &Review<'_>) -> impl Iterator<Item = FigureObject> {
    review.figures.iter().map(|figure| FigureObject {
        name: figure.name,
        value: figure.value,
        before: figure.before,
        // Counts of a window are far below 2^52.
        #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^52")]
        usual: figure.usual.map(|usual| usual.parts().0 as f64 + if usual.parts().1 { 0.5 } else { 0.0 }),
    })
}

fn access<'a>(review: &'a Review<'_>) -> AccessObject<'a> {
    let rows = review.access.rows.iter().map(|row| AccessRow {
        organization: &row.organization,
        name: &row.name,
        granted: row.cells.iter().map(|cell| cell.granted).collect(),
        denied: row.cells.iter().map(|cell| cell.denied).collect(),
    });
    AccessObject {
        accounts: &review.access.accounts,
        rows: rows.collect(),
        more_rows: review.access.more_rows,
        more_accounts: review.access.more_accounts,
    }
}

impl AnswerObject {
    fn of(answer: ReviewAnswer) -> Self {
        Self { question: answer.question, state: answer.state.as_str(), verdict: answer.verdict, points: answer.points }
    }
}

impl<'a> GoneObject<'a> {
    fn of(gone: &'a GoneFact, of_windows: u32) -> Self {
        Self {
            kind: kind_name(gone.fact.kind, false),
            parts: gone.fact.parts().collect(),
            last_seen: gone.last.to_string(),
            windows: gone.windows,
            of_windows,
        }
    }
}

impl<'a> ActivityObject<'a> {
    fn of(activity: &'a RunsOverTime) -> Self {
        Self {
            span: activity.span.as_str(),
            phases: &activity.phases,
            bars: activity.bars.iter().map(|bar| (bar.start.to_string(), &*bar.runs)).collect(),
        }
    }
}

impl<'a> QuietObject<'a> {
    fn of(quiet: &'a QuietRegion) -> Self {
        Self { account_id: &quiet.account_id, region: &quiet.region, last_date: quiet.last.to_string() }
    }
}

impl<'a> ShareObject<'a> {
    fn of(share: &'a Share) -> Self {
        let Share { name, runs, assumptions, denied, new } = share;
        Self { name, runs: *runs, assumptions: *assumptions, denied: *denied, new: *new }
    }
}

impl<'a> FindingObject<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            uid: &finding.uid,
            severity: finding.severity.as_str(),
            rule: finding.rule_id,
            title: finding.title,
            account_id: finding.account_id.as_deref(),
            organization: finding.organization.as_deref(),
            project: finding.project.as_deref(),
            workspace: finding.workspace.as_deref(),
            run_id: finding.run_id.as_deref(),
            first_seen: finding.first_seen.to_string(),
            last_seen: finding.last_seen.to_string(),
            count: finding.count,
            suppressed: finding.suppressed.as_ref().map(|suppressed| &*suppressed.reason),
        }
    }
}

impl<'a> DenialObject<'a> {
    fn of(denial: &'a Denial) -> Self {
        Self {
            stranger: denial.stranger,
            issuer: denial.issuer.as_deref(),
            organization: denial.subject.organization(),
            subject: denial.subject.to_string(),
            account_id: denial.account_id.as_deref(),
            role_arn: denial.role_arn.as_deref(),
            error_code: &denial.code,
            phases: denial.phases.iter().map(|phase| &**phase).collect(),
            source_ips: denial.source_ips.iter().map(|ip| &**ip).collect(),
            first_seen: denial.first.to_string(),
            last_seen: denial.last.to_string(),
            count: denial.count,
        }
    }
}

//! A review as JSON: `schema_version`, the answers in words, everything that was counted, all runs and denials.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};

use super::Setting;
use super::words::{answers, compared_with, kind_name, summary};
use crate::audit::known::Fact;
use crate::audit::review::Review;
use crate::audit::review::changes::New;
use crate::audit::review::denials::Denial;
use crate::audit::review::shares::Share;
use crate::audit::runs::Runs;
use crate::domain::finding::Finding;
use crate::domain::timestamp::Timestamp;
use crate::report::cell::Cell;
use crate::report::coverage_json::CoverageObject;
use crate::report::ndjson::RowObject;
use crate::report::row::{self, SCHEMA_VERSION};

/// The order of the fields is part of the contract.
#[derive(Serialize)]
struct Report<'a> {
    schema_version: u64,
    tool: &'static str,
    about: Option<&'a str>,
    window: Span,
    summary: String,
    answers: Vec<AnswerObject>,
    compared_with: String,
    figures: Vec<FigureObject>,
    new: Each<'a, New, NewObject<'a>>,
    gone: Vec<GoneObject<'a>>,
    findings: Each<'a, Finding, FindingObject<'a>>,
    denials: Each<'a, Denial, DenialObject<'a>>,
    activity: ActivityObject<'a>,
    access: AccessObject<'a>,
    networks: Vec<ShareObject<'a>>,
    terraform_versions: Vec<ShareObject<'a>>,
    provider_versions: Vec<ShareObject<'a>>,
    runs: RunRows<'a>,
    quiet: Vec<QuietObject<'a>>,
    coverage: CoverageObject<'a>,
}

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

#[derive(Serialize)]
struct NewObject<'a> {
    kind: &'static str,
    parts: Parts<'a>,
    first_seen: String,
    granted: bool,
    denied_before: bool,
}

#[derive(Serialize)]
struct GoneObject<'a> {
    kind: &'static str,
    parts: Parts<'a>,
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

/// The names of a fact.
struct Parts<'a>(&'a Fact);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.parts())
    }
}

/// Objects that are made one after the other, since there may be as many as events.
struct Each<'a, T, O>(&'a [T], fn(&'a T) -> O);

impl<T, O: Serialize> Serialize for Each<'_, T, O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// The rows of `tfctrail runs`.
struct RunRows<'a>(&'a Runs<'a>);

impl Serialize for RunRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let schema = row::runs::schema();
        let headings = crate::report::headings(schema.columns());
        let mut rows = serializer.serialize_seq(Some(self.0.len()))?;
        for run in self.0.iter() {
            let cells: Vec<Cell<'_>> = schema.columns().iter().map(|column| column.cell(&run)).collect();
            rows.serialize_element(&RowObject(&headings, &cells))?;
        }
        rows.end()
    }
}

/// Writes the page.
pub fn write(mut out: &mut dyn Write, review: &Review<'_>, setting: &Setting<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, &report(review, setting))?;
    out.write_all(b"\n")?;
    out.flush()
}

fn report<'a>(review: &'a Review<'_>, setting: &'a Setting<'_>) -> Report<'a> {
    let show = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let shares = |shares: &'a [Share]| shares.iter().map(ShareObject::of).collect();
    let parts = |fact: &'a Fact| (kind_name(fact.kind, false), Parts(fact));
    let gone = review.changes.gone.iter().map(|gone| {
        let (kind, parts) = parts(&gone.fact);
        let (windows, of_windows) = (gone.windows, review.changes.windows);
        GoneObject { kind, parts, last_seen: gone.last.to_string(), windows, of_windows }
    });
    let quiet = review.quiet.iter().map(|quiet| QuietObject {
        account_id: &quiet.account_id,
        region: &quiet.region,
        last_date: quiet.last.to_string(),
    });
    Report {
        schema_version: SCHEMA_VERSION,
        tool: concat!("tfctrail ", env!("CARGO_PKG_VERSION")),
        about: Some(setting.about).filter(|about| !about.is_empty()),
        window: Span { from: show(review.window.from), to: show(review.window.to) },
        summary: summary(review),
        answers: answers(review)
            .into_iter()
            .map(|answer| AnswerObject {
                question: answer.question,
                state: answer.state.as_str(),
                verdict: answer.verdict,
                points: answer.points,
            })
            .collect(),
        compared_with: compared_with(&review.changes.origin),
        figures: figures(review),
        new: Each(&review.changes.new, NewObject::of),
        gone: gone.collect(),
        findings: Each(&review.findings, FindingObject::of),
        denials: Each(&review.denials, DenialObject::of),
        activity: ActivityObject {
            span: review.activity.span.as_str(),
            phases: &review.activity.phases,
            bars: review.activity.bars.iter().map(|bar| (bar.start.to_string(), &*bar.runs)).collect(),
        },
        access: access(review),
        networks: shares(&review.networks),
        terraform_versions: shares(&review.terraform_versions),
        provider_versions: shares(&review.provider_versions),
        runs: RunRows(&review.runs),
        quiet: quiet.collect(),
        coverage: CoverageObject::of(review.coverage),
    }
}

fn figures(review: &Review<'_>) -> Vec<FigureObject> {
    let figures = review.figures.iter().map(|figure| FigureObject {
        name: figure.name,
        value: figure.value,
        before: figure.before,
        // Counts of a window are far below 2^52.
        #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^52")]
        usual: figure.usual.map(|usual| usual.parts().0 as f64 + if usual.parts().1 { 0.5 } else { 0.0 }),
    });
    figures.collect()
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

impl<'a> NewObject<'a> {
    fn of(new: &'a New) -> Self {
        Self {
            kind: kind_name(new.fact.kind, false),
            parts: Parts(&new.fact),
            first_seen: new.first.to_string(),
            granted: new.granted,
            denied_before: new.denied_before,
        }
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

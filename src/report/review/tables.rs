//! The tables of a review: the same rows for HTML and Markdown. Text in them is as the log has it.

use super::deeds;
use super::run_links::RunLinks;
use super::setting::PageContext;
use super::table::{ColumnHead, ReviewTable, TableCell, number, text, time};
use super::words::{NO_PAST, UNREAD, compared_with, fact_name, kind_name};
use crate::audit::baseline::past::BaselineOrigin;
use crate::audit::review::Review;
use crate::audit::review::access::owner_name;
use crate::domain::finding::Finding;
use crate::domain::issuer::IssuerRole;
use crate::domain::role::role_name;
use crate::domain::run::Run;

/// The tables in front of that of runs: what is wrong first, then what is new, then what runs did.
#[must_use]
pub fn leading<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> Vec<ReviewTable<'a>> {
    let mut tables = vec![findings(review, setting), denials(review, setting), new(review, setting)];
    tables.extend(review.deeds.iter().flat_map(|deeds| deeds::tables(deeds, setting)));
    tables
}

fn new<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[text("What"), text("Name"), text("First seen"), text("Granted")];
    ReviewTable {
        id: "new",
        title: "What is new",
        note: "Never part of a granted assumption before. A name that was only denied before counts as new when it is granted for the first time.",
        file: None,
        empty: match &review.changes.origin {
            BaselineOrigin::Nothing => NO_PAST.to_owned(),
            origin => empty(review, &format!("Nothing is new ({}).", compared_with(origin))),
        },
        columns: COLUMNS,
        total: review.changes.new.len(),
        rows: Box::new(review.changes.new.iter().map(|new| {
            let granted = match (new.granted, new.denied_before) {
                (true, true) => TableCell::new("yes, denied before").marked("bad"),
                (true, false) => TableCell::new("yes"),
                (false, _) => TableCell::new("denied").marked("muted"),
            };
            vec![
                TableCell::new(kind_name(new.fact.kind, false)),
                TableCell::new(named(fact_name(&new.fact), setting)).marked("name"),
                time(new.first, setting.time_zone),
                granted,
            ]
        })),
    }
}

/// Puts the name of an account behind its id, at the end of a line or alone on it.
fn named(line: String, setting: &PageContext<'_>) -> String {
    let id = line.rsplit(' ').next().unwrap_or_default();
    let beside = setting.account_names.beside(id).into_owned();
    if beside == id { line } else { format!("{}{beside}", &line[..line.len() - id.len()]) }
}

/// The table behind the charts: what is usually there and was not.
#[must_use]
pub fn gone<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[text("What"), text("Name"), text("Last seen"), number("Windows before")];
    let windows = review.changes.windows;
    ReviewTable {
        id: "gone",
        title: "What vanished",
        note: "Due by its own rhythm, and not seen: away for longer than ever in the earlier windows, and, of days, on a weekday on which it was seen before.",
        file: None,
        empty: match windows {
            0 => "There is no complete earlier window to compare with.".to_owned(),
            _ => empty(review, "Nothing that is usually here was missing."),
        },
        columns: COLUMNS,
        total: review.changes.gone.len(),
        rows: Box::new(review.changes.gone.iter().map(move |gone| {
            vec![
                TableCell::new(kind_name(gone.fact.kind, false)),
                TableCell::new(named(fact_name(&gone.fact), setting)).marked("name"),
                time(gone.last, setting.time_zone),
                TableCell::new(format!("{} of {windows}", gone.windows)),
            ]
        })),
    }
}

/// What a table without rows says; nothing is known where nothing was read.
fn empty(review: &Review<'_>, text: &str) -> String {
    if review.coverage.is_unread() { UNREAD.to_owned() } else { text.to_owned() }
}

/// The columns of [`finding_row`].
pub(in crate::report) const FINDING_COLUMNS: &[ColumnHead] = &[
    text("Severity"),
    text("Finding"),
    text("Where"),
    text("Evidence"),
    number("Events"),
    text("Last seen"),
    text("What to do"),
];

fn findings<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    let links = RunLinks::of(review, setting);
    ReviewTable {
        id: "findings",
        title: "Findings",
        note: "What the rules found, the most severe first; accepted findings come last. The answer above counts neither accepted findings nor those of level info.",
        file: Some("findings.csv"),
        empty: empty(review, "No rule found anything."),
        columns: FINDING_COLUMNS,
        total: review.findings.len(),
        rows: Box::new(review.findings.iter().map(move |finding| finding_row(finding, setting, &links))),
    }
}

pub(in crate::report) fn finding_row(
    finding: &Finding,
    setting: &PageContext<'_>,
    links: &RunLinks<'_>,
) -> Vec<TableCell> {
    let (run, events) = links.of_finding(finding);
    let account = finding.account_id.as_deref().map(|id| setting.account_names.beside(id).into_owned());
    let owner = [&finding.organization, &finding.project, &finding.workspace];
    let owner: Vec<&str> = owner.into_iter().filter_map(|name| name.as_deref()).collect();
    let owner = (!owner.is_empty()).then(|| owner.join(" / "));
    let place = owner.into_iter().chain(account).chain(finding.run_id.as_deref().map(str::to_owned));
    // The account stands beside it already.
    let own_role = |name: &str, value: &str| {
        name == "role" && finding.account_id.as_deref().is_some_and(|id| value.contains(&format!("::{id}:role/")))
    };
    let values = finding
        .evidence
        .values
        .iter()
        .take(4)
        .map(|(name, value)| format!("{name} {}", if own_role(name, value) { role_name(value) } else { value }));
    let remedy = match &finding.suppressed {
        Some(suppressed) => format!("accepted until {}: {}", suppressed.expires, suppressed.reason),
        None => finding.remedy.to_owned(),
    };
    let severity = if finding.suppressed.is_some() { "accepted" } else { finding.severity.as_str() };
    vec![
        TableCell::new(finding.severity.as_str()).marked(severity),
        TableCell::lines([finding.title.to_owned(), finding.rule_id.to_owned()]).marked("name"),
        TableCell { href: run, ..TableCell::lines(place).marked("name") },
        TableCell::lines(values).marked("evidence"),
        TableCell { href: events, ..TableCell::count(finding.count) },
        time(finding.last_seen, setting.time_zone),
        TableCell::new(remedy).marked("remedy").whole(),
    ]
}

fn denials<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[
        text("Who"),
        text("Subject"),
        text("Account"),
        text("Role"),
        text("Answer"),
        text("From"),
        number("Times"),
        text("Last"),
    ];
    ReviewTable {
        id: "denials",
        title: "Refused roles",
        note: "Refused assumptions by the signed subject that asked. A stranger is an organization that was never granted anything.",
        file: Some("events.csv"),
        empty: empty(review, "No role was refused."),
        columns: COLUMNS,
        total: review.denials.len(),
        rows: Box::new(review.denials.iter().map(|denial| {
            let who = if denial.stranger { TableCell::new("stranger").marked("bad") } else { TableCell::new("known") };
            let account = denial.account_id.as_deref().map(|id| setting.account_names.beside(id).into_owned());
            vec![
                who,
                TableCell::lines(
                    denial.subject.organization().into_iter().map(str::to_owned).chain([owner_name(&denial.subject)]),
                )
                .marked("name"),
                TableCell::opt(account.as_deref()).marked("id"),
                TableCell::new(denial.role_arn.as_deref().map(role_name).unwrap_or_default()).marked("name"),
                TableCell::new(&*denial.code),
                TableCell::lines(denial.source_ips.iter().take(4).map(|ip| &**ip)).marked("address"),
                TableCell::count(denial.count),
                time(denial.last, setting.time_zone),
            ]
        })),
    }
}

/// The table of runs.
#[must_use]
pub fn runs<'a>(review: &'a Review<'_>, setting: &'a PageContext<'a>) -> ReviewTable<'a> {
    const COLUMNS: &[ColumnHead] = &[
        text("First seen"),
        text("Run"),
        text("Workspace"),
        text("Phases"),
        text("Accounts"),
        text("Roles"),
        text("From"),
        number("Assumptions"),
        number("Denied"),
    ];
    const WITH_DEEDS: &[ColumnHead] = &[
        COLUMNS[0],
        COLUMNS[1],
        COLUMNS[2],
        COLUMNS[3],
        COLUMNS[4],
        COLUMNS[5],
        COLUMNS[6],
        COLUMNS[7],
        COLUMNS[8],
        number("Did"),
    ];
    ReviewTable {
        id: "runs",
        title: "Runs",
        note: "One row per Terraform run, in the order of time. A run id is chosen by the caller; the organization, project and workspace are signed.",
        file: Some("runs.csv"),
        empty: empty(review, "No run asked for a role."),
        columns: if review.deeds.is_some() { WITH_DEEDS } else { COLUMNS },
        total: review.runs.len(),
        rows: Box::new(review.runs.iter().map(|run| {
            let Some(deeds) = &review.deeds else { return run_row(&run, None, setting) };
            let did = deeds::summary(&run, deeds, setting);
            let mut row = run_row(&run, did.href.clone(), setting);
            row.push(did);
            row
        })),
    }
}

/// A row of the table of runs; its id leads to the run's own page, else to where the run was made.
fn run_row(run: &Run<'_>, page: Option<String>, setting: &PageContext<'_>) -> Vec<TableCell> {
    let names = [run.project, run.workspace, run.stack, run.deployment];
    let owner: Vec<&str> = names.into_iter().flatten().collect();
    let owner = if owner.is_empty() { run.kind.as_str().to_owned() } else { owner.join(" / ") };
    let href = page.or_else(|| run.url().filter(|_| leads_home(run, setting)));
    vec![
        time(run.first_seen, setting.time_zone),
        TableCell { href, ..TableCell::new(run.run_id.unwrap_or(run.grouping.as_str())) },
        TableCell::lines(run.organization.map(str::to_owned).into_iter().chain([owner])).marked("name"),
        TableCell::new(run.phases.iter().collect::<Vec<_>>().join(", ")),
        TableCell::lines(run.account_ids.iter().map(|id| setting.account_names.beside(id))).marked("id"),
        TableCell::lines(run.role_arns.iter().map(role_name)).marked("name"),
        TableCell::lines(run.source_ips.iter()).marked("address"),
        TableCell::count(run.assumptions),
        TableCell::count(run.denied).marked(if run.denied > 0 { "bad" } else { "" }),
    ]
}

/// Whether the link of a run leads to HCP Terraform or a named Terraform Enterprise host, and nowhere else.
pub(in crate::report) fn leads_home(run: &Run<'_>, setting: &PageContext<'_>) -> bool {
    let host = |issuer: &str| issuer.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    run.issuer.is_some_and(|issuer| host(issuer) && setting.issuers.role(issuer) == IssuerRole::Terraform)
}

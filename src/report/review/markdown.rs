//! A review as Markdown. No text of a log becomes markup.

use std::io::{self, Write};

use super::setting::PageContext;
use super::table::ReviewTable;
use super::tables::{gone, leading, runs};
use super::verified::{chain_words, file_place};
use super::words::{answers, summary, window_name};
use crate::audit::review::Review;
use crate::audit::review::shares::Share;
use crate::report::coverage_text::{self, grouped};
use crate::report::markdown::escaped;

/// So many rows of a table; the files beside the report have the rest.
const ROWS: usize = 200;

/// Writes the page.
pub fn write(out: &mut dyn Write, review: &Review<'_>, setting: &PageContext<'_>) -> io::Result<()> {
    writeln!(out, "# {}: {}\n", title(setting), escaped(&window_name(review.window)))?;
    writeln!(out, "{}\n", escaped(&summary(review)))?;
    for answer in answers(review) {
        writeln!(out, "- **{}** {}", answer.question, escaped(&answer.verdict))?;
        for point in answer.points {
            writeln!(out, "  - {}", escaped(&point))?;
        }
    }
    writeln!(out, "\n| | this window | before | usual |\n| --- | ---: | ---: | ---: |")?;
    for figure in &review.figures {
        let before = figure.before.map_or("-".to_owned(), grouped);
        let usual = figure.usual.map_or("-".to_owned(), |usual| usual.to_string());
        writeln!(out, "| {} | {} | {before} | {usual} |", figure.name, grouped(figure.value))?;
    }
    for table in leading(review, setting) {
        write_table(out, table)?;
    }
    write_table(out, runs(review, setting))?;
    write_activity(out, review)?;
    write_shares(out, "Source networks", "Network", &review.networks)?;
    write_shares(out, "Terraform versions", "Version", &review.terraform_versions)?;
    write_shares(out, "AWS provider versions", "Version", &review.provider_versions)?;
    write_table(out, gone(review, setting))?;
    write_verified(out, review)?;
    writeln!(out, "\n## Coverage\n")?;
    for line in coverage_text::lines(review.coverage) {
        writeln!(out, "- {}", escaped(&line))?;
    }
    if review.coverage.gaps.is_empty() {
        writeln!(out, "- gaps: none")?;
    }
    for quiet in &review.quiet {
        let line = format!("silent: {} {}, last log file on {}", quiet.account_id, quiet.region, quiet.last);
        writeln!(out, "- {}", escaped(&line))?;
    }
    out.flush()
}

/// The chains of digests, and what is not as CloudTrail wrote it; nothing where no digest was read.
fn write_verified(out: &mut dyn Write, review: &Review<'_>) -> io::Result<()> {
    let Some(verified) = &review.coverage.verified else { return Ok(()) };
    writeln!(out, "\n## Evidence\n\nLog files: {}.\n", coverage_text::verification(review.coverage))?;
    for (chain, hours) in verified.chains.iter().take(ROWS) {
        writeln!(out, "- {}: {}", escaped(&chain.to_string()), chain_words(hours))?;
    }
    if verified.troubles.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| verdict | reason | kind | place | time | file |\n| --- | --- | --- | --- | --- | --- |")?;
    for file in verified.troubles.iter().take(ROWS) {
        let time = file.time.map_or_else(String::new, |time| time.to_string());
        let (place, name) = (escaped(&file_place(file)), escaped(&file.file));
        let (verdict, kind) = (file.verdict, file.kind.as_str());
        writeln!(out, "| {} | {} | {kind} | {place} | {time} | {name} |", verdict.as_str(), verdict.reason())?;
    }
    if verified.troubles.len() > ROWS {
        let all = grouped(verified.troubles.len() as u64);
        writeln!(out, "\n{} of {all} rows; report.json has them all.", grouped(ROWS as u64))?;
    }
    Ok(())
}

fn title(setting: &PageContext<'_>) -> String {
    if setting.about.is_empty() {
        "Terraform in AWS".to_owned()
    } else {
        format!("Terraform in AWS, {}", escaped(setting.about))
    }
}

fn write_table(out: &mut dyn Write, table: ReviewTable<'_>) -> io::Result<()> {
    writeln!(out, "\n## {}\n", table.title)?;
    if table.total == 0 {
        return writeln!(out, "{}", escaped(&table.empty));
    }
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    let rules: Vec<&str> = table.columns.iter().map(|column| if column.number { "---:" } else { "---" }).collect();
    writeln!(out, "| {} |", rules.join(" | "))?;
    for row in table.rows.take(ROWS) {
        let cells: Vec<String> = row
            .into_iter()
            .map(|cell| {
                let text = escaped(&cell.lines.join("; "));
                match cell.href {
                    // Names in it are percent-encoded, so that nothing ends the link early.
                    Some(href) if !href.starts_with('#') => format!("[{text}]({href})"),
                    // A row has no anchor here.
                    _ => text,
                }
            })
            .collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    if table.total > ROWS {
        let file = table.file.map(|file| format!("; {file} has them all")).unwrap_or_default();
        writeln!(out, "\n{} of {} rows{file}.", grouped(ROWS as u64), grouped(table.total as u64))?;
    }
    Ok(())
}

fn write_activity(out: &mut dyn Write, review: &Review<'_>) -> io::Result<()> {
    let activity = &review.activity;
    writeln!(out, "\n## Runs per {}\n", activity.span.as_str())?;
    let names: Vec<String> = activity.phases.iter().map(|phase| escaped(phase)).collect();
    if names.is_empty() {
        return writeln!(out, "No run.");
    }
    writeln!(out, "| from (UTC) | {} |", names.join(" | "))?;
    writeln!(out, "| --- |{}", " ---: |".repeat(names.len()))?;
    for bar in activity.bars.iter().filter(|bar| bar.runs.iter().any(|count| *count > 0)) {
        let counts: Vec<String> = bar.runs.iter().map(|count| grouped(*count)).collect();
        writeln!(out, "| {} | {} |", bar.start, counts.join(" | "))?;
    }
    Ok(())
}

fn write_shares(out: &mut dyn Write, title: &str, name: &str, shares: &[Share]) -> io::Result<()> {
    writeln!(out, "\n## {title}\n")?;
    if shares.is_empty() {
        return writeln!(out, "None.");
    }
    writeln!(out, "| {name} | runs | assumptions | denied | new |\n| --- | ---: | ---: | ---: | --- |")?;
    for share in shares.iter().take(ROWS) {
        let new = if share.new { "new" } else { "" };
        let counts = [share.runs, share.assumptions, share.denied].map(grouped);
        writeln!(out, "| {} | {} | {new} |", escaped(&share.name), counts.join(" | "))?;
    }
    Ok(())
}

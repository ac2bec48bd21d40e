//! `findings --rules` and `--explain`: what each rule finds and why.

use super::target::{asks_for_page, page_width};
use crate::audit::filter::pattern::{Pattern, Patterns};
use crate::audit::rules::{RULES, Rule};
use crate::cli::args::output::OutputArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::near::near;
use crate::cli::output::Output;
use crate::cli::output::emitting::emit_into;
use crate::cli::output::writing::Writing;
use crate::cli::rules::refuse_misspelt;
use crate::report::row::rules;
use crate::report::rule_blocks;
use crate::report::zone::Zone;

/// Writes what each rule finds and why.
pub(super) fn document(
    rule: &[Pattern],
    explain: &[String],
    output: &OutputArgs,
    command: &CommandContext<'_>,
) -> Result<(), Error> {
    if output.format().needs_findings() {
        return Err(Error::usage(format!(
            "-o {}: this format is for findings, and rules are not findings",
            output.format().name()
        ))
        .hint("--rules goes with table, vertical, csv, json, ndjson, markdown, xlsx and parquet"));
    }
    let rules = if explain.is_empty() { chosen(rule)? } else { explained(explain)? };
    if asks_for_page(output) {
        let output = Output::open(output.out.as_deref())?;
        let width = page_width(&output);
        return emit_into(output, &rule_blocks::text(&rules, width));
    }
    Writing::open(output, rules::schema())?.write(rules, None, &Zone::UTC, command)
}

/// The rules of `--explain`.
fn explained(ids: &[String]) -> Result<Vec<&'static Rule>, Error> {
    let rule = |id: &String| {
        let known = RULES.into_iter().find(|rule| rule.id == id);
        known.ok_or_else(|| {
            let refused = Error::usage(format!("--explain: no rule is called '{id}'"));
            match near(id, RULES.iter().map(|rule| rule.id)).first() {
                Some(meant) => refused.hint(format!("did you mean {meant}?")),
                None => refused.hint("tfctrail findings --rules lists them"),
            }
        })
    };
    ids.iter().map(rule).collect()
}

/// The rules of `--rule`.
pub(super) fn chosen(patterns: &[Pattern]) -> Result<Vec<&'static Rule>, Error> {
    for pattern in patterns {
        refuse_misspelt(pattern, |what| Error::usage(format!("--rule: {what}")))?;
    }
    let patterns = Patterns::new(patterns.to_vec());
    let rules: Vec<&'static Rule> = RULES.into_iter().filter(|rule| patterns.pass(Some(rule.id))).collect();
    if rules.is_empty() {
        return Err(Error::usage("--rule: no rule matches").hint("tfctrail findings --rules lists them"));
    }
    Ok(rules)
}

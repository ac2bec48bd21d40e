//! `--baseline`: what was seen before, out of the sources that it names.

use crate::audit::coverage::Coverage;
use crate::audit::network::Networks;
use crate::cli::args::source::SourceText;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::answer::{ScanResult, read, recollect, seen_before, what_is_missing};
use crate::cli::reading::scan::Scan;
use crate::nightly::baseline::NamedBaseline;

/// Reads what `past` asks of the sources that were named.
pub(super) fn read_baseline(
    sources: &[SourceText],
    scan: &Scan,
    past: &Scan,
    networks: &Networks,
    context: &CommandContext<'_>,
) -> Result<NamedBaseline, Error> {
    let texts = sources.iter().map(|source| source.text.to_string_lossy().into_owned());
    let name = texts.collect::<Vec<_>>().join(", ");
    let end = past.filter.window.to;
    let found = end.map(|end| seen_before(past, end, networks, context)).transpose()?.flatten();
    if let Some((answer, earlier)) = found {
        let lack = lack(&name, &answer)?;
        return Ok(NamedBaseline { lack, ..NamedBaseline::of_earlier(name, &earlier) });
    }
    let mut before = read(past, None, Vec::new(), context)?;
    let remembered = recollect(past, networks)?;
    remembered.excuse(&mut before.coverage, end);
    let lack = lack(&name, &before)?;
    let named = NamedBaseline::of_events(name, &scan.issuers, &before.selected.events, &remembered);
    Ok(NamedBaseline { lack, ..named })
}

/// What a baseline lacks. That nothing of a source could be read ends the report.
fn lack(name: &str, answer: &ScanResult) -> Result<Option<String>, Error> {
    answer.permission()?;
    let coverage = Coverage { is_named: true, ..answer.coverage.clone() };
    Ok(coverage.is_incomplete().then(|| format!("the baseline {name} is incomplete: {}", what_is_missing(&coverage))))
}

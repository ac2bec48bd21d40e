//! `--baseline`: what was seen before, out of the sources that it names.

use crate::audit::network::Networks;
use crate::cli::args::source::SourceText;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::answer::{read, recollect, seen_before};
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
        answer.verdict_of_baseline()?;
        return Ok(NamedBaseline::of_earlier(name, &earlier));
    }
    let mut before = read(past, None, Vec::new(), context)?;
    let remembered = recollect(past, networks)?;
    remembered.excuse(&mut before.coverage, end);
    before.verdict_of_baseline()?;
    Ok(NamedBaseline::of_events(name, &scan.issuers, &before.selected.events, &remembered))
}

//! Where findings go: rows in any format, or blocks for people.

use std::path::PathBuf;

use super::said::Beside;
use crate::audit::coverage::Coverage;
use crate::cli::args::output::OutputArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::output::Output;
use crate::cli::output::emitting::emit_page;
use crate::cli::output::writing::{Writing, tell_coverage_beside, width};
use crate::cli::terminal::talk::Level;
use crate::domain::finding::Finding;
use crate::report::Format;
use crate::report::finding_blocks::{self, BlockSetting};
use crate::report::row::findings;
use crate::report::zone::Zone;

/// Characters per line where no terminal says so.
const WIDTH: usize = 100;

/// A page is not narrower and not wider than this.
const WIDTHS: (usize, usize) = (60, 140);

/// An output that was opened before the work.
pub(super) enum FindingTarget<'a> {
    Rows(Writing<'a, Finding>),
    Blocks { output: Output, args: &'a OutputArgs },
}

/// Whether a table is asked for as it comes, which is a page of blocks then.
pub(super) fn asks_for_page(output: &OutputArgs) -> bool {
    output.format() == Format::Table && output.columns.is_empty() && output.sort.is_none() && !output.no_header
}

/// Characters per line of a page.
pub(super) fn page_width(output: &Output) -> usize {
    let terminal = output.is_terminal().then(width).flatten();
    terminal.map_or(WIDTH, |width| usize::from(width).clamp(WIDTHS.0, WIDTHS.1))
}

impl<'a> FindingTarget<'a> {
    pub(super) fn open(args: &'a OutputArgs) -> Result<Self, Error> {
        if asks_for_page(args) {
            return Ok(Self::Blocks { output: Output::open(args.out.as_deref())?, args });
        }
        Writing::open(args, findings::schema()).map(Self::Rows)
    }

    /// Files of our own that may lie among the sources.
    pub(super) fn own_files(&self) -> Vec<PathBuf> {
        match self {
            Self::Rows(writing) => writing.own_files(),
            Self::Blocks { output, args } => {
                output.unfinished_file().map(Into::into).into_iter().chain(args.out.clone()).collect()
            }
        }
    }

    /// Whether people will read this rather than programs.
    pub(super) fn is_for_people(&self) -> bool {
        match self {
            Self::Rows(writing) => writing.is_for_people(),
            Self::Blocks { .. } => true,
        }
    }

    /// What stands beside what is said.
    pub(super) fn beside(&self) -> Beside {
        Beside { is_page: matches!(self, Self::Blocks { .. }), for_people: self.is_for_people() }
    }

    /// Writes them, and what belongs beside them.
    pub(super) fn write(
        self,
        found: Vec<Finding>,
        coverage: &Coverage,
        zone: &Zone,
        context: &CommandContext<'_>,
    ) -> Result<(), Error> {
        let (output, args) = match self {
            Self::Rows(writing) => return writing.write(found, Some(coverage), zone, context),
            Self::Blocks { output, args } => (output, args),
        };
        let limit = args.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let shown: Vec<&Finding> = found.iter().take(limit).collect();
        let color = context.ui.colors(output.is_terminal());
        let names = &context.config.accounts;
        let setting = BlockSetting { names, zone, width: page_width(&output), color };
        emit_page(output, &finding_blocks::text(&shown, &setting))?;
        if let Some(out) = args.out.as_deref().filter(|out| *out != "-") {
            context.say_written(out, shown.len() as u64);
        }
        if shown.len() < found.len() {
            let text = format!("showing {} of {} findings, as --limit says", shown.len(), found.len());
            context.talk.say(Level::Info, &text);
        }
        tell_coverage_beside(Format::Table, coverage, context);
        Ok(())
    }
}

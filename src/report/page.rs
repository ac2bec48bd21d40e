//! The pages of a review, by name.

use super::html;
use super::review::{PageContext, json, markdown};
use crate::audit::activity::shown_run::ShownRun;
use crate::audit::review::Review;
use crate::domain::window::Window;

/// A page of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFormat {
    /// One self-contained file for a browser.
    Html,
    /// The same for a wiki or an issue.
    Markdown,
    /// The same for programs.
    Json,
}

impl PageFormat {
    /// Every page: its name on the command line, and the name of its file.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Html, "html", "report.html"),
        (Self::Markdown, "markdown", "report.md"),
        (Self::Json, "json", "report.json"),
    ];

    /// The page of a file with such a name: `night.html`, `night.md`.
    #[must_use]
    pub fn of_file(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Writes the page of a run, which lies beside this one.
    pub fn write_run(
        out: &mut dyn std::io::Write,
        run: &ShownRun<'_>,
        window: Window,
        setting: &PageContext<'_>,
    ) -> std::io::Result<()> {
        html::run::write(out, run, window, setting)
    }

    /// Writes the page.
    pub fn write(
        self,
        out: &mut dyn std::io::Write,
        review: &Review<'_>,
        setting: &PageContext<'_>,
    ) -> std::io::Result<()> {
        match self {
            Self::Html => html::write(out, review, setting),
            Self::Markdown => markdown::write(out, review, setting),
            Self::Json => json::write(out, review, setting),
        }
    }
}

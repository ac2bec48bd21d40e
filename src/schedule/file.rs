//! What a schedule is written as.

use askama::Template;

use super::command::NotPlanned;

/// A file of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its text, which ends with a line break.
    pub text: String,
}

impl File {
    /// A file whose text is a template; askama takes the line break at the end of a template away.
    pub(super) fn render(name: &'static str, template: &impl Template) -> Result<Self, NotPlanned> {
        let text = template.render().map_err(|error| NotPlanned(format!("{name}: {error}")))?;
        Ok(Self { name, text: text + "\n" })
    }
}

//! What a schedule is written as.

use askama::Template;

use super::command::ScheduleError;

/// A file of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFile {
    /// Its name.
    pub name: &'static str,
    /// Its text, which ends with a line break.
    pub text: String,
}

impl UnitFile {
    /// A file whose text is a template; askama takes the line break at the end of a template away.
    pub(super) fn render(name: &'static str, template: &impl Template) -> Result<Self, ScheduleError> {
        let text = template.render().map_err(|error| ScheduleError(format!("{name}: {error}")))?;
        Ok(Self { name, text: text + "\n" })
    }
}

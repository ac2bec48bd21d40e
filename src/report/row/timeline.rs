//! The time line of a run: its calls as in `activity --calls`, with its role assumptions among them.

use super::{calls, events};
use crate::audit::activity::shown_run::TimelineEvent;
use crate::domain::assumption::Assumption;
use crate::domain::run::Grouping;
use crate::domain::session_call::CallOutcome;
use crate::report::cell::{Cell, CellList};
use crate::report::schema::{Column, Schema};

/// The columns of a time line: those of `activity --calls`.
#[must_use]
pub fn schema<'r>() -> Schema<TimelineEvent<'r>> {
    let columns = calls::COLUMNS.iter().map(Column::heading).enumerate();
    let columns = columns.map(|(place, heading)| Column::at(heading.name, heading.shape, place, cell));
    Schema::new(columns.collect(), calls::TABLE).with_spare(calls::SPARE)
}

fn cell<'a>(row: &'a TimelineEvent<'_>, place: usize) -> Cell<'a> {
    let column = &calls::COLUMNS[place];
    match row {
        TimelineEvent::Call(call) => column.cell(call),
        TimelineEvent::Assumption(event) => of_assumption(event, column.heading().name),
    }
}

/// An assumption as a call. Its key is the one that was given out; nothing lies before it.
fn of_assumption<'a>(event: &'a Assumption, name: &str) -> Cell<'a> {
    match name {
        "service" => Cell::text(Some("sts")),
        "event_name" => Cell::text(Some("AssumeRoleWithWebIdentity")),
        "read_only" => Cell::Flag(None),
        "outcome" => Cell::text(Some(outcome(event).as_str())),
        "hops" => Cell::Count(0),
        "via" | "resources" => Cell::List(CellList::Borrowed(&[])),
        "caller" => Cell::text(Some("run")),
        "grouping" => {
            let grouping = if event.run_id.is_some() { Grouping::RunId } else { Grouping::Inferred };
            Cell::text(Some(grouping.as_str()))
        }
        _ => {
            let column = events::COLUMNS.iter().find(|column| column.heading().name == name);
            column.map_or_else(|| Cell::text(None), |column| column.cell(event))
        }
    }
}

/// A failure that tells no code is no denial for want of a permission, as with calls.
fn outcome(event: &Assumption) -> CallOutcome {
    let code = event.outcome.is_denied().then(|| event.outcome.error_code().unwrap_or_default());
    CallOutcome::of_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn an_assumption_is_a_row_among_calls() {
        let events = sample::events();
        let text = |event| {
            let row = TimelineEvent::Assumption(event);
            let columns = schema().columns().to_vec();
            columns.iter().map(|column| column.cell(&row).to_text().into_owned()).collect::<Vec<_>>().join(",")
        };
        assert_eq!(
            text(&events[0]),
            "2026-11-02T10:00:00Z,e-1,111122223333,eu-west-1,sts,AssumeRoleWithWebIdentity,,ok,,192.0.2.7,APN/1.0 \
             HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.70.0,ASIAEXAMPLE,\
             arn:aws:iam::111122223333:role/tfc/web,0,,,run,acme,Default Project,web_a,,,,plan,run-LMCK4SSiBfR6Y6rb,,\
             a/b.json.gz,app.terraform.io,run-id"
        );
        assert!(text(&events[1]).contains(",denied,AccessDenied,"));
        for (column, of_calls) in schema().columns().iter().zip(calls::COLUMNS) {
            assert_eq!(column.heading(), of_calls.heading());
        }
    }
}

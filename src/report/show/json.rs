//! Runs as JSON (DESIGN §9): each with its row, its assumptions, calls and findings, one row a line; and the coverage.

use std::io::{self, Write as _};

use crate::audit::activity::shown_run::ShownRun;
use crate::audit::coverage::Coverage;
use crate::report::coverage_json::CoverageObject;
use crate::report::object_text::ObjectText;
use crate::report::row::{SCHEMA_VERSION, calls, events, findings, runs};
use crate::report::schema::Schema;
use crate::report::writer::headings;

/// One object with `schema_version`, `runs` and `coverage`.
pub fn text(runs: &[ShownRun<'_>], coverage: &Coverage) -> io::Result<String> {
    let mut out = Vec::new();
    write!(out, "{{\n\"schema_version\": {SCHEMA_VERSION},\n\"runs\": [")?;
    for (at, run) in runs.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        put_run(run, &mut out)?;
    }
    out.extend_from_slice(if runs.is_empty() { b"],\n" } else { b"\n],\n" });
    out.extend_from_slice(b"\"coverage\": ");
    serde_json::to_writer_pretty(&mut out, &CoverageObject::of(coverage))?;
    out.extend_from_slice(b"\n}\n");
    String::from_utf8(out).map_err(io::Error::other)
}

fn put_run(shown: &ShownRun<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    out.extend_from_slice(b"{\"run\":");
    put(&runs::schema(), [&shown.run], b"", out)?;
    out.extend_from_slice(b",\n\"assumptions\":[");
    put(&events::schema(), shown.assumptions.iter().copied(), b"\n", out)?;
    out.extend_from_slice(b"],\n\"calls\":[");
    put(&calls::schema(), shown.calls.iter().copied(), b"\n", out)?;
    out.extend_from_slice(b"],\n\"findings\":[");
    put(&findings::schema(), &shown.findings, b"\n", out)?;
    out.extend_from_slice(b"]}");
    Ok(())
}

/// Rows with commas between them, each with `before` in front.
fn put<'a, T: 'a>(
    schema: &Schema<T>,
    rows: impl IntoIterator<Item = &'a T>,
    before: &[u8],
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let columns = schema.columns();
    let object = ObjectText::compact(&headings(columns));
    for (at, row) in rows.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(before);
        let cells: Vec<_> = columns.iter().map(|column| column.cell(row)).collect();
        object.put(&cells, out)?;
    }
    Ok(())
}

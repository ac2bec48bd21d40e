//! The files of a report: what they are called, and what writes each.

use std::borrow::{Borrow, Cow};
use std::io::{self, Write};

use super::folder::{ACTIVITY, MANIFEST, PageWriter, WORKBOOK};
use super::workbook;
use crate::audit::activity::fold::fold;
use crate::audit::review::Review;
use crate::report::page::PageFormat;
use crate::report::review::PageContext;
use crate::report::row::{activity, events, findings as finding_rows, runs};
use crate::report::schema::Schema;
use crate::report::{Format, WriterOptions, headings, write_rows};

/// The files of a report, in the order in which people are led to them.
pub(super) fn names(is_wanted: impl Fn(PageFormat) -> bool, has_calls: bool) -> Vec<&'static str> {
    let mut files = vec!["runs.csv", "events.csv", "findings.csv"];
    files.extend(has_calls.then_some(ACTIVITY));
    let pages = PageFormat::ALL.into_iter().filter(|(page, ..)| is_wanted(*page) && *page != PageFormat::Html);
    files.extend(pages.map(|(.., name)| name));
    files.extend([WORKBOOK, MANIFEST]);
    files
}

/// The files of a part, but for the manifest.
pub(super) fn writers<'r>(
    is_wanted: impl Fn(PageFormat) -> bool,
    review: &'r Review<'_>,
    setting: &'r PageContext<'_>,
) -> Vec<(Cow<'static, str>, PageWriter<'r>)> {
    let mut writers: Vec<(Cow<'static, str>, PageWriter<'r>)> = Vec::new();
    for (page, _, name) in PageFormat::ALL {
        if is_wanted(page) {
            writers.push((name.into(), Box::new(move |out| page.write(out, review, setting))));
        }
    }
    writers.push(("runs.csv".into(), Box::new(|out| csv(out, &runs::schema(), review.runs.iter()))));
    writers.push(("events.csv".into(), Box::new(|out| csv(out, &events::schema(), review.events.iter().copied()))));
    writers.push(("findings.csv".into(), Box::new(|out| csv(out, &finding_rows::schema(), review.findings.iter()))));
    writers.push((WORKBOOK.into(), Box::new(|out| workbook::write(out, review))));
    if let Some(deeds) = &review.deeds {
        writers.push((
            ACTIVITY.into(),
            Box::new(|out| {
                let mut rows = fold(&deeds.calls().cloned().collect::<Vec<_>>());
                activity::sort(&mut rows);
                csv(out, &activity::schema(), rows.iter())
            }),
        ));
        for (at, page) in setting.run_pages.iter() {
            if let Some(run) = deeds.runs.get(at) {
                let write: PageWriter<'r> =
                    Box::new(move |out| PageFormat::write_run(out, run, review.window, setting));
                writers.push((page.to_owned().into(), write));
            }
        }
    }
    writers
}

fn csv<T>(out: &mut dyn Write, schema: &Schema<T>, rows: impl Iterator<Item = impl Borrow<T>>) -> io::Result<()> {
    let options = WriterOptions::new(headings(schema.columns()), None);
    write_rows(schema.columns(), rows, Format::Csv.open(Box::new(out), &options)?).map(drop)
}

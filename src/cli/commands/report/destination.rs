//! Where the reports of one call go.

use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use crate::cli::commands::report::{folder, index};
use crate::cli::error::Error;
use crate::cli::output::{ends_in_separator, overwrite};
use crate::cli::reading::scan::Scan;
use crate::report::page::PageFormat;
use crate::source::SourceSpec;

/// Where reports go.
pub(super) enum Destination {
    Page(PageFormat, Option<PathBuf>),
    Folder(PathBuf),
    Bucket(String),
}

impl Destination {
    /// Refuses what would be written in the place of something that is read: of the sources, or of the baseline.
    pub(super) fn refuse_overwriting(&self, scan: &Scan, baseline: &[SourceSpec]) -> Result<(), Error> {
        let refuse = |path: Option<&Path>| {
            overwrite::refuse("--out", path, baseline)?;
            overwrite::refuse("--coverage", scan.coverage_file.as_deref(), baseline)?;
            scan.refuse_overwriting(path)
        };
        match self {
            Self::Page(_, path) => refuse(path.as_deref()),
            Self::Folder(folder) => {
                let names = folder::names().chain(index::FILES);
                names.map(|name| folder.join(name)).try_for_each(|path| refuse(Some(&path)))
            }
            Self::Bucket(_) => refuse(None),
        }
    }
}

/// What `--out` and `-o` name.
pub(super) fn destination(args: &ReportArgs) -> Result<Destination, Error> {
    let many = args.about.catch_up || args.about.group_by.is_some();
    let out = args.output.out.as_ref().filter(|out| *out != "-");
    let Some(out) = out else {
        let page = args.output.output.unwrap_or(PageFormat::Markdown);
        return if many {
            Err(Error::usage("several reports need a directory").hint("name one with --out DIR"))
        } else {
            Ok(Destination::Page(page, None))
        };
    };
    if let Some(address) = out.to_str().filter(|text| text.starts_with("s3://")) {
        if args.about.catch_up {
            return Err(Error::usage("--catch-up does not go together with --out s3://…")
                .hint("write to a directory, and copy it"));
        }
        return Ok(Destination::Bucket(address.to_owned()));
    }
    if args.output.upload_role_arn.is_some() {
        return Err(Error::usage("--upload-role-arn goes together with --out s3://…"));
    }
    let path = PathBuf::from(out);
    match args.output.output.or_else(|| PageFormat::of_file(&path)) {
        Some(page) if !many && !path.is_dir() && !ends_in_separator(&path) => Ok(Destination::Page(page, Some(path))),
        _ if path.exists() && !path.is_dir() => {
            Err(Error::usage(format!("--out '{}': is not a directory", path.display()))
                .hint("name a directory, or a page with -o"))
        }
        _ => Ok(Destination::Folder(path)),
    }
}

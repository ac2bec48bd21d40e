//! The reports of one call: the days and the groups that get one of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::args::GroupBy;
use super::folder::{MANIFEST, safe_name};
use super::plan::Plan;
use crate::cli::commands::report::{Material, Part, plan};
use crate::cli::error::Error;
use crate::domain::assumption::Assumption;
use crate::domain::finding::Finding;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

impl Material<'_> {
    /// The reports of this call, in order.
    pub(super) fn parts(&self, out: &Path) -> Result<Vec<Part>, Error> {
        let Plan::CatchUp(from, last) = self.plan else {
            return Ok(self.groups(self.window(), &PathBuf::new(), &|_| true));
        };
        let mut parts = Vec::new();
        let first = from.or(self.since.map(Timestamp::day)).unwrap_or(last);
        if from.is_none() {
            plan::refuse_too_many(first, last, |day| out.join(day.to_string()).exists())?;
        }
        for day in first.through(last) {
            let path = PathBuf::from(day.to_string());
            parts.extend(self.groups(plan::day(day), &path, &|part| !out.join(&part.path).join(MANIFEST).exists()));
        }
        Ok(parts)
    }

    /// The reports of a window that are wanted: one for each group that an event or a finding belongs to.
    fn groups(&self, window: Window, path: &Path, is_wanted: &dyn Fn(&Part) -> bool) -> Vec<Part> {
        let Some(by) = self.args.about.group_by else {
            return Some(Part { window, group: None, path: path.to_owned() }).filter(is_wanted).into_iter().collect();
        };
        let kind = if by == GroupBy::Organization { "organization" } else { "account" };
        let part = |name: &str| Part { window, group: Some((by, name.into())), path: path.join(safe_name(kind, name)) };
        let names: BTreeSet<&str> = self.everything(window).iter().map(|event| group_name(by, event)).collect();
        let parts: Vec<Part> = names.iter().map(|name| part(name)).filter(is_wanted).collect();
        // Whoever has all of these has the others, which are written first.
        if parts.is_empty() {
            return parts;
        }
        let found = self.found(window, None);
        let others: BTreeSet<&str> = found.iter().map(|finding| finding_group(by, finding)).collect();
        others.difference(&names).map(|name| part(name)).filter(is_wanted).chain(parts).collect()
    }
}

/// What a report of its own goes by.
pub(super) fn group_name(by: GroupBy, event: &Assumption) -> &str {
    match by {
        GroupBy::Organization => event.subject.organization(),
        GroupBy::Account => event.account_id.as_deref(),
    }
    .unwrap_or_default()
}

/// The same of a finding.
pub(super) fn finding_group(by: GroupBy, finding: &Finding) -> &str {
    match by {
        GroupBy::Organization => finding.organization.as_deref(),
        GroupBy::Account => finding.account_id.as_deref(),
    }
    .unwrap_or_default()
}

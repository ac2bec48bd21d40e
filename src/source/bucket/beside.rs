//! What lies beside archives and is no part of one: it is counted, and not fetched (DESIGN §8). Pure.

use std::collections::BTreeSet;

use super::found::{BucketLayout, LeftOut};
use super::layout::FolderKind;
use crate::domain::log_name::{self, FileNameVerdict};
use crate::domain::tally::Skip;

/// A folder of no known meaning that was looked into.
#[derive(Debug)]
pub(crate) struct UnknownFolder {
    prefix: String,
    /// The folders in it, with their whole names.
    pub(crate) folders: Vec<String>,
    /// Whether one of them is `AWSLogs`.
    pub(crate) is_above_archive: bool,
}

impl UnknownFolder {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), folders: Vec::new(), is_above_archive: false }
    }
}

/// Takes out of a layout what lies beside `AWSLogs` in one of the levels: objects, and folders in which no layout was found.
pub(crate) fn set_aside(layout: &mut BucketLayout, levels: &mut [UnknownFolder]) {
    levels.sort_unstable_by(|one, other| one.prefix.cmp(&other.prefix));
    // Days alone, as results of queries have them, are no archive.
    let regions = layout.dated.iter().filter(|(_, place)| *place == FolderKind::Region);
    let dated: BTreeSet<&str> = regions.map(|(prefix, _)| prefix.as_str()).collect();
    let refused: BTreeSet<&str> = layout.refused.iter().map(|(prefix, _)| prefix.as_str()).collect();
    let has = |found: &BTreeSet<&str>, folder: &str| {
        found.range(folder..).next().is_some_and(|prefix| prefix.starts_with(folder))
    };
    let known: BTreeSet<&str> = layout.beside.iter().map(|it| it.name.as_str()).collect();
    let mut out: BTreeSet<&str> = BTreeSet::new();
    let mut archives: BTreeSet<&str> = BTreeSet::new();
    for level in levels.iter().filter(|level| level.is_above_archive) {
        if is_below(&out, &level.prefix) {
            continue;
        }
        archives.insert(&level.prefix);
        // What is in AWSLogs is judged by its content.
        let folders = level.folders.iter().map(String::as_str).filter(|folder| !folder.ends_with("AWSLogs/"));
        out.extend(folders.filter(|it| !has(&dated, it) && !has(&refused, it) && !known.contains(it)));
    }
    let mut beside: Vec<LeftOut> = layout.beside.iter().filter(|it| !is_below(&out, &it.name)).cloned().collect();
    let told = |name: &str| {
        let why = if layout.forbidden.contains(name) { " (no permission to look into it)" } else { "" };
        format!("{name}{why}")
    };
    beside.extend(out.iter().map(|name| LeftOut { name: told(name), skip: Skip::Service }));
    layout.objects.retain(|object| {
        if is_below(&out, &object.key) {
            return false;
        }
        let (folder, name) = object.key.split_at(object.key.rfind('/').map_or(0, |at| at + 1));
        // Those that are no log files anywhere are counted as such.
        if !archives.contains(folder) || name.is_empty() || matches!(log_name::file(name), FileNameVerdict::Skip(_)) {
            return true;
        }
        beside.push(LeftOut { name: object.key.clone(), skip: Skip::Service });
        false
    });
    layout.dated.retain(|(prefix, _)| !is_below(&out, prefix));
    layout.flat.retain(|prefix| !is_below(&out, prefix));
    layout.beside = beside;
}

/// Whether a key lies in one of these folders, or is one of them.
fn is_below(folders: &BTreeSet<&str>, key: &str) -> bool {
    !folders.is_empty() && memchr::memchr_iter(b'/', key.as_bytes()).any(|at| folders.contains(&key[..=at]))
}

#[cfg(test)]
mod tests {
    use super::super::answer::ListedObject;
    use super::*;

    fn object(key: &str) -> ListedObject {
        ListedObject { key: key.to_owned(), size: 1, tag: "".into(), modified: None }
    }

    #[test]
    fn only_what_belongs_to_no_layout_is_left_out() {
        let region = |prefix: &str| (prefix.to_owned(), FolderKind::Region);
        let mut layout = BucketLayout {
            dated: vec![
                region("AWSLogs/111122223333/CloudTrail/eu-west-1/"),
                ("athena/2026/".to_owned(), FolderKind::Date("2026/".to_owned())),
                region("second/AWSLogs/111122223333/CloudTrail/eu-west-1/"),
            ],
            objects: ["AWSLogs/loose.json", "athena/a.csv", "athena/deep/b.json", "notes.txt", ".x", "second/own.json"]
                .map(object)
                .to_vec(),
            flat: vec!["athena/many/".to_owned()],
            forbidden: ["hidden/".to_owned()].into(),
            ..BucketLayout::default()
        };
        let level = |prefix: &str, folders: &[&str]| UnknownFolder {
            folders: folders.iter().map(|folder| (*folder).to_owned()).collect(),
            is_above_archive: true,
            ..UnknownFolder::new(prefix)
        };
        let mut levels =
            [level("", &["AWSLogs/", "athena/", "hidden/", "second/"]), level("second/", &["second/AWSLogs/"])];
        set_aside(&mut layout, &mut levels);
        let left: Vec<&str> = layout.objects.iter().map(|object| &*object.key).collect();
        assert_eq!(left, ["AWSLogs/loose.json", ".x"]);
        let beside: Vec<&str> = layout.beside.iter().map(|it| &*it.name).collect();
        let hidden = "hidden/ (no permission to look into it)";
        assert_eq!(beside, ["athena/", hidden, "notes.txt", "second/own.json"]);
        assert!(layout.flat.is_empty() && layout.dated.len() == 2);
    }
}

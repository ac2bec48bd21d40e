//! Which file of the crate uses which other one, out of the paths in its code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

/// A module by the segments of its path; none for the root of the crate.
type Module = Vec<String>;

/// The uses of every file, by file.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The graph of files, each as its path below `src` and its text without tests.
pub(crate) fn graph<'a>(files: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Graph {
    let modules: BTreeMap<Module, &str> = files.clone().map(|(path, _)| (module(path), path)).collect();
    let uses = |path: &str, text: &str| {
        let own = module(path);
        let used = paths(text).into_iter().filter_map(|used| resolve(&used, &own, &modules)).collect::<BTreeSet<_>>();
        let others = used.into_iter().filter(|used| *used != own && !used.is_empty());
        others.map(|used| modules[&used].to_owned()).collect::<BTreeSet<_>>()
    };
    files.map(|(path, text)| (path.to_owned(), uses(path, text))).collect()
}

/// What is left of a graph without the files that no circle goes through.
pub(crate) fn circles(mut graph: Graph) -> Graph {
    loop {
        let used: BTreeSet<String> = graph.values().flatten().cloned().collect();
        let before: usize = graph.values().map(BTreeSet::len).sum();
        graph.retain(|file, uses| !uses.is_empty() && used.contains(file));
        let left: BTreeSet<String> = graph.keys().cloned().collect();
        for uses in graph.values_mut() {
            uses.retain(|file| left.contains(file));
        }
        if graph.values().map(BTreeSet::len).sum::<usize>() == before {
            return graph;
        }
    }
}

fn module(path: &str) -> Module {
    let segments = path.trim_end_matches(".rs").split('/').filter(|segment| !["mod", "lib", "main"].contains(segment));
    segments.map(str::to_owned).collect()
}

/// All paths that a text names, those in groups written out.
fn paths(text: &str) -> Vec<String> {
    static REGEXES: LazyLock<[Regex; 4]> = LazyLock::new(|| {
        [
            // A module inside of a file, such as one of tests, is no file.
            r"(?ms)^(?:pub(?:\([^)]*\))? )?mod \w+ \{.*?^\}",
            r"pub\(in [^)]*\)|(?m)^\s*//.*$",
            r"(?m)^\s*(?:pub(?:\([^)]*\))? )?use ([^;]+);",
            r"\b\w+(?:::\w+)+",
        ]
        .map(|regex| Regex::new(regex).unwrap())
    });
    let [inner, beside, statement, path] = &*REGEXES;
    let text = inner.replace_all(text, "");
    let text = beside.replace_all(&text, "");
    let elsewhere = statement.replace_all(&text, "");
    let mut paths: Vec<String> = path.find_iter(&elsewhere).map(|found| found.as_str().to_owned()).collect();
    for found in statement.captures_iter(&text) {
        expand(&found[1].split_whitespace().collect::<Vec<_>>().join(" "), "", &mut paths);
    }
    paths
}

/// Writes out `a::{b, c::{d, e}}`.
fn expand(tree: &str, prefix: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, group)) = tree.split_once('{') else {
        let plain = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{prefix}{plain}"));
        return;
    };
    let group = group.strip_suffix('}').unwrap_or(group);
    let (mut depth, mut start) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&group[start..at], &format!("{prefix}{head}"), paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !group[start..].trim().is_empty() {
        expand(&group[start..], &format!("{prefix}{head}"), paths);
    }
}

/// The innermost module that a path leads to, seen from a module; none where it leads out of the crate.
fn resolve(path: &str, own: &[String], modules: &BTreeMap<Module, &str>) -> Option<Module> {
    let mut segments = path.split("::").peekable();
    let mut full: Module = match *segments.peek()? {
        "crate" | "tfctrail" => Vec::new(),
        "self" => own.to_vec(),
        "super" => own[..own.len().checked_sub(1)?].to_vec(),
        first => {
            let child: Module = own.iter().cloned().chain([first.to_owned()]).collect();
            return modules.contains_key(&child).then(|| longest(child, segments.skip(1), modules));
        }
    };
    segments.next();
    while segments.next_if_eq(&"super").is_some() {
        full.pop();
    }
    Some(longest(full, segments, modules))
}

fn longest<'a>(mut module: Module, rest: impl Iterator<Item = &'a str>, modules: &BTreeMap<Module, &str>) -> Module {
    module.extend(rest.map(str::to_owned));
    while !module.is_empty() && !modules.contains_key(&module) {
        module.pop();
    }
    module
}

#[test]
fn paths_lead_to_files() {
    let files = [
        ("a.rs", "pub mod b;\nuse self::b::X;\nfn f(x: crate::c::Y) {}"),
        ("a/b.rs", "use super::super::c::{self, d::{E, F as G}};\n// crate::a\npub(in crate::a) fn g() {}"),
        ("c/mod.rs", "mod d;\npub use d::E;\nmod tests {\n    use crate::a;\n}\n"),
        ("c/d.rs", "use std::io;\nuse crate::{c::Y, a};"),
    ];
    let graph = graph(files.into_iter());
    let shown: Vec<String> = graph.iter().map(|(file, uses)| format!("{file} {uses:?}")).collect();
    assert_eq!(
        shown,
        [
            r#"a.rs {"a/b.rs", "c/mod.rs"}"#,
            r#"a/b.rs {"c/d.rs", "c/mod.rs"}"#,
            r#"c/d.rs {"a.rs", "c/mod.rs"}"#,
            r#"c/mod.rs {"c/d.rs"}"#
        ]
    );
    let mut graph = graph;
    graph.get_mut("c/d.rs").unwrap().remove("a.rs");
    let circle: Vec<String> = circles(graph).into_keys().collect();
    assert_eq!(circle, ["c/d.rs", "c/mod.rs"]);
}

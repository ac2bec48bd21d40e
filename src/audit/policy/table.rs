//! The tables, read once. They are part of the program, and a test holds that each line is well formed.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::template::Template;

/// By prefix, the event names that are no action of their own name, with what they need.
pub(super) static EXCEPTIONS: LazyLock<Rows<&str>> =
    LazyLock::new(|| rows(include_str!("exceptions.tsv"), |columns| (columns[1], columns[2])));

/// By event source, the prefix in IAM.
pub(super) static SOURCES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| lines(include_str!("sources.tsv")).filter_map(|line| line.split_once('\t')).collect());

/// The prefixes that are services.
pub(super) static SERVICES: LazyLock<Vec<&str>> =
    LazyLock::new(|| lines(include_str!("services.txt")).flat_map(str::split_whitespace).collect());

/// By prefix, the actions that take no resource.
pub(super) static UNSCOPED: LazyLock<Rows<()>> =
    LazyLock::new(|| rows(include_str!("unscoped.tsv"), |columns| (columns[1], ())));

/// By prefix, the ARNs of the resources of its actions.
pub(super) static RESOURCES: LazyLock<Rows<Template>> =
    LazyLock::new(|| rows(include_str!("resources.tsv"), |columns| (columns[2], Template::new(columns[1]))));

/// By prefix, what an event lets one infer.
pub(super) static INFERRED: LazyLock<Rows<Inference>> =
    LazyLock::new(|| rows(include_str!("inferred.tsv"), |columns| (columns[1], Inference::new(columns))));

/// Rows by the prefix in their first column.
pub(super) type Rows<T> = HashMap<&'static str, Vec<Row<T>>>;

/// What is said of the names that fit.
#[derive(Debug)]
pub(super) struct Row<T> {
    /// Names of actions or events, see [`fits`].
    pub patterns: Vec<&'static str>,
    pub value: T,
}

impl<T> Row<T> {
    pub(super) fn fits(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| fits(pattern, name))
    }
}

/// An action that is needed besides the event's own.
#[derive(Debug)]
pub(super) struct Inference {
    /// Where this parameter is there.
    pub parameter: &'static str,
    pub action: &'static str,
    /// Its resources; none: those of the event's own action.
    pub template: Option<Template>,
}

impl Inference {
    fn new(columns: &[&'static str]) -> Self {
        let template = (columns[4] != "=").then(|| Template::new(columns[4]));
        Self { parameter: columns[2], action: columns[3], template }
    }
}

/// Whether a name is the pattern, or begins with what stands in front of its last `*`.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |begin| name.starts_with(begin))
}

/// The lines that are no comment.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

fn rows<T>(text: &'static str, row: impl Fn(&[&'static str]) -> (&'static str, T)) -> Rows<T> {
    let mut rows = Rows::new();
    for line in lines(text) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (patterns, value) = row(&columns);
        let patterns = patterns.split(' ').collect();
        rows.entry(columns[0]).or_insert_with(Vec::new).push(Row { patterns, value });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &'static str, columns: usize) {
        let mut before = "";
        for line in lines(text) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), columns, "{name}: {line}");
            assert!(before < line, "{name}: not sorted, or twice: {line}");
            assert!(cells.iter().all(|cell| !cell.is_empty() && cell.trim() == *cell), "{name}: {line}");
            before = line;
        }
    }

    #[test]
    fn the_tables_are_sorted_and_well_formed() {
        check("exceptions", include_str!("exceptions.tsv"), 4);
        check("sources", include_str!("sources.tsv"), 2);
        check("unscoped", include_str!("unscoped.tsv"), 2);
        check("resources", include_str!("resources.tsv"), 3);
        check("inferred", include_str!("inferred.tsv"), 5);
        assert!(SERVICES.is_sorted_by(|before, after| before < after));
        assert!(SOURCES.iter().all(|(source, prefix)| source != prefix && SERVICES.contains(prefix)));
        let prefixes = [EXCEPTIONS.keys().copied().collect::<Vec<_>>(), INFERRED.keys().copied().collect()];
        let prefixes = prefixes.iter().flatten().chain(UNSCOPED.keys());
        for prefix in prefixes.chain(RESOURCES.keys()) {
            assert!(SERVICES.contains(prefix), "{prefix}");
        }
        assert!(UNSCOPED.values().flatten().all(|row| row.patterns.is_sorted_by(|before, after| before < after)));
    }

    #[test]
    fn no_exception_says_what_the_rule_says() {
        for (prefix, rows) in EXCEPTIONS.iter() {
            for row in rows {
                let name = row.patterns[0];
                let general = rows.iter().filter(|other| other.patterns[0].ends_with('*')).any(|other| {
                    other.patterns[0] != name && fits(other.patterns[0], name) && other.value != row.value
                });
                assert!(general || row.value != format!("{prefix}:{name}"), "{prefix} {name}");
            }
        }
    }
}

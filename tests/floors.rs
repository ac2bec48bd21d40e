//! The shape of the crate (DESIGN §1): a floor uses only the floors below it, and what each may know.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

#[path = "floors/graph.rs"]
mod graph;

use graph::{circles, graph};

/// The floor of a module, by the first segment of its path; none for a name that is no module.
fn floor(module: &str) -> Option<u32> {
    Some(match module {
        "domain" | "platform" | "progress" => 0,
        "decode" | "audit" | "aws" => 1,
        "source" | "report" | "store" | "notify" | "schedule" => 2,
        "ingest" | "nightly" => 3,
        "cli" => 4,
        _ => return None,
    })
}

/// A source file without its tests.
struct Source {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn floor(&self) -> u32 {
        let module = self.path.split(['/', '.']).next().unwrap();
        match module {
            "main" | "lib" => 4,
            module => floor(module).unwrap_or_else(|| panic!("src/{}: which floor is it on?", self.path)),
        }
    }

    /// The lines that are code, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder) || self.path.strip_suffix(".rs") == Some(folder.trim_end_matches('/'))
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let entries = walkdir::WalkDir::new(src()).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    let sources: Vec<Source> = files
        .map(|file| {
            let path = file.path().strip_prefix(src()).unwrap().to_str().unwrap().replace('\\', "/");
            let text = std::fs::read_to_string(file.path()).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            Source { path, text }
        })
        // Modules that are tests as a whole.
        .filter(|source| !["tests.rs", "sample.rs"].iter().any(|name| source.path.ends_with(name)))
        .collect();
    assert!(sources.len() > 50);
    sources
}

/// Fails with every place in the code that `is_wrong`.
fn check(rule: &str, is_wrong: impl Fn(&Source, &str) -> bool) {
    let sources = sources();
    let lines = sources.iter().flat_map(|source| source.code().map(move |(number, line)| (source, number, line)));
    let wrong = lines.filter(|(source, _, line)| is_wrong(source, line));
    let places: Vec<String> =
        wrong.map(|(source, number, line)| format!("src/{}:{number}: {}", source.path, line.trim())).collect();
    assert!(places.is_empty(), "{rule}:\n{}", places.join("\n"));
}

/// The modules of this crate that a line names: `crate::a::b`, and `crate::{a, b}`.
fn modules(line: &str) -> Vec<String> {
    static REGEXES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        [r"\b(?:crate|tfctrail)::([a-z_]+)", r"\bcrate::\{([^}]*)", r"(?:^|,)\s*([a-z_]+)"]
            .map(|regex| Regex::new(regex).unwrap())
    });
    let [one, many, first] = &*REGEXES;
    let mut found: Vec<String> = one.captures_iter(line).map(|found| found[1].to_owned()).collect();
    for group in many.captures_iter(line) {
        found.extend(first.captures_iter(&group[1]).map(|found| found[1].to_owned()));
    }
    found
}

#[test]
fn a_floor_uses_only_the_floors_below_it() {
    check("a floor uses one above it", |source, line| {
        modules(line).iter().filter_map(|module| floor(module)).any(|used| used > source.floor())
    });
    assert_eq!(modules("use crate::{audit::group, cli};"), ["audit", "cli"]);
    assert_eq!(modules("fn x(a: crate::domain::run::Run, b: crate::cli::Error)"), ["domain", "cli"]);
}

/// Uses of one room by another one of the same floor, and why, in the order of names.
const BESIDE: [(&str, &str, &str); 6] = [
    ("aws", "decode", "certificates of one's own are files that people write, in any encoding of text"),
    ("notify", "report", "what strangers chose is shown in the same harmless way"),
    ("progress", "domain", "how far a scan is, is told by times too"),
    ("report", "store", "the rows of `store info` are made of its plain values"),
    ("schedule", "report", "what strangers chose is shown in the same harmless way"),
    ("store", "source", "a store remembers log files and sources as a source names them"),
];

#[test]
fn rooms_of_one_floor_use_each_other_only_where_it_is_said() {
    let sources = sources();
    let graph = graph(sources.iter().map(|source| (&*source.path, &*source.text)));
    let room = |path: &str| path.split(['/', '.']).next().unwrap().to_owned();
    let mut beside = std::collections::BTreeSet::new();
    for (file, uses) in &graph {
        for used in uses {
            let (one, other) = (room(file), room(used));
            if one != other && floor(&one).is_some() && floor(&one) == floor(&other) {
                beside.insert((one, other));
            }
        }
    }
    let said = BESIDE.map(|(one, other, _)| (one.to_owned(), other.to_owned()));
    assert_eq!(beside.into_iter().collect::<Vec<_>>(), said);
}

#[test]
fn no_file_is_in_a_circle() {
    let sources = sources();
    let circles = circles(graph(sources.iter().map(|source| (&*source.path, &*source.text))));
    let shown: Vec<String> = circles.iter().map(|(file, uses)| format!("{file} uses {uses:?}")).collect();
    assert!(shown.is_empty(), "files use each other:\n{}", shown.join("\n"));
}

#[test]
fn a_group_of_uses_names_its_modules_on_one_line() {
    check("a `use crate::{` goes over several lines, where no check sees it", |_, line| {
        line.contains("crate::{") && !line.contains('}')
    });
    check("a path climbs to the root of the crate, where no check sees it", |source, line| {
        // A `mod.rs` stands for its folder.
        let depth = source.path.trim_end_matches("/mod.rs").matches('/').count();
        line.contains(&"super::".repeat(depth + 1))
    });
}

#[test]
fn files_are_short() {
    for entry in walkdir::WalkDir::new(src()).into_iter().map(|entry| entry.unwrap()) {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let lines = std::fs::read_to_string(entry.path()).unwrap().lines().count();
            let limit = if entry.path() == src().join("main.rs") { 30 } else { 500 };
            assert!(lines <= limit, "{}: {lines} lines", entry.path().display());
        }
    }
}

/// Each function of a text that rustfmt has laid out, with how many lines it has from its name to its last brace. The brace
/// stands as far in as the line that the function begins with, and nothing else inside of it does.
fn functions(text: &str) -> Vec<(String, usize)> {
    static BEGIN: LazyLock<Regex> = LazyLock::new(|| {
        let front = r#"(?:pub(?:\([^)]*\))? |default |const |async |unsafe |extern "[^"]*" )*"#;
        Regex::new(&format!(r"^( *){front}fn (\w+)")).unwrap()
    });
    let lines: Vec<&str> = text.lines().collect();
    let begins = lines.iter().enumerate().filter_map(|(at, line)| BEGIN.captures(line).map(|begin| (at, begin)));
    let functions = begins.map(|(at, begin)| {
        // One without a body ends with its signature.
        let is_end = |rest: &str| rest == "}" || (rest.ends_with(';') && !rest.starts_with(' '));
        let is_last = |line: &&str| line.strip_prefix(&begin[1]).is_some_and(is_end);
        let more =
            if lines[at].ends_with(['}', ';']) { 0 } else { 1 + lines[at + 1..].iter().position(is_last).unwrap() };
        (begin[2].to_owned(), more + 1)
    });
    functions.collect()
}

#[test]
fn functions_are_short() {
    let sources = sources();
    let all = sources.iter().flat_map(|source| functions(&source.text).into_iter().map(move |found| (source, found)));
    let long: Vec<String> = all
        .filter(|(_, (_, lines))| *lines > 60)
        .map(|(source, (name, lines))| format!("src/{}: {name} has {lines} lines", source.path))
        .collect();
    assert!(long.is_empty(), "functions of more than 60 lines:\n{}", long.join("\n"));
    let text = [
        "trait A {\n    fn a();\n    fn b(\n        c: u8,\n    );\n    fn d() {}\n}",
        "pub(super) const fn e(\n    f: u8,\n) -> u8\nwhere\n    u8: Copy,\n{",
        "    fn g() {\n        {\n        }\n    }\n}\n",
    ];
    let wanted = [("a", 1), ("b", 3), ("d", 1), ("e", 11), ("g", 4)];
    assert_eq!(functions(&text.join("\n")), wanted.map(|(name, lines)| (name.to_owned(), lines)));
}

#[test]
fn tests_read_nothing_of_whoever_runs_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests", "benches"].iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)));
    let program = ["CARGO_BIN_EXE_", "tfctrail"].concat();
    let outside = Regex::new(r"\b(?:env::(?:var|vars|var_os|vars_os|set_var|home_dir|temp_dir)|dirs::)").unwrap();
    for path in files.map(|entry| entry.unwrap().into_path()) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        // A bench that times the program as a process of its own is no test.
        let may =
            ["tests/support/mod.rs", "tests/floors.rs", "benches/process.rs", "benches/calls.rs", "benches/verify.rs"];
        if !is_rust || may.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&program), "{name}: calls the program in another way than tests/support does");
        if name.starts_with("tests/") {
            // How much is tried, and a folder to try it with, are asked for by name.
            let asks = |line: &&str| outside.is_match(line) && !line.contains("(\"TFCTRAIL_");
            assert_eq!(text.lines().find(asks), None, "{name}: reads the environment of whoever runs it");
        }
    }
}

#[test]
fn each_floor_knows_only_what_it_needs() {
    let word = |word: &str| Regex::new(&format!(r"\b{word}\b")).unwrap();
    let (asynchronous, clap, value) = (word("(?:async|await|tokio)"), word("clap"), word("serde_json::Value"));
    check("async outside src/aws, src/source and src/notify/sns.rs", |source, line| {
        let may = ["aws/", "source/"].iter().any(|room| source.is_below(room)) || source.path == "notify/sns.rs";
        asynchronous.is_match(line) && !may
    });
    for (library, rooms) in [
        ("rusqlite", &["store/"][..]),
        // Rows are written, and what others wrote is read.
        ("parquet", &["report/parquet", "decode/columns/"]),
        ("comfy_table", &["report/table/"]),
        ("rust_xlsxwriter", &["report/xlsx/"]),
    ] {
        // Modules and features have the same names.
        let used = Regex::new(&format!(r"\buse {library}::")).unwrap();
        check(&format!("{library} outside {rooms:?}"), |source, line| {
            used.is_match(line) && !rooms.iter().any(|room| source.is_below(room))
        });
    }
    check("clap outside src/cli", |source, line| clap.is_match(line) && !source.is_below("cli/"));
    check("a tree of JSON in src/decode", |source, line| {
        let named = value.is_match(line) || (line.contains("use serde_json") && word("Value").is_match(line));
        named && source.is_below("decode/")
    });
    let print = Regex::new(r"\be?print(?:ln)?!").unwrap();
    check("output that goes past the report and the talk", |_, line| print.is_match(line));
    let io = Regex::new(r"\b(?:std::fs|std::env|std::net::Tcp|std::process|SystemTime|Instant)\b").unwrap();
    check("the world outside in src/domain, src/decode or src/audit", |source, line| {
        io.is_match(line) && ["domain/", "decode/", "audit/"].iter().any(|room| source.is_below(room))
    });
    let system = Regex::new(r"\b(?:std::os|rustix|winapi_util|dunce)::|\bcfg.*\b(?:unix|windows|target_os)\b").unwrap();
    check("what only some systems have, outside src/platform", |source, line| {
        system.is_match(line) && !source.is_below("platform/")
    });
    let serde = word("serde(?:_json)?");
    check("serde in src/domain", |source, line| serde.is_match(line) && source.is_below("domain/"));
}

//! Which source somebody may have meant who typed one that is not there.

use std::fs;
use std::path::Path;

use crate::cli::near::near;
use crate::platform::quoted;
use crate::source::kinds;

/// What a store is called as a source.
const STORE: &str = "store:";

/// A word that stands alone is taken for a kind of source only if it is so long.
const LONG: usize = 8;

/// So many names of a folder are looked at.
const LOOKED_AT: usize = 1_000;

/// The source that a text is probably a slip of, as a shell reads it.
#[must_use]
pub fn meant_by(text: &str) -> Option<String> {
    let meant = kinds::respelt(text).or_else(|| of_kind(text)).or_else(|| beside(Path::new(text)))?;
    Some(quoted(meant.as_ref()))
}

/// The same text with the kind of source as it is spelt.
#[must_use]
pub fn of_kind(text: &str) -> Option<String> {
    let end = text.find([':', '/']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let is_of_kind = rest.starts_with(':') || rest.starts_with("//") || rest.is_empty() && word.len() >= LONG;
    let rest = rest.trim_start_matches([':', '/']);
    let schemes = kinds::KINDS.iter().map(|kind| kind.scheme).chain([STORE]);
    let known: Vec<(&str, &str)> = schemes.map(|scheme| (scheme.trim_end_matches([':', '/']), scheme)).collect();
    let meant = near(word, known.iter().map(|(name, _)| *name)).into_iter().next().filter(|_| is_of_kind)?;
    known.iter().find(|(name, _)| *name == meant).map(|(_, scheme)| format!("{scheme}{rest}"))
}

/// A file or folder with a similar name in the same folder.
fn beside(path: &Path) -> Option<String> {
    let (name, folder) = (path.file_name()?.to_str()?, path.parent()?);
    let looked_in = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(looked_in).ok()?.take(LOOKED_AT);
    let names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    let found = near(name, names.iter().map(String::as_str)).into_iter().next()?;
    folder.join(found).to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_leads_to_a_source() {
        for (text, meant) in [
            ("event-histroy:all", Some("event-history:all")),
            ("event-histroy", Some("event-history:")),
            ("even-history:eu-west-1", Some("event-history:eu-west-1")),
            ("s3//bucket/x", Some("s3://bucket/x")),
            ("s4://bucket", Some("s3://bucket")),
            ("athna:db.table", Some("athena:db.table")),
            ("cloudwatch-log:trail", Some("cloudwatch-logs:trail")),
            ("stor:audit.db", Some("store:audit.db")),
            ("logs/event-histroy", None),
            ("athna", None),
            ("C:\\logs", None),
            ("no-such-thing", None),
        ] {
            assert_eq!(of_kind(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn a_slip_leads_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("the logs")).unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        assert_eq!(meant_by(&path("the lgos")), Some(format!("'{}'", path("the logs"))));
        assert_eq!(meant_by(&path("reports")), None);
        assert_eq!(meant_by(&path("none/the logs")), None);
    }
}

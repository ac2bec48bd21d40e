//! Folders of buckets, served by the S3 on loopback, and the program on them.

use std::path::{Path, PathBuf};

use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};
use crate::support::{Ended, Run};

pub(crate) const ORGANIZATION: &str = "o-n0rthw1nd5";
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const WINDOW: [&str; 4] = ["--from", "2026-11-01", "--to", "2026-11-09"];

/// A folder of buckets.
pub(crate) struct Buckets(pub(crate) tempfile::TempDir);

impl Buckets {
    /// The bucket `logs` with the demo archive below `prefix`.
    pub(crate) fn demo(prefix: &str) -> Self {
        Self::of(&[(&format!("AWSLogs/{ORGANIZATION}"), &format!("{prefix}AWSLogs/{ORGANIZATION}"))])
    }

    /// The bucket `logs` with parts of the demo archive, each from one place to another.
    pub(crate) fn of(parts: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (from, to) in parts {
            copy(&Path::new("fixtures/demo").join(from), &root.path().join("logs").join(to));
        }
        Self(root)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// What a local scan of what lies below a prefix gives, with the keys as names.
    pub(crate) fn local(&self, prefix: &str, args: &[&str]) -> Ended {
        let only = tempfile::tempdir().unwrap();
        copy(&self.logs().join(prefix), &only.path().join(prefix));
        let mut all = vec![args[0], only.path().to_str().unwrap()];
        all.extend(&args[1..]);
        Run::new(&all).ended()
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

pub(crate) fn aws(server: &Server, args: &[&str]) -> Run {
    Run::new(args)
        .env("AWS_ENDPOINT_URL", &server.url())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "us-east-1")
}

/// The events of a source as CSV, of the window of the demo.
pub(crate) fn events(server: &Server, source: &str, more: &[&str]) -> Ended {
    let mut args = vec!["events", source, "-o", "csv"];
    args.extend(WINDOW);
    args.extend(more);
    aws(server, &args).ended()
}

/// Ends with that code, and tells those parts on standard error.
pub(crate) fn check_told(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

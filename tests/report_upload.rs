//! What a report for a bucket leaves on this machine: nothing.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

#[expect(dead_code, reason = "other tests use the rest")]
mod support;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};

use support::Run;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");

/// A bucket that takes a connection and never answers.
struct Silent(TcpListener);

impl Silent {
    /// Starts an upload, and waits until the report is written and on its way.
    fn upload(&self, temporary: &Path) -> (Child, TcpStream) {
        let endpoint = format!("http://{}", self.0.local_addr().unwrap());
        let args = ["report", DEMO, "--from", "2026-11-03", "--to", "2026-11-04", "--out", "s3://reports/daily"];
        let args = [&args[..], &["--endpoint-url", &endpoint, "--path-style", "--aws-region", "eu-west-1"]].concat();
        let run = [
            ("TMPDIR", temporary.to_str().unwrap()),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("NO_PROXY", "127.0.0.1"),
        ];
        let run = run.iter().fold(Run::new(&args), |run, (name, value)| run.env(name, value));
        (run.spawn(), self.0.accept().unwrap().0)
    }
}

fn left(temporary: &Path) -> usize {
    std::fs::read_dir(temporary).unwrap().count()
}

#[test]
fn a_signal_and_the_next_start_leave_nothing_of_an_upload() {
    let temporary = tempfile::tempdir().unwrap();
    let bucket = Silent(TcpListener::bind("127.0.0.1:0").unwrap());

    let (mut child, _connection) = bucket.upload(temporary.path());
    assert_eq!(left(temporary.path()), 1);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(left(temporary.path()), 0);

    // Nobody hears of SIGKILL; the next one finds what was left, beside one that is at work.
    let (mut dead, _first) = bucket.upload(temporary.path());
    dead.kill().unwrap();
    dead.wait().unwrap();
    assert_eq!(left(temporary.path()), 1);
    let (mut alive, _second) = bucket.upload(temporary.path());
    let (mut another, _third) = bucket.upload(temporary.path());
    assert_eq!(left(temporary.path()), 2);
    for child in [&mut alive, &mut another] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

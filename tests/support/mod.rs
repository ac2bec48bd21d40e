//! Runs the program as a user does.

#![expect(clippy::unwrap_used, reason = "a test that cannot run the program has failed")]

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

/// One call of the program, which finds nothing of whoever runs the tests: no store, no config file, no variables, no
/// credentials. Every test calls it this way, which `tests/floors.rs` holds.
pub(crate) struct Run {
    command: Command,
    stdin: Option<Vec<u8>>,
}

/// What the program is given of the environment of the tests: where other programs are, and where a measured build
/// puts what it measured. Windows opens no connection without its own folder.
const KEPT: [&str; 4] = ["PATH", "LLVM_PROFILE_FILE", "SystemRoot", "SYSTEMROOT"];

/// What it has besides. Below a file nothing is found, and nothing can be left.
const OWN: [(&str, &str); 7] = [
    ("HOME", "/dev/null/home"),
    ("TMPDIR", env!("CARGO_TARGET_TMPDIR")),
    ("TEMP", env!("CARGO_TARGET_TMPDIR")),
    // Where tests begin, somebody may have a config file.
    ("TFCTRAIL_CONFIG", "/dev/null"),
    ("AWS_CONFIG_FILE", concat!(env!("CARGO_TARGET_TMPDIR"), "/no-such-file")),
    ("AWS_SHARED_CREDENTIALS_FILE", concat!(env!("CARGO_TARGET_TMPDIR"), "/no-such-file")),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, for those who call it in a way of its own.
#[allow(dead_code, reason = "few tests do")]
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_tfctrail")
}

impl Run {
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::of(program(), args)
    }

    /// Another program, which calls this one.
    pub(crate) fn of(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| KEPT.iter().any(|kept| name == kept)));
        command.envs(OWN);
        Self { command, stdin: None }
    }

    /// The directory that it is called in. One of a test may have a config file.
    pub(crate) fn dir(mut self, path: &std::path::Path) -> Self {
        self.command.current_dir(path).env_remove("TFCTRAIL_CONFIG");
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.command.stdin(Stdio::piped());
        self.stdin = Some(bytes.to_vec());
        self
    }

    /// What its standard input is.
    #[allow(dead_code, reason = "few tests do")]
    pub(crate) fn with_stdin(mut self, stdin: Stdio) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// Where it writes to.
    #[allow(dead_code, reason = "few tests do")]
    pub(crate) fn with_stdout(mut self, stdout: Stdio) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Starts it and lets go of it.
    pub(crate) fn spawn(mut self) -> Child {
        self.command.spawn().unwrap()
    }

    pub(crate) fn ended(mut self) -> Ended {
        let mut child = self.command.spawn().unwrap();
        // Written beside the reading below, so that neither side waits for the other.
        let writer = self.stdin.and_then(|bytes| {
            let mut stdin = child.stdin.take()?;
            Some(std::thread::spawn(move || drop(stdin.write_all(&bytes))))
        });
        let output = child.wait_with_output().unwrap();
        if let Some(writer) = writer {
            writer.join().unwrap();
        }
        Ended::new(&output)
    }
}

impl Ended {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

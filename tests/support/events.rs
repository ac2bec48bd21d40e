//! Made-up events and log files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// An event of a run of ours, as a record. `workspace` and `time` tell one from the other.
pub(crate) fn event(id: &str, time: &str, workspace: &str) -> String {
    let subject = format!("organization:acme:project:core:workspace:{workspace}:run_phase:plan");
    let provider = "arn:aws:iam::111122223333:oidc-provider/app.terraform.io";
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"WebIdentityUser","principalId":"{provider}:aws.workload.identity:{subject}","userName":"{subject}","identityProvider":"{provider}"}},"eventTime":"{time}","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"Terraform/1.9.5","requestParameters":{{"roleArn":"arn:aws:iam::111122223333:role/deploy/web","roleSessionName":"terraform-run-run-{workspace}"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE","sessionToken":"FAKE-SESSION-TOKEN"}}}},"eventID":"{id}","recipientAccountId":"111122223333"}}"#
    )
}

/// The same event, refused.
pub(crate) fn denied(id: &str, time: &str, workspace: &str) -> String {
    event(id, time, workspace).replace("\"eventID\"", "\"errorCode\":\"AccessDenied\",\"eventID\"")
}

/// A log file of these records.
pub(crate) fn records(records: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", records.join(","))
}

/// A folder of its own, gone after the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path as an argument.
    pub(crate) fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes a file that nobody has touched for an hour: one that has just changed is read again by the next sync.
    pub(crate) fn write_old(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = fs::File::options().write(true).open(self.write(name, bytes)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    }

    /// Names of everything directly in it.
    pub(crate) fn names(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// A path below `fixtures/`.
pub(crate) fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).to_str().unwrap().to_owned()
}

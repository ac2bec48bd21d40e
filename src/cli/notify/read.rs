//! `[notify.NAME]` as a target. Secrets come from the environment or from files, and are in no error.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::aws::AwsOptions;
use crate::cli::config::{NotifyTable, NotifyValue};
use crate::cli::error::{Error, reason};
use crate::cli::time::Length;
use crate::decode::pack::marked;
use crate::notify::address::WebAddress;
use crate::notify::secret::Secret;
use crate::notify::target::{MailSecurity, MailTarget, NotifyMethod, NotifyTarget, SnsTopic, TIMEOUT, Webhook};

/// More than any secret has.
const MAX_SECRET: u64 = 64 << 10;

/// The kinds, and the keys that each has.
const KINDS: [(&str, &[&str]); 4] = [
    ("slack", &["url_env", "url_file", "allow_http", "timeout"]),
    ("webhook", &["url_env", "url_file", "secret_env", "secret_file", "allow_http", "timeout"]),
    ("smtp", &["host", "port", "security", "user", "password_env", "password_file", "from", "to", "timeout"]),
    ("sns", &["topic_arn", "profile", "aws_region", "role_arn", "external_id", "endpoint_url"]),
];

/// A table, with what its secrets are read from.
struct NotifyKeys<'a> {
    table: &'a NotifyTable,
    folder: &'a Path,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

/// The target that a table names. Paths in it are relative to `folder`.
pub(super) fn target(
    table: &NotifyTable,
    folder: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<NotifyTarget, Error> {
    check_keys(table)?;
    let keys = NotifyKeys { table, folder, variable };
    let way = match table.kind.as_str() {
        "slack" => NotifyMethod::Slack(keys.webhook()?),
        "webhook" => NotifyMethod::Webhook { webhook: keys.webhook()?, secret: keys.secret("secret")? },
        "smtp" => NotifyMethod::Mail(keys.mail()?),
        _ => NotifyMethod::Sns(keys.topic()?),
    };
    let target = NotifyTarget { name: table.name.clone(), way };
    target.check().map_err(|wrong| Error::usage(format!("{}: notify.{}: {wrong}", table.place, table.name)))?;
    Ok(target)
}

/// Whether the kind and all keys are known. A secret that stands in the file is refused here.
pub(super) fn check_keys(table: &NotifyTable) -> Result<(), Error> {
    let Some((_, known)) = KINDS.iter().find(|(kind, _)| *kind == table.kind) else {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        let text = format!("no such kind; there are {}", kinds.join(", "));
        return Err(Error::usage(format!("{}: notify.{}.kind '{}': {text}", table.place, table.name, table.kind)));
    };
    for (key, value) in &table.keys {
        if !known.contains(&key.as_str()) {
            let error = Error::usage(format!("{}: notify.{}.{key}: no such key", value.place, table.name));
            let is_secret = ["url", "secret", "password"].contains(&key.as_str());
            return Err(if is_secret {
                error
                    .hint(format!("a config file must not hold secrets: {key}_env names a variable, {key}_file a file"))
            } else {
                error.hint(format!("a {} has {}", table.kind, known.join(", ")))
            });
        }
    }
    Ok(())
}

impl NotifyKeys<'_> {
    fn webhook(&self) -> Result<Webhook, Error> {
        let url = self.secret("url")?.ok_or_else(|| self.missing("url_env or url_file"))?;
        let allow_http = self.parsed("allow_http", "true or false", |text| text.parse().ok())?.unwrap_or(false);
        let address = WebAddress::new(url.reveal(), allow_http)
            .map_err(|wrong| Error::usage(format!("{}: notify.{}: {wrong}", self.table.place, self.table.name)))?;
        Ok(Webhook { address, timeout: self.timeout()? })
    }

    fn mail(&self) -> Result<MailTarget, Error> {
        let security = self.parsed("security", "starttls, tls or none", |text| match text {
            "starttls" => Some(MailSecurity::StartTls),
            "tls" => Some(MailSecurity::Tls),
            "none" => Some(MailSecurity::None),
            _ => None,
        })?;
        let login = match (self.text("user")?, self.secret("password")?) {
            (Some(user), Some(password)) => Some((user, password)),
            (None, None) => None,
            (Some(_), None) => return Err(self.missing("password_env or password_file")),
            (None, Some(_)) => return Err(self.missing("user")),
        };
        Ok(MailTarget {
            host: self.text("host")?.ok_or_else(|| self.missing("host"))?,
            port: self.parsed("port", "a number from 1 to 65535", |text| text.parse().ok().filter(|port| *port > 0))?,
            security: security.unwrap_or(MailSecurity::StartTls),
            login,
            from: self.text("from")?.ok_or_else(|| self.missing("from"))?,
            to: self.value("to").map(|value| value.values.clone()).ok_or_else(|| self.missing("to"))?,
            timeout: self.timeout()?,
        })
    }

    fn topic(&self) -> Result<SnsTopic, Error> {
        let aws = AwsOptions {
            profile: self.text("profile")?,
            region: self.text("aws_region")?,
            endpoint_url: self.text("endpoint_url")?,
            role_arns: self.text("role_arn")?.into_iter().collect(),
            external_id: self.text("external_id")?,
            ..AwsOptions::default()
        };
        Ok(SnsTopic { arn: self.text("topic_arn")?.ok_or_else(|| self.missing("topic_arn"))?, aws })
    }

    fn value(&self, key: &str) -> Option<&NotifyValue> {
        self.table.keys.get(key)
    }

    fn text(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match &value.values[..] {
            [text] if !text.is_empty() => Ok(Some(text.clone())),
            _ => Err(self.wrong(key, value, "one text is wanted")),
        }
    }

    fn parsed<T>(&self, key: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        let (Some(value), Some(text)) = (self.value(key), self.text(key)?) else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| self.wrong(key, value, &format!("not {wanted}")))
    }

    fn timeout(&self) -> Result<Duration, Error> {
        let length = self.parsed("timeout", "a length of time up to 10m, such as 15s", |text| {
            let seconds = u64::try_from(text.parse::<Length>().ok()?.seconds()).ok()?;
            (1..=600).contains(&seconds).then_some(Duration::from_secs(seconds))
        })?;
        Ok(length.unwrap_or(TIMEOUT))
    }

    /// What `KEY_env` or `KEY_file` leads to.
    fn secret(&self, key: &str) -> Result<Option<Secret>, Error> {
        let (in_variable, in_file) = (format!("{key}_env"), format!("{key}_file"));
        match (self.text(&in_variable)?, self.text(&in_file)?) {
            (None, None) => Ok(None),
            (Some(name), None) => {
                let value = (self.variable)(&name);
                let value = value.ok_or_else(|| {
                    self.not_read(&in_variable, &format!("the environment variable {name} is not set"))
                })?;
                Ok(Some(Secret::new(value)))
            }
            (None, Some(path)) => {
                let path = self.folder.join(path);
                let text =
                    read(&path).map_err(|why| self.not_read(&in_file, &format!("'{}': {why}", path.display())))?;
                Ok(Some(Secret::new(text)))
            }
            (Some(_), Some(_)) => {
                Err(self.not_read(&in_variable, &format!("{in_file} sets it too; use only one of them")))
            }
        }
    }

    fn missing(&self, key: &str) -> Error {
        Error::usage(format!("{}: notify.{}: it has no {key}", self.table.place, self.table.name))
    }

    fn not_read(&self, key: &str, why: &str) -> Error {
        Error::usage(format!("{}: notify.{}.{key}: {why}", self.table.place, self.table.name))
    }

    fn wrong(&self, key: &str, value: &NotifyValue, why: &str) -> Error {
        Error::usage(format!("{}: notify.{}.{key}: {why}", value.place, self.table.name))
    }
}

/// The text of a file, without the line break at its end.
fn read(path: &Path) -> Result<String, String> {
    let text = File::open(path).and_then(|file| marked::read(file, MAX_SECRET)).map_err(|error| reason(&error))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::Config;

    fn read_target(keys: &str) -> Result<NotifyTarget, Error> {
        let text = format!("[notify.security]\n{keys}");
        let config = Config::read(Path::new("/etc/t.toml"), &text, &crate::cli::command_line::Cli::definition())?;
        let variable = |name: &str| match name {
            "URL" => Some("https://hooks.example.com/T000".to_owned()),
            "BAD_URL" => Some("http://hooks.example.com/T000".to_owned()),
            "PASSWORD" => Some("hunter2".to_owned()),
            _ => None,
        };
        target(&config.notify[0], Path::new("/no/such"), &variable)
    }

    fn check_refused(keys: &str, message: &str) {
        let error = read_target(keys).unwrap_err();
        assert_eq!(error.message(), message);
        assert!(!format!("{error:?}").contains("T000") && !format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn wrong_tables_are_refused_without_a_secret() {
        let kinds = "there are slack, webhook, smtp, sns";
        check_refused("kind = 'teams'", &format!("/etc/t.toml:1: notify.security.kind 'teams': no such kind; {kinds}"));
        check_refused("kind = 'slack'", "/etc/t.toml:1: notify.security: it has no url_env or url_file");
        let url = "kind = 'slack'\nurl = 'https://hooks.example.com/T000'";
        check_refused(url, "/etc/t.toml:3: notify.security.url: no such key");
        let hints = read_target(url).unwrap_err().hints().join(" ");
        assert!(hints.contains("url_env names a variable") && !hints.contains("T000"), "{hints}");
        let unset = "/etc/t.toml:1: notify.security.url_env: the environment variable NOPE is not set";
        check_refused("kind = 'slack'\nurl_env = 'NOPE'", unset);
        let http = "http sends everything in the clear; use https, or set allow_http";
        check_refused("kind = 'slack'\nurl_env = 'BAD_URL'", &format!("/etc/t.toml:1: notify.security: {http}"));
        let none = format!("'{}': no such file or directory", Path::new("/no/such").join("file").display());
        check_refused("kind = 'slack'\nurl_file = 'file'", &format!("/etc/t.toml:1: notify.security.url_file: {none}"));
        let both = "url_file sets it too; use only one of them";
        check_refused(
            "kind = 'slack'\nurl_env = 'URL'\nurl_file = 'x'",
            &format!("/etc/t.toml:1: notify.security.url_env: {both}"),
        );
        let timeout = "/etc/t.toml:4: notify.security.timeout: not a length of time up to 10m, such as 15s";
        check_refused("kind = 'slack'\nurl_env = 'URL'\ntimeout = '1d'", timeout);
    }

    #[cfg(feature = "notify")]
    #[test]
    fn tables_become_targets() {
        let slack = read_target("kind = 'slack'\nurl_env = 'BAD_URL'\nallow_http = true\ntimeout = '5s'").unwrap();
        let NotifyMethod::Slack(webhook) = &slack.way else { panic!("{slack:?}") };
        assert_eq!(
            (webhook.timeout, webhook.address.reveal()),
            (Duration::from_secs(5), "http://hooks.example.com/T000")
        );
        let smtp = "kind = 'smtp'\nhost = 'mail.example.com'\nport = 2525\nfrom = 'a@example.com'\nto = ['b@example.com', 'c@example.com']\n";
        let mail = read_target(&format!("{smtp}user = 'u'\npassword_env = 'PASSWORD'")).unwrap();
        assert!(!format!("{mail:?}").contains("hunter2"));
        let NotifyMethod::Mail(mail) = mail.way else { panic!("{mail:?}") };
        assert_eq!((mail.port, mail.security, mail.to.len()), (Some(2525), MailSecurity::StartTls, 2));
        check_refused(
            &format!("{smtp}user = 'u'"),
            "/etc/t.toml:1: notify.security: it has no password_env or password_file",
        );
        let clear = "a password would cross the network in the clear; set security to starttls or tls";
        check_refused(
            &format!("{smtp}user = 'u'\npassword_env = 'PASSWORD'\nsecurity = 'none'"),
            &format!("/etc/t.toml:1: notify.security: {clear}"),
        );
        let address = "to 'nobody': not an address; write it like tfctrail <audit@example.com>";
        check_refused(
            "kind = 'smtp'\nhost = 'h'\nfrom = 'a@example.com'\nto = 'nobody'",
            &format!("/etc/t.toml:1: notify.security: {address}"),
        );
    }
}

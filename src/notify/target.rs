//! Who is told, and how to reach them, as plain values with their secrets at hand.

use std::time::Duration;

use super::address::WebAddress;
use super::secret::Secret;
use crate::aws::AwsOptions;

/// How long one attempt may take where nobody says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyTarget {
    /// The name, as in `[notify.NAME]`.
    pub name: String,
    /// How to reach them.
    pub way: NotifyMethod,
}

/// How to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyMethod {
    /// A webhook that takes Slack's messages.
    Slack(Webhook),
    /// A webhook that takes JSON.
    Webhook {
        /// Where it is.
        webhook: Webhook,
        /// What signs each delivery, where the receiver checks that.
        secret: Option<Secret>,
    },
    /// A mail server.
    Mail(MailTarget),
    /// A topic of Amazon SNS.
    Sns(SnsTopic),
}

/// Where a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its address.
    pub address: WebAddress,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// A mail, and the server that takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTarget {
    /// The host of the server.
    pub host: String,
    /// Its port; that of `security` where there is none.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// The user name and its password, where the server asks for them.
    pub login: Option<(String, Secret)>,
    /// The sender: `tfctrail <audit@example.com>`.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// How long one attempt may take.
    pub timeout: Duration,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// It starts in the clear and must change to TLS before anything is said; port 587.
    StartTls,
    /// TLS from the first byte; port 465.
    Tls,
    /// Not at all; port 25. For servers on the same machine, and never with a password elsewhere.
    None,
}

/// A topic of Amazon SNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsTopic {
    /// Its ARN.
    pub arn: String,
    /// How to reach AWS. Where no region is given, that of the ARN is meant.
    pub aws: AwsOptions,
}

impl NotifyTarget {
    /// Whether it can be told at all by this build; else what is wrong with it, in lower case.
    pub fn check(&self) -> Result<(), String> {
        if cfg!(not(feature = "notify")) {
            return Err("this build sends no notifications; a build with the cargo feature notify does".to_owned());
        }
        match &self.way {
            NotifyMethod::Slack(_) | NotifyMethod::Webhook { .. } => Ok(()),
            NotifyMethod::Mail(mail) => mail.check(),
            NotifyMethod::Sns(topic) => topic.check(),
        }
    }
}

impl MailTarget {
    fn check(&self) -> Result<(), String> {
        if self.login.is_some() && self.security == MailSecurity::None && !super::address::is_loopback(&self.host) {
            return Err("a password would cross the network in the clear; set security to starttls or tls".to_owned());
        }
        if self.to.is_empty() {
            return Err("to names nobody".to_owned());
        }
        #[cfg(feature = "notify")]
        super::mailbox::check(&self.from, &self.to, &self.host)?;
        Ok(())
    }
}

impl SnsTopic {
    /// The region that the topic is in.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self.arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "sns", region, account, name] if ![region, account, name].contains(&"") => Some(region),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), String> {
        if cfg!(not(feature = "aws")) {
            return Err(
                "this build has no AWS support; a build with the cargo feature aws reaches Amazon SNS".to_owned()
            );
        }
        if self.region().is_none() {
            let text = "not the ARN of a topic; write it like arn:aws:sns:eu-west-1:111122223333:audit";
            return Err(format!("topic_arn '{}': {text}", self.arn));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_arn() {
        let region = |arn: &str| {
            let topic = SnsTopic { arn: arn.to_owned(), aws: AwsOptions::default() };
            topic.region().map(str::to_owned)
        };
        assert_eq!(region("arn:aws:sns:eu-west-1:111122223333:audit").as_deref(), Some("eu-west-1"));
        assert_eq!(region("arn:aws-cn:sns:cn-north-1:111122223333:audit.fifo").as_deref(), Some("cn-north-1"));
        for arn in ["", "audit", "arn:aws:sqs:eu-west-1:111122223333:x", "arn:aws:sns:eu-west-1:111122223333:x:sub"] {
            assert_eq!(region(arn), None, "{arn}");
        }
    }
}

//! Mail, as plain text and as a page of the same content. What strangers chose can be no header, since lettre encodes
//! those, and no mark-up, since the template engine escapes it.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Transport as _;
use lettre::message::{Message as Letter, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, SmtpTransport};

use super::mailbox::mailbox;
use super::message::Message;
use super::relay::{self, Relay, RelayFailure};
use super::retry::AttemptFailure;
use super::signature::id;
use super::target::{MailSecurity, MailTarget};
use super::{mail_page, text, tls};
use crate::decode::defect::io_reason;
use crate::domain::timestamp::Timestamp;

/// The longest subject, in characters.
const SUBJECT: usize = 150;

/// Tries once.
pub(super) fn send(mail: &MailTarget, message: &Message, now: Timestamp) -> Result<(), AttemptFailure> {
    let letter = letter(mail, message, now).map_err(AttemptFailure::last)?;
    let port = mail.port.unwrap_or(match mail.security {
        MailSecurity::StartTls => SUBMISSION_PORT,
        MailSecurity::Tls => SUBMISSIONS_PORT,
        MailSecurity::None => SMTP_PORT,
    });
    let relay = Relay::open(&mail.host, port, mail.timeout)
        .map_err(|error| AttemptFailure::last(format!("no way to the server: {}", io_reason(&error))))?;
    let transport = transport(mail, relay.port).map_err(|error| fault(&error))?;
    let sent = transport.send(&letter);
    drop(transport);
    match (sent, relay.broken()) {
        (Ok(_), _) => Ok(()),
        (Err(error), None) => Err(fault(&error)),
        (Err(error), Some(_)) if error.status().is_some() || tls::inside(&error).is_some() => Err(fault(&error)),
        (Err(_), Some(broken)) => Err(AttemptFailure::passing(match broken {
            RelayFailure::Late => "the server took too long to answer".to_owned(),
            RelayFailure::TooMuch => {
                format!("the server says more than {} KiB, which no mail server does", relay::MOST >> 10)
            }
            RelayFailure::NoHost => "no such host".to_owned(),
            RelayFailure::Refused(kind) => format!("the connection failed: {}", io_reason(&kind.into())),
        })),
    }
}

/// The letter. Its id stays the same when it is tried again, so that a second copy is known as one.
fn letter(mail: &MailTarget, message: &Message, now: Timestamp) -> Result<Letter, String> {
    let body = text::text(message);
    let from = mailbox("from", &mail.from)?;
    let id = id(&format!("{}\n{body}", mail.to.join("\n")));
    // A hash of the text, so that it cannot stand in it.
    let boundary = format!("=_{id}");
    let id = format!("<{id}@{}>", from.email.domain());
    let since = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
    let mut builder = Letter::builder()
        .from(from)
        .subject(text::title(message, SUBJECT))
        .date(UNIX_EPOCH + since)
        .message_id(Some(id));
    for to in &mail.to {
        builder = builder.to(mailbox("to", to)?);
    }
    // The last one is preferred (RFC 2046, section 5.1.4).
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(SinglePart::plain(body))
        .singlepart(SinglePart::html(mail_page::page(message)?));
    builder.multipart(parts).map_err(|error| error.to_string())
}

/// The certificate is that of the host, wherever the connection leads through.
fn transport(mail: &MailTarget, port: u16) -> Result<SmtpTransport, Error> {
    let tls = match mail.security {
        MailSecurity::StartTls => Tls::Required(TlsParameters::new(mail.host.clone())?),
        MailSecurity::Tls => Tls::Wrapper(TlsParameters::new(mail.host.clone())?),
        MailSecurity::None => Tls::None,
    };
    let builder = SmtpTransport::builder_dangerous("127.0.0.1").port(port).tls(tls);
    let builder = match &mail.login {
        Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned())),
        None => builder,
    };
    // Beside the relay's, which comes first: it says why.
    Ok(builder.timeout(Some(mail.timeout + Duration::from_secs(1))).build())
}

/// What the error says, in our words: a server may repeat what it was told. Codes are those of RFC 5321, section 4.2.
fn fault(error: &Error) -> AttemptFailure {
    if let Some(code) = error.status() {
        let code = code.to_string();
        return match &*code {
            "530" | "534" | "535" | "538" => {
                AttemptFailure::last(format!("the server refuses the user name and password ({code})"))
            }
            _ if error.is_transient() => AttemptFailure::passing(format!("the server cannot take it now ({code})")),
            _ => AttemptFailure::last(format!("the server refuses it ({code})")),
        };
    }
    if let Some(error) = tls::inside(error) {
        return tls::fault(error);
    }
    if error.is_tls() {
        return AttemptFailure::last("no trusted TLS connection to the server");
    }
    if error.is_client() {
        return AttemptFailure::last("the server offers no way to sign in, or no STARTTLS, as it was asked for");
    }
    if error.is_timeout() {
        return AttemptFailure::passing("the server took too long to answer");
    }
    AttemptFailure::passing("the connection failed")
}

#[cfg(test)]
mod tests {
    use super::super::mailbox;
    use super::super::message::sample::hostile;
    use super::super::target::TIMEOUT;
    use super::*;

    fn mail() -> MailTarget {
        MailTarget {
            host: "localhost".to_owned(),
            port: None,
            security: MailSecurity::StartTls,
            login: None,
            from: "tfctrail <audit@example.com>".to_owned(),
            to: vec!["a@example.com".to_owned(), "B <b@example.com>".to_owned()],
            timeout: TIMEOUT,
        }
    }

    #[test]
    fn no_name_becomes_a_header_or_ends_the_letter() {
        let now = Timestamp::parse_rfc3339("2026-11-23T06:00:00Z").unwrap();
        let letter = letter(&mail(), &hostile(), now).unwrap();
        let text = String::from_utf8(letter.formatted()).unwrap();
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(!text.contains("\r\n.\r\n"));
    }

    #[test]
    fn wrong_addresses_are_refused() {
        let check = |mail: &MailTarget| mailbox::check(&mail.from, &mail.to, &mail.host);
        check(&mail()).unwrap();
        let from = |from: &str| check(&MailTarget { from: from.to_owned(), ..mail() });
        assert!(from("nobody").is_err() && from("a@example.com\r\nBcc: b@example.com").is_err());
        assert!(check(&MailTarget { host: "smtp.example.com/x".to_owned(), ..mail() }).is_err());
    }
}

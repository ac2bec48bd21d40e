//! The addresses of mail: who sends it, who gets it, and the host that takes it.

use lettre::message::Mailbox;

/// Whether the sender, the recipients and the host can be those of a mail.
pub(super) fn check(from: &str, to: &[String], host: &str) -> Result<(), String> {
    mailbox("from", from)?;
    for to in to {
        mailbox("to", to)?;
    }
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte)) {
        return Err(format!("host '{host}': not the name or the address of a host"));
    }
    Ok(())
}

/// An address under its key in the config file.
pub(super) fn mailbox(key: &str, text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|_| format!("{key} '{text}': not an address; write it like tfctrail <audit@example.com>"))
}

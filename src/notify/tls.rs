//! What is wrong with TLS, in words. Names in a certificate are not among them.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::retry::AttemptFailure;

/// The error of TLS that is behind another one.
pub(super) fn inside<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut at = Some(error);
    while let Some(error) = at {
        // An error of input and output does not tell its inner one as its source.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = inner.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
        if found.is_some() {
            return found;
        }
        at = error.source();
    }
    None
}

/// What it means for a delivery.
pub(super) fn fault(error: &rustls::Error) -> AttemptFailure {
    let why = match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => ": this machine does not trust the issuer of its certificate",
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => ": its certificate has expired",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ": its certificate is for another name"
            }
            _ => ": its certificate is not valid",
        },
        _ => "",
    };
    AttemptFailure::last(format!("no trusted TLS connection to the server{why}"))
}

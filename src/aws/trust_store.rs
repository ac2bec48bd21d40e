//! Certificates of one's own: `AWS_CA_BUNDLE`, and `ca_bundle` of the profile. As with the AWS CLI they are trusted in place
//! of those of the system.

use std::fs::File;
use std::io::Read as _;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::profiles::Profiles;
use crate::decode::defect::io_reason;
use crate::decode::pack::marked;
use crate::domain::trouble::{SourceTrouble, TroubleKind};

/// The variable that every tool of AWS knows.
const VARIABLE: &str = "AWS_CA_BUNDLE";

/// The client of those who trust certificates of their own; nothing for all others.
pub(super) fn http_client(profiles: &Profiles, profile: &str) -> Result<Option<SharedHttpClient>, SourceTrouble> {
    let variable = std::env::var(VARIABLE).ok().filter(|path| !path.is_empty());
    let (path, named_by) = match (variable, profiles.get(profile, "ca_bundle")) {
        (Some(path), _) => (path, VARIABLE.to_owned()),
        (None, Some(path)) => (path.to_owned(), format!("ca_bundle of the profile '{profile}'")),
        (None, None) => return Ok(None),
    };
    let refused = |reason: String| {
        SourceTrouble::new(TroubleKind::Usage, format!("{named_by} '{path}': {reason}"))
            .hint("it names a file of certificates in PEM form, which are trusted in place of those of the system")
    };
    let mut pem = Vec::new();
    // Not as one text: what stands beside the certificates may be of any encoding.
    let read = File::open(&path).and_then(marked::reader).and_then(|mut text| text.read_to_end(&mut pem));
    read.map_err(|error| refused(io_reason(&error)))?;
    check(&pem).map_err(&refused)?;
    let context = TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(pem)).build();
    let context = context.map_err(|error| refused(error.to_string()))?;
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https();
    Ok(Some(client))
}

/// Reads the certificates as the client will, which ends the process where it cannot.
fn check(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("no PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("a certificate in it cannot be used: {error}"))?;
    }
    if roots.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_refused() {
        assert_eq!(check(b"").unwrap_err(), "there is no certificate in it");
        assert_eq!(check(b"hello").unwrap_err(), "there is no certificate in it");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(check(broken.as_bytes()).unwrap_err().starts_with("a certificate in it cannot be used"));
    }
}

//! A bucket behind certificates of one's own: `AWS_CA_BUNDLE`, and `ca_bundle` of the profile (DESIGN §8).
//!
//! `tests/support/own_ca` has a CA whose key nobody has any more, and a server's certificate of it for 127.0.0.1 with its key.
//! Both are good until 2126.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::buckets::{Buckets, WINDOW, check_told};
use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};
use crate::support::{Ended, Run};

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/own_ca/ca.pem");

/// A door in front of a server, through which one comes by TLS alone.
struct Door {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Door {
    fn to(server: &Server) -> Self {
        let chain = vec![CertificateDer::from_pem_slice(include_bytes!("../support/own_ca/server.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../support/own_ca/server.key")).unwrap();
        let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
        let config =
            ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let behind = server.url().trim_start_matches("http://").to_owned();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(acceptor.clone(), stream, behind.clone()));
            }
        });
        Self { address, _runtime: runtime }
    }

    /// Asks for the events of the bucket behind it.
    fn ask(&self, more: &[&str], variables: &[(&str, &str)]) -> Ended {
        let url = format!("https://{}", self.address);
        let args = [&["events", "s3://logs", "-o", "csv", "--endpoint-url", &url], &WINDOW[..], more].concat();
        let run = Run::new(&args).env("AWS_REGION", "us-east-1");
        variables.iter().fold(run, |run, (name, value)| run.env(name, value)).ended()
    }
}

/// One connection. A client that trusts nobody here ends it.
async fn pass(acceptor: TlsAcceptor, stream: TcpStream, behind: String) {
    if let (Ok(mut outside), Ok(mut inside)) = (acceptor.accept(stream).await, TcpStream::connect(behind).await) {
        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
    }
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];

#[test]
fn a_bucket_behind_certificates_of_ones_own_is_read() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let door = Door::to(&server);
    let local = buckets.local("", &[&["events", "-o", "csv"], &WINDOW[..]].concat());

    let by_variable = door.ask(&[], &[&KEYS[..], &[("AWS_CA_BUNDLE", CA)]].concat());
    assert_eq!((by_variable.code, &by_variable.stdout), (Some(0), &local.stdout), "{}", by_variable.stderr);

    let folder = tempfile::tempdir().unwrap();
    // Saved as PowerShell's `>` saves it.
    let text = std::fs::read_to_string(CA).unwrap().replace('\n', "\r\n");
    let bytes: Vec<u8> = format!("\u{feff}# ours\r\n{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bundle = folder.path().join("ca.pem");
    std::fs::write(&bundle, bytes).unwrap();
    for (profile, flags) in [("default", &[][..]), ("profile audit", &["--profile", "audit"])] {
        let config = profile_file(folder.path(), profile, &bundle);
        let by_profile = door.ask(flags, &[("AWS_CONFIG_FILE", &config)]);
        assert_eq!((by_profile.code, &by_profile.stdout), (Some(0), &local.stdout), "{}", by_profile.stderr);
    }
}

/// A file with a profile that has keys and a bundle.
fn profile_file(folder: &Path, profile: &str, bundle: &Path) -> String {
    let path = folder.join("config");
    let text = format!(
        "[{profile}]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\nca_bundle = {}\n",
        bundle.display()
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn without_its_bundle_it_is_said_what_names_one() {
    let buckets = Buckets::demo("");
    let server = Server::start(buckets.path());
    let door = Door::to(&server);
    let ended = door.ask(&[], &KEYS);
    check_told(
        &ended,
        1,
        &[
            "cannot be reached: ",
            "UnknownIssuer",
            "where a proxy or a service has certificates of its own, AWS_CA_BUNDLE or ca_bundle of the profile names them",
        ],
    );
    assert_eq!((ended.stdout.as_str(), server.count("List")), ("", 0));
}

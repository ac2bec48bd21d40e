//! A real S3 on loopback, whose buckets are folders, with faults between it and its clients.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::S3;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub(crate) const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_KEY: &str = "not-a-secret";

/// A request, as far as faults care.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `List`, `Get`, `Head` or the like.
    pub(crate) operation: &'static str,
    /// The key, or the prefix of a listing.
    pub(crate) key: String,
    /// How often the same was asked before.
    pub(crate) before: usize,
    /// Whether the reader says that it pays.
    pub(crate) requester_pays: bool,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// An error of S3.
    Error(u16, &'static str, &'static str),
    /// The connection ends in the middle of the body.
    Reset,
    /// The body ends in the middle, and its length says so.
    Truncated,
    /// A byte of the body is another one.
    Flipped,
    /// That text in place of the answer.
    Answer(&'static str),
    /// An answer of that many bytes.
    Large(usize),
    /// An answer that says of itself that it is that, and goes on and on.
    Endless(u16),
    /// A redirect to another region.
    Region(&'static str),
}

type Rule = dyn Fn(&Asked) -> Fault + Send + Sync;

/// A running server.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<BTreeMap<(&'static str, String), usize>>>,
    crowd: Arc<Crowd>,
    fetches: Arc<Crowd>,
    _runtime: Runtime,
}

impl Server {
    /// Serves the folders in `root` to those who have the keys.
    pub(crate) fn start(root: &Path) -> Self {
        Self::faulty(root, Duration::ZERO, |_| Fault::None)
    }

    pub(crate) fn faulty(
        root: &Path,
        latency: Duration,
        rule: impl Fn(&Asked) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::serve(s3s_fs::FileSystem::new(root).unwrap(), true, latency, rule)
    }

    /// Serves everybody.
    pub(crate) fn public(root: &Path) -> Self {
        Self::serve(s3s_fs::FileSystem::new(root).unwrap(), false, Duration::ZERO, |_| Fault::None)
    }

    pub(crate) fn serve(
        s3: impl S3,
        keys: bool,
        latency: Duration,
        rule: impl Fn(&Asked) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let mut builder = S3ServiceBuilder::new(s3);
        if keys {
            builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        }
        let service = builder.build();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, crowd, fetches) = (Arc::default(), Arc::<Crowd>::default(), Arc::<Crowd>::default());
        let layer = Layer {
            service,
            rule: Arc::new(rule),
            latency,
            seen: Arc::clone(&seen),
            crowd: Arc::clone(&crowd),
            fetches: Arc::clone(&fetches),
        };
        runtime.spawn(accept(listener, layer));
        Self { address, seen, crowd, fetches, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests of that operation came.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|((seen, _), _)| *seen == operation).map(|(_, count)| count).sum()
    }

    /// How many requests were under way at once at the most.
    pub(crate) fn side_by_side(&self) -> usize {
        self.crowd.most.load(Ordering::SeqCst)
    }

    /// The same for objects alone.
    pub(crate) fn fetches_side_by_side(&self) -> usize {
        self.fetches.most.load(Ordering::SeqCst)
    }

    /// The keys or prefixes that were asked for.
    pub(crate) fn keys(&self, operation: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.keys().filter(|(seen, _)| *seen == operation).map(|(_, key)| key.clone()).collect()
    }
}

/// Requests that are under way.
#[derive(Default)]
struct Crowd {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Crowd {
    fn enter(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct Layer {
    service: S3Service,
    rule: Arc<Rule>,
    latency: Duration,
    seen: Arc<Mutex<BTreeMap<(&'static str, String), usize>>>,
    crowd: Arc<Crowd>,
    fetches: Arc<Crowd>,
}

async fn accept(listener: TcpListener, layer: Layer) {
    while let Ok((stream, _)) = listener.accept().await {
        let layer = layer.clone();
        let service = service_fn(move |request| layer.clone().answer(request));
        tokio::spawn(async move {
            // A client that goes away, or a fault, ends a connection.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Layer {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Faulty>, Infallible> {
        let asked = self.note(&request);
        let crowds = if asked.operation == "Get" { vec![&self.crowd, &self.fetches] } else { vec![&self.crowd] };
        for crowd in &crowds {
            crowd.enter();
        }
        tokio::time::sleep(self.latency).await;
        for crowd in crowds {
            crowd.leave();
        }
        let fault = (self.rule)(&asked);
        if let Fault::Error(status, code, message) = fault {
            return Ok(error(status, code, message));
        }
        if let Fault::Answer(text) = fault {
            return Ok(answer(200, text.to_owned()));
        }
        if let Fault::Large(size) = fault {
            return Ok(answer(200, format!("<ListBucketResult>{}</ListBucketResult>", " ".repeat(size))));
        }
        if let Fault::Endless(status) = fault {
            let mut endless = answer(status, String::new());
            *endless.body_mut() = Faulty { body: None, end: End::Never };
            return Ok(endless);
        }
        if let Fault::Region(region) = fault {
            let signed = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            if !signed.is_some_and(|value| value.contains(&format!("/{region}/s3/"))) {
                let mut answer = error(301, "PermanentRedirect", "The bucket is elsewhere.");
                answer.headers_mut().insert("x-amz-bucket-region", HeaderValue::from_static(region));
                return Ok(answer);
            }
        }
        let (mut head, body) = self.service.call(request.map(s3s::Body::from)).await.unwrap().into_parts();
        let mut body = body.collect().await.unwrap().to_bytes().to_vec();
        let half = body.len() / 2;
        match fault {
            Fault::Truncated => {
                body.truncate(half);
                head.headers.insert("content-length", half.into());
            }
            Fault::Flipped => body[half] ^= 0x10,
            _ => {}
        }
        let length = body.len() as u64;
        if fault == Fault::Reset {
            body.truncate(half);
        }
        let end = if fault == Fault::Reset { End::Broken(length) } else { End::Clean(length) };
        Ok(Response::from_parts(head, Faulty { body: Some(body.into()), end }))
    }

    fn note(&self, request: &Request<Incoming>) -> Asked {
        let query = request.uri().query().unwrap_or_default();
        let path = decode(request.uri().path());
        let key = path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key).to_owned();
        let (operation, key) = match request.method().as_str() {
            "GET" if query.contains("list-type=2") => {
                let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix="));
                ("List", decode(prefix.unwrap_or_default()))
            }
            "GET" if !key.is_empty() => ("Get", key),
            "HEAD" if key.is_empty() => ("HeadBucket", key),
            "HEAD" => ("Head", key),
            _ => ("Other", key),
        };
        let mut seen = self.seen.lock().unwrap();
        let count = seen.entry((operation, key.clone())).or_default();
        *count += 1;
        let requester_pays = request.headers().get("x-amz-request-payer").is_some_and(|value| value == "requester");
        Asked { operation, key, before: *count - 1, requester_pays }
    }
}

fn decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = [bytes.next().unwrap(), bytes.next().unwrap()].map(char::from).iter().collect();
            out.push(u8::from_str_radix(&digits, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

fn error(status: u16, code: &str, message: &str) -> Response<Faulty> {
    answer(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

fn answer(status: u16, text: String) -> Response<Faulty> {
    let length = text.len() as u64;
    let body = Faulty { body: Some(Bytes::from(text)), end: End::Clean(length) };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
}

/// A body that may break off, or not end.
struct Faulty {
    body: Option<Bytes>,
    end: End,
}

/// How a body ends, and the length that it tells.
#[derive(Clone, Copy)]
enum End {
    Clean(u64),
    Broken(u64),
    Never,
}

/// What a body that never ends goes on with.
static MORE: [u8; 64 << 10] = [b' '; 64 << 10];

impl Body for Faulty {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match (self.body.take(), self.end) {
            (Some(body), _) => Poll::Ready(Some(Ok(Frame::data(body)))),
            (None, End::Broken(_)) => Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into()))),
            (None, End::Never) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&MORE))))),
            (None, End::Clean(_)) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Clean(length) | End::Broken(length) => SizeHint::with_exact(length),
            End::Never => SizeHint::default(),
        }
    }
}

//! HTTP/1.1 on a free port of loopback: what stand-ins for services of AWS answer requests through.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A server that runs; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Loopback {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Answers each request; an error breaks its connection.
    pub(crate) fn start<F, A, B, E>(answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
        A: Future<Output = Result<Response<B>, E>> + Send + 'static,
        B: Body<Data = Bytes, Error: Error + Send + Sync> + Send + 'static,
        E: Error + Send + Sync + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let serving = async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service_fn(answer.clone()));
                tokio::spawn(connection);
            }
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serving => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// An answer of AWS's JSON protocol.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    answer(status, "application/x-amz-json-1.1", body.to_string())
}

/// An answer with a text of some type.
pub(crate) fn answer(status: StatusCode, content_type: &str, body: String) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header("content-type", content_type);
    answer.body(Full::new(body.into())).unwrap()
}

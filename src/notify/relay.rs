//! The way to a mail server, bounded in time and in bytes. lettre waits for the end of a line however long it gets, and its
//! timeout begins anew with each byte, so that it talks to this relay on loopback, and this one talks to the server. What
//! passes is what TLS has made of it: the relay sees no secret.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A mail server says a few lines, and shows its certificates. The rest is not taken.
pub(super) const MOST: usize = 256 << 10;

/// Why a connection ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelayFailure {
    /// No address is known for the host.
    NoHost,
    /// Nobody answers there.
    Refused(io::ErrorKind),
    /// The time is over.
    Late,
    /// The server says more than [`MOST`].
    TooMuch,
}

/// A way that is open.
#[derive(Debug)]
pub(super) struct Relay {
    /// The port on loopback that leads to the server.
    pub(super) port: u16,
    broken: Arc<Mutex<Option<RelayFailure>>>,
}

impl Relay {
    /// Opens the way; it closes when the time is over, whatever goes on.
    pub(super) fn open(host: &str, port: u16, time: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let here = listener.local_addr()?.port();
        let broken = Arc::<Mutex<Option<RelayFailure>>>::default();
        let (end, host, note) = (Instant::now() + time, host.to_owned(), Arc::clone(&broken));
        // Not waited for: looking up a name has no timeout, and nobody needs the answer then.
        std::thread::spawn(move || {
            let Ok((near, _)) = listener.accept() else { return };
            drop(listener);
            if let Err(why) = pass(&near, &host, port, end) {
                *note.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
            // Whoever waits at the other end is told only after the reason is there.
            drop(near.shutdown(Shutdown::Both));
        });
        Ok(Self { port: here, broken })
    }

    /// Why it ended before its time.
    pub(super) fn broken(&self) -> Option<RelayFailure> {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much time is left.
fn left(end: Instant) -> Result<Duration, RelayFailure> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(RelayFailure::Late) } else { Ok(left) }
}

/// Passes on what both sides say until one of them ends.
fn pass(near: &TcpStream, host: &str, port: u16, end: Instant) -> Result<(), RelayFailure> {
    let far = connect(host, port, end)?;
    let ended = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(RelayFailure::Late),
        _ => Ok(()),
    };
    let Ok((mut from, mut to)) = near.try_clone().and_then(|near| Ok((near, far.try_clone()?))) else { return Ok(()) };
    drop(to.set_write_timeout(Some(left(end)?)));
    std::thread::spawn(move || {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Write));
    });
    let (mut taken, mut buffer) = (0, [0; 4096]);
    let mut passed = || loop {
        let time = left(end)?;
        drop(far.set_read_timeout(Some(time)));
        drop(near.set_write_timeout(Some(time)));
        let read = match (&far).read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return ended(error),
        };
        taken += read;
        if taken > MOST {
            return Err(RelayFailure::TooMuch);
        }
        if let Err(error) = (&mut &*near).write_all(&buffer[..read]) {
            return ended(error);
        }
    };
    let result = passed();
    // Ends the other direction too.
    drop(far.shutdown(Shutdown::Both));
    result
}

fn connect(host: &str, port: u16, end: Instant) -> Result<TcpStream, RelayFailure> {
    let addresses = (host, port).to_socket_addrs().map_err(|_| RelayFailure::NoHost)?;
    let mut why = RelayFailure::NoHost;
    for address in addresses {
        match TcpStream::connect_timeout(&address, left(end)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => why = RelayFailure::Refused(error.kind()),
        }
    }
    left(end).and(Err(why))
}

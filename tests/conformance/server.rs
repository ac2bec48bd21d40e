//! The stand-in for LookupEvents as a program of its own, for clients in other languages. Its only argument is JSON: the
//! faults. It prints its address, and ends with its standard input.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test server says where it is, or fails")]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use tfctrail::domain::timestamp::Timestamp;

#[path = "../support/lookup_events/mod.rs"]
mod lookup_events;

use lookup_events::{Server, Setup, events};

fn main() {
    let faults = std::env::args().nth(1).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap()).unwrap();
    let records = events::records(Path::new("fixtures/demo"), now.day());
    let server = Server::start(Setup { events: events::by_place(&records), now, faults });
    println!("{} {}", server.url(), now.day().start().seconds());
    std::io::stdout().flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    println!("{} requests", server.arrivals().len());
}

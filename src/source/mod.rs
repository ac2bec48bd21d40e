//! Floor 2: where log files come from.
//!
//! A source lists what it has as [`Chunk`]s; the worker that decodes a local file opens it itself, so that no bytes are
//! handed from thread to thread. What comes over a network arrives in an [`Inbox`]; nothing outside this floor is
//! asynchronous.
//!
//! ```text
//! spec        what a SOURCE is: a path, standard input, a store, or something behind an API
//! kind        what a source behind an API can do, and what is known of all of its kind
//! kinds       the table of those kinds; it alone names bucket, history, cloudwatch_logs and athena
//! bucket      s3://…
//! history     event-history:…
//! cloudwatch_logs  cloudwatch-logs:…
//! athena      athena:…
//! paged       what sources have in common whose events come in pages
//! remote      opens, estimates and examines them, whatever they are
//! digests     opens them for their digest files
//! running     what of theirs has to be stopped where the program ends first
//! directory   lists local files
//! ```
//!
//! A new source behind an API is a folder (or a file) with a [`RemoteKind`] and a [`RemoteSource`], and one line in
//! [`kinds::KINDS`]. All others ask these two: the command line what a text means and how to write it, a scan and a sync
//! what is counted as read, a store how to keep it, the help what there is.

pub mod athena;

pub mod bucket;

#[cfg(feature = "aws")]
mod caller;

mod chunk;

pub mod cloudwatch_logs;

pub mod content;

mod delivery;

pub mod digests;

pub mod directory;

pub mod doctor;

pub mod history;

mod inbox;

mod kind;

pub mod kinds;

pub mod known;

mod listing;

mod looked;

pub mod named;
pub mod paged;

pub mod place;

pub mod question;

pub mod remote;

pub mod running;

mod spec;

mod unlisted;

pub mod upload;

pub use chunk::{Body, Chunk, HeldBytes};
pub use delivery::Delivery;
pub use inbox::Inbox;
pub use kind::{RemoteKind, RemoteSource, SourceKind, Supply};
pub use listing::Listing;
pub use looked::{DaysBefore, LookedRange, SettledDays};
pub use spec::SourceSpec;
pub use unlisted::Unlisted;

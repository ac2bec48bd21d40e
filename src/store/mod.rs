//! Floor 2: the embedded store, one `SQLite` file that remembers what log files held.
//!
//! The rows of a log file and the mark that it was read go in one transaction, so a store is right at any moment, however
//! the process ends. Nothing in it is more than what the log files say, and all of it can be filled again from them.

pub mod calls;

pub mod check;

pub mod count;

pub mod error;

pub mod info;

pub mod known;

pub mod lock;

mod passed_over;

mod places;

pub mod prune;

pub mod read;

pub mod sql;

pub mod write;

mod verified;

mod look_alike;

mod beside;

mod checkpoint;

mod assemble;

mod cells;

mod copies;

mod early;

mod corrections;

mod digest_ends;

mod facet;

mod question;

mod rows;

mod run_keys;

pub mod past;

pub mod recollect;

pub mod remove;

mod handle;

mod intern;

mod label;

mod listed_late;

mod log_file;
mod looked;

mod make;

mod migrate;

mod narrow;
mod open;

pub mod parts;

mod replaced;

mod schema;

mod scope;

mod stretch;

mod overdue;

mod tally;

mod text_table;

mod told;

mod tidy;

mod verdicts;

mod wanted;

mod whole;

pub use error::StoreError;
pub use handle::Store;
pub use write::StoreWriter;

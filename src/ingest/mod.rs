//! Floor 3: drives the line from sources to events and coverage, or into a store. Synchronous; knows no AWS and no command
//! line.

pub mod archive;

mod call_bytes;

mod counts;

mod day_folders;

mod day_slots;

pub mod done_files;

pub mod extract;

pub mod extract_past;

mod extract_writer;

pub mod list;

mod unlisted;

pub mod options;

pub mod pool;
pub mod second_pass;

mod first_reading;

mod fold;

mod fold_calls;

mod fold_parts;

mod held_files;

mod ingested;

mod kept_events;

mod noted;

pub mod known_listings;

mod outside_writes;

mod room;

mod row_bytes;

mod row_keeper;

mod standing;

pub mod work_list;

mod whole_lines;

mod worker_result;

pub mod scan;

#[cfg(feature = "store")]
pub mod sync;

#[cfg(feature = "verify")]
pub mod verify;

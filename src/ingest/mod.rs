//! Floor 3: drives the line from sources to events and coverage, or into a store. Synchronous; knows no AWS and no command
//! line.

mod counts;

mod day_slots;

pub mod extract;

mod extract_writer;

pub mod list;

mod unlisted;

pub mod options;

pub mod pool;
pub mod second_pass;

mod first_reading;

mod fold;

mod outside_writes;

mod room;

mod standing;

pub mod work_list;

pub mod scan;

#[cfg(feature = "store")]
pub mod sync;

#[cfg(feature = "verify")]
pub mod verify;

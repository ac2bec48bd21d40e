//! Calls of runs in a store (DESIGN §9): each is kept with what decides, by the code that decides it for a scan, whose it is
//! and which of its copies stands.

pub mod kept;

pub mod about;

pub(super) mod intern;

pub mod notes;

pub mod write_notes;

pub mod read;

mod grouped;

mod related;

mod leads;

mod assemble;

mod others;

mod unread;

mod extracted;

mod write;

//! Events that are too many for memory: put aside in files, in parts each of which is small enough to be read back whole.

pub mod bytes;

pub mod event_bytes;

pub mod events;

pub mod file;

mod keys;

pub mod ordered;

pub mod parts;

pub mod stored;

mod strays;

pub mod text_numbers;

pub mod writer;

#[cfg(test)]
mod tests;

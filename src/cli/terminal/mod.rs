//! The person or log behind standard error: messages, progress, questions, and signals.

pub mod ask;

pub mod interrupt;

pub(in crate::cli) mod pager;

pub mod progress;

mod fold;

pub mod talk;

//! The sources of a command: which, what is kept of them, and what is said about them.

pub mod answer;

pub mod aside;

pub mod calls;

pub mod calls_of_store;

pub mod dry_run;

pub mod evidence;

pub mod extracts;

pub mod for_rules;

pub mod kept;

pub mod keys;

pub mod logs;

pub mod meant;

pub mod scan;

pub mod source;

pub mod stores;

pub mod verified;

pub mod words;

//! What several commands take. Doc comments here are the help.

pub mod account;

pub mod athena_table;

pub mod aws;

pub mod call_filter;

pub mod config_file;

pub mod events;

pub mod expected;

pub mod filter;

pub mod grouping;

pub mod issuer;

pub mod limit;
pub mod logs;

pub mod memory;

pub mod named_source;

pub mod number;

pub mod output;

pub mod scan;

pub mod severity;

pub mod source;

pub mod store;

pub mod time;

pub mod ui;

pub mod verified;
pub mod work_list;

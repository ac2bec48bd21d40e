//! A review in words and tables, whatever page they end on: HTML, Markdown or JSON.

pub mod words;

pub mod headline;

pub mod table;

pub mod tables;

pub mod markdown;

pub mod json;

pub mod run_pages;

pub mod place;

/// Where findings lead.
pub(super) mod run_links;

/// Tables about what runs did.
pub(super) mod deeds;

mod deeds_json;

mod members;

pub(super) mod verified;

mod setting;

pub use self::setting::PageContext;

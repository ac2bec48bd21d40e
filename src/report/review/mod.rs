//! A review in words and tables, whatever page they end on: HTML, Markdown or JSON.

pub mod words;

pub mod tables;

pub mod markdown;

pub mod json;

mod members;

mod setting;

pub use self::setting::PageContext;

//! From the text of one record to a value: an assumption, or a call where those were asked for.

pub mod assumption;
pub mod prefilter;

pub(super) mod call;

mod identity;
mod secret;
mod wire;

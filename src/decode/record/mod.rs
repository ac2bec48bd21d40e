//! From the text of one record to a value: an assumption, or a call where those were asked for.

pub mod assumption;
pub mod prefilter;
pub mod principals;
pub mod resource_write;
pub mod session_call;

pub(super) mod call;
pub(super) mod call_question;

mod identity;
mod known_identities;
mod parsed_call;
mod recent;
pub(in crate::decode) mod secret;
mod session_record;
mod session_wire;
mod wire;

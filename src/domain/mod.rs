//! Floor 0: the values of the field, in the field's words. No input or output, no serialisation, no clock.

pub mod texts;

pub mod timestamp;

pub mod subject;

pub mod issuer;

pub mod name;

pub mod role;

pub mod shared;

pub mod source_address;

pub mod user_agent;

pub mod log_key;

pub mod digest;

pub mod digest_key;

pub mod public_key;

pub mod verdict;

pub mod archive_judge;

pub mod log_kind;

pub mod log_name;

pub mod window;

pub mod assumption;

pub mod call;

pub mod session_call;

pub mod resource_write;

pub mod run;

pub mod tally;

pub mod version;

pub mod finding;

pub mod work;

pub mod sync_counts;

pub mod trouble;

//! The wrappings that events arrive in (DESIGN §11): one file each, and one line in `CARRIERS`.
//!
//! A carrier is told by the members of an object and says where in them the events are: in an object, in text, or in base64.
//! What is inside is read by the same reader, so that carriers nest, up to [`MAX_CARRIERS`] deep. Lists of elements are told
//! by their keys alone: whatever their elements are, each is looked at by itself.

pub mod envelope;
pub mod foreign;

pub(super) mod look;

mod athena;
#[cfg(target_arch = "x86_64")]
mod base64_blocks;
mod beside;
mod carried_stream;
mod carrier;
mod datadog;
mod elastic;
mod event_bridge;
mod extent;
mod firehose;
mod fluent_bit;
mod insights;
mod key_table;
pub(super) mod keys;
mod kinesis;
mod lake;
mod lambda_logs;
mod log_event;
mod log_line;
mod lookup;
mod notification;
mod one_object;
mod opaque;
mod opened;
mod rows;
mod sns;
mod splunk;
mod sqs;
mod table;

pub(super) use self::carrier::Members;
pub use self::carrier::{Carrier, Holds};
pub use self::keys::{InnerString, KeyMeaning, KnownKey, MAX_CARRIERS, Member};
pub use self::opened::CarriedContent;
#[cfg(feature = "parquet")]
pub(super) use self::table::ObjectText;
pub use self::table::{ATHENA_NEEDED, Row, TABLES, Table};

/// Every carrier, in the order in which they are tried; all that fit are opened.
pub const CARRIERS: &[Carrier] = &[
    lookup::CARRIER,
    event_bridge::CARRIER,
    log_event::CARRIER,
    sns::MESSAGE,
    sns::RECORD,
    sqs::CARRIER,
    kinesis::CARRIER,
    firehose::CARRIER,
    lambda_logs::CARRIER,
    insights::CARRIER,
    lake::CARRIER,
    splunk::CARRIER,
    elastic::CARRIER,
    fluent_bit::CARRIER,
    datadog::CARRIER,
    athena::CARRIER,
    notification::CARRIER,
];

impl<'a> Members<'a> {
    /// What is inside, by each carrier that it is.
    pub(super) fn opened(self) -> impl Iterator<Item = CarriedContent<'a>> {
        // A carrier looks at its own keys, so one that has none of them here need not be asked.
        let mut asked = self.asked();
        let carriers = std::iter::from_fn(move || {
            let carrier = CARRIERS.get(asked.trailing_zeros() as usize)?;
            asked &= asked - 1;
            Some(carrier)
        });
        carriers.filter_map(move |carrier| (carrier.open)(&self))
    }
}

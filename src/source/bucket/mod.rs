//! Archives in S3: their layout is discovered, and only what the window leaves is listed and fetched.

mod address;

pub use address::{BucketAddress, BucketAddressError, bucket_arn, objects_arn};

mod kind;

pub(super) use kind::KIND;

mod pasted;

#[cfg(feature = "aws")]
mod advice;

#[cfg(feature = "aws")]
mod answer;

#[cfg(feature = "aws")]
mod before;

#[cfg(feature = "aws")]
mod beside;

#[cfg(feature = "aws")]
mod body;

#[cfg(feature = "aws")]
mod client;

#[cfg(feature = "aws")]
mod digests;

#[cfg(feature = "aws")]
mod discover;

#[cfg(feature = "aws")]
mod estimate;

#[cfg(feature = "aws")]
mod examine;

#[cfg(feature = "aws")]
mod examine_digests;

#[cfg(feature = "aws")]
mod fetch;

#[cfg(feature = "aws")]
mod found;

#[cfg(feature = "aws")]
mod keys;

#[cfg(feature = "aws")]
mod layout;

#[cfg(feature = "aws")]
mod list;

#[cfg(feature = "aws")]
mod narrow;

#[cfg(feature = "aws")]
mod open;

#[cfg(feature = "aws")]
mod pace;

#[cfg(feature = "aws")]
mod pages;

#[cfg(feature = "aws")]
mod policy;

#[cfg(feature = "aws")]
mod settle;

#[cfg(feature = "aws")]
mod span;

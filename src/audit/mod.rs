//! Floor 1: from values to values. No input or output.

pub mod coverage;

pub mod group;

pub mod corrections;

pub mod inferred;

pub mod runs;

pub mod numbers;

pub mod distinct_runs;

pub mod event_field;

pub mod summary;

pub mod headline;

pub mod pattern;

pub mod word_pattern;

pub mod address_pattern;

pub mod filter;

pub mod select;

pub mod keys;

pub mod trust;

pub mod network;

pub mod fact;

pub mod baseline;

pub mod sightings;

pub mod encoded;

pub mod detect;

pub mod suppress;

pub mod review;

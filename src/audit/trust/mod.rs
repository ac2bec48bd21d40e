//! Trust policies of roles: what IAM makes of them, the tightest one that covers what was seen, and where an existing one is
//! looser than its use. Nothing here asks AWS.

pub mod pattern;

mod admitted;

pub mod policy_use;

mod prefixes;

pub mod reach;

pub mod policy;

pub mod evaluate;

pub mod expect;

pub mod propose;

pub mod policy_check;

pub mod setup;

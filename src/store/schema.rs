//! The schema, step by step, and the version that all of them make.

/// Every step. The first makes a store out of an empty file; a new one is a file and a line.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
];

/// The views on the tables that the steps make. They hold nothing, so that each step leaves them to the end.
pub(super) const VIEWS: &str = include_str!("schema/views.sql");

/// The version that this build reads and writes.
#[expect(clippy::cast_possible_wrap, reason = "a handful")]
pub(super) const VERSION: i64 = STEPS.len() as i64;

//! From words, environment and config file to arguments, and what is said where they are wrong.

pub mod help;

pub mod origin;

pub mod parse;

pub mod usage;

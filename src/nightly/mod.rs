//! Floor 3: reports of windows, night after night: which windows are reported on, what each of them is held against, and what
//! is found in it. It knows no command line, and it writes nothing.

pub mod baseline;

pub mod group;

pub mod plan;

pub mod windows;

pub mod calls;

mod window_calls;

mod deeds;

mod carried;

mod rolling;

//! The command line verbs.

pub mod logging;

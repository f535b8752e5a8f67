//! The command line verbs.

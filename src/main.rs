//! The `taxiway` program: see the library.

fn main() {}

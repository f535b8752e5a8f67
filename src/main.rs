//! The `taxiway` program: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    taxiway::command::main().into()
}

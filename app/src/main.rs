//! The `roundhouse` binary: everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    roundhouse::cli::main()
}

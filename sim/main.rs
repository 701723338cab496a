//! The command `bitsim`. It is the library with a terminal around it, for people without Cargo.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}

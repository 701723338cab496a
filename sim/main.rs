//! The command `bitsim`. It is the library with a terminal around it, for people without Cargo.

mod cli;
mod guard;

fn main() -> std::process::ExitCode {
    cli::main()
}

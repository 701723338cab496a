//! Every scenario under `scenarios/` is a test for each target that it runs on.

fn main() -> std::process::ExitCode {
    bitsim::harness::run("scenarios")
}

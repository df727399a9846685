//! `fleet`: parse, dispatch, and the one place that ends the process with an exit code.

fn main() -> std::process::ExitCode {
    fleet::cli::main()
}

//! Faults of the system around a protected program: part `faults` of `cargo xtask prove`.
//!
//! Each is a real process in which something runs out, hangs, jumps or is stopped, and which is told to end there. What it
//! does is compared with what the contract or the documentation promises for that.
//!
//! The programs under test are this one itself, called with `--victim`, and those of the folder `python`.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> prove_common::Result<std::process::ExitCode> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The faults are made with Linux's limits and name spaces: there is nothing here.");
}

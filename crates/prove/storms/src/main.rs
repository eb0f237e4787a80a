//! Storms and ladders: part `storms` of `cargo xtask prove`.
//!
//! Storms send signals by the million to programs with hundreds of open blocks, and look at how each program ended and at
//! what it wrote. Ladders send signals at known gaps, or one signal to a block with a known deadline, and measure when
//! each program ended against when the contract says it does.
//!
//! The programs under test are this one itself, called with `--victim`, and those of the folder `python`; both speak the
//! same few words, so that one driver tests both.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> prove_common::Result<std::process::ExitCode> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!(
        "The storms are signals from outside, and files under /proc tell when they have come: there is nothing here."
    );
}

//! Measures this crate, its neighbours and the machine's own floor, in one interleaved run.
//!
//! ```text
//! cargo xtask bench              about two minutes; writes docs/bench.md
//! cargo xtask bench --short      under 20 seconds; writes nothing
//! cargo xtask bench --out FILE   writes FILE instead
//! ```
//!
//! Behind it the task measures the Python package (`crates/bench/python`).
//!
//! A figure in nanoseconds says little about another machine, so each stands beside its ratio to a floor that was
//! measured in the same rounds. A missed target is printed as such and does not fail the run: whether a machine is fast
//! enough is not a test.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> Result<(), linux::Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    linux::main(&arguments)
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("The benchmark reads Linux's clocks and its files under /proc; there is nothing to measure here.");
}

//! A signal at every instruction: runs small programs step by step under `ptrace`, sends each its signal between two
//! instructions, and judges what it has left and how it ended.
//!
//! It does not use the library itself: a witness must not depend on what it judges.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    linux::main()
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {
    println!("SKIPPED: programs are stepped through on Linux on x86-64 only");
}

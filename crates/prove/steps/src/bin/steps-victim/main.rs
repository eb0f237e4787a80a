//! The program that is stepped through: two files that belong together, written in blocks.
//!
//! It is started once and forks at each order that it reads, before it has made any use of the library: each case is a
//! process of its own, at a tenth of the cost of starting a program, and every instruction is at the same address each time.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod ledger;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod orders;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod programs;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> Result<(), shutdown_protection::Interrupted> {
    let [program, first, second] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("the arguments are a program and two files");
    let program = programs::named(&program);
    let ledger = Box::leak(Box::new(ledger::Ledger::open(&first, &second)));
    if orders::wait() { program(ledger) } else { Ok(()) }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {}

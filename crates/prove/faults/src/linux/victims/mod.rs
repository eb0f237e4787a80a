//! The programs under test in Rust: `--victim NAME ARGUMENTS`.

mod callbacks;
mod clocks;
mod deadline;
mod descriptors;
mod memory;
mod threads;
mod writer;

use std::ffi::CStr;
use std::process::ExitCode;
use std::time::Duration;

use prove_common::Result;
use prove_common::talk::{await_pending, say};
use shutdown_protection::ShutdownProtection;

pub(super) fn run() -> Result<ExitCode> {
    match std::env::args().nth(2).as_deref() {
        Some("callbacks") => callbacks::run(),
        Some("clocks") => clocks::run(),
        Some("deadline") => deadline::run(),
        Some("descriptors") => descriptors::run(),
        Some("memory") => memory::run(),
        Some("threads") => threads::run(),
        Some("writer") => writer::run(),
        other => Err(format!("no program is called {other:?}").into()),
    }
}

/// Asks the shim for a fault.
fn fault(name: &CStr, value: i64) {
    // SAFETY: the text ends with zero; what is found under these names are functions of the shim of this type.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr());
        assert!(!found.is_null(), "the shim is not loaded");
        std::mem::transmute::<*mut libc::c_void, extern "C" fn(i64)>(found)(value);
    }
}

/// Says that it is ready, and breaks when it is told to.
fn ready_then_break(block: &ShutdownProtection) {
    say("ready");
    await_pending();
    say("pending");
    let _ = block.allow_break();
}

/// Until the deadline has struck.
fn while_in_time(block: &ShutdownProtection) {
    while block.check_deadline().is_ok() {
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// What is caught and told needs no printing.
fn panic_quietly() {
    std::panic::set_hook(Box::new(|_| ()));
}

/// The message of a panic.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

//! Loaded before the C library (`LD_PRELOAD`), it stands between a program and two functions of the system, and does what
//! they do until the program asks for the fault: threads that cannot be had, and a wall clock that jumps.
//!
//! The clocks of the machine are everybody's, and a limit of threads does not hold for root: so this, beside the real
//! limits where there are any.

#![cfg(target_os = "linux")]

use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::{AtomicI64, Ordering};

/// How many threads may be started yet; negative: any number.
static THREADS: AtomicI64 = AtomicI64::new(-1);
/// By how many seconds the wall clock is wrong.
static JUMPED: AtomicI64 = AtomicI64::new(0);

/// From now on so many threads can be started; -1: any number.
#[unsafe(no_mangle)]
pub extern "C" fn fault_threads(most: i64) {
    THREADS.store(most, Ordering::SeqCst);
}

/// Sets the wall clock wrong by so many seconds.
#[unsafe(no_mangle)]
pub extern "C" fn fault_wall_clock(seconds: i64) {
    JUMPED.store(seconds, Ordering::SeqCst);
}

/// The function of that name behind this library.
fn next(name: &CStr) -> *mut c_void {
    // SAFETY: a text that ends with zero, as `CStr` has it.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    assert!(!found.is_null(), "the C library has what it is asked for");
    found
}

type Create =
    unsafe extern "C" fn(*mut libc::pthread_t, *const libc::pthread_attr_t, *mut c_void, *mut c_void) -> c_int;

/// As the C library's, unless no thread is left.
///
/// # Safety
///
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    body: *mut c_void,
    argument: *mut c_void,
) -> c_int {
    let less = |left: i64| if left > 0 { Some(left - 1) } else { None };
    if THREADS.load(Ordering::SeqCst) >= 0 && THREADS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_err() {
        return libc::EAGAIN;
    }
    // SAFETY: the C library's function has this type, and the caller keeps its rules.
    unsafe { std::mem::transmute::<*mut c_void, Create>(next(c"pthread_create"))(thread, attributes, body, argument) }
}

type GetTime = unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> c_int;

/// As the C library's, but for the wall clock.
///
/// # Safety
///
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    // SAFETY: the C library's function has this type, and the caller keeps its rules; a call that succeeds has filled `time`.
    unsafe {
        let done = std::mem::transmute::<*mut c_void, GetTime>(next(c"clock_gettime"))(clock, time);
        if done == 0 && matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE) {
            (*time).tv_sec += JUMPED.load(Ordering::SeqCst);
        }
        done
    }
}

//! Handlers that are installed over the library's, and call what stood before them.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager, is_requested};

use crate::os::{fork, install, raise, reap};
use crate::talk::{LONG, patient, say};
use crate::{DONE, Outcome, scenarios};

scenarios![guests_in_a_chain];

/// How often each handler was called.
static CALLS: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];
/// What stood before the second and the third.
static FORMER: [AtomicUsize; 3] = [const { AtomicUsize::new(0) }; 3];

extern "C" fn first(_: libc::c_int) {
    CALLS[0].fetch_add(1, Ordering::SeqCst);
}

extern "C" fn second(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    chained(1, signal, info, context);
}

extern "C" fn third(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    chained(2, signal, info, context);
}

type WithInfo = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

fn chained(number: usize, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    CALLS[number].fetch_add(1, Ordering::SeqCst);
    let former = FORMER[number].load(Ordering::SeqCst);
    // SAFETY: it was installed with `SA_SIGINFO`.
    let former: WithInfo = unsafe { std::mem::transmute(former) };
    former(signal, info, context);
}

/// Over the library's.
fn install_over(number: usize, handler: WithInfo, flags: libc::c_int) {
    // SAFETY: a complete action; the former one is filled by the call.
    let former = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | flags;
        let mut former = MaybeUninit::<libc::sigaction>::uninit();
        assert_eq!(libc::sigaction(libc::SIGTERM, &raw const action, former.as_mut_ptr()), 0);
        former.assume_init()
    };
    assert_ne!(former.sa_flags & libc::SA_SIGINFO, 0, "it is not the library's");
    FORMER[number].store(former.sa_sigaction, Ordering::SeqCst);
}

fn tell(what: &str) {
    let [first, second, third] = [0, 1, 2].map(|number: usize| CALLS[number].load(Ordering::SeqCst));
    say!("{what} {first} {second} {third}");
}

/// Each handler is called once for each event, whichever stands on top.
fn guests_in_a_chain() -> Outcome {
    install(libc::SIGTERM, first);
    patient();
    install_over(1, second, 0);
    raise(libc::SIGTERM);
    tell("two over ours");
    configure_shutdown_manager().apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGTERM);
    sleep(Duration::from_millis(100));
    tell("two in the block");
    drop(guard);
    while CALLS[1].load(Ordering::SeqCst) < 2 || CALLS[0].load(Ordering::SeqCst) < 2 {
        sleep(Duration::from_millis(1));
    }
    tell("two behind the block");
    install_over(2, third, 0);
    configure_shutdown_manager().apply()?;
    raise(libc::SIGTERM);
    tell("three");
    configure_shutdown_manager().apply()?;
    raise(libc::SIGTERM);
    tell("configured again");
    install_over(1, second, 0);
    configure_shutdown_manager().apply()?;
    raise(libc::SIGTERM);
    tell("the second anew");
    // A child that does not use the library.
    reap(fork(|| {
        raise(libc::SIGTERM);
        tell("child");
        0
    }));
    // The kernel would call it once, and it calls the others.
    install_over(2, third, libc::SA_RESETHAND);
    configure_shutdown_manager().apply()?;
    raise(libc::SIGTERM);
    tell("the last one once");
    say!("requested {}", is_requested());
    DONE
}

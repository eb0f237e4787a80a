//! This crate.

use std::future::{Future, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, is_requested as requested, protect_async};

use super::{ALLOW_BREAK, BLOCK, IS_REQUESTED};
use crate::linux::harness::{Contestant, Role};

/// Long enough never to lapse here.
const HOUR: Duration = Duration::from_secs(3600);

fn guard() -> ShutdownProtection {
    ShutdownProtection::start_for(HOUR).expect("no shutdown is pending")
}

pub(super) fn is_requested() -> Contestant {
    Contestant::new(IS_REQUESTED, Role::Ours, || requested)
}

pub(super) fn allow_break() -> Contestant {
    Contestant::new(ALLOW_BREAK, Role::Ours, || {
        let guard = guard();
        move || guard.allow_break().is_err()
    })
}

pub(super) fn allow_break_without_renewal() -> Contestant {
    Contestant::new("allow_break_without_renewal()", Role::Ours, || {
        let guard = guard();
        move || guard.allow_break_without_renewal().is_err()
    })
}

/// The only block of the process: each start is a first and each end a last one, which is the dear case.
pub(super) fn block() -> Contestant {
    Contestant::new(BLOCK, Role::Ours, || || start_and_drop(black_box(HOUR)))
}

pub(super) fn nested_block() -> Contestant {
    Contestant::new("the same, inside another block", Role::Ours, || {
        let outer = guard();
        move || {
            let _outer = &outer;
            start_and_drop(black_box(HOUR))
        }
    })
}

#[inline(always)]
fn start_and_drop(max_exec_time: Duration) -> bool {
    match ShutdownProtection::start_for(max_exec_time) {
        Ok(guard) => {
            // The work in between could look at the guard.
            black_box(&guard);
            false
        }
        Err(_) => true,
    }
}

/// A future that is ready at once, so that the wrapping is all there is to pay.
pub(super) fn protected_future() -> Contestant {
    Contestant::new("protect_async(ready), polled", Role::Ours, || {
        || poll_once(protect_async(black_box(HOUR), ready(false))) != Poll::Ready(Ok(false))
    })
}

/// One poll without a runtime.
#[inline(always)]
pub(super) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

//! Blocks inside blocks of one owner.

use std::time::Duration;

use shutdown_protection::{Interrupted, ShutdownProtection, protect};

use crate::os::monotonic_ns;
use crate::talk::{LONG, arg, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    inner_break,
    inner_renews,
    inner_drop,
    latest_deadline,
    outer_lapsed,
    outer_dropped_first,
    inner_start,
    inner_of_an_interrupted,
    nested_protect,
];

fn inner_break() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    let inner = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("inner", &inner.allow_break());
    tell("inner finish", &inner.finish());
    tell("outer", &outer.allow_break());
    DONE
}

fn inner_renews() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    let inner = ShutdownProtection::start_for(LONG)?;
    for name in ["calm", "pending"] {
        if name == "pending" {
            ready_then_pending();
        }
        std::thread::sleep(Duration::from_millis(400));
        let old = inner.remaining();
        tell("inner", &inner.allow_break());
        say!("{name} renews {}", inner.remaining() > old);
    }
    tell("outer", &outer.allow_break());
    DONE
}

/// The inner end is not the end; the outer one is.
fn inner_drop() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    let inner = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    drop(inner);
    say!("behind the inner block");
    drop(outer);
    say!("behind the outer block");
    stuck()
}

/// One block is short and the other long: the owner has the longer time, whichever it is.
fn latest_deadline() -> Outcome {
    patient();
    let (short, long) = (Duration::from_millis(200), Duration::from_millis(900));
    let (first, second) = if arg(1) == "inner" { (short, long) } else { (long, short) };
    let start = monotonic_ns();
    let outer = ShutdownProtection::start_for(first)?;
    let inner = ShutdownProtection::start_for(second)?;
    say!("start {start}");
    ready_then_pending();
    let asked = if arg(2) == "inner" { &inner } else { &outer };
    while asked.check_deadline().is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    say!("lapse {}", monotonic_ns());
    DONE
}

/// A lapsed outer block no longer shields the inner one's breakpoint.
fn outer_lapsed() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(Duration::from_millis(50))?;
    let inner = ShutdownProtection::start_for(LONG)?;
    while !outer.remaining().is_zero() {
        std::thread::sleep(Duration::from_millis(5));
    }
    ready_then_pending();
    tell("inner", &inner.allow_break());
    DONE
}

fn outer_dropped_first() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    let inner = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    drop(outer);
    say!("behind the outer block");
    tell("inner", &inner.allow_break());
    DONE
}

fn inner_start() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let inner = ShutdownProtection::start_for(LONG);
    tell("inner start", &inner);
    drop(inner);
    tell("outer", &outer.allow_break());
    DONE
}

/// The rollback of an interrupted block calls a function that protects itself.
fn inner_of_an_interrupted() -> Outcome {
    patient();
    let outer = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    tell("outer", &outer.allow_break());
    let inner = ShutdownProtection::start_for(LONG);
    tell("inner start", &inner);
    drop(inner);
    say!("rolled back");
    drop(outer);
    DONE
}

fn nested_protect() -> Outcome {
    patient();
    let answer: Result<(), Interrupted> = protect(LONG, |outer| {
        let inner: Result<u32, Interrupted> = protect(LONG, |inner| {
            ready_then_pending();
            tell("inner", &inner.allow_break());
            Ok(7)
        });
        tell("inner end", &inner);
        tell("outer", &outer.allow_break());
        say!("rolled back");
        outer.allow_break()
    });
    tell("outer end", &answer);
    DONE
}

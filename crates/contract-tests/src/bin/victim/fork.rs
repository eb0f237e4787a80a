//! `fork` without `exec`, in a block and beside blocks of other threads.

use std::time::Duration;

use shutdown_protection::{ShutdownProtection, is_requested, open_blocks, wait};

use crate::os::{fork, raise, reap};
use crate::talk::{LONG, asleep, await_pending, hear_go, patient, ready_then_pending, say, stuck, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    child_is_clean,
    child_of_a_pending_parent,
    child_is_signalled,
    child_outlives_a_signalled_parent,
    child_drops_the_inherited_guard,
    grandchild,
];

/// The child has no open block and nothing pending, although it was forked in a block.
fn child_is_clean() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        say!("child blocks {} requested {}", open_blocks().len(), is_requested());
        0
    });
    say!("child {}", reap(child));
    say!("parent blocks {} requested {}", open_blocks().len(), is_requested());
    drop(guard);
    DONE
}

/// What is pending in the parent is not pending in the child, which may start blocks.
fn child_of_a_pending_parent() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    ready_then_pending();
    let child = fork(|| {
        say!("child blocks {} requested {}", open_blocks().len(), is_requested());
        let block = ShutdownProtection::start_for(LONG);
        tell("child start", &block);
        0
    });
    say!("child {}", reap(child));
    tell("break", &guard.allow_break());
    DONE
}

/// The child dies by its signal, and the parent is told nothing.
fn child_is_signalled() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        raise(libc::SIGTERM);
        asleep()
    });
    say!("child {}", reap(child));
    say!("parent requested {}", wait(Duration::from_millis(200)));
    tell("parent", &guard.allow_break());
    DONE
}

/// The parent is signalled; the child has nothing to do with that.
fn child_outlives_a_signalled_parent() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        let block = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        hear_go();
        say!("child requested {}", is_requested());
        tell("child", &block.allow_break());
        0
    });
    ready_then_pending();
    say!("child {}", reap(child));
    tell("parent", &guard.allow_break());
    DONE
}

/// The drop of an inherited guard is nothing, whatever is pending in the child.
fn child_drops_the_inherited_guard() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let mut inherited = Some(guard);
    let child = fork(|| {
        let own = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        raise(libc::SIGTERM);
        await_pending();
        drop(inherited.take());
        say!("child behind the inherited guard, blocks {}", open_blocks().len());
        drop(own);
        say!("child behind its own");
        asleep()
    });
    say!("child {}", reap(child));
    say!("parent blocks {} requested {}", open_blocks().len(), is_requested());
    drop(inherited);
    DONE
}

/// A child of a child, each forked in a block, and each with a life of its own.
fn grandchild() -> Outcome {
    patient();
    let guard = ShutdownProtection::start_for(LONG)?;
    let child = fork(|| {
        let block = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        let grandchild = fork(|| {
            let inner = ShutdownProtection::start_for(LONG).expect("nothing is pending");
            raise(libc::SIGHUP);
            await_pending();
            tell("grandchild", &inner.allow_break());
            drop(inner);
            std::process::exit(0)
        });
        say!("grandchild {}", reap(grandchild));
        tell("child", &block.allow_break());
        5
    });
    say!("child {}", reap(child));
    tell("parent", &guard.allow_break());
    drop(guard);
    say!("ready");
    stuck()
}

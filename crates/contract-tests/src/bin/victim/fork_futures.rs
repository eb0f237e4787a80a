//! Futures that were made before a `fork`, in the child.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shutdown_protection::{ShutdownProtection, future, is_requested, open_blocks, protect_async, requested};
use smol::future::{block_on, pending, yield_now};

use crate::os::{fork, fork_and_go_on, install, leave, raise, reap};
use crate::talk::{LONG, arg, await_pending, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![
    child_polls_the_inherited_request,
    child_awaits_the_inherited_request,
    child_goes_on_in_the_future,
    child_goes_on_in_nested_futures,
    child_starts_in_the_inherited_future,
    child_future_has_a_deadline,
    child_returns_from_the_callback,
];

/// The request is in the child's own engine, not in what is left of the parent's.
fn child_polls_the_inherited_request() -> Outcome {
    patient();
    let mut stop = pin!(requested());
    let mut context = Context::from_waker(Waker::noop());
    if arg(1) == "polled" {
        assert_eq!(stop.as_mut().poll(&mut context), Poll::Pending);
    }
    let child = fork(|| {
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        raise(libc::SIGTERM);
        say!("child ready {}", stop.as_mut().poll(&mut context).is_ready());
        say!("child requested {}", is_requested());
        tell("child", &guard.allow_break());
        0
    });
    say!("child {}", reap(child));
    say!("parent ready {}", stop.as_mut().poll(&mut context).is_ready());
    DONE
}

/// And so is the waker: the child's supervisor wakes it.
fn child_awaits_the_inherited_request() -> Outcome {
    patient();
    let mut stop = requested();
    let first = pin!(&mut stop).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(first, Poll::Pending);
    let child = fork(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let guard = ShutdownProtection::start_for(LONG).expect("nothing is pending");
        let stop = std::mem::replace(&mut stop, requested());
        runtime.block_on(async {
            let (waits, waiting) = tokio::sync::oneshot::channel();
            let awaited = tokio::spawn(async {
                let mut stop = pin!(stop);
                let first = std::future::poll_fn(|context| Poll::Ready(stop.as_mut().poll(context))).await;
                waits.send(first).expect("it is heard");
                stop.await;
            });
            assert_eq!(waiting.await, Ok(Poll::Pending));
            raise(libc::SIGTERM);
            awaited.await.expect("no panic");
        });
        tell("child", &guard.allow_break());
        0
    });
    say!("child {}", reap(child));
    DONE
}

/// It is inert until its breakpoint, in the poll that forked or in another one, which makes it the child's.
fn child_goes_on_in_the_future() -> Outcome {
    patient();
    let answer = block_on(protect_async(LONG, async {
        if let Some(child) = fork_and_go_on() {
            say!("child {}", reap(child));
            tell("parent", &future::allow_break());
            return;
        }
        if arg(1) == "later" {
            yield_now().await;
        }
        say!("child blocks {}", open_blocks().len());
        match arg(2).as_str() {
            "break" => tell("child calm", &future::allow_break()),
            "renew" => future::renew(),
            other => panic!("{other:?}"),
        }
        say!("child blocks {}", open_blocks().len());
        raise(libc::SIGTERM);
        yield_now().await;
        await_pending();
        tell("child", &future::allow_break());
        yield_now().await;
        tell("child again", &future::allow_break());
        say!("child blocks {}", open_blocks().len());
        leave(0);
    }));
    say!("parent blocks {}", open_blocks().len());
    tell("task", &answer);
    DONE
}

/// Those around it come home with it: they are the same owner's.
fn child_goes_on_in_nested_futures() -> Outcome {
    patient();
    let mut is_child = false;
    let answer = block_on(protect_async(LONG, async {
        let inner = protect_async(LONG, async {
            if let Some(child) = fork_and_go_on() {
                say!("child {}", reap(child));
                return;
            }
            is_child = true;
            yield_now().await;
            tell("inner calm", &future::allow_break());
            say!("child blocks {}", open_blocks().len());
            raise(libc::SIGTERM);
            await_pending();
            tell("inner", &future::allow_break());
        });
        tell("inner ends", &inner.await);
        if is_child {
            say!("child blocks {}", open_blocks().len());
            tell("outer", &future::allow_break());
            leave(0);
        }
        tell("outer", &future::allow_break());
    }));
    tell("task", &answer);
    DONE
}

/// In the inert one, a block is an owner of its own, and the other comes home beside it.
fn child_starts_in_the_inherited_future() -> Outcome {
    patient();
    let answer = block_on(protect_async(LONG, async {
        if let Some(child) = fork_and_go_on() {
            say!("child {}", reap(child));
            return;
        }
        yield_now().await;
        let own = protect_async(LONG, async {
            say!("child blocks {}", open_blocks().len());
            raise(libc::SIGTERM);
            await_pending();
            tell("own", &future::allow_break());
        });
        tell("own ends", &own.await);
        leave(0);
    }));
    tell("task", &answer);
    DONE
}

/// At home it is dropped at its deadline, which the child's supervisor watches.
fn child_future_has_a_deadline() -> Outcome {
    patient();
    let mut is_child = false;
    let answer = block_on(protect_async(LONG, async {
        if let Some(child) = fork_and_go_on() {
            say!("child {}", reap(child));
            return;
        }
        is_child = true;
        future::renew_for(Duration::from_millis(300));
        raise(libc::SIGTERM);
        pending::<()>().await;
    }));
    if is_child {
        tell("child task", &answer);
        say!("child blocks {}", open_blocks().len());
        leave(0);
    }
    tell("task", &answer);
    DONE
}

extern "C" fn guest(_: libc::c_int) {
    say!("guest");
}

/// The end that the callback belongs to is the parent's, and so are the events that wait for their guests: the child goes on
/// behind the block.
fn child_returns_from_the_callback() -> Outcome {
    install(libc::SIGHUP, guest);
    shutdown_protection::configure_shutdown_manager()
        .before_termination(|| {
            if let Some(child) = fork_and_go_on() {
                say!("child {}", reap(child));
            }
        })
        .apply()?;
    let guard = ShutdownProtection::start_for(LONG)?;
    raise(libc::SIGHUP);
    raise(libc::SIGTERM);
    await_pending();
    drop(guard);
    say!("child requested {}", is_requested());
    let block = ShutdownProtection::start_for(LONG).expect("nothing is pending");
    raise(libc::SIGINT);
    await_pending();
    tell("child", &block.allow_break());
    leave(0)
}

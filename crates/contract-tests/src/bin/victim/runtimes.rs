//! The runtimes on which the same futures run.

use std::future::Future;
use std::time::Duration;

use shutdown_protection::requested;

use crate::talk::{arg, say};

/// Runs the future in the main thread, on the named runtime.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    match arg(1).as_str() {
        "current" => {
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
        }
        "multi" => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(work),
        _ => smol::block_on(work),
    }
}

/// A sleep of no runtime's own.
pub(crate) async fn sleep(time: Duration) {
    smol::Timer::after(time).await;
}

/// Says `ready`, and waits for the event.
pub(crate) async fn event() {
    say!("ready");
    requested().await;
    say!("pending");
}

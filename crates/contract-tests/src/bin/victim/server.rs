//! A web server that drains: what is being answered is answered, and then the process dies by the signal.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use shutdown_protection::{ShutdownProtection, future, protect_async, requested};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::talk::{LONG, arg, hear_go, millis, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![serves, serves_too_long];

fn runtime() -> tokio::runtime::Runtime {
    match arg(1).as_str() {
        "current" => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        _ => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    }
    .expect("a runtime")
}

/// Serves until the event, then as long as `drain` allows. A request is answered when the test says so.
async fn serve(drain: Duration) -> Result<std::io::Result<()>, shutdown_protection::Interrupted> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let release = Arc::new(Notify::new());
    let on_go = Arc::clone(&release);
    std::thread::spawn(move || {
        hear_go();
        on_go.notify_one();
    });
    let answer = move || {
        let release = Arc::clone(&release);
        async move {
            say!("in a request");
            release.notified().await;
            "answered in full"
        }
    };
    let router = Router::new().route("/", get(answer));
    say!("port {port}");
    protect_async(ShutdownProtection::builder().drain_time(drain).name("server"), async move {
        say!("draining {}", future::remaining().is_none());
        axum::serve(listener, router).with_graceful_shutdown(requested()).await
    })
    .await
}

fn serves() -> Outcome {
    patient();
    let answer = runtime().block_on(serve(LONG));
    tell("server", &answer);
    DONE
}

/// The request is never answered: the drain time bounds it.
fn serves_too_long() -> Outcome {
    patient();
    let runtime = runtime();
    let answer = runtime.block_on(serve(millis(2)));
    tell("server", &answer);
    DONE
}

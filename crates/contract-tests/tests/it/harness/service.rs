//! Victims that the test does not start itself: a service is started by the system's manager of services, and talks with
//! its test over a port, and so do its children.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use windows_service::Error;
use windows_service::service::{
    Service, ServiceAccess, ServiceErrorControl, ServiceInfo, ServiceStartType, ServiceState, ServiceStatus,
    ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::process::Stranger;
use super::victim::WATCHDOG;
use super::{Victim, monotonic_ns};

pub(crate) struct Manager {
    /// There until it is dropped.
    service: Option<Service>,
    listener: TcpListener,
}

/// Wine 8 takes valid handles for invalid ones where two threads of a process call its manager at once.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A test that has failed meanwhile leaves nothing half done here.
fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Manager {
    /// Creates a service for this scenario, and starts it.
    pub(crate) fn start(scenario: &str, args: &[&str]) -> (Self, Victim) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port().to_string();
        let manager = Self { service: Some(Self::create()), listener };
        let words: Vec<&str> = [port.as_str(), scenario].into_iter().chain(args.iter().copied()).collect();
        manager.begin(&words);
        let victim = manager.caller(scenario);
        (manager, victim)
    }

    fn create() -> Service {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        // A run that was killed may have left one, and the system gives the numbers of processes again.
        let (process, moment) = (std::process::id(), monotonic_ns());
        let name = OsString::from(format!("shutdown-protection-test-{process}-{moment}-{number}"));
        let info = ServiceInfo {
            display_name: name.clone(),
            name,
            service_type: ServiceType::OWN_PROCESS,
            start_type: ServiceStartType::OnDemand,
            error_control: ServiceErrorControl::Ignore,
            executable_path: env!("CARGO_BIN_EXE_victim").into(),
            launch_arguments: vec!["as_service".into()],
            dependencies: Vec::new(),
            account_name: None,
            account_password: None,
        };
        let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
        let _alone = alone();
        let manager = ServiceManager::local_computer(None::<&str>, access).expect("an administrator runs the tests");
        manager.create_service(&info, ServiceAccess::all()).expect("the name is new")
    }

    fn ask<T>(&self, question: impl FnOnce(&Service) -> T) -> T {
        let _alone = alone();
        question(self.service.as_ref().expect("it is not dropped"))
    }

    /// One service starts after the other, those of other programs too.
    fn begin(&self, words: &[&str]) {
        const DATABASE_LOCKED: i32 = 1055;
        let end = Instant::now() + WATCHDOG;
        while let Err(error) = self.ask(|service| service.start(words)) {
            let locked = matches!(&error, Error::Winapi(why) if why.raw_os_error() == Some(DATABASE_LOCKED));
            assert!(locked && Instant::now() < end, "the service does not start: {error:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The next process that calls this test: the service, then a child of it.
    pub(crate) fn caller(&self, scenario: &str) -> Victim {
        let call = self.call();
        let mut lines = BufReader::new(call.try_clone().expect("a socket"));
        let mut id = String::new();
        lines.read_line(&mut id).expect("it says who it is");
        let process = Stranger::new(id.trim().parse().expect("a number"));
        Victim::of(Box::new(process), &format!("called by {scenario}"), call, lines, std::io::empty())
    }

    fn call(&self) -> TcpStream {
        let end = Instant::now() + WATCHDOG;
        self.listener.set_nonblocking(true).expect("a socket");
        loop {
            match self.listener.accept() {
                Ok((call, _)) => {
                    call.set_nonblocking(false).expect("a socket");
                    return call;
                }
                Err(error) => assert!(error.kind() == ErrorKind::WouldBlock && Instant::now() < end, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends `SERVICE_CONTROL_STOP`. Its answer is no news: the service may have gone before it could give one.
    pub(crate) fn stop(&self) {
        let _ = self.ask(Service::stop);
    }

    /// Waits until the service has told that much.
    pub(crate) fn awaits(&self, what: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let end = Instant::now() + WATCHDOG;
        loop {
            let status = self.ask(Service::query_status).expect("there is such a service");
            if what(&status) {
                return status;
            }
            assert!(Instant::now() < end, "the service tells nothing new: {status:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn state(&self) -> ServiceState {
        self.awaits(|_| true).current_state
    }
}

impl Drop for Manager {
    /// It goes when its process has gone and the last handle is closed.
    fn drop(&mut self) {
        let _ = self.ask(Service::delete);
        let _alone = alone();
        self.service = None;
    }
}

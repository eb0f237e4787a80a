//! What only Windows has: events that the system enforces, a hidden window, services, a C runtime beside the console.

mod enforced;
mod runtime;
mod served;
mod service;
mod windowed;

use crate::Scenario;

pub(crate) const MODULES: &[&[(&str, Scenario)]] =
    &[enforced::SCENARIOS, runtime::SCENARIOS, served::SCENARIOS, service::SCENARIOS, windowed::SCENARIOS];

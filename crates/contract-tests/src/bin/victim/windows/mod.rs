//! What only Windows has: events that the system enforces, a hidden window, a C runtime beside the console.

mod enforced;
mod runtime;
mod windowed;

use crate::Scenario;

pub(crate) const MODULES: &[&[(&str, Scenario)]] = &[enforced::SCENARIOS, runtime::SCENARIOS, windowed::SCENARIOS];

//! The rules of the contract over sequences of events, blocks and times: the machine against its naive model.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| shutdown_protection::fuzzing::machine(data));

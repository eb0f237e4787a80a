//! The machine against a naive model, over sequences of inputs and times, and the properties that no sequence may break.
//!
//! The sequences are random ones in the tests, and made of bytes for the fuzzer, which keeps those that led it to a new
//! place in the code; the tests replay them.

mod bytes;
mod naive;
mod ops;
mod properties;
#[cfg(test)]
mod random;
mod said;
mod world;

#[cfg(fuzzing)]
pub(crate) use bytes::check;

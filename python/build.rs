//! Tells the compiler which interpreter is built for: whether it has an interpreter lock.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}

"""The package on Windows, in the real interpreter: `cargo xtask windows`. No other system collects these tests."""

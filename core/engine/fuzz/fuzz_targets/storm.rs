//! Any bytes as a life of a node; see `tests/storm/driver.rs`.

#![no_main]

#[path = "../../tests/storm/driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| driver::live(bytes));

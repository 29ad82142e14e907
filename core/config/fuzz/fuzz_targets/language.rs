//! Any bytes as files of a configuration; see `tests/it/language/driver.rs`.

#![no_main]

#[path = "../../tests/it/language/driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| driver::read(bytes));

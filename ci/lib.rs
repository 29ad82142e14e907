//! The house rules as tests; see `tests/tidy`. The scripts beside this file are what CI runs.

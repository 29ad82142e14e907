//! `K04`: what is legal in one file and yet seldom meant.

use super::{Code, codes};

codes! { LINT:
}

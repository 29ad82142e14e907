//! `K05`: what the files of several nodes mean together.

use super::{Code, codes};

codes! { PAIR:
}

//! `K0013` and on: includes, definitions, sequences, conditionals.

use super::{Code, codes};

codes! { LANGUAGE:
}

//! `K01`: keywords: which there are, where they stand, what follows them.

use super::{Code, codes};

codes! { KEYWORDS:
    UNKNOWN_KEYWORD = "K0101", "A word that is no keyword.";
    MISPLACED_KEYWORD = "K0102", "A keyword that belongs elsewhere.";
    EXTRA_WORDS = "K0103", "Words after the value of a keyword.";
    MISSING_BLOCK = "K0104", "A keyword that needs a block, without one.";
    UNEXPECTED_BLOCK = "K0105", "A block after a keyword that takes none.";
    REPEATED = "K0106", "A keyword given twice; the last counts.";
    NOT_YET = "K0107", "A keyword that is not yet supported.";
    WITHOUT_EFFECT = "K0108", "A keyword that is accepted and has no effect.";
    MISSING_NAME = "K0109", "A block without its name.";
    REFUSED = "K0110", "A keyword that is refused.";
}

//! `K00`: how a file is written: braces, quotes, bytes.

use super::{Code, codes};

codes! { WRITING:
    UNCLOSED_BLOCK = "K0001", "A `{` without its `}`.";
    STRAY_BRACE = "K0002", "A `}` without its `{`.";
    UNCLOSED_QUOTE = "K0003", "A quote that does not end on its line.";
    NESTING = "K0004", "Blocks nested deeper than any configuration needs.";
    NOT_UTF8 = "K0005", "A value with bytes that are not UTF-8.";
    ODD_BLANK = "K0006", "A blank that is not ASCII, as web pages have them.";
    NAMELESS_BLOCK = "K0007", "A `{` with no keyword before it.";
    SEVERAL_ON_A_LINE = "K0008", "Several statements on one line.";
    GLUED_COMMENT = "K0009", "A value that ends where a comment starts.";
    PREPROCESSOR = "K0010", "A directive that is not yet supported: include, @, $, ~SEQ, ~LST.";
    TOO_MANY = "K0011", "So many problems that not all are listed.";
    MODEL = "K0012", "The model refuses what the reader let through.";
}

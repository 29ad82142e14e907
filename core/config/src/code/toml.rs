//! `K0080` and on: TOML, and what it has that keepalived.conf has not.

use super::{Code, codes};

codes! { TOML_CODES:
    TOML = "K0080", "A file that is not TOML." {
        why: "\
The file's name ends in `.toml`, and what stands here is not TOML: a quote, a bracket or a value is
missing, or a key is there twice. The rest of the file is read all the same, so that other mistakes
in it are seen too; some of them may come from this one.",
    };
    TOML_VALUE = "K0081", "A TOML value of another kind than its key takes." {
        why: "\
A flag takes `true` or `false`, a number a number, a block a table, a list an array of lines.
`bellwether explain KEYWORD` says what a keyword takes, and the JSON Schema that `bellwether schema`
prints lets an editor say it while you write.",
    };
    UNWRITABLE = "K0082", "A value that keepalived.conf has no notation for." {
        why: "\
A TOML string may have line ends in it; in keepalived.conf a value ends with its line, even in
quotes. In what was converted, blanks stand for them.",
    };
}

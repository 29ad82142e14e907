//! `K02`: values: numbers, addresses, words, commands.

use super::{Code, codes};

codes! { VALUES:
    MISSING_VALUE = "K0201", "A keyword without its value.";
    NOT_A_NUMBER = "K0202", "A value that should be a number and is not.";
    OUT_OF_RANGE = "K0203", "A number outside its range.";
    BAD_WORD = "K0204", "A word that the keyword does not know.";
    BAD_ADDRESS = "K0205", "An address or a prefix that does not parse.";
    BAD_INTERFACE = "K0206", "A name that no interface can have.";
    LONG_LABEL = "K0207", "A label longer than the kernel takes.";
    CLAMPED = "K0208", "A number that is taken as the nearest one in range.";
    ROUNDED = "K0209", "A number that is rounded.";
    NO_SHELL = "K0210", "Shell syntax in a command that no shell runs.";
    BAD_COMMAND = "K0211", "A command that can't be split into words.";
    UNQUOTED_COMMAND = "K0212", "A notify command with arguments and without quotes.";
}

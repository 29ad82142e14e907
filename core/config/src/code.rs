//! The codes of diagnostics: what kind of problem each is.
//!
//! A code never changes its meaning and is never given to another problem, so that tools may rely
//! on it and people may search for it. The hundreds group: `K00` how the file is written, `K01`
//! keywords, `K02` values, `K03` what the parts mean together.

macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: &str = $code;)*

        /// Every code with its meaning, in order.
        pub const ALL: &[(&str, &str)] = &[$(($code, $meaning)),*];
    };
}

codes! {
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

    UNKNOWN_KEYWORD = "K0101", "A word that is no keyword.";
    MISPLACED_KEYWORD = "K0102", "A keyword that belongs elsewhere.";
    EXTRA_WORDS = "K0103", "Words after the value of a keyword.";
    MISSING_BLOCK = "K0104", "A keyword that needs a block, without one.";
    UNEXPECTED_BLOCK = "K0105", "A block after a keyword that takes none.";
    REPEATED = "K0106", "A keyword given twice; the last counts.";
    NOT_YET = "K0107", "A keyword that is not yet supported.";
    WITHOUT_EFFECT = "K0108", "A keyword that is accepted and has no effect.";
    MISSING_NAME = "K0109", "A block without its name.";

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

    MISSING_INTERFACE = "K0301", "An instance without an interface.";
    LOOPBACK = "K0302", "An instance on the loopback interface.";
    MISSING_VRID = "K0303", "An instance without a virtual router id.";
    DUPLICATE_VRID = "K0304", "Two instances of one VRID on one interface.";
    DUPLICATE_NAME = "K0305", "Two instances or two scripts of one name.";
    IMPLIED_OWNER = "K0306", "`state MASTER` without a priority, which means 255.";
    PREEMPTION = "K0307", "`nopreempt` or `preempt_delay` that has no effect.";
    PASSWORD_CUT = "K0308", "A password longer than the 8 bytes that a packet carries.";
    AUTH_IGNORED = "K0309", "Authentication that is not used.";
    UNKNOWN_SCRIPT = "K0310", "A tracked script that is not defined.";
    DUPLICATE_ADDRESS = "K0311", "An address given twice in one instance.";
    MIXED_FAMILIES = "K0312", "An address of another family than the instance's.";
    TOO_MANY_ADDRESSES = "K0313", "More addresses than an advert can list.";
    NO_ADDRESS = "K0314", "An instance without a virtual address.";
    OWNER_TRACKING = "K0315", "A weighted script at priority 255, which never changes.";
    STRICT = "K0316", "What `vrrp_strict` changes or leaves out.";
    UNKNOWN_STATE = "K0317", "A `state` that is neither MASTER nor BACKUP.";
    NO_COMMAND = "K0318", "A script without a command.";
    DUPLICATE_TRACKING = "K0319", "A script that an instance tracks twice.";
    NO_INSTANCE = "K0320", "A file without any VRRP instance.";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

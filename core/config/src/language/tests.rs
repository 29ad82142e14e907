//! The language as a stream of words: each line of words, braces as they stand. Expectations are
//! what keepalived 2.2.7 does with the same text, except where a test says otherwise.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::lexer::Token;
use crate::source::Sources;
use crate::{MemoryFiles, Options};

const MAIN: &str = "/etc/keepalived/keepalived.conf";

fn options() -> Options {
    Options {
        config_id: Some("lb1".to_owned()),
        files: Arc::new(MemoryFiles::default()),
        ..Options::default()
    }
}

/// The lines of words that a text gives, and the codes of what is wrong with it.
fn read(text: &str, options: &Options) -> (Vec<String>, Vec<&'static str>) {
    let sources = Sources::single(MAIN, text);
    let mut lexer = Lexer::new(&sources, crate::FileId::default(), options);
    let mut lines = vec![String::new()];
    for token in lexer.by_ref() {
        let line = lines.last_mut().expect("there is always one");
        match token {
            Token::Word(word) => line.push_str(&format!("[{}]", word.text)),
            Token::Open(_) => line.push('{'),
            Token::Close(_) => line.push('}'),
            Token::LineEnd => lines.push(String::new()),
        }
    }
    lexer.note_conditions();
    lines.retain(|line| !line.is_empty());
    let codes = lexer.found.problems.iter().map(|d| d.code).collect();
    (lines, codes)
}

/// The lines of a text that has nothing wrong with it.
fn lines(text: &str) -> Vec<String> {
    let (lines, codes) = read(text, &options());
    assert_eq!(codes, [""; 0], "{text}");
    lines
}

fn in_files(files: &[(&str, &str)]) -> Options {
    let files = files
        .iter()
        .map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()));
    Options {
        files: Arc::new(MemoryFiles(files.collect())),
        ..options()
    }
}

#[test]
fn a_definition_is_replaced_before_a_blank_or_in_braces() {
    assert_eq!(lines("$A=b c\na$A\n"), ["[ab][c]"]);
    assert_eq!(lines("$A=b c\nx${A}y z\n"), ["[xb][cy][z]"]);
    assert_eq!(lines("$A=b c\n\"x$A y\"\n"), ["[xb c y]"]);
    assert_eq!(lines("$A=b c\n${A}{\n}\n"), ["[b][c]{", "}"]);
    assert_eq!(lines("  $A=b\n$A"), ["[b]"]);
    assert_eq!(lines("$A=\nx$A ${A}y\n$A\n"), ["[x][y]"]);
    let (shown, codes) = read("$A=b\n$A.x $A/2\n\"$A\"\n", &options());
    assert_eq!(shown, ["[$A.x][$A/2]", "[$A]"]);
    assert_eq!(codes, [""; 0]);
}

#[test]
fn a_value_ends_at_its_comment_and_without_blanks() {
    assert_eq!(lines("$C=  d  e  \nx${C}y\n"), ["[xd][ey]"]);
    assert_eq!(lines("$D=d#e\n${D}x\n"), ["[dx]"]);
    assert_eq!(lines("$D=d ! e\r\n${D}x\n"), ["[dx]"]);
    assert_eq!(lines("$D=\"s#t\"\n$D\n"), ["[s#t]"]);
    assert_eq!(lines("$E=\"q r\" s\n$E\n"), ["[q r][s]"]);
}

#[test]
fn what_a_value_holds_is_looked_into_where_it_is_used() {
    let text = "$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.100/32\n$SUB=10\n${BASE}.100/32\n";
    assert_eq!(lines(text), ["[10.2.0.100/32]", "[10.2.10.100/32]"]);
    let (shown, _) = read("$U=$V\n$V=9\nj$U\nk${U}k\nl$U$V\n", &options());
    assert_eq!(shown, ["[j9]", "[k$Vk]", "[l$U9]"], "as text by text");
}

#[test]
fn what_is_not_defined_stays_and_is_told() {
    let (shown, codes) = read("a ${NOPE}.5 $NOPE {\n", &options());
    assert_eq!(shown, ["[a][${NOPE}.5][$NOPE]{"]);
    assert_eq!(codes, [code::UNDEFINED, code::UNDEFINED]);
    let (_, codes) = read("a \"${NOPE} $NOPE \" $ $$ $1 ${1} a$\n", &options());
    assert_eq!(
        codes, [""; 0],
        "quotes hold scripts, and these are no names"
    );
    let (_, codes) = read("a $NOPE\n$NOPE=1\n", &options());
    assert_eq!(codes, [code::UNDEFINED], "defined too late");
    let (shown, codes) = read("$1A=h\n$I-J=2\n$H =h\n", &options());
    assert_eq!(shown, ["[$1A=h]", "[$I-J=2]", "[$H][=h]"]);
    assert_eq!(codes[..2], [code::BAD_DEFINITION; 2]);
}

#[test]
fn definitions_of_several_lines() {
    let text = "$M= \\\n a1 x\\\n  a2 { \\\n a3 # c \\\n# c \\\n}\nb\n$M\n";
    assert_eq!(lines(text), ["[b]", "[a1][x]", "[a2]{", "[a3]", "}"]);
    assert_eq!(lines("$O=c1 \\\nc2\n$O\n"), ["[c1]", "[c2]"]);
    assert_eq!(
        lines("$W= \\\nw3\n$W w\n"),
        ["[w3][w]"],
        "one line is a value"
    );
    assert_eq!(lines("$M=a \\  \nb\n@lb1 $M # c\n"), ["[a]", "[b]"]);
    assert_eq!(
        lines("$M=a \\\n$T=7 \\\nh$T\n$M\nx$T\n"),
        ["[a]", "[h7]", "[x7]"]
    );
    let (shown, codes) = read("$M=a \\\nb\nx $M y\n$M z\n", &options());
    assert_eq!(shown, ["[x][$M][y]", "[$M][z]"]);
    assert_eq!(codes, [code::LINES_IN_A_LINE; 2]);
}

/// keepalived 2.2.7 ends a definition at any blank line, later versions at none.
#[test]
fn a_blank_line_ends_a_definition_whose_blocks_are_closed() {
    let text = "$M= \\\na ${X} { \\\n\n  \nb \"{\" \\\n} \\\n\nc\n$X=1\n$M\n";
    assert_eq!(lines(text), ["[c]", "[a][1]{", "[b][{]", "}"]);
    assert_eq!(lines("$M= \\\n\na\n$M\n"), ["[a]"]);
    assert_eq!(lines("$M= \\"), [""; 0]);
    assert_eq!(lines("$M= \\\n a { \\"), [""; 0]);
}

#[test]
fn definitions_of_several_lines_within_each_other() {
    let text = "$RS= \\\nreal ${VS}.${RS_NUM} { \\\nweight 1 \\\n}\n$VSS= \\\nvirtual ${VS} { \\\n\
                $RS_NUM=1 \\\n$RS \\\n$RS_NUM=2 \\\n$RS \\\n}\n$VS=0\n$VSS\n";
    let server = |n| [format!("[real][0.{n}]{{"), "[weight][1]".into(), "}".into()];
    let expected = [
        vec!["[virtual][0]{".to_owned()],
        server(1).into(),
        server(2).into(),
    ]
    .concat();
    assert_eq!(lines(text), [expected, vec!["}".to_owned()]].concat());
}

#[test]
fn lines_for_one_host() {
    let text = "@lb1 x1\n@lb2 x2\n@^lb1 x3\n@^lb2 x4\n@ x5\n@lb1\nx6\n@^ x7\n@lb12 x8\n@LB1 x9\n\
                x @lb2 y\n";
    assert_eq!(
        lines(text),
        ["[x1]", "[x4]", "[x6]", "[x7]", "[x][@lb2][y]"]
    );
    assert_eq!(lines("@lb1 $A=1\n@lb2 $A=2\n@lb1 $A\n"), ["[1]"]);
    assert_eq!(
        lines("@lb2 $A= \\\na \\\nb\nc\n@lb1 $A=d \\\ne\n$A\n"),
        ["[c]", "[d]", "[e]"]
    );
    assert_eq!(lines("$I=@lb1\n$J=@lb2\n$I a\n$J b\nc\n"), ["[a]", "[c]"]);
    assert_eq!(
        lines("@lb2 a {\nb\n}\n"),
        ["[b]", "}"],
        "line by line, not by blocks"
    );
}

#[test]
fn without_an_id_no_line_for_one_host_holds() {
    let none = Options {
        config_id: None,
        ..options()
    };
    let (shown, codes) = read("@a x\n@^a y\n@b z\n", &none);
    assert_eq!(shown, ["[y]"]);
    assert_eq!(codes, [code::CONDITIONAL]);
}

#[test]
fn sequences() {
    let each = |text: &str| lines(text).join(" ");
    assert_eq!(each("~SEQ(A,1,3) a$A"), "[a1] [a2] [a3]");
    assert_eq!(each("~SEQ(A,3) a${A}"), "[a1] [a2] [a3]");
    assert_eq!(each("~SEQ(A,-2) a${A}"), "[a-1] [a-2]");
    assert_eq!(each("~SEQ(A,0) a${A}"), "[a1] [a0]");
    assert_eq!(each("~SEQ(A,1,2,6) a${A}"), "[a1] [a3] [a5]");
    assert_eq!(each("~SEQ(A,3,1) a${A}"), "[a3] [a2] [a1]");
    assert_eq!(each("~SEQ(A,6,-2,1) a${A}"), "[a6] [a4] [a2]");
    assert_eq!(each("~SEQ (A , 010, +0xa) a${A}"), "[a8] [a9] [a10]");
    assert_eq!(each("~SEQx(A,0x8,0xb) a${A}"), "[a8] [a9] [aa] [ab]");
    assert_eq!(each("~SEQ(J,1,2)j${J}"), "[j1] [j2]");
    assert_eq!(
        each("~SEQ(A,1,2) a$A\nb$A"),
        "[a1] [a2] [b2]",
        "the last value stays"
    );
    assert_eq!(
        each("~SEQ(A,1,2) ~SEQ(B,1,$A) a${A}${B}"),
        "[a11] [a21] [a22]"
    );
    assert_eq!(each("$S=~SEQ(A,1,2)\n$S a${A}"), "[a1] [a2]");
    assert_eq!(each("~SEQ(A,1,2) @lb1 a${A}"), "[a1] [a2]");
    assert_eq!(each("~SEQ(A,1,2) $B=p${A}\n$B"), "[p2]");
    assert_eq!(each("$M=a$A \\\nb\n~SEQ(A,1,2) $M"), "[a1] [b] [a2] [b]");
    assert_eq!(each("x~SEQ(A,1,2)"), "[x~SEQ(A,1,2)]");
    for bad in ["2,1,1", "1,0,2", "a,2", "1,2,3,4", ""] {
        let (shown, codes) = read(&format!("~SEQ(A,{bad}) a${{A}}\nb\n"), &options());
        assert_eq!(shown, ["[b]"], "{bad}");
        assert_eq!(codes, [code::BAD_SEQUENCE], "{bad}");
    }
    assert_eq!(read("~SEQx(A,-2,2) a", &options()).1, [code::BAD_SEQUENCE]);
    assert_eq!(read("~SEQ(A,1,2 a", &options()).1, [code::BAD_SEQUENCE]);
}

#[test]
fn lists() {
    let each = |text: &str| lines(text).join(" ");
    assert_eq!(each("~LST(A,a, b ,c) x${A}."), "[xa.] [xb.] [xc.]");
    assert_eq!(each("~LST(A,,b) x${A}."), "[x.] [xb.]");
    assert_eq!(
        each("~LST({A,B},{1,2}, {3,4} ,5) ${A}.${B}"),
        "[1.2] [3.4] [5.]"
    );
    assert_eq!(
        each("~LST(A,1,2) ~LST(B,5,6) ${A}.${B}"),
        "[1.5] [1.6] [2.5] [2.6]"
    );
    assert_eq!(
        each("~LST({A, B}, {10,1},{20,4})  ~SEQ(C,168,2,170) 192.${C}.${A}.${B}"),
        "[192.168.10.1] [192.170.10.1] [192.168.20.4] [192.170.20.4]"
    );
    for bad in ["A", "A,b c", "{A,B},{1,2,3}", "A,$NOPE"] {
        let (shown, codes) = read(&format!("~LST({bad}) x\n"), &options());
        assert_eq!((shown.len(), codes), (0, vec![code::BAD_SEQUENCE]), "{bad}");
    }
}

#[test]
fn built_ins() {
    let mut options = options();
    options.environment = BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]);
    let text = "${_PWD} a${_INSTANCE}b ${_ENV HOME} x${_RANDOM 7 7}y ${_HASH}1 \"${_BANG}\"\n";
    let (shown, codes) = read(text, &options);
    assert_eq!(shown, ["[/etc/keepalived][alb1b][/root][x7y][#1][!]"]);
    assert_eq!(codes, [""; 0]);
    let (_, codes) = read("${_ENV NOPE} ${_RANDOM 2 1}", &options);
    assert_eq!(codes, [code::BAD_BUILT_IN; 2]);
    let many = "${_RANDOM 0 3} ".repeat(100);
    let (once, _) = read(&many, &options);
    assert_eq!(
        once,
        read(&many, &options).0,
        "the same seed, the same numbers"
    );
    for number in ["[0]", "[1]", "[2]", "[3]"] {
        assert!(once[0].contains(number), "{once:?}");
    }
    let (one, _) = read("${_RANDOM 32767} ${_RANDOM}", &options);
    assert!(
        one[0].starts_with("[32767]["),
        "the smallest, and the largest unless told"
    );
    options.random_seed = 1;
    assert_ne!(once, read(&many, &options).0);
}

#[test]
fn includes_are_relative_to_their_file() {
    let files = in_files(&[
        (
            "/etc/keepalived/d/a.conf",
            "a ${_PWD}\ninclude x/b.conf\nafter",
        ),
        ("/etc/keepalived/d/x/b.conf", "\u{feff}b"),
        ("/etc/keepalived/d/c.conf", "c {"),
        ("/abs.conf", "$Q=inq"),
    ]);
    let (shown, codes) = read("include d/a.conf # why\nend\n", &files);
    assert_eq!(shown, ["[a][/etc/keepalived/d]", "[b]", "[after]", "[end]"]);
    assert_eq!(codes, [""; 0]);
    let (shown, _) = read("include d/*.conf\ninclude /abs.conf\nz$Q\n", &files);
    assert_eq!(
        shown.join(" "),
        "[a][/etc/keepalived/d] [b] [after] [c]{ [zinq]"
    );
    let (shown, _) = read("includeb d/{c,x/b}.conf", &files);
    assert_eq!(shown, ["[c]{", "[b]"]);
    let (shown, _) = read("includex d/c.conf\nx include d/c.conf\ninclude\n", &files);
    assert_eq!(
        shown,
        [
            "[includex][d/c.conf]",
            "[x][include][d/c.conf]",
            "[include]"
        ]
    );
    assert_eq!(
        read("~SEQ(A,1,2) @lb1 include d/x/b.conf", &files).0,
        ["[b]", "[b]"]
    );
}

#[test]
fn the_letter_after_include_tells_what_is_an_error() {
    use crate::Severity::{Error, Warning};
    let files = in_files(&[("/etc/keepalived/a.conf", "")]);
    let severity = |line: &str| {
        let sources = Sources::single(MAIN, line);
        let mut lexer = Lexer::new(&sources, crate::FileId::default(), &files);
        lexer.by_ref().count();
        assert!(lexer.found.problems.len() < 2, "{line}");
        lexer.found.problems.first().map(|d| d.severity)
    };
    for (line, expected) in [
        ("include nope", Some(Warning)),
        ("includer nope", Some(Warning)),
        ("includem nope", Some(Error)),
        ("includew nope", Some(Error)),
        ("includeb nope", Some(Warning)),
        ("includea nope", Some(Error)),
        ("include *.nope", None),
        ("includer *.nope", None),
        ("includem *.nope", None),
        ("includew *.nope", Some(Error)),
        ("includea *.nope", Some(Error)),
        ("include {a,b}.conf", Some(Warning)),
        ("includem {a,b}.conf", Some(Warning)),
        ("includeb {a,b}.conf", Some(Error)),
        ("includea {a,b}.conf", Some(Error)),
        ("include \"a.conf\"", Some(Warning)),
        ("includea a.conf", None),
        ("includea [ab].conf", None),
    ] {
        assert_eq!(severity(line), expected, "{line}");
    }
}

#[test]
fn include_check_makes_errors_of_what_follows_in_its_file_and_below() {
    let files = in_files(&[
        ("/etc/keepalived/below.conf", "include nope"),
        (
            "/etc/keepalived/lenient.conf",
            "include_check +match -match\ninclude nope",
        ),
    ]);
    let errors = |text: &str, options: &Options| {
        let sources = Sources::single(MAIN, text);
        let mut lexer = Lexer::new(&sources, crate::FileId::default(), options);
        lexer.by_ref().for_each(drop);
        let problems = lexer.found.problems.iter();
        let grave = |d: &&Diagnostic| d.severity == crate::Severity::Error;
        problems.filter(grave).count()
    };
    for (text, expected) in [
        ("include nope\ninclude_check match", 0),
        ("include_check\ninclude nope\ninclude *.nope", 2),
        ("include_check match\ninclude nope\ninclude *.nope", 1),
        ("include_check readable\ninclude nope", 0),
        (
            "include_check +match # why\ninclude *.nope\ninclude nope",
            1,
        ),
        (
            "include_check\ninclude_check -match\ninclude *.nope\ninclude nope",
            1,
        ),
        ("include_check match\ninclude below.conf", 1),
        ("include_check match\ninclude lenient.conf\ninclude nope", 1),
    ] {
        assert_eq!(errors(text, &files), expected, "{text}");
    }
    let strict = Options {
        all_includes: true,
        ..files
    };
    assert_eq!(errors("include nope\ninclude below.conf", &strict), 2);
}

#[test]
fn a_name_may_be_made_of_other_values() {
    let defined = "$A=B\n$B=7\n$X_B=nested\n$N=1\n$T1=x${A}\n";
    let read = |text: &str| lines(&format!("{defined}{text}"));
    assert_eq!(read("p 5${${A}}"), ["[p][57]"]);
    assert_eq!(read("p ${X_${A}}"), ["[p][nested]"]);
    assert_eq!(read("p ${T${N}}y"), ["[p][xBy]"]);
    assert_eq!(read("~SEQ(I, 1, 1) p ${T${I}}"), ["[p][xB]"]);
    assert_eq!(
        read("$M=${${A}} \\\n {\\\n p ${X_${A}}\\\n }\n$M"),
        ["[7]", "{", "[p][nested]", "}"]
    );
    let (_, codes) = super::tests::read("$A=B\np ${${A}}", &options());
    assert_eq!(codes, [crate::code::UNDEFINED]);
    for odd in [
        "${${",
        "${${A}",
        "${${}}",
        "${${A} }",
        "${A${A",
        "${${A}${A}${${A}}",
    ] {
        super::tests::read(&format!("$A=A\np {odd}"), &options());
    }
}

#[test]
fn cycles_of_includes_end() {
    let files = in_files(&[
        (MAIN, "include a.conf\n"),
        ("/etc/keepalived/a.conf", "a\ninclude b.conf\n"),
        (
            "/etc/keepalived/b.conf",
            "b\ninclude a.conf\ninclude keepalived.conf\n",
        ),
    ]);
    let (shown, codes) = read("include a.conf\n", &files);
    assert_eq!(shown, ["[a]", "[b]"]);
    assert_eq!(codes, [code::INCLUDE_CYCLE; 2]);
}

#[test]
fn definitions_that_stand_for_themselves_end() {
    for text in [
        "$A=${A}\n${A}\n",
        "$A=x${A}y\nb ${A}\n",
        "$A=$B\n$B=$A\n$A\n",
        "$A= \\\nx \\\n$A\n$A\n",
        "$A= \\\nx \\\n$B \n$B= \\\ny \\\n$A\n$A\n",
    ] {
        let (_, codes) = read(text, &options());
        assert_eq!(codes, [code::RECURSION], "{text}");
    }
    assert_eq!(
        lines("$A=1\n$A=2${A}\n$A=3\n${A}${A}\n"),
        ["[33]"],
        "not two uses in a row"
    );
}

#[test]
fn text_that_grows_without_bound_ends_within_the_limits() {
    let mut laughs = "$L0=ha ha ha ha \\\n ha ha\n".to_owned();
    for n in 1..40 {
        let inner = format!("$L{} \\\n", n - 1).repeat(9);
        laughs.push_str(&format!("$L{n}= \\\n{inner}x\n"));
    }
    laughs.push_str("$L30\n");
    let mut empty = "$L0=\n".to_owned();
    for n in 1..40 {
        let inner = n - 1;
        empty.push_str(&format!("$L{n}=${{L{inner}}}${{L{inner}}}${{L{inner}}}\n"));
    }
    empty.push_str("x ${L30}\n");
    let deep: String = (1..100)
        .map(|n| format!("$D{n}=a${{D{}}}\n", n - 1))
        .collect();
    for text in [
        laughs,
        empty,
        format!("$D0=\n{deep}${{D99}}\n"),
        "~SEQ(A,1,9000000000000000000) x\n".to_owned(),
        format!("{} x\n", "~SEQ(A,1,100) ".repeat(6)),
        format!("{} x\n", "~SEQ(A,1,2) ".repeat(100)),
    ] {
        let sources = Sources::single(MAIN, &text);
        let options = options();
        let mut lexer = Lexer::new(&sources, crate::FileId::default(), &options);
        let tokens = lexer.by_ref().count();
        let codes: Vec<_> = lexer.found.problems.iter().map(|d| d.code).collect();
        assert_eq!(codes, [code::TOO_MUCH_TEXT], "{}", &text[..40]);
        assert!(lexer.limits.bytes <= Limits::BYTES + text.len());
        assert!(lexer.limits.pieces <= Limits::PIECES + 1);
        assert!(tokens <= Limits::PIECES * 8, "{tokens}");
    }
    let lists = format!("$L0=1\n{}~SEQ(A,${{L30}}) x", "$L1=${L0}${L0}\n".repeat(2));
    assert_eq!(read(&lists, &options()).1, [code::BAD_SEQUENCE]);
}

/// The work is linear in the text: each of these is a line of a megabyte.
#[test]
fn long_lines_are_read_in_linear_time() {
    for piece in [
        "$E ",
        "${E} ",
        "${E",
        "$",
        "$E$",
        "@lb1 ",
        "~SEQ(E,1) ",
        "~LST(",
        "~SEQ(A,1,$",
        "\"$E ",
        "\\",
        "include ",
        "#",
        "\\#",
        "a$E=",
        "${_ENV ",
        "${_RANDOM 1 ",
        "$=",
        "\"a\"",
    ] {
        let text = format!("$E=\n{}\n", piece.repeat((1 << 20) / piece.len()));
        let sources = Sources::single(MAIN, &text);
        let options = options();
        let mut lexer = Lexer::new(&sources, crate::FileId::default(), &options);
        let start = std::time::Instant::now();
        lexer.by_ref().for_each(drop);
        assert!(start.elapsed().as_secs() < 20, "{piece}");
    }
}

#[test]
fn bytes_that_no_text_has() {
    let (shown, codes) = read("a b\0c d\ne\n\0\0\n", &options());
    assert_eq!(shown, ["[a][b]", "[e]"]);
    assert_eq!(codes, [code::NUL_BYTE]);
    let long = format!("a{}\nb{}\n", " ".repeat(1_022), " ".repeat(1_023));
    let (shown, codes) = read(&long, &options());
    assert_eq!(shown, ["[a]", "[b]"]);
    assert_eq!(codes, [code::LONG_LINE], "the second only");
}

#[test]
fn a_word_knows_where_it_was_written_and_what_for() {
    let text = "$P=300\n$B=10.0\nx $P ${B}.1 a${B}\n$N=$P\n$N x\n";
    let sources = Sources::single(MAIN, text);
    let options = options();
    let lexer = Lexer::new(&sources, crate::FileId::default(), &options);
    let words: Vec<Span> = lexer
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.span),
            Token::Open(_) | Token::Close(_) | Token::LineEnd => None,
        })
        .collect();
    let texts: Vec<&str> = words.iter().map(|span| sources.text(*span)).collect();
    assert_eq!(texts, ["x", "300", "${B}.1", "a${B}", "300", "x"]);
    assert_eq!(sources.origins(words[4]).len(), 2, "`$P` in `$N`");
    assert_eq!(sources.locate(words[1]).line, 1);
    let origins = sources.origins(words[1]);
    assert_eq!(sources.text(origins[0].0), "$P");
    assert_eq!(sources.locate(origins[0].0).line, 3);
    assert!(sources.origins(words[2]).is_empty());
}

#[test]
fn a_password_is_hidden_wherever_it_stands() {
    for used in [
        "auth_pass $PW",
        "auth_pass x${PW}y",
        "auth_pass ${PW}z",
        "auth_pass ${PX}",
        "auth_pass \"a $PW b\"",
        "~LST(A,1) auth_pass $PW",
    ] {
        let text = format!("$PW=\"secret\"\n$PX=${{PW}}\n{used}\n");
        let sources = Sources::single(MAIN, &text);
        let options = options();
        let mut lexer = Lexer::new(&sources, crate::FileId::default(), &options);
        lexer.by_ref().for_each(drop);
        let secrets = lexer.found.secrets.iter();
        let hidden: Vec<Span> = secrets.map(|span| sources.home(*span)).collect();
        let hides = |at| hidden.iter().any(|span| span.range().contains(&at));
        assert!((5..11).all(hides), "{used}: {hidden:?}");
    }
}

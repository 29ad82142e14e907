//! Files from the rows: every keyword of every place, with values of its grammar.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use bellwether_config::registry::{
    Contents, Family, Grammar, Header, Keyword, Place, keywords, lookup,
};

/// Random numbers, the same for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn one_of<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let at = self.below(u64::try_from(of.len()).unwrap());
        of[usize::try_from(at).unwrap()]
    }

    /// At the edges of a range, or near them, or anywhere within.
    fn between(&mut self, min: i128, max: i128) -> i128 {
        let width = u64::try_from(max - min).unwrap_or(u64::MAX);
        match self.below(5) {
            0 => min,
            1 => max,
            2 => (min + 1).min(max),
            3 => min + i128::from(self.below(width.saturating_add(1).min(300))),
            _ => min + i128::from(self.below(width.saturating_add(1))),
        }
    }
}

/// A statement or a block.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) words: Vec<String>,
    pub(super) body: Option<Vec<Statement>>,
}

impl Statement {
    fn new(words: &str) -> Self {
        Self {
            words: words.split(' ').map(str::to_owned).collect(),
            body: None,
        }
    }

    fn block(words: &str, body: &[Self]) -> Self {
        Self {
            body: Some(body.to_vec()),
            ..Self::new(words)
        }
    }
}

/// As keepalived.conf, with every word in quotes that might need them.
pub(super) fn text(statements: &[Statement]) -> String {
    let mut all = String::new();
    for statement in statements {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_./:+-,".contains(c);
        let words: Vec<String> = statement
            .words
            .iter()
            .map(|word| match word.chars().all(plain) && !word.is_empty() {
                true => word.clone(),
                false => format!("\"{word}\""),
            })
            .collect();
        all += &words.join(" ");
        match &statement.body {
            Some(body) => all += &format!(" {{\n{}}}\n", text(body)),
            None => all += "\n",
        }
    }
    all
}

/// A file in which everything that may be named is there.
pub(super) fn base() -> Vec<Statement> {
    let s = Statement::new;
    let block = Statement::block;
    vec![
        block("global_defs", &[s("router_id lb1")]),
        block("vrrp_script n1", &[s("script /bin/true")]),
        block("track_file n1", &[s("file /tmp/n1")]),
        block("vrrp_track_process n1", &[s("process n1")]),
        block(
            "bfd_instance n1",
            &[s("neighbor_ip 192.0.2.250"), s("source_ip 192.0.2.251")],
        ),
        block("vrrp_instance n1", &instance(1)),
        block("vrrp_instance n2", &instance(2)),
        block("vrrp_sync_group n1", &[block("group", &[s("n1"), s("n2")])]),
        block("virtual_server_group n1", &[s("192.0.2.90 80")]),
        block("virtual_server 192.0.2.91 80", &virtual_server()),
    ]
}

fn instance(number: u8) -> Vec<Statement> {
    let s = Statement::new;
    vec![
        s("interface eth0"),
        s(&format!("virtual_router_id {number}")),
        Statement::block("virtual_ipaddress", &[s(&format!("192.0.2.{number}/24"))]),
    ]
}

fn virtual_server() -> Vec<Statement> {
    vec![
        Statement::new("protocol TCP"),
        Statement::block("real_server 198.51.100.1 80", &[]),
    ]
}

/// What a block needs to be good, beside its name.
fn needed(keyword: &Keyword) -> Vec<Statement> {
    let s = Statement::new;
    match keyword.name {
        "vrrp_instance" => instance(9),
        "vrrp_script" => vec![s("script /bin/true")],
        "track_file" => vec![s("file /tmp/n1")],
        "vrrp_track_process" => vec![s("process n1")],
        "bfd_instance" => vec![s("neighbor_ip 192.0.2.252"), s("source_ip 192.0.2.251")],
        "vrrp_sync_group" => vec![Statement::block("group", &[s("n1"), s("n2")])],
        "virtual_server" => virtual_server(),
        "authentication" => vec![s("auth_type PASS"), s("auth_pass x")],
        "url" => vec![s("path /")],
        "HTTP_GET" | "SSL_GET" => vec![Statement::block(
            "url",
            &[s("path /"), s("status_code 200")],
        )],
        "MISC_CHECK" => vec![s("misc_path /bin/true")],
        "FILE_CHECK" => vec![s("track_file n1")],
        "BFD_CHECK" => vec![s("name n1")],
        "DNS_CHECK" => vec![s("name example.com")],
        _ => Vec::new(),
    }
}

/// A file with this keyword in that place.
pub(super) fn with(random: &mut Random, place: Place, keyword: &Keyword) -> Option<Vec<Statement>> {
    let mut document = base();
    let one = statement(random, keyword)?;
    insert(random, &mut document, place, one, 0)?;
    Some(document)
}

/// Puts a statement into a block of its place, which is made if there is none.
fn insert(
    random: &mut Random,
    document: &mut Vec<Statement>,
    place: Place,
    one: Statement,
    depth: usize,
) -> Option<()> {
    if depth > 5 {
        return None;
    }
    if place == Place::Top {
        // An instance is in one group.
        if one.words[0] == "vrrp_sync_group" {
            document.retain(|other| other.words[0] != "vrrp_sync_group");
        }
        put(document, one);
        return Some(());
    }
    // The first keyword whose block this place is, or on whose lines.
    let parent = keywords().find(|keyword| match keyword.grammar {
        Grammar::Block(_, Contents::Keywords(inner)) => inner == place,
        Grammar::Block(_, Contents::Lines(line)) => line.options == Some(place),
        grammar => options(grammar).contains(&place),
    });
    if let Some(parent) = parent {
        let up = parent.places[0];
        let mut outer = if let Grammar::Block(..) = parent.grammar {
            block(random, parent)?
        } else {
            statement_with_options(random, parent, &one.words)?
        };
        match parent.grammar {
            Grammar::Block(_, Contents::Keywords(_)) => {
                let body = outer.body.as_mut()?;
                put(body, one);
            }
            Grammar::Block(_, Contents::Lines(line)) => {
                let mut words = head(random, line.head);
                words.extend(one.words);
                // Of a rule, what it does, which most of its options need.
                if line.options == Some(Place::RuleOption) && random.below(3) > 0 {
                    words.extend(["table".to_owned(), "7".to_owned()]);
                }
                outer.body = Some(vec![Statement { words, body: None }]);
            }
            _ => {}
        }
        // In a block that is there, if it can be.
        return insert(random, document, up, outer, depth + 1);
    }
    None
}

/// Adds a statement; one of the same keyword and name gives way to it.
fn put(body: &mut Vec<Statement>, one: Statement) {
    let names = |s: &Statement| {
        (
            s.words[0].clone(),
            s.body.is_some().then(|| s.words.clone()),
        )
    };
    if let Some(old) = body.iter_mut().find(|old| names(old) == names(&one)) {
        *old = one;
    } else {
        body.push(one);
    }
}

fn options(grammar: Grammar) -> Vec<Place> {
    match grammar {
        Grammar::Options(place) => vec![place],
        Grammar::Optional(inner) | Grammar::Many(inner) => options(*inner),
        Grammar::Several(parts) | Grammar::Either(parts) => {
            parts.iter().flat_map(|part| options(*part)).collect()
        }
        _ => Vec::new(),
    }
}

fn statement_with_options(
    random: &mut Random,
    keyword: &Keyword,
    options: &[String],
) -> Option<Statement> {
    let mut words = vec![keyword.name.to_owned()];
    match keyword.grammar {
        Grammar::Several(parts) => {
            for part in parts {
                match part {
                    Grammar::Options(_) => words.extend(options.iter().cloned()),
                    Grammar::Optional(inner) if !self::options(**inner).is_empty() => {
                        words.extend(options.iter().cloned());
                    }
                    Grammar::Optional(_) => {}
                    part => words.extend(value(random, *part)),
                }
            }
        }
        Grammar::Options(Place::TunnelOption | Place::Tunnel6Option) => {
            words.extend(["id".to_owned(), "7".to_owned()]);
            words.extend(options.iter().cloned());
        }
        _ => words.extend(options.iter().cloned()),
    }
    Some(Statement { words, body: None })
}

/// Adds a statement somewhere.
pub(super) fn grow(random: &mut Random, place: Place, body: &mut Vec<Statement>) {
    let mut blocks = Vec::new();
    for (index, statement) in body.iter().enumerate() {
        let keyword = lookup(place, &statement.words[0]);
        if let Some(Grammar::Block(_, Contents::Keywords(inner))) = keyword.map(|k| k.grammar) {
            blocks.push((index, inner));
        }
    }
    if !blocks.is_empty() && random.below(4) > 0 {
        let at = usize::try_from(random.below(u64::try_from(blocks.len()).unwrap())).unwrap();
        let (index, inner) = blocks[at];
        // The old `group` around virtual servers is read as if it were not there, so that a value
        // in it and one outside of it are one value given twice; TOML keeps no such order.
        if inner == Place::Top {
            return;
        }
        if let Some(body) = &mut body[index].body {
            return grow(random, inner, body);
        }
    }
    let here: Vec<&Keyword> = keywords().filter(|k| k.places.contains(&place)).collect();
    let at = random.below(u64::try_from(here.len()).unwrap());
    let Some(keyword) = here.get(usize::try_from(at).unwrap()) else {
        return;
    };
    if let Some(one) = statement(random, keyword) {
        // Of lists, one; of other blocks and values perhaps several.
        let list = matches!(
            keyword.grammar,
            Grammar::Block(Header::None, Contents::Lines(_) | Contents::Unread)
        );
        if list || random.below(3) == 0 {
            put(body, one);
        } else {
            body.push(one);
        }
    }
}

fn statement(random: &mut Random, keyword: &Keyword) -> Option<Statement> {
    if keyword.is_block() {
        return block(random, keyword);
    }
    let mut words = vec![keyword.name.to_owned()];
    words.extend(match keyword.name {
        // Words with an inside.
        "uidrange" | "sport" | "dport" => vec!["7-900".to_owned()],
        "rtt" | "rttvar" | "rto_min" => vec!["0.3s".to_owned()],
        "ila" => vec!["2001:db8:0:1".to_owned()],
        _ => value(random, keyword.grammar),
    });
    Some(Statement { words, body: None })
}

fn block(random: &mut Random, keyword: &Keyword) -> Option<Statement> {
    let Grammar::Block(header, contents) = keyword.grammar else {
        return None;
    };
    let mut words = vec![keyword.name.to_owned()];
    match header {
        Header::None => {}
        Header::Name => words.push(format!("n{}", random.below(900) + 100)),
        Header::Values(grammar) => words.extend(value(random, *grammar)),
        Header::Unread => words.extend(["192.0.2.77".to_owned(), "80".to_owned()]),
    }
    let body = match contents {
        Contents::Keywords(_) => needed(keyword),
        Contents::Lines(line) => {
            let mut lines = Vec::new();
            for _ in 0..random.below(3) + 1 {
                let words = head(random, line.head);
                lines.push(Statement { words, body: None });
            }
            lines
        }
        Contents::Unread => vec![Statement::new("192.0.2.78 80")],
    };
    let body = Some(body);
    Some(Statement { words, body })
}

fn head(random: &mut Random, grammar: Grammar) -> Vec<String> {
    match grammar {
        Grammar::Name => vec!["n1".to_owned()],
        grammar => value(random, grammar),
    }
}

/// Words that fit a grammar.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of value")]
fn value(random: &mut Random, grammar: Grammar) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match grammar {
        Grammar::Flag => Vec::new(),
        Grammar::Bool => match random.below(3) {
            0 => Vec::new(),
            _ => one(random.one_of(&["on", "off", "true", "false", "yes", "no"])),
        },
        Grammar::Integer { min, max, .. } => {
            let n = random.between(i128::from(min), i128::from(max)).to_string();
            match random.below(6) {
                0 if !n.starts_with('-') => vec![format!("+{n}")],
                1 if !n.starts_with('-') => vec![format!("00{n}")],
                _ => vec![n],
            }
        }
        Grammar::Radix { min, max } => {
            let n = random.between(i128::from(min), i128::from(max));
            match random.below(3) {
                0 => vec![format!("{n:#x}")],
                1 => vec![format!("0{n:o}")],
                _ => vec![n.to_string()],
            }
        }
        Grammar::Seconds { min, max } => {
            let micros = random.between(i128::from(min), i128::from(max));
            match random.below(3) {
                0 => vec![format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)],
                _ => vec![(micros / 1_000_000).to_string()],
            }
        }
        Grammar::Weight => {
            let mut words = vec![random.between(-253, 253).to_string()];
            if random.below(2) == 0 {
                words.push("reverse".to_owned());
            }
            words
        }
        Grammar::Choice(words) => one(random.one_of(words)),
        Grammar::Literal(word) => one(word),
        Grammar::Word => one(random.one_of(&["x", "a b", "p#1!", "7", "{x}", "1.50", "\\\\x"])),
        Grammar::Name => one(random.one_of(&["n1", "n2"])),
        Grammar::Interface => one(random.one_of(&["eth0", "eth1", "br-lan.7"])),
        Grammar::Path => one(random.one_of(&["/tmp/x", "/tmp/a b"])),
        Grammar::Command => match random.below(3) {
            0 => one("/bin/sh -c 'a b'"),
            1 => ["/bin/x", "a b", "-c"].map(str::to_owned).to_vec(),
            _ => one("/bin/true"),
        },
        Grammar::CommandAs => match random.below(3) {
            0 => one("/bin/sh -c 'a b'"),
            1 => ["/bin/x -a", "root"].map(str::to_owned).to_vec(),
            _ => ["/bin/x", "root", "wheel"].map(str::to_owned).to_vec(),
        },
        Grammar::User => match random.below(2) {
            0 => one("root"),
            _ => ["root", "wheel"].map(str::to_owned).to_vec(),
        },
        Grammar::Address(family) => one(address(random, family)),
        Grammar::Prefix(family) => {
            let address = address(random, family);
            let length = random.one_of(&["", "/24", "/32", "/0"]);
            vec![format!("{address}{length}")]
        }
        Grammar::Host => one(random.one_of(&["192.0.2.60", "2001:db8::60", "mail.example.com"])),
        Grammar::Port => vec![random.between(1, 65_535).to_string()],
        Grammar::Mac => one(random.one_of(&["00:00:5e:00:01:07", "2:0:0:0:0:1"])),
        Grammar::Broadcast => one(random.one_of(&["+", "-", "192.0.2.255"])),
        Grammar::Scope => one(random.one_of(&["global", "link", "host", "site", "7"])),
        Grammar::Named { max, names } => match (names, random.below(2)) {
            ([(name, _), ..], 0) => one(name),
            _ => vec![random.between(0, i128::from(max)).to_string()],
        },
        Grammar::Optional(inner) => match random.below(2) {
            0 => Vec::new(),
            _ => value(random, *inner),
        },
        Grammar::Many(inner) => {
            let mut words = value(random, *inner);
            for _ in 0..random.below(3) {
                words.extend(value(random, *inner));
            }
            words
        }
        Grammar::Several(parts) => {
            let parts = parts.iter();
            parts.flat_map(|part| value(random, *part)).collect()
        }
        Grammar::Either(kinds) => {
            let at = random.below(u64::try_from(kinds.len()).unwrap());
            value(random, kinds[usize::try_from(at).unwrap()])
        }
        Grammar::Options(place) => {
            let here: Vec<&Keyword> = keywords().filter(|k| k.places.contains(&place)).collect();
            let at = random.below(u64::try_from(here.len()).unwrap());
            let option = here.get(usize::try_from(at).unwrap());
            let option = option.and_then(|option| statement(random, option));
            option.map(|option| option.words).unwrap_or_default()
        }
        Grammar::Unread { min, max } => {
            let count = random.below(3);
            let count = usize::try_from(count).unwrap().clamp(min, max.min(9));
            let words = ["7", "a b", "x", "on"];
            words
                .iter()
                .take(count)
                .map(|word| (*word).to_owned())
                .collect()
        }
        _ => Vec::new(),
    }
}

fn address(random: &mut Random, family: Family) -> &'static str {
    match family {
        Family::V4 => random.one_of(&["192.0.2.61", "198.51.100.62"]),
        Family::V6 => random.one_of(&["2001:db8::61", "fe80::62"]),
        Family::Any => random.one_of(&["192.0.2.61", "198.51.100.62", "2001:db8::61"]),
    }
}

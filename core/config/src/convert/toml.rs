//! Entries as TOML.

use std::collections::BTreeMap;

use toml_writer::{ToTomlKey as _, ToTomlValue as _};

use super::canonical::{Atom, Block, Entry, Inside, Statement};
use super::keepalived::is_last;
use crate::registry::{Contents, Grammar, Place};
use crate::toml::{Given, Shape, given, is_command};

/// The text of a file.
pub(super) fn write(entries: &[Entry]) -> String {
    let mut writer = Writer::default();
    writer.table(&[], entries);
    writer.text
}

#[derive(Default)]
struct Writer {
    text: String,
}

impl Writer {
    /// The values of a table, then the tables in it.
    fn table(&mut self, path: &[String], entries: &[Entry]) {
        let groups = Groups::new(entries);
        for entry in entries {
            match entry {
                Entry::Statement(one) => {
                    if is_last(one, entries) {
                        self.key(&one.key, &value(one));
                    }
                }
                Entry::Unknown(lines) => {
                    for line in lines.iter().flat_map(|line| line.lines()) {
                        self.text.push_str(&format!("# {line}\n"));
                    }
                }
                Entry::Block(_) => {}
            }
        }
        for entry in entries {
            let Entry::Block(block) = entry else { continue };
            let lists = groups.of(block);
            if block.is_list() && is_first(block, lists) {
                self.list(&block.key, lists);
            }
        }
        for entry in entries {
            let Entry::Block(block) = entry else { continue };
            if block.is_list() {
                continue;
            }
            let alike = groups.of(block);
            let lines = matches!(block.body, Inside::Lines(_));
            match block.shape() {
                Shape::Plain | Shape::Headed => self.block(path, block, alike.len() > 1),
                Shape::Named if !lines => self.block(path, block, groups.namesakes(block) > 1),
                Shape::Named => self.lists(path, block, alike),
            }
        }
    }

    /// Lists by their names: keys of one table.
    fn lists(&mut self, path: &[String], block: &Block, alike: &[&Block]) {
        if !is_first(block, alike) {
            return;
        }
        self.header(path, &[&block.key], false);
        let mut by_name: Vec<(&str, Vec<&Block>)> = Vec::new();
        for one in alike {
            let of = name(one);
            match by_name.iter_mut().find(|(name, _)| *name == of) {
                Some((_, list)) => list.push(one),
                None => by_name.push((of, vec![one])),
            }
        }
        for (name, blocks) in by_name {
            self.list(name, &blocks);
        }
    }

    fn block(&mut self, path: &[String], block: &Block, several: bool) {
        let mut inner = path.to_vec();
        inner.push(block.key.clone());
        let form = block.shape();
        if form == Shape::Named {
            inner.push(name(block).to_owned());
        }
        self.header(
            &inner,
            &[],
            several || form == Shape::Headed || repeats(block),
        );
        if form == Shape::Headed {
            match given(block.keyword, &block.header) {
                Given::Address(address) => self.key("address", &address.to_toml_value()),
                Given::Fwmark(mark) => self.key("fwmark", &mark.to_string()),
                Given::Group(name) => self.key("group", &name.to_toml_value()),
                Given::Words(words) if words.is_empty() => {}
                Given::Words(words) => {
                    let words: Vec<String> = words.iter().map(|w| w.to_toml_value()).collect();
                    self.key("header", &format!("[{}]", words.join(", ")));
                }
            }
        }
        match &block.body {
            Inside::Keywords(entries) => self.table(&inner, entries),
            Inside::Lines(_) => self.list("lines", &[block]),
        }
    }

    fn header(&mut self, path: &[String], more: &[&String], several: bool) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let keys = path.iter().chain(more.iter().copied());
        let keys: Vec<String> = keys.map(|key| key.to_toml_key()).collect();
        let keys = keys.join(".");
        if several {
            self.text.push_str(&format!("[[{keys}]]\n"));
        } else {
            self.text.push_str(&format!("[{keys}]\n"));
        }
    }

    fn key(&mut self, key: &str, value: &str) {
        self.text.push_str(&key.to_toml_key());
        self.text.push_str(" = ");
        self.text.push_str(value);
        self.text.push('\n');
    }

    /// The lines of blocks, as one array.
    fn list(&mut self, key: &str, blocks: &[&Block]) {
        let lines = blocks.iter().flat_map(|block| match &block.body {
            Inside::Lines(lines) => &lines[..],
            Inside::Keywords(_) => &[],
        });
        let lines: Vec<String> = lines.map(|words| line(words)).collect();
        match &lines[..] {
            [] => self.key(key, "[]"),
            [one] => self.key(key, &format!("[{one}]")),
            _ => self.key(key, &format!("[\n    {},\n]", lines.join(",\n    "))),
        }
    }
}

/// The blocks of a table, by their keywords.
struct Groups<'e> {
    by_key: BTreeMap<&'e str, Vec<&'e Block>>,
    by_name: BTreeMap<(&'e str, &'e str), usize>,
}

impl<'e> Groups<'e> {
    fn new(entries: &'e [Entry]) -> Self {
        let mut by_key: BTreeMap<&str, Vec<&Block>> = BTreeMap::new();
        let mut by_name: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for entry in entries {
            if let Entry::Block(block) = entry {
                by_key.entry(&block.key).or_default().push(block);
                let count = by_name.entry((&block.key, name(block))).or_default();
                *count = count.saturating_add(1);
            }
        }
        Self { by_key, by_name }
    }

    /// The blocks whose keyword is written as that of `block`.
    fn of(&self, block: &Block) -> &[&'e Block] {
        self.by_key.get(&*block.key).map_or(&[], |blocks| blocks)
    }

    /// How many of them have its name.
    fn namesakes(&self, block: &Block) -> usize {
        let of = (&*block.key, name(block));
        self.by_name.get(&of).copied().unwrap_or_default()
    }
}

fn name(block: &Block) -> &str {
    block.header.first().map_or("", |name| name)
}

fn is_first(block: &Block, alike: &[&Block]) -> bool {
    alike
        .first()
        .is_some_and(|first| std::ptr::eq(*first, block))
}

/// Whether a block is written as an array of tables even if there is only one.
fn repeats(block: &Block) -> bool {
    let Grammar::Block(_, Contents::Keywords(place)) = block.keyword.grammar else {
        return false;
    };
    let checker = block.keyword.places.contains(&Place::RealServer);
    checker || matches!(place, Place::Url | Place::SmtpHost)
}

/// A line: a string if its words need no quotes, else an array.
fn line(words: &[String]) -> String {
    let plain =
        |word: &String| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '"');
    if words.iter().all(plain) {
        return words.join(" ").to_toml_value();
    }
    let words: Vec<String> = words.iter().map(|word| word.to_toml_value()).collect();
    format!("[{}]", words.join(", "))
}

/// The value of a statement.
fn value(one: &Statement) -> String {
    let grammar = one.keyword.grammar;
    let text = |atom: &Atom| match atom {
        Atom::Number(number) => number.clone(),
        Atom::Text(text) | Atom::Command(text) => text.to_toml_value(),
    };
    let (_, most) = grammar.arity();
    match &one.value[..] {
        [] => "true".to_owned(),
        [Atom::Text(off)] if grammar == Grammar::Bool && off == "off" => "false".to_owned(),
        [Atom::Text(only)] if most > 1 && !is_command(grammar) && !is_one_word(only) => {
            format!("[{}]", only.to_toml_value())
        }
        [one] => text(one),
        [Atom::Command(command), user, group @ ..] => {
            let command = command.to_toml_value();
            let user = user.text().to_toml_value();
            match group {
                [] => format!("{{ command = {command}, user = {user} }}"),
                [group, ..] => {
                    let group = group.text().to_toml_value();
                    format!("{{ command = {command}, user = {user}, group = {group} }}")
                }
            }
        }
        several => {
            let words: Vec<String> = several.iter().map(text).collect();
            format!("[{}]", words.join(", "))
        }
    }
}

/// Whether a string is read as one word where there may be several.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"')
}

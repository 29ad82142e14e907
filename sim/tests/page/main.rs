//! The page that `bellwether-sim run --report` writes, in a real headless Chromium with a real
//! mouse and keyboard, and without network.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

mod chrome;

use std::path::{Path, PathBuf};
use std::process::Command;

use chrome::Browser;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
const WIDE: (u32, u32) = (1400, 900);

/// A folder with the page of a run.
struct Made {
    folder: tempfile::TempDir,
    status: Option<i32>,
}

impl Made {
    fn of(scenario: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
            .arg("run")
            .arg(scenario)
            .arg("--report")
            .arg(folder.path().join("out.html"))
            .output()
            .unwrap();
        let status = ran.status.code();
        assert_ne!(status, Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
        Self { folder, status }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("out.html")
    }
}

fn split_brain() -> Made {
    Made::of(&Path::new(SCENARIOS).join("split-brain-and-heal.toml"))
}

/// Moves the cursor to an instant by the link's fragment.
fn go_to(page: &mut Browser, seconds: &str) {
    page.eval(&format!("location.hash = '#t={seconds}', 0"));
    let shown = format!("document.querySelector('#now').textContent.startsWith('{seconds}')");
    page.until(&shown);
}

fn owner(page: &mut Browser) -> String {
    let owner = page.eval("document.querySelector('#state [data-address]').dataset.owner");
    owner.as_str().unwrap().to_owned()
}

fn count(page: &mut Browser, selector: &str) -> u64 {
    let all = page.eval(&format!("document.querySelectorAll({selector:?}).length"));
    all.as_u64().unwrap()
}

fn text(page: &mut Browser, selector: &str) -> String {
    let text = page.eval(&format!("document.querySelector({selector:?}).textContent"));
    text.as_str().unwrap().to_owned()
}

#[test]
fn the_state_at_an_instant_is_what_the_scenario_says() {
    let made = split_brain();
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    assert_eq!(count(&mut page, ".lane"), 3, "two nodes and one address");
    // The first master-down interval; lb1; both, from 13.258 s until lb2 hears lb1 again.
    for (at, expected) in [
        ("1", ""),
        ("5", "lb1"),
        ("13", "lb1"),
        ("15", "lb1 + lb2"),
        ("25", "lb1"),
    ] {
        go_to(&mut page, at);
        assert_eq!(owner(&mut page), expected, "at {at} s");
    }
    go_to(&mut page, "15");
    assert_eq!(count(&mut page, "#state [data-role=master]"), 2);
    assert_eq!(
        count(&mut page, "#state [data-cut]"),
        2,
        "both ways are cut"
    );
    go_to(&mut page, "25");
    assert_eq!(count(&mut page, "#state [data-role=backup]"), 1);
    assert_eq!(count(&mut page, "#state [data-cut]"), 0);
    // One stretch with nobody, at the start, and one with two.
    assert_eq!(count(&mut page, "[data-address] [data-is=dark]"), 1);
    assert_eq!(count(&mut page, "[data-address] [data-is=dual]"), 1);
    assert_eq!(count(&mut page, ".fault"), 2, "the cut and the healing");
    let card = text(&mut page, "[data-card]");
    assert!(
        card.contains("3.609 s dark") && card.contains("7.000 s dual"),
        "{card}"
    );
}

#[test]
fn a_mouse_scrubs_and_keys_step_from_event_to_event() {
    let made = split_brain();
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    let lane = page.eval(
        "(() => { const r = document.querySelector('[data-address] [data-is=dual]') \
         .getBoundingClientRect(); return [r.left, r.right, r.top + 5]; })()",
    );
    let at = |place: usize| lane[place].as_f64().unwrap();
    page.mouse("mouseMoved", (at(0) - 30.0, at(2)));
    page.mouse("mousePressed", (at(0) - 30.0, at(2)));
    assert_eq!(owner(&mut page), "lb1");
    page.mouse("mouseMoved", ((at(0) + at(1)) / 2.0, at(2)));
    assert_eq!(owner(&mut page), "lb1 + lb2");
    page.mouse("mouseMoved", (at(1) + 30.0, at(2)));
    page.mouse("mouseReleased", (at(1) + 30.0, at(2)));
    assert_eq!(owner(&mut page), "lb1");

    // Twice 50 us until the node knows its interface, and the master-down interval of priority
    // 100; after lb1's first advert comes what it does as a master.
    go_to(&mut page, "3.6");
    page.eval("document.querySelector('#lanes').focus(), 0");
    page.key("ArrowRight");
    assert_eq!(
        text(&mut page, "#now"),
        "3.609000 s",
        "an expectation is decided"
    );
    page.key("ArrowRight");
    assert_eq!(text(&mut page, "#now"), "3.609475 s");
    page.key("ArrowLeft");
    assert_eq!(text(&mut page, "#now"), "3.609000 s");
    page.key("End");
    let end = page.eval("JSON.parse(document.querySelector('#data').textContent).end / 1e9");
    let now = text(&mut page, "#now");
    let difference = now.trim_end_matches(" s").parse::<f64>().unwrap() - end.as_f64().unwrap();
    assert!(difference.abs() < 1e-6, "{now} and {end}");
    page.key("Home");
    let now = page.eval("document.querySelector('#lanes').getAttribute('aria-valuenow')");
    assert_eq!(now, "0.000");
}

#[test]
fn pointing_at_a_packet_decodes_it() {
    let made = split_brain();
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    assert_eq!(page.eval("document.querySelector('#tip').hidden"), true);
    let at = page.middle("#packets .hit[data-packet]");
    page.mouse("mouseMoved", at);
    page.until("!document.querySelector('#tip').hidden");
    let tip = text(&mut page, "#tip");
    for part in [
        "VRID51",
        "priority100",
        "addresses192.0.2.100",
        "checksumgood",
        "TTL255",
        "lb2 had it after 100 µs",
    ] {
        assert!(tip.contains(part), "{part} in {tip}");
    }
    page.mouse("mouseMoved", (at.0, at.1 - 400.0));
    page.until("document.querySelector('#tip').hidden");

    // A click keeps it in the panel.
    page.click("#packets .hit.hit[data-packet]");
    page.until("!!document.querySelector('#state .packet')");
    assert!(text(&mut page, "#state .packet").contains("lb1 on eth0 at 3.609475000 s"));
}

#[test]
fn filters_hide_and_zoom_shows_less_of_the_run() {
    let made = split_brain();
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    let all = count(&mut page, "#packets .hit");
    assert!(all > 60, "{all} arrows");
    page.click("[data-group=adverts]");
    assert_eq!(count(&mut page, "#packets .hit"), 0);
    assert_eq!(count(&mut page, "#rows .is-advert"), 0);
    page.click("[data-group=adverts]");
    assert_eq!(count(&mut page, "#packets .hit"), all);

    page.click("[data-n='1']");
    assert_eq!(count(&mut page, ".lane"), 2, "lb1 and the address");
    page.click("[data-n='1']");

    page.eval("document.querySelector('#text').focus(), 0");
    let typed = serde_json::json!({ "text": "priority 90" });
    page.insert(typed);
    page.until("document.querySelectorAll('#rows tr').length < 15");
    let rows = count(&mut page, "#rows tr");
    let matching = page.eval(
        "[...document.querySelectorAll('#rows tr')] \
         .filter((row) => row.textContent.includes('priority 90')).length",
    );
    assert!(rows > 5 && matching == rows, "{matching} of {rows}");

    let last = "[...document.querySelectorAll('#lanes .tick')].at(-1).textContent";
    assert_eq!(page.eval(last), "80 s");
    go_to(&mut page, "10");
    page.click("#zoom-in");
    page.click("#zoom-in");
    assert_eq!(page.eval(last), "25 s");
    page.click("#fit");
    assert_eq!(page.eval(last), "80 s");
}

#[test]
fn the_page_asks_for_nothing_and_complains_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text_of = Path::new(SCENARIOS).join("split-brain-and-heal.toml");
    let hostile = "</script><script>document.title = 'taken'</script>&amp;";
    let scenario: String = std::fs::read_to_string(text_of)
        .unwrap()
        .lines()
        .map(|line| match line.starts_with("title = ") {
            true => format!("title = \"{hostile}\"\n"),
            false => format!("{line}\n"),
        })
        .collect();
    let path = folder.path().join("hostile.toml");
    std::fs::write(&path, scenario).unwrap();
    let made = Made::of(&path);
    let Some(mut page) = Browser::open(&made.path(), (420, 900)) else {
        return;
    };
    assert_eq!(page.eval("document.title"), hostile);
    assert_eq!(text(&mut page, "h1"), hostile);
    for key in ["+", "-", "0", "ArrowRight", "PageDown", "End"] {
        page.eval("document.querySelector('#lanes').focus(), 0");
        page.key(key);
    }
    let narrow = page.eval("document.documentElement.scrollWidth <= innerWidth");
    assert_eq!(narrow, true, "nothing sticks out of a narrow window");
    let requests = page.heard_of("Network.requestWillBeSent");
    for request in &requests {
        let url = request["request"]["url"].as_str().unwrap();
        assert!(
            url.starts_with("file://") || url.starts_with("data:"),
            "{url}"
        );
    }
    let files = requests
        .iter()
        .filter(|own| own["request"]["url"] != "data:,");
    assert_eq!(files.count(), 1, "one file and no more: {requests:?}");
    for method in [
        "Runtime.exceptionThrown",
        "Runtime.consoleAPICalled",
        "Log.entryAdded",
    ] {
        assert!(
            page.heard_of(method).is_empty(),
            "{:?}",
            page.heard_of(method)
        );
    }
}

#[test]
fn what_does_not_hold_stands_first_and_leads_to_its_instant() {
    let folder = tempfile::tempdir().unwrap();
    let node = |name: &str, password: &str| {
        format!(
            "[[node]]\nname = \"{name}\"\nconfig = \"\"\"\nvrrp_instance VI_1 {{\n    interface \
             eth0\n    virtual_router_id 51\n    authentication {{\n        auth_type PASS\n        \
             auth_pass {password}\n    }}\n    virtual_ipaddress {{\n        192.0.2.100\n    \
             }}\n}}\n\"\"\"\n"
        )
    };
    let scenario = format!(
        "title = \"Two passwords\"\n{}{}[[expect]]\nat = \"9s\"\nmaster = {{ VI_1 = \"lb2\" }}\n",
        node("lb1", "sesame"),
        node("lb2", "Sesame")
    );
    let path = folder.path().join("passwords.toml");
    std::fs::write(&path, scenario).unwrap();
    let made = Made::of(&path);
    assert_eq!(made.status, Some(1));
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    let verdict = text(&mut page, "#verdict");
    assert!(
        verdict.contains("violated") && verdict.contains("not met"),
        "{verdict}"
    );
    let first = text(&mut page, "#verdicts tr[data-invariant]");
    assert!(first.contains("✗ violated"), "{first}");
    page.eval("document.querySelector('.breach button').scrollIntoView(), 0");
    let at = text(&mut page, ".breach button");
    page.click(".breach button");
    let at = at.trim_end_matches(" s").to_owned();
    page.until(&format!(
        "document.querySelector('#now').textContent.startsWith('{at}')"
    ));
}

#[test]
fn a_large_run_is_drawn_with_few_elements() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = "title = \"Large\"\n".to_owned();
    for node in 1..=3 {
        scenario.push_str(&format!("[[node]]\nname = \"lb{node}\"\nconfig = \"\"\"\n"));
        for vrid in 1..=40 {
            scenario.push_str(&format!(
                "vrrp_instance VI_{vrid} {{\n    version 3\n    interface eth0\n    \
                 virtual_router_id {vrid}\n    advert_int 0.1\n    priority {}\n    \
                 virtual_ipaddress {{\n        192.0.2.{}\n    }}\n}}\n",
                200 - node * 10,
                100 + vrid
            ));
        }
        scenario.push_str("\"\"\"\n");
    }
    scenario.push_str("[[fault]]\nat = \"30s\"\npower-off = \"lb1\"\n");
    let path = folder.path().join("large.toml");
    std::fs::write(&path, scenario).unwrap();
    let made = Made::of(&path);
    let Some(mut page) = Browser::open(&made.path(), WIDE) else {
        return;
    };
    let packets =
        page.eval("JSON.parse(document.querySelector('#data').textContent).packets.length");
    assert!(packets.as_u64().unwrap() > 10_000, "{packets} packets");
    assert_eq!(
        count(&mut page, ".lane"),
        4,
        "three nodes and all addresses, folded"
    );
    let elements = count(&mut page, "*");
    assert!(elements < 6_000, "{elements} elements");
    go_to(&mut page, "29");
    assert!(text(&mut page, "#state tr[data-node=lb1]").contains("40 master"));
    go_to(&mut page, "31");
    assert!(text(&mut page, "#state tr[data-node=lb2]").contains("40 master"));
    // A node unfolds.
    page.click("[data-fold=node1] text");
    page.until("document.querySelectorAll('.lane').length == 43");
    // From near, what leaves at one instant is one arrow, which names some of it.
    go_to(&mut page, "31.05");
    for _ in 0..9 {
        page.eval("document.querySelector('#zoom-in').click(), 0");
    }
    let at = page.middle("#packets .hit");
    page.mouse("mouseMoved", at);
    page.until("!document.querySelector('#tip').hidden");
    let tip = text(&mut page, "#tip");
    assert!(
        tip.contains("40 packets of lb2") && tip.contains("VRID 1, priority 180"),
        "{tip}"
    );
}

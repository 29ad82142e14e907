//! The places of what is kept are found where it is kept.

use bellwether_config::places::Item;
use bellwether_config::{Outcome, code};

use crate::common::{config, read};

/// The text that is the place of a keyword.
fn at<'t>(outcome: &Outcome, text: &'t str, item: Item, keyword: &str) -> Option<&'t str> {
    let span = outcome.places.span(item, keyword)?;
    text.get(span.range())
}

const TEXT: &str = "\
virtual_server 192.0.2.1 80 {
    quorum 1
}
virtual_server 192.0.2.7 80 {
    protocol TCP
    delay_loop 7
    real_server 2001:db8::2 80 {
        weight 1
    }
    real_server 192.0.2.2 80 {
        weight 2
        TCP_CHECK {
            retry 2
        }
        PING_CHECK {
            retry 3
        }
    }
}
virtual_server 192.0.2.7 80 {
    protocol TCP
    delay_loop 8
    real_server 192.0.2.2 80 {
        weight 3
    }
    real_server 192.0.2.3 80 {
        weight 4
    }
}
virtual_server 192.0.2.8 80 {
    protocol TCP
    real_server 192.0.2.4 80 {
        weight 5
    }
}
";

#[test]
fn what_is_left_out_or_merged_does_not_shift_the_rest() {
    let outcome = read(TEXT);
    assert_eq!(config(TEXT).virtual_servers().len(), 2);
    let at = |item, keyword| at(&outcome, TEXT, item, keyword);
    let server = Item::VirtualServer;
    assert_eq!(
        at(server(0), "virtual_server"),
        Some("virtual_server 192.0.2.7 80")
    );
    assert_eq!(at(server(0), "delay_loop"), Some("delay_loop 7"));
    assert_eq!(at(server(0), "quorum"), None);
    let real = Item::RealServer;
    assert_eq!(
        at(real(0, 0), "real_server"),
        Some("real_server 192.0.2.2 80")
    );
    assert_eq!(at(real(0, 0), "weight"), Some("weight 2"));
    assert_eq!(at(real(0, 1), "weight"), Some("weight 4"));
    assert_eq!(at(real(0, 2), "weight"), None);
    assert_eq!(at(Item::Checker(0, 0, 0), "retry"), Some("retry 2"));
    assert_eq!(at(Item::Checker(0, 0, 1), "retry"), Some("retry 3"));
    assert_eq!(at(Item::Checker(0, 0, 1), "PING_CHECK"), Some("PING_CHECK"));
    assert_eq!(
        at(server(1), "virtual_server"),
        Some("virtual_server 192.0.2.8 80")
    );
    assert_eq!(at(real(1, 0), "weight"), Some("weight 5"));
    let codes = outcome.diagnostics.iter().map(|d| d.code);
    assert!(codes.eq([
        code::NO_REAL_SERVER,
        code::OTHER_FAMILY,
        code::DUPLICATE_SERVICE,
    ]));
}

//! `global_defs`: mail.

use bellwether_core::model::Mail;

use super::{GlobalDraft, Row};
use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::warn_if_cut;
use crate::registry::{Grammar, Line};

const NO_CHECKER_MAIL: &str = "mail tells of servers, never of a single check";

/// A line of `notification_email`.
const ADDRESSEE: Line = Line {
    what: "a mail address",
    head: Grammar::Word,
    options: None,
};

impl GlobalDraft {
    fn mail(&mut self) -> &mut Mail {
        self.model.mail.get_or_insert_default()
    }
}

fn text(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    statement.text(cx).map(|text| text.value)
}

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "notification_email",
        Grammar::lines(&ADDRESSEE),
        "Who gets mails",
        |draft, cx, statement| {
            for word in statement.nodes().iter().flat_map(|node| &node.words) {
                warn_if_cut(cx, word);
                draft.mail().to.push(word.text.to_string());
            }
        },
    ),
    Row::new(
        "notification_email_from",
        Grammar::Word,
        "The sender of mails",
        |draft, cx, statement| draft.mail().from = text(cx, statement),
    )
    .default("the daemon's user at the host's name"),
    Row::new(
        "smtp_server",
        Grammar::Several(&[Grammar::Host, Grammar::Optional(&Grammar::Port)]),
        "The mail server, and its port",
        |draft, cx, statement| {
            draft.mail().server = text(cx, statement);
            let parts = statement.value().parts();
            if let Some(port) = parts.get(1).and_then(|part| part.given()) {
                draft.mail().port = port.port(cx).unwrap_or(25);
            }
        },
    )
    .default("none; port 25"),
    Row::new(
        "smtp_helo_name",
        Grammar::Word,
        "How to greet the mail server",
        |draft, cx, statement| draft.mail().helo_name = text(cx, statement),
    )
    .default("the host's name"),
    Row::new(
        "smtp_connect_timeout",
        Grammar::DELAY,
        "How long to wait for the mail server",
        |draft, cx, statement| {
            if let Some(timeout) = statement.whole_seconds(cx) {
                draft.mail().connect_timeout = timeout;
            }
        },
    )
    .default("30"),
    Row::new(
        "smtp_alert",
        Grammar::Bool,
        "Mail at every change",
        |draft, cx, statement| draft.mail().alert = statement.boolean(cx),
    )
    .default("off"),
    Row::new(
        "smtp_alert_vrrp",
        Grammar::Bool,
        "Mail at every change of state",
        |draft, cx, statement| draft.mail().alert_vrrp = statement.boolean(cx),
    )
    .default("`smtp_alert`"),
    Row::new(
        "smtp_alert_checker",
        Grammar::Bool,
        "Mail at every change of a server",
        |draft, cx, statement| draft.mail().alert_checker = statement.boolean(cx),
    )
    .default("`smtp_alert`"),
    Row::new(
        "no_email_faults",
        Grammar::Flag,
        "No mail at a fault",
        |draft, _, _| draft.mail().faults = false,
    ),
    Row::new(
        "no_checker_emails",
        Grammar::Flag,
        "No mail about servers unless one comes or goes",
        |draft, _, _| draft.model.lvs.no_mail = true,
    )
    .without_effect(NO_CHECKER_MAIL),
];

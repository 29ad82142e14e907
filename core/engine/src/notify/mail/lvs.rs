//! What is mailed of real servers and of quorums.
//!
//! keepalived also mails when one of several checkers of a server changes and the server does not,
//! unless `no_checker_emails` says not to; here only a change of the server is one.

use super::{Letter, Notification, Subject, Told};
use crate::model::Config;
use crate::model::lvs::{Check, RealServer, VirtualServer};

/// The mail of a change.
pub(super) fn letter(config: &Config, notification: &Notification) -> Option<Letter> {
    let up = match notification.told {
        Told::Up => true,
        Told::Down => false,
        Told::Master
        | Told::Backup
        | Told::Fault
        | Told::Stop
        | Told::Deleted
        | Told::MasterRxLowerPri => return None,
    };
    let state = notification.told;
    match &notification.subject {
        Subject::RealServer { server } => {
            let (address, service) = (server.address, &server.service);
            let (protocol, port) = (service.protocol_word(), server.port);
            let checks = find(config, &notification.subject).and_then(|(_, real)| real);
            Some(Letter {
                subject: format!(
                    "Realserver [{address}]:{protocol}:{port} of virtual server {service} - {state}"
                ),
                body: word_of_check(checks, up),
            })
        }
        Subject::Service { service } => Some(Letter {
            subject: format!("Virtualserver {service} - {state}"),
            body: if up {
                "=> Gained quorum <=".to_owned()
            } else {
                "=> Lost quorum <=".to_owned()
            },
        }),
        Subject::Instance { .. } | Subject::Group { .. } => None,
    }
}

/// What the file says of mail about this server, or service.
pub(super) fn own_word(config: &Config, subject: &Subject) -> Option<bool> {
    let (service, real) = find(config, subject)?;
    real.and_then(|real| real.mail).or(service.mail)
}

fn find<'c>(
    config: &'c Config,
    subject: &Subject,
) -> Option<(&'c VirtualServer, Option<&'c RealServer>)> {
    let (service, server) = match subject {
        Subject::Service { service } => (service, None),
        Subject::RealServer { server } => (&server.service, Some(server)),
        Subject::Instance { .. } | Subject::Group { .. } => return None,
    };
    let mut all = config.virtual_servers().iter();
    let own = all.find(|own| own.service == *service)?;
    let real = server.and_then(|key| {
        let mut all = own.real_servers.iter();
        all.find(|real| (real.address, real.port) == (key.address, key.port))
    });
    Some((own, real))
}

/// keepalived's words, which are those of the kind of check; of several kinds, the common ones.
fn word_of_check(real: Option<&RealServer>, up: bool) -> String {
    let mut kinds = real.iter().flat_map(|real| &real.checkers);
    let first = kinds.next().map(|own| own.check.keyword());
    let first = first.filter(|first| kinds.all(|own| own.check.keyword() == *first));
    let check = real.and_then(|real| real.checkers.first());
    let check = check.filter(|_| first.is_some()).map(|own| &own.check);
    let outcome = if up { "succeed" } else { "failed" };
    match check {
        Some(Check::Tcp) => format!("=> TCP CHECK {outcome} on service <="),
        Some(Check::Udp(_)) => format!("=> UDP CHECK {outcome} on service <="),
        Some(Check::Ping) => format!("=> ICMP CHECK {outcome} on service <="),
        Some(Check::Dns(_)) => format!("=> DNS_CHECK: {outcome} on service <="),
        Some(Check::Misc(_)) => format!("=> MISC CHECK {outcome} on service <="),
        Some(Check::Http(_)) if !up => {
            "=> CHECK failed on service : HTTP request failed <=".to_owned()
        }
        Some(Check::Http(_) | Check::Smtp(_) | Check::File(_) | Check::Bfd(_)) | None => {
            format!("=> CHECK {outcome} on service <=")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::letter as any_letter;
    use super::*;
    use crate::lvs::ServerKey;
    use crate::model::lvs::{Protocol, Service};
    use crate::model::{Globals, Lvs, Mail, Notify, Parts};
    use crate::unit::{Family, Priority};

    const WEB: Service = Service::Address {
        address: std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
        port: 80,
        protocol: Protocol::Tcp,
    };

    fn server() -> ServerKey {
        ServerKey {
            service: WEB,
            address: [10, 0, 0, 1].into(),
            port: 8080,
        }
    }

    /// Says of a server and its service what is mailed; a word for each.
    fn said(mail: Mail, service: Option<bool>, real: Option<bool>, told: Told) -> [String; 2] {
        let forwarding = crate::model::lvs::Forwarding::Nat;
        let virtual_server = VirtualServer {
            mail: service,
            real_servers: vec![RealServer {
                mail: real,
                ..RealServer::new(server().address, 8080, forwarding)
            }],
            ..VirtualServer::new(WEB, Family::V4)
        };
        let parts = Parts {
            globals: Globals {
                mail: Some(mail),
                ..Globals::default()
            },
            lvs: Lvs {
                virtual_servers: vec![virtual_server],
                ..Lvs::default()
            },
            ..Parts::default()
        };
        let config = Config::new(parts).unwrap();
        let subjects = [
            Subject::RealServer { server: server() },
            Subject::Service { service: WEB },
        ];
        subjects.map(|subject| {
            let change = Notification::new(subject, told, Priority(0), &Notify::default());
            any_letter(&config, &change).map_or_else(String::new, |own| own.subject)
        })
    }

    #[test]
    fn servers_and_quorums_are_mailed_in_keepalived_s_words() {
        let mail = Mail {
            alert: Some(true),
            ..Mail::default()
        };
        let expected = [
            "Realserver [10.0.0.1]:tcp:8080 of virtual server [192.0.2.1]:tcp:80 - DOWN",
            "Virtualserver [192.0.2.1]:tcp:80 - DOWN",
        ];
        assert_eq!(said(mail.clone(), None, None, Told::Down), expected);
        assert!(said(mail, None, None, Told::Up)[0].ends_with(" - UP"));
    }

    #[test]
    fn the_nearest_word_counts() {
        let alert = |alert, alert_checker| Mail {
            alert,
            alert_checker,
            ..Mail::default()
        };
        let mailed = |mail: Mail, service, real| {
            said(mail, service, real, Told::Up).map(|subject| !subject.is_empty())
        };
        assert_eq!(mailed(alert(None, None), None, None), [false, false]);
        assert_eq!(mailed(alert(Some(true), None), None, None), [true, true]);
        let no = alert(Some(true), Some(false));
        assert_eq!(mailed(no.clone(), None, None), [false, false]);
        assert_eq!(mailed(no.clone(), Some(true), None), [true, true]);
        assert_eq!(mailed(no, Some(true), Some(false)), [false, true]);
    }
}

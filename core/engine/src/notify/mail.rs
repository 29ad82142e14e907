//! Which changes are mailed, and in which words; keepalived's, so that people's filters go on
//! working.
//!
//! Deliberately absent: addresses, servers and sending.

mod lvs;

use super::{Notification, Subject, Told};
use crate::model::{Config, Mail};

/// A mail, but for who sends it to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject, without the router's name in front.
    pub subject: String,
    /// Its text.
    pub body: String,
}

/// The mail that a change calls for, if any.
///
/// keepalived: nothing is mailed of a stop, and faults are not with `no_email_faults`. VRRP mails
/// only where `smtp_alert` says so: that of the instance or group, else `smtp_alert_vrrp`, else the
/// global one; of servers and quorums that of the server or service, else `smtp_alert_checker`,
/// else the global one.
#[must_use]
pub fn letter(config: &Config, notification: &Notification) -> Option<Letter> {
    let Notification { subject, told, .. } = notification;
    let mail = config.globals().mail.as_ref()?;
    if !is_wanted(config, mail, subject) {
        return None;
    }
    if subject.is_lvs() {
        return lvs::letter(config, notification);
    }
    let state = match told {
        Told::Master => "MASTER",
        Told::Backup => "BACKUP",
        Told::Fault if !mail.faults => return None,
        Told::Fault => "FAULT",
        Told::Stop | Told::Deleted | Told::MasterRxLowerPri | Told::Up | Told::Down => return None,
    };
    let (kind, body) = match (subject, told) {
        (Subject::Instance { .. }, Told::Master) => {
            ("Instance", "=> VRRP Instance is now owning VRRP VIPs <=")
        }
        (Subject::Instance { .. }, _) => (
            "Instance",
            "=> VRRP Instance is no longer owning VRRP VIPs <=",
        ),
        (Subject::Group { .. }, Told::Master) => (
            "Group",
            "=> All VRRP group instances are now in MASTER state <=",
        ),
        (Subject::Group { .. }, Told::Backup) => (
            "Group",
            "=> All VRRP group instances are now in BACKUP state <=",
        ),
        (Subject::Group { .. }, _) => (
            "Group",
            "=> All VRRP group instances are now in FAULT state <=",
        ),
        (Subject::Service { .. } | Subject::RealServer { .. }, _) => return None,
    };
    Some(Letter {
        subject: format!("VRRP {kind} {} - Entering {state} state", subject.name()),
        body: body.to_owned(),
    })
}

/// Whether anybody wants mail of this.
fn is_wanted(config: &Config, mail: &Mail, subject: &Subject) -> bool {
    let own = match subject {
        Subject::Instance { key, .. } => {
            let mut all = config.instances().iter();
            all.find(|instance| instance.key() == *key)
                .and_then(|instance| instance.notify.mail)
        }
        Subject::Group { name } => {
            let mut all = config.sync_groups().iter();
            all.find(|group| group.name == *name)
                .and_then(|group| group.notify.mail)
        }
        Subject::Service { .. } | Subject::RealServer { .. } => {
            let own = lvs::own_word(config, subject);
            return own.or(mail.alert_checker).or(mail.alert).unwrap_or(false);
        }
    };
    own.or(mail.alert_vrrp).or(mail.alert).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Globals, Instance, Notify, Parts};
    use crate::unit::Priority;

    fn config(mail: Mail, own: Option<bool>) -> Config {
        let vrid = 51_u8.try_into().unwrap();
        let mut instance = Instance::new("VI_1".into(), "eth0".parse().unwrap(), vrid);
        instance.notify.mail = own;
        let parts = Parts {
            globals: Globals {
                mail: Some(mail),
                ..Globals::default()
            },
            instances: vec![instance],
            ..Parts::default()
        };
        Config::new(parts).unwrap()
    }

    fn change(config: &Config, told: Told) -> Notification {
        let subject = Subject::Instance {
            key: config.instances()[0].key(),
            name: "VI_1".into(),
        };
        Notification::new(subject, told, Priority(100), &Notify::default())
    }

    fn told(config: &Config, all: &[Told]) -> Vec<Option<String>> {
        let letters = all
            .iter()
            .map(|told| letter(config, &change(config, *told)));
        letters
            .map(|letter| letter.map(|own| own.subject))
            .collect()
    }

    fn alerting() -> Mail {
        Mail {
            alert: Some(true),
            ..Mail::default()
        }
    }

    #[test]
    fn every_change_but_the_stop_is_mailed() {
        let config = config(alerting(), None);
        let entering = |state: &str| Some(format!("VRRP Instance VI_1 - Entering {state} state"));
        let life = [
            Told::Backup,
            Told::Master,
            Told::Fault,
            Told::Stop,
            Told::Deleted,
        ];
        let expected = [
            entering("BACKUP"),
            entering("MASTER"),
            entering("FAULT"),
            None,
            None,
        ];
        assert_eq!(told(&config, &life), expected);
    }

    #[test]
    fn the_nearest_word_about_mail_counts_and_without_any_there_is_none() {
        let wants = |mail: Mail, own| told(&config(mail, own), &[Told::Master])[0].is_some();
        assert!(!wants(Mail::default(), None));
        assert!(wants(alerting(), None));
        assert!(!wants(alerting(), Some(false)));
        assert!(wants(Mail::default(), Some(true)));
        let not_vrrp = Mail {
            alert_vrrp: Some(false),
            ..alerting()
        };
        assert!(!wants(not_vrrp.clone(), None));
        assert!(wants(not_vrrp, Some(true)));
    }

    #[test]
    fn faults_may_be_left_out() {
        let quiet = Mail {
            faults: false,
            ..alerting()
        };
        let config = config(quiet, None);
        let letters = told(&config, &[Told::Master, Told::Fault, Told::Backup]);
        assert_eq!(
            letters.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, true]
        );
    }
}

//! keepalived.conf files for tests: the same text for both programs.

use std::fmt::Write as _;

/// One `vrrp_instance VI_1` and what belongs to it.
///
/// Starts as version 3, VRID 51, priority 100, adverts each 100 ms, one virtual address; each
/// method changes one thing.
#[derive(Clone, Debug)]
pub struct Conf {
    version: u8,
    priority: u8,
    advert_interval: &'static str,
    password: Option<&'static str>,
    addresses: Vec<String>,
    extra: Vec<String>,
    script: Option<String>,
}

/// The virtual address of every test.
pub const VIP: &str = "192.0.2.100";

impl Default for Conf {
    fn default() -> Self {
        Self {
            version: 3,
            priority: 100,
            advert_interval: "0.1",
            password: None,
            addresses: vec![VIP.to_owned()],
            extra: Vec::new(),
            script: None,
        }
    }
}

impl Conf {
    /// Version 3, adverts each 100 ms.
    #[must_use]
    pub fn v3(priority: u8) -> Self {
        Self {
            priority,
            ..Self::default()
        }
    }

    /// Version 2 with a password, adverts each second: the least that version 2 can do.
    #[must_use]
    pub fn v2(priority: u8) -> Self {
        Self {
            version: 2,
            advert_interval: "1",
            password: Some("bellwthr"),
            ..Self::v3(priority)
        }
    }

    /// Advertises in this interval, in seconds as the file says it.
    #[must_use]
    pub fn every(mut self, seconds: &'static str) -> Self {
        self.advert_interval = seconds;
        self
    }

    /// Has another password.
    #[must_use]
    pub fn password(mut self, password: &'static str) -> Self {
        self.password = Some(password);
        self
    }

    /// Has one more virtual address.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.addresses.push(address.to_owned());
        self
    }

    /// Has one more line in its instance.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.extra.push(line.to_owned());
        self
    }

    /// Tracks a script, run each second, with `rise 1` and `fall 1`; weight 0 means FAULT.
    #[must_use]
    pub fn script(mut self, path: &str, weight: i16) -> Self {
        self.script = Some(format!(
            "vrrp_script check {{\n    script \"{path}\"\n    interval 1\n    timeout 1\n    \
             rise 1\n    fall 1\n    weight {weight}\n    user root\n}}\n\n"
        ));
        self
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "global_defs {{\n    vrrp_version {}\n    script_user root\n}}\n\n",
            self.version
        );
        text.push_str(self.script.as_deref().unwrap_or_default());
        let _ = write!(
            text,
            "vrrp_instance VI_1 {{\n    state BACKUP\n    interface eth0\n    \
             virtual_router_id 51\n    priority {}\n    advert_int {}\n",
            self.priority, self.advert_interval
        );
        if let Some(password) = self.password {
            let _ = write!(
                text,
                "    authentication {{\n        auth_type PASS\n        auth_pass {password}\n    \
                 }}\n"
            );
        }
        for line in &self.extra {
            let _ = writeln!(text, "    {line}");
        }
        if self.script.is_some() {
            text.push_str("    track_script {\n        check\n    }\n");
        }
        text.push_str("    virtual_ipaddress {\n");
        for address in &self.addresses {
            let _ = writeln!(text, "        {address}");
        }
        text.push_str("    }\n}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_balanced_and_the_parts_are_there() {
        let text = Conf::v2(150)
            .line("nopreempt")
            .script("/bin/true", -60)
            .text();
        assert_eq!(
            text.matches('{').count(),
            text.matches('}').count(),
            "{text}"
        );
        for part in [
            "vrrp_version 2",
            "priority 150",
            "nopreempt",
            "weight -60",
            VIP,
        ] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
    }
}

//! What was understood of a usable file, in one line.

use bellwether_core::model::Config;

/// `lb1.conf: 2 VRRP instances, 1 script`, with a line end.
pub(super) fn line(name: &str, config: &Config) -> String {
    let parts = config.parts();
    let virtual_servers = &parts.lvs.virtual_servers;
    let real_servers: usize = virtual_servers
        .iter()
        .map(|one| one.real_servers.len())
        .sum();
    let counts = [
        (parts.instances.len(), "VRRP instance"),
        (parts.sync_groups.len(), "sync group"),
        (parts.scripts.len(), "script"),
        (parts.files.len(), "tracked file"),
        (parts.processes.len(), "tracked process"),
        (parts.bfd.len(), "BFD session"),
        (virtual_servers.len(), "virtual server"),
        (real_servers, "real server"),
    ];
    let said: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| counted(count, what))
        .collect();
    let said = if said.is_empty() {
        "usable, and nothing to do".to_owned()
    } else {
        said.join(", ")
    };
    format!("{name}: {said}\n")
}

fn counted(count: usize, what: &str) -> String {
    let plural = match what.strip_suffix("ss") {
        _ if count == 1 => String::new(),
        Some(_) => "es".to_owned(),
        None => "s".to_owned(),
    };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_two_are_several() {
        assert_eq!(counted(1, "script"), "1 script");
        assert_eq!(counted(2, "tracked process"), "2 tracked processes");
        assert_eq!(counted(3, "real server"), "3 real servers");
    }

    #[test]
    fn an_empty_configuration_is_said_to_be_one() {
        assert_eq!(
            line("a", &Config::default()),
            "a: usable, and nothing to do\n"
        );
    }
}

//! The fault scripts. keepalived's table after each step is a fact; ours must be the same.

use crate::script::{Script, Step};

/// A virtual server at 192.0.2.100 port 80 by direct routing, checked each second.
fn service(inner: &str) -> String {
    service_at("192.0.2.100 80", inner)
}

fn service_at(head: &str, inner: &str) -> String {
    format!(
        "virtual_server {head} {{\n delay_loop 1\n lb_algo wrr\n lb_kind DR\n protocol TCP\n \
         {inner}\n}}\n"
    )
}

/// A real server that is checked by TCP, with something more in its block.
fn tcp(number: u8, more: &str) -> String {
    checked(number, more, "TCP_CHECK {\n connect_timeout 1\n}")
}

fn checked(number: u8, more: &str, check: &str) -> String {
    format!("real_server 10.0.0.{number} 80 {{\n {more}\n {check}\n}}\n")
}

fn http(number: u8) -> String {
    let check = "HTTP_GET {\n url {\n path /\n status_code 200\n }\n connect_timeout 1\n \
                 delay_before_retry 1\n}";
    checked(number, "", check)
}

fn misc(number: u8, more: &str) -> String {
    let check = format!(
        "MISC_CHECK {{\n misc_path {{place}}/check\n \
                         misc_timeout 15\n {more}\n}}"
    );
    checked(number, "weight 5", &check)
}

fn two() -> String {
    tcp(1, "weight 1") + &tcp(2, "weight 2")
}

const ROOT: &str = "global_defs {\n script_user root\n}\n";
const SORRY: &str = "sorry_server 10.0.0.4 80\n";

/// All of them.
pub(crate) fn all() -> Vec<Script> {
    let mut all = checks();
    all.extend(quorums());
    all.extend(shapes());
    all.extend(reloads());
    all.extend(ends());
    all
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn checks() -> Vec<Script> {
    vec![
        Script::new("a_server_goes_and_comes", service(&two()))
            .then(Step::Down(1))
            .then(Step::Up(1))
            .then(Step::Down(2))
            .then(Step::Up(2)),
        Script::new("all_servers_go", service(&two()))
            .then(Step::Down(1))
            .then(Step::Down(2))
            .then(Step::Up(2))
            .then(Step::Up(1)),
        Script::new(
            "a_page_has_another_status",
            service(&(http(1) + &tcp(2, ""))),
        )
        .then(Step::Answers(1, 503))
        .then(Step::Answers(1, 200))
        .still(Step::Answers(2, 503))
        .then(Step::Down(1)),
        Script::new(
            "a_program_checks",
            format!("{ROOT}{}", service(&(misc(1, "") + &tcp(2, "")))),
        )
        .then(Step::Exits(1))
        .then(Step::Exits(0))
        .then(Step::Exits(7))
        .then(Step::Exits(0)),
        Script::new(
            "a_program_sets_the_weight",
            format!(
                "{ROOT}{}",
                service(&(misc(1, "misc_dynamic") + &tcp(2, "")))
            ),
        )
        .then(Step::Exits(12))
        .then(Step::Exits(2))
        .then(Step::Exits(255))
        .then(Step::Exits(1))
        .then(Step::Exits(0)),
        Script::new(
            "a_file_moves_the_weight",
            format!(
                "track_file load {{\n file {{place}}/number\n weight 1\n}}\n{}",
                service(
                    &(checked(
                        1,
                        "weight 10",
                        "FILE_CHECK {\n track_file load\n weight 2\n}"
                    ) + &tcp(2, ""))
                )
            ),
        )
        .then(Step::Holds("3"))
        .then(Step::Holds("-4"))
        .then(Step::Holds("0")),
        Script::new(
            "a_server_has_several_checks",
            service(
                &(checked(
                    1,
                    "",
                    "TCP_CHECK {\n connect_timeout 1\n}\n TCP_CHECK {\n connect_ip 10.0.0.3\n \
                     connect_port 80\n connect_timeout 1\n}",
                ) + &tcp(2, "")),
            ),
        )
        .then(Step::Down(3))
        .still(Step::Down(1))
        .still(Step::Up(3))
        .then(Step::Up(1)),
        Script::new(
            "alpha_servers_start_down",
            service(&format!("alpha\n{}", two())),
        )
        .before(Step::Down(1))
        .then(Step::Up(1))
        .then(Step::Down(1)),
        Script::new(
            "a_server_that_fails_is_inhibited",
            service(&(tcp(1, "weight 3\n inhibit_on_failure") + &tcp(2, "weight 2"))),
        )
        .then(Step::Down(1))
        .then(Step::Up(1))
        .then(Step::Down(2)),
    ]
}

fn quorums() -> Vec<Script> {
    vec![
        Script::new(
            "the_sorry_server_comes_and_goes",
            service(&format!("{SORRY}{}", two())),
        )
        .then(Step::Down(1))
        .then(Step::Down(2))
        .still(Step::Down(3))
        .then(Step::Up(1))
        .then(Step::Up(2)),
        Script::new(
            "an_inhibited_sorry_server",
            service(&format!("{SORRY}sorry_server_inhibit\n{}", two())),
        )
        .then(Step::Down(1))
        .then(Step::Down(2))
        .then(Step::Up(1)),
        Script::new(
            "inhibited_servers_behind_a_sorry_server",
            service(&format!("{SORRY}inhibit_on_failure\n{}", two())),
        )
        .then(Step::Down(1))
        .then(Step::Down(2))
        .then(Step::Up(2))
        .then(Step::Up(1)),
        Script::new(
            "a_quorum_of_weights",
            service(&format!(
                "quorum 3\n{SORRY}{}{}{}",
                tcp(1, "weight 1"),
                tcp(2, "weight 2"),
                tcp(3, "weight 1")
            )),
        )
        .then(Step::Down(1))
        .then(Step::Down(3))
        .still(Step::Up(4))
        .then(Step::Up(1)),
        Script::new(
            "a_quorum_with_hysteresis",
            service(&format!(
                "quorum 2\nhysteresis 1\n{SORRY}{}{}{}",
                tcp(1, "weight 1"),
                tcp(2, "weight 1"),
                tcp(3, "weight 1")
            )),
        )
        .then(Step::Down(1))
        .then(Step::Down(2))
        .then(Step::Down(3))
        .still(Step::Up(3))
        .still(Step::Up(2))
        .then(Step::Up(1)),
        Script::new(
            "checks_follow_the_address",
            service(&format!("ha_suspend\n{}", two())),
        )
        .still(Step::Down(1))
        .then(Step::Ip("address add 192.0.2.100/32 dev eth0"))
        .then(Step::Up(1))
        .still(Step::Ip("address del 192.0.2.100/32 dev eth0"))
        .still(Step::Down(1)),
    ]
}

fn shapes() -> Vec<Script> {
    let group = format!(
        "virtual_server_group g {{\n 192.0.2.100 80\n 192.0.2.101-102 81\n fwmark 7\n}}\n{}",
        service_at("group g", &two())
    );
    let methods = tcp(1, "lvs_method NAT\n weight 2")
        + &tcp(2, "lvs_method TUN")
        + &tcp(3, "lvs_method TUN type gue port 5555")
        + &tcp(4, "uthreshold 100\n lthreshold 50");
    vec![
        Script::new("a_group_of_addresses_and_marks", group)
            .then(Step::Down(1))
            .then(Step::Up(1)),
        Script::new("each_server_its_method", service(&methods))
            .then(Step::Down(2))
            .then(Step::Up(2))
            .then(Step::Down(4))
            .then(Step::Up(4)),
        Script::new(
            "persistence_and_marks",
            service(&format!(
                "persistence_timeout 50\n persistence_granularity 255.255.255.0\n{}",
                two()
            )) + &service_at(
                "fwmark 9",
                &format!("persistence_timeout 60\n{}", tcp(3, "weight 0")),
            ),
        )
        .then(Step::Down(1))
        .then(Step::Down(3))
        .then(Step::Up(3)),
        Script::new(
            "schedulers_and_their_flags",
            service(&two()).replace("lb_algo wrr", "lb_algo sh\n sh-port\n sh-fallback")
                + &service_at("192.0.2.100 53", &misc(3, ""))
                    .replace("protocol TCP", "protocol UDP\n ops")
                    .replace("lb_algo wrr", "lb_algo rr")
                + &service_at("192.0.2.100 443", &two())
                    .replace("lb_algo wrr", "lb_algo mh\n mh-port"),
        )
        .then(Step::Down(1))
        .then(Step::Exits(1)),
    ]
}

fn reloads() -> Vec<Script> {
    let three = two() + &tcp(3, "weight 3");
    vec![
        Script::new("a_reload_with_another_list", service(&two()))
            .then(Step::Reload(service(&three)))
            .then(Step::Down(3))
            .then(Step::Reload(service(&(tcp(2, "weight 2") + &tcp(3, "weight 3")))))
            .then(Step::Up(3))
            .then(Step::Reload(service(&tcp(3, "weight 7")))),
        Script::new("a_reload_with_another_scheduler", service(&two()))
            .then(Step::Reload(
                service(&two()).replace("lb_algo wrr", "lb_algo wlc\n persistence_timeout 30"),
            ))
            .then(Step::Reload(service(&two()))),
        Script::new("a_reload_with_another_service", service(&two()))
            .then(Step::Reload(
                service(&two()) + &service_at("192.0.2.101 80", &tcp(3, "")),
            ))
            .then(Step::Reload(service_at("192.0.2.101 80", &tcp(3, "")))),
        Script::new(
            "a_reload_while_a_server_is_down",
            service(&format!("{SORRY}{}", two())),
        )
        .then(Step::Down(1))
        .then(Step::Down(2))
        .then(Step::Reload(service(&format!("{SORRY}{three}"))))
        .then(Step::Up(1)),
        Script::new(
            "timeouts_and_a_daemon",
            format!(
                "global_defs {{\n lvs_timeouts tcp 1000 udp 200\n lvs_sync_daemon eth0 VI_1 id 9\n}}\n\
                 vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 100\n \
                 advert_int 1\n state BACKUP\n virtual_ipaddress {{\n 192.0.2.100\n }}\n}}\n{}",
                service(&two())
            ),
        )
        .then(Step::Down(1)),
    ]
}

fn ends() -> Vec<Script> {
    let strange = "-A -t 192.0.2.50:80 -s rr";
    vec![
        Script::new("the_end_leaves_what_others_put_there", service(&two()))
            .before(Step::Ipvsadm(strange))
            .then(Step::Stop),
        Script::new(
            "everything_is_emptied_at_the_start",
            format!("global_defs {{\n lvs_flush\n}}\n{}", service(&two())),
        )
        .before(Step::Ipvsadm(strange))
        .then(Step::Stop),
        Script::new(
            "everything_is_emptied_at_the_end",
            format!(
                "global_defs {{\n lvs_flush_on_stop\n}}\n{}",
                service(&two())
            ),
        )
        .before(Step::Ipvsadm(strange))
        .then(Step::Stop),
        Script::new("a_stale_server_of_a_killed_daemon", service(&two()))
            .before(Step::Ipvsadm("-A -t 192.0.2.100:80 -s wrr"))
            .before(Step::Ipvsadm("-a -t 192.0.2.100:80 -r 10.0.0.9:80 -g -w 1"))
            .differs("stale-server"),
        Script::new("somebody_removes_a_server", service(&two()))
            .then(Step::Ipvsadm("-d -t 192.0.2.100:80 -r 10.0.0.1:80"))
            .still(Step::Down(1)),
    ]
}

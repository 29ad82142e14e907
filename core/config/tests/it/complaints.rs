//! What people read when a file is bad: one snapshot for each kind of mistake.

use bellwether_config::{Options, parse};

use crate::common::one;

/// What is printed for a text.
fn told(text: &str) -> String {
    parse("lb1.conf", text, &Options::default())
        .diagnostics
        .render(false)
}

macro_rules! snapshots {
    ($($name:ident: $text:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(told(&$text));
        })*
    };
}

snapshots! {
    misspelt_keyword: one("priorty 150");
    misspelt_block: "vrrp_instanc web {\n    priority 3\n}\n";
    misplaced_keyword: one("auth_pass hunter22");
    misplaced_block: "track_script {\n    chk\n}\n";
    priority_out_of_range: one("priority 300");
    vrid_out_of_range: one("").replace("router_id 7", "router_id 0");
    interval_out_of_range: one("advert_int 300");
    interval_out_of_range_in_version_3: one("version 3\n    advert_int 60");
    interval_rounded: one("advert_int 0.5");
    not_a_number: one("priority high");
    missing_value: one("priority\n    garp_master_delay");
    missing_interface_and_vrid: "vrrp_instance web {\n    priority 3\n}\n";
    loopback: one("").replace("eth0", "lo");
    vrid_twice_on_an_interface: format!("{}{}", one(""), one("").replace("web", "mail"));
    instance_twice: format!("{}{}", one(""), one("").replace("id 7", "id 8"));
    missing_name: "vrrp_instance {\n    interface eth0\n    virtual_router_id 3\n}\n";
    bad_addresses: one("virtual_ipaddress {\n        192.0.2.300\n        192.0.2.2/33 dev eth0\n    \
        192.0.2.3/255.0.255.0\n        192.0.2.4 lable eth0:1\n    }");
    label_too_long: one("virtual_ipaddress {\n        192.0.2.9 label enp0s31f6:webserver\n    }");
    address_twice: one("virtual_ipaddress {\n        192.0.2.1/24\n    }");
    mixed_families: one("virtual_ipaddress {\n        2001:db8::1/64\n    }");
    password_too_long: one("authentication {\n        auth_type PASS\n        \
        auth_pass correct_horse\n    }");
    password_in_version_3: one("version 3\n    authentication {\n        auth_type PASS\n        \
        auth_pass x\n    }");
    authentication_on_one_line: one("authentication { auth_type PASS auth_pass x }");
    unknown_auth_type: one("authentication {\n        auth_type pass\n        auth_pass x\n    }");
    undefined_script: format!(
        "vrrp_script chk_nginx {{\n    script /bin/true\n}}\n{}",
        one("track_script {\n        chk_ngnix\n    }"));
    weight_too_large: "vrrp_script chk {\n    script /bin/true\n    weight 254\n}\n";
    shell_syntax: "vrrp_script chk {\n    script \"pidof nginx > /dev/null\"\n}\n";
    script_without_command: "vrrp_script chk {\n    interval 2\n}\n";
    master_without_priority: one("state MASTER");
    master_and_nopreempt: one("state MASTER\n    priority 150\n    nopreempt\n    preempt_delay 9");
    not_yet_and_needed: one("virtual_routes {\n        198.51.100.0/24 via 192.0.2.9 vrf blue\n    }");
    not_yet: "global_defs {\n    enable_dbus\n}\n".to_owned() + &one("");
    virtual_server: "virtual_server 192.0.2.1 80 {\n    real_server 192.0.2.2 80 {\n    }\n}\n";
    accepted_without_effect: "global_defs {\n    checker_priority 5\n    \
        min_auto_priority_delay 99\n}\n";
    missing_brace: "vrrp_instance web {\n    interface eth0\n    virtual_router_id 7\n\n\
        vrrp_instance mail {\n    interface eth0\n    virtual_router_id 8\n}\n";
    missing_brace_at_the_end: "vrrp_instance web {\n    interface eth0\n    virtual_router_id 7\n    \
        virtual_ipaddress {\n        192.0.2.1\n}\n";
    missing_brace_inside: "vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass x
    virtual_ipaddress {
        192.0.2.1
    }
}

vrrp_instance mail {
    interface eth0
    virtual_router_id 8
    virtual_ipaddress {
        192.0.2.2
    }
}
";
    stray_brace: format!("{}}}\n", one(""));
    open_quote: "vrrp_script chk {\n    script \"/bin/true\n}\n";
    keyword_twice: one("priority 10\n    priority 20");
    extra_words: one("nopreempt please");
    pasted_blank: one("priority\u{a0}20");
    comment_in_a_value: one("authentication {\n        auth_type PASS\n        auth_pass a#b\n    }");
    include: "include conf.d/nope.conf\nincludea conf.d/*.cnf\nglobal_defs {\n    include\n}\n";
    nothing_to_do: "# nothing here yet\n";
}

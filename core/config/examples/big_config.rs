//! Prints a large keepalived.conf: 10,000 virtual servers with 4 real servers each, or as many as
//! the two arguments say.
//!
//! ```text
//! cargo run -p bellwether-config --example big_config > big.conf
//! cargo run -p bellwether-config --example big_config -- 100 2 > small.conf
//! ```

use std::io::{self, BufWriter, Write};
use std::net::Ipv4Addr;

fn main() -> io::Result<()> {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|number| number.parse().map_err(io::Error::other));
    let services: u32 = numbers.next().unwrap_or(Ok(10_000))?;
    let servers: u32 = numbers.next().unwrap_or(Ok(4))?;
    let out = &mut BufWriter::new(io::stdout().lock());
    for service in 0..services {
        let address = Ipv4Addr::from_bits(0x0a00_0001_u32.saturating_add(service));
        writeln!(
            out,
            "virtual_server {address} 80 {{\n    delay_loop 6\n    lb_algo wrr\n    lb_kind NAT\n    \
             protocol TCP\n"
        )?;
        for server in 0..servers {
            real_server(out, service.wrapping_mul(servers).wrapping_add(server))?;
        }
        writeln!(out, "}}")?;
    }
    out.flush()
}

fn real_server(out: &mut impl Write, number: u32) -> io::Result<()> {
    let address = Ipv4Addr::from_bits(0xac10_0001_u32.wrapping_add(number));
    writeln!(
        out,
        "    real_server {address} 8080 {{\n        weight 1\n        TCP_CHECK {{\n            \
         connect_timeout 3\n            retry 2\n            delay_before_retry 1\n        }}\n    }}"
    )
}

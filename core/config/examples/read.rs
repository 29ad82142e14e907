//! Reads configurations and prints what there is to say about them: the smallest use of this crate.
//!
//! ```text
//! cargo run --release -p bellwether-config --example read -- keepalived.conf
//! ```

use std::io;
use std::path::Path;

use bellwether_config::{Options, Reader};

fn main() -> io::Result<()> {
    let reader = Reader::new(Options::default());
    for path in std::env::args().skip(1) {
        let outcome = reader.load(Path::new(&path))?;
        print!("{}", outcome.diagnostics.render(false));
        let usable = outcome.config.is_some();
        println!("{path}: {}", if usable { "usable" } else { "not usable" });
    }
    Ok(())
}

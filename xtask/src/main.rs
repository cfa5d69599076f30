use std::path::Path;

use anyhow::{Result, bail};

#[expect(clippy::print_stdout, reason = "a program's result")]
fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => {
            let faults = xtask::tidy::check(&root)?;
            for fault in &faults {
                println!("{fault}");
            }
            if !faults.is_empty() {
                bail!("{} faults; ARCHITECTURE.md says what holds", faults.len());
            }
            println!("tidy");
            Ok(())
        }
        _ => bail!("usage: cargo xtask tidy"),
    }
}

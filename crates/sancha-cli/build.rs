//! Tells cargo that `rules/` and `law/` are inside the program: `include_dir!` alone does not. Links the release at a
//! fixed address (decision 0023).

use std::env;

fn main() {
    for folder in ["../../rules", "../../law"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
    {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}

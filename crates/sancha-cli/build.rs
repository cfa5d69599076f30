//! Tells cargo that `rules/` and `law/` are inside the program: `include_dir!` alone does not.

fn main() {
    for folder in ["../../rules", "../../law"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}

//! The program as its users meet it: arguments in, files and exit codes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod allow;
mod backup;
mod backup_meanwhile;
mod backup_proof;
mod bad_input;
mod browser;
mod came_of;
mod clocks;
mod compact;
mod corpora;
mod correlation;
mod determinism;
mod encryption;
mod first_use;
mod follow;
mod golden;
mod hygiene;
mod journal;
mod lake;
mod lake_asks;
mod law_text;
mod mutations;
mod noise;
mod piped;
mod profile;
mod program;
mod proxy;
mod retention;
mod rules_command;
mod same_try;
mod sigma_oracle;
mod store;
mod story;
mod tampering;
mod trust;

//! The program as its users meet it: arguments in, files and exit codes out.

mod bad_input;
mod browser;
mod corpora;
mod determinism;
mod hygiene;
mod mutations;
mod noise;
mod program;
mod story;

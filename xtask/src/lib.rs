//! Chores of the workspace, as functions so that tests run them too.

pub mod tidy;

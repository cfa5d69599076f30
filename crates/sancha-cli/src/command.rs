//! One file per command of the program.

pub(crate) mod about;
pub(crate) mod detect;
pub(crate) mod doctor;
pub(crate) mod explain;
mod follow;
pub(crate) mod investigate;
pub(crate) mod lake;
pub(crate) mod law;
mod read;
pub(crate) mod rules;

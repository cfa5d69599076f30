//! Law as data, and what a unit says of itself.
//!
//! In: the texts of `law/` and of operator.toml, and what the caller found when it looked for the proof
//! files. Out: a [`Catalog`] of instruments, duties and clocks, and a [`Profile`] with a line for every
//! problem.
//!
//! **Does not know** where those texts are kept, what happened in a case, or what day it is.
//! It opens no file: whoever calls it reads the bytes and says what it found in a [`ProofShelf`].

mod catalog;
mod closed;
mod deadline;
mod doctor;
mod duty;
mod grading;
mod import;
mod kept;
mod profile;
mod retention;
mod signed;
mod suggest;
pub mod texts;
mod workdays;

pub use catalog::*;
pub use deadline::*;
pub use doctor::*;
pub use duty::*;
pub use grading::*;
pub use import::*;
pub use kept::*;
pub use profile::*;
pub use retention::*;
pub use signed::*;
pub use workdays::*;

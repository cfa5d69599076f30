//! The three investigations: pure functions over a case, the operator profile and the law at the
//! date of the facts.
//!
//! In: a case with its findings, what was read, the profile and its proofs, the catalog of law. Out:
//! [`Conclusion`]s, each with a question, an answer and what it rests on.
//!
//! **Does not know** where any of it is stored, how it is shown, or what time it is: `at` is an input.

mod facts;

pub use facts::{CaseFacts, Touched};

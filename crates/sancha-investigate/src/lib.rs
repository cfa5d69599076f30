//! The three investigations: pure functions over case, profile and law.

//! Take one thing away: exactly that changes.

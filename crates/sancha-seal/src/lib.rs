//! Digests: what proves that bytes did not change.

//! Benchmarks and the seeded log generator.

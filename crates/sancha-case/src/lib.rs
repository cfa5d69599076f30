//! Opens cases from findings: grouping, grading, clocks.

//! Use cases: investigate and detect.

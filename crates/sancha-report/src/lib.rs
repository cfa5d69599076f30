//! Renders conclusions: HTML and JSON.

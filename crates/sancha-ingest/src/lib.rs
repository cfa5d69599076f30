//! Reads logs as bytes: files, folders, globs, archives, standard input.
//!
//! In: the paths a user names, and [`files::Limits`]. Out: a sorted list of [`files::Source`]s, each of
//! which streams chunks of whole lines (or records) with their exact offsets and line numbers, and
//! [`files::Problem`]s that say in two languages what could not be read and how to go on.
//!
//! **Does not know** what a log line means, which format a file has, or what time it is. It starts no
//! thread and no runtime, maps no memory, and writes nothing but an anonymous temporary file.
//!
//! ```no_run
//! use sancha_ingest::files::{Limits, discover};
//!
//! let limits = Limits::default();
//! let found = discover(&["logs".into()], &limits);
//! let mut chunk_bytes = Vec::new();
//! for source in &found.sources {
//!     let Ok(mut reader) = source.open(&limits) else { continue };
//!     while let Ok(Some(chunk)) = reader.read_lines(&mut chunk_bytes, 1 << 20) {
//!         println!("{} line {}: {} bytes", source.path, chunk.first_line, chunk.bytes);
//!     }
//! }
//! ```

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod files;

//! Logs kept: appended, settled into Parquet, sealed, retained and searched.
pub mod columns;
mod error;
mod index;
pub mod part;
pub mod query;

pub use error::LakeError;

//! How long logs are kept: policies, holds, the job that deletes, the proof, the disk.

mod apply;
mod decisions;
mod forecast;
mod policy;
mod prove;
pub(super) mod shown;
mod statement;

pub use apply::{render_outcome, render_plan, term_text};
pub use decisions::{refused_text, render_hold, render_waiver};
pub use forecast::{LakeForecast, forecast, render_forecast};
pub use policy::{POLICY_FILE, PolicyFault, idle_policies, parse_policies, unfounded_policies};
pub use prove::{RetentionProofs, render_retention, render_silence, retention_proofs};
pub use statement::read_proofs;

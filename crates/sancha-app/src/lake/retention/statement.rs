//! A proof that `retention prove` wrote, read again for the duty that it answers.

use sancha_compliance::{KeptLogs, KeptShorter, Signed};
use sancha_lake::retain::RetentionProof;
use sancha_model::{EventTime, LocalText};
use sancha_seal::sha256_hex;

use crate::lake::SignedStatement;

/// Reads what `retention prove` wrote with `-f jsonl` or `--sign`: `statement` is what [`crate::lake::StatementKind::read`]
/// found in `file`; `path` is how the file is cited.
///
/// # Errors
/// When a line is no such proof: its number, and the way out.
pub fn read_proofs(
    path: &str,
    file: &[u8],
    statement: &SignedStatement,
) -> Result<Vec<KeptLogs>, (usize, LocalText)> {
    let sha256 = sha256_hex(file);
    let lines = statement.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(proof) => Ok(kept(proof, path, &sha256, &statement.signed)),
        Err(error) => Err((number + statement.first_line, no_proof(&error))),
    };
    lines.map(read).collect()
}

fn kept(proof: RetentionProof, path: &str, sha256: &str, signed: &Signed) -> KeptLogs {
    // One whose beginning cannot be read was in force all along.
    let granted = |text: &str| text.parse().map_or(EventTime::MIN, EventTime::from_timestamp);
    KeptLogs {
        path: path.to_owned(),
        sha256: sha256.to_owned(),
        signed: signed.clone(),
        made: proof.at,
        source: proof.holdings.source,
        span: proof.span.map(|span| (span.first, span.last)),
        gaps: proof.gaps.iter().map(|gap| (gap.after, gap.before)).collect(),
        waiver: proof.waiver.map(|waiver| KeptShorter {
            days: waiver.days,
            granted: granted(&waiver.granted_at),
            until: waiver.until,
        }),
        root: proof.holdings.root,
        log_size: proof.holdings.log_size,
        anchors: proof.holdings.anchors,
    }
}

fn no_proof(error: &serde_json::Error) -> LocalText {
    LocalText::new(
        format!("不是留存证明（{error}）；请用 sancha retention prove -f jsonl 写出"),
        format!(
            "is no proof of retention ({error}); write it with `sancha retention prove -f jsonl`"
        ),
    )
}

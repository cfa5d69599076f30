use std::io::{self, Write};

use anyhow::Result;
use sancha_app::lake::{render_retention, retention_proofs};
use sancha_model::{Lang, LocalText};

use super::{open, reading};
use crate::{
    args::{ProofFormat, ProveArgs, RetentionAction, RetentionArgs},
    exit::{Exit, UsageError},
};

pub(crate) fn run(args: &RetentionArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        RetentionAction::Prove(args) => prove(args, lang),
    }
}

fn prove(args: &ProveArgs, lang: Lang) -> Result<Exit> {
    let (reading, at) = reading(&args.lines)?;
    let lake = open(&args.lake)?;
    let proofs = retention_proofs(&lake, args.source.as_deref(), &reading.zone, at);
    if let Some(source) = args.source.as_ref().filter(|_| proofs.is_empty()) {
        return Err(UsageError(LocalText::new(
            format!("没有来源“{source}”；不带 --source 可列出全部"),
            format!("there is no source `{source}`; leave out --source to see all"),
        ))
        .into());
    }
    let mut out = io::stdout().lock();
    for proof in &proofs {
        match args.format {
            ProofFormat::Text => {
                out.write_all(render_retention(proof, &reading.zone, lang).as_bytes())?;
            }
            ProofFormat::Jsonl => {
                serde_json::to_writer(&mut out, proof)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(Exit::Done)
}

use std::fs;

use anyhow::Result;
use sancha_lake::EvidenceError;
use sancha_model::{Lang, LocalText};
use sancha_seal::evidence::{BuildError, Description, Zip};

use super::{after_asking, open, question, reading, told};
use crate::{
    args::{EvidenceAction, EvidenceArgs, ExportArgs},
    exit::{Exit, UsageError},
    output, texts,
};

pub(crate) fn run(args: &EvidenceArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        EvidenceAction::Export(args) => export(args, lang),
    }
}

fn export(args: &ExportArgs, lang: Lang) -> Result<Exit> {
    if args.output.exists() {
        let shown = args.output.display();
        return Err(UsageError(LocalText::new(
            format!("{shown} 已存在，证据包不覆盖已有文件；请另选文件名"),
            format!("`{shown}` is there already, and a pack replaces no file; choose another name"),
        ))
        .into());
    }
    let (reading, at) = reading(&args.lines)?;
    let query = question(&args.query, &args.time, &reading)?;
    let lake = open(&args.lake)?;
    let description = Description {
        number: args.number.clone().unwrap_or_default(),
        query: args.query.clone(),
        organization: args.organization.clone().unwrap_or_default(),
        at: at.to_string(),
        agent: concat!("sancha ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let pack = match lake.evidence(&query, args.limit, description) {
        Ok(pack) => pack,
        Err(EvidenceError::Lake(error)) => return Err(told(error)),
        Err(error @ EvidenceError::Altered { .. }) => {
            output::note(&error.to_string());
            return Ok(Exit::Integrity);
        }
        Err(EvidenceError::Nothing) if !lake.damages().is_empty() => {
            return Ok(after_asking(&lake, lang));
        }
        Err(EvidenceError::Nothing) => {
            return Err(UsageError(LocalText::new(
                "没有符合条件且已封存的行；请放宽条件",
                "no sealed line answers; ask less narrowly",
            ))
            .into());
        }
        Err(EvidenceError::TooMany(most)) => {
            return Err(UsageError(LocalText::new(
                format!("符合条件的超过{most}行；请收窄条件，或用 --limit 放宽"),
                format!(
                    "more than {most} lines answer; ask more narrowly, or allow more with --limit"
                ),
            ))
            .into());
        }
    };
    let asked = pack.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.asked).count();
    let files = match pack.build() {
        // Rows and companion were forged together: the entry of the log tells.
        Err(error @ BuildError::DoesNotVerify(_)) => {
            output::note(&error.to_string());
            return Ok(Exit::Integrity);
        }
        Err(BuildError::TooLarge) => return Err(too_large().into()),
        built => built.map_err(|error| anyhow::anyhow!("{error}"))?,
    };
    let name = args.output.file_stem().map(|name| name.to_string_lossy().into_owned());
    let zip = Zip::new(name.as_deref().unwrap_or("evidence"), &files).ok_or_else(too_large)?;
    let mut file = fs::File::create_new(&args.output)
        .map_err(|error| output::not_written(&args.output, error))?;
    zip.write(&mut file).map_err(|error| output::not_finished(&args.output, error))?;
    if !args.lines.quiet {
        let text = texts::EXPORTED
            .get(lang)
            .replace("{lines}", &asked.to_string())
            .replace("{path}", &args.output.display().to_string());
        output::note(&text);
    }
    Ok(after_asking(&lake, lang))
}

fn too_large() -> UsageError {
    UsageError(LocalText::new(
        "证据包会超过 1 GiB，核验程序不读这么大的包；请按时间或来源分次导出",
        "the pack would be larger than 1 GiB, which verifiers do not read; export it in several, by time or source",
    ))
}

use std::{fs, path::Path};

use anyhow::Result;
use sancha_app::lake::{altered_text, pack_text};
use sancha_lake::EvidenceError;
use sancha_model::{EventTime, Lang, LocalText};
use sancha_seal::evidence::{BuildError, Description, PackFile, Zip};

use super::{after_asking, open, question, reading, told};
use crate::{
    args::{EvidenceAction, EvidenceArgs, ExportArgs},
    exit::{Exit, Told, UsageError},
    output, texts,
};

pub(crate) fn run(args: &EvidenceArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        EvidenceAction::Export(args) => export(args, lang),
    }
}

fn export(args: &ExportArgs, lang: Lang) -> Result<Exit> {
    if args.output.exists() {
        return Err(taken(&args.output).into());
    }
    let (reading, at) = reading(&args.lines)?;
    let query = question(&args.query, &args.time, &reading)?;
    let lake = open(&args.lake)?;
    let pack = match lake.evidence(&query, args.limit, description(args, at)) {
        // The lines may be in the part whose companion is damaged.
        Err(EvidenceError::Nothing) if !lake.damages().is_empty() => {
            return Ok(after_asking(&lake, lang));
        }
        answered => answered.map_err(no_lines)?,
    };
    let asked = pack.blocks.iter().flat_map(|block| &block.rows).filter(|row| row.asked).count();
    write(&args.output, &pack.build().map_err(not_built)?)?;
    if !args.lines.quiet {
        let text = texts::EXPORTED
            .get(lang)
            .replace("{lines}", &asked.to_string())
            .replace("{path}", &args.output.display().to_string());
        output::note(&text);
    }
    Ok(after_asking(&lake, lang))
}

fn description(args: &ExportArgs, at: EventTime) -> Description {
    Description {
        number: args.number.clone().unwrap_or_default(),
        query: args.query.clone(),
        organization: args.organization.clone().unwrap_or_default(),
        at: at.to_string(),
        agent: concat!("sancha ", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

fn write(path: &Path, files: &[PackFile]) -> Result<()> {
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let zip = Zip::new(name.as_deref().unwrap_or("evidence"), files).ok_or_else(too_large)?;
    let mut file = fs::File::create_new(path).map_err(|error| output::not_written(path, error))?;
    zip.write(&mut file).map_err(|error| output::not_finished(path, error))
}

fn taken(path: &Path) -> UsageError {
    let shown = path.display();
    UsageError(LocalText::new(
        format!("{shown} 已存在，证据包不覆盖已有文件；请另选文件名"),
        format!("`{shown}` is there already, and a pack replaces no file; choose another name"),
    ))
}

/// Why there are no lines to make a pack of.
fn no_lines(error: EvidenceError) -> anyhow::Error {
    let text = match error {
        EvidenceError::Lake(error) => return told(error),
        EvidenceError::Altered { ref path, page } => {
            let text = altered_text(path, page);
            return Told { text, is_integrity: true, source: error.into() }.into();
        }
        EvidenceError::Nothing => LocalText::new(
            "没有符合条件且已封存的行；请放宽条件",
            "no sealed line answers; ask less narrowly",
        ),
        EvidenceError::TooMany(most) => LocalText::new(
            format!("符合条件的超过{most}行；请收窄条件，或用 --limit 放宽"),
            format!("more than {most} lines answer; ask more narrowly, or allow more with --limit"),
        ),
    };
    UsageError(text).into()
}

fn not_built(error: BuildError) -> anyhow::Error {
    let is_integrity = match error {
        BuildError::TooLarge => return too_large().into(),
        // Rows and companion were forged together: the entry of the log tells.
        BuildError::DoesNotVerify(_) => true,
        BuildError::Row { .. } | BuildError::AnchorName(_) | BuildError::Json(_) => false,
    };
    Told { text: pack_text(&error), is_integrity, source: error.into() }.into()
}

/// A pack is larger than what verifiers read, or than a ZIP file can be.
pub(in crate::command) fn too_large() -> UsageError {
    UsageError(LocalText::new(
        "证据包会超过 1 GiB，核验程序不读这么大的包；请按时间或来源分次导出",
        "the pack would be larger than 1 GiB, which verifiers do not read; export it in several, \
         by time or source",
    ))
}

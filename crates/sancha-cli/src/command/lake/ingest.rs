use std::{path::Path, thread, time::Duration};

use anyhow::Result;
use sancha_app::lake::{IngestInput, Ingested, Oddity, ingest, lake_text, wal_text};
use sancha_ingest::files::{Limits, discover};
use sancha_lake::{Claim, Lake, LakeError, wal::SOURCE_BYTES_MAX};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::SigningKey;

use super::{keys, patience, place, reading, told};
use crate::command::read;
use crate::{
    args::IngestArgs,
    exit::{Exit, UsageError},
    instant, output,
    progress::Progress,
    texts,
};

/// A line that a program was writing is whole by then, where more comes at all.
const REST: Duration = Duration::from_secs(2);
/// A lake is made in a moment on a disk, and within a minute in a store that answers slowly.
const MOST_LOOKS: u32 = 1_200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Longest line that is kept.
const LINE_BYTES: usize = 16 << 20;

pub(crate) fn run(args: &IngestArgs, lang: Lang) -> Result<Exit> {
    args.source.as_deref().map_or(Ok(()), can_name)?;
    let (mut reading, at) = reading(&args.lines)?;
    let keep_free = read::size("--keep-free", &args.keep_free)? as u64;
    reading.layout.sm3 = args.sm3;
    let limits =
        Limits { max_line_bytes: LINE_BYTES, max_piped_copy_bytes: 0, ..Limits::default() };
    let discovery = discover(&args.paths, &limits);
    let found: Vec<_> = discovery.problems.iter().map(sancha_app::problem).collect();
    output::problems(&found, lang);
    if discovery.sources.is_empty() {
        return Err(UsageError(texts::NOTHING_TO_READ.local()).into());
    }
    let (mut lake, key) = open_or_create(args, lang)?;
    let progress = Progress::new(read::bytes_of(&discovery.sources), args.lines.quiet, lang);
    let input = IngestInput {
        sources: &discovery.sources,
        limits: &limits,
        reading: &reading,
        key: &key,
        name: args.source.as_deref(),
        at,
        now: instant::now(),
        keep_free,
        progress: &|bytes| progress.at(bytes),
        wait: &patience(),
        rest: &|| thread::sleep(REST),
    };
    let ingested = ingest(&mut lake, &input).map_err(told)?;
    progress.end();
    tell(&ingested, args.lines.quiet, lang);
    let is_whole = discovery.problems.is_empty()
        && ingested.settled.keyless.is_empty()
        && ingested.problems.is_empty()
        && !ingested.oddities.iter().any(|(_, oddity)| oddity.is_loss());
    Ok(match (ingested.settled.damages.is_empty(), is_whole) {
        (false, _) => Exit::Integrity,
        (true, false) => Exit::PartialInput,
        (true, true) => Exit::Done,
    })
}

/// Whether a source can have this name, which is a folder's, too.
fn can_name(source: &str) -> Result<(), UsageError> {
    if (1..=SOURCE_BYTES_MAX).contains(&source.len()) {
        return Ok(());
    }
    Err(UsageError(LocalText::new(
        format!(
            "--source 须有1至{SOURCE_BYTES_MAX}字节（开头的 / 和 ./ 不计），例如 --source nginx/access.log；此处为{}字节",
            source.len()
        ),
        format!(
            "--source takes 1 to {SOURCE_BYTES_MAX} bytes, not counting `/` and `./` at its \
             beginning, such as --source nginx/access.log; this is {}",
            source.len()
        ),
    )))
}

/// The lake with the key that signs its log; both are made when they are not there. While another process makes
/// them this one waits, and opens what it made.
fn open_or_create(args: &IngestArgs, lang: Lang) -> Result<(Lake, SigningKey)> {
    let folder = keys::folder(args.lake.keys.as_deref())?;
    for _ in 0..MOST_LOOKS {
        if let Some(opened) = open(args, &folder)? {
            return Ok(opened);
        }
        place::is_free(&args.lake.lake)?;
        if let Some(claim) = place::claim(&args.lake.lake)? {
            // Another process may have made it since it was looked for.
            let made = open(args, &folder)?;
            return made.map_or_else(|| create(args, claim, &folder, lang), Ok);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    Err(told(LakeError::Busy))
}

/// The lake that is there, with its key.
fn open(args: &IngestArgs, folder: &Path) -> Result<Option<(Lake, SigningKey)>> {
    let Some(disk) = place::prepare(args)? else { return Ok(None) };
    let lake = Lake::open(disk).map_err(told)?;
    let key = keys::open(folder, &lake)?;
    Ok(Some((lake, key)))
}

fn create(
    args: &IngestArgs,
    claim: Claim,
    folder: &Path,
    lang: Lang,
) -> Result<(Lake, SigningKey)> {
    let (key, path) = keys::create(folder)?;
    let disk = place::create(args, key.verifier().name())?;
    let lake = claim.create(disk, &key, &instant::now().to_string()).map_err(told)?;
    output::note(&texts::KEY_MADE.get(lang).replace("{path}", &path.display().to_string()));
    Ok((lake, key))
}

fn tell(ingested: &Ingested, is_quiet: bool, lang: Lang) {
    let problems: Vec<_> = ingested.problems.iter().map(sancha_app::problem).collect();
    output::problems(&problems, lang);
    for (path, oddity) in &ingested.oddities {
        let text = oddity_text(oddity);
        output::note(&format!("{}: {}", visible(path), visible(text.get(lang))));
    }
    for damage in &ingested.settled.damages {
        let what = wal_text(damage);
        output::note(&visible(&texts::WAL_DAMAGED.get(lang).replace("{what}", what.get(lang))));
    }
    for error in &ingested.settled.keyless {
        let what = lake_text(error);
        output::note(&visible(&texts::WAL_WITHOUT_KEY.get(lang).replace("{what}", what.get(lang))));
    }
    for (source, at) in &ingested.settled.apart {
        let text = texts::KEPT_APART.get(lang).replace("{source}", source);
        output::note(&visible(&text.replace("{at}", &at.to_string())));
    }
    if is_quiet {
        return;
    }
    let (mut lines, mut known) = (0, 0);
    for file in &ingested.files {
        lines += file.lines;
        known += file.known_bytes;
    }
    let parts = &ingested.settled.parts;
    let kept: u64 = parts.iter().map(|part| part.bytes + part.index_bytes).sum();
    let text = texts::INGESTED
        .get(lang)
        .replace("{files}", &ingested.files.len().to_string())
        .replace("{lines}", &lines.to_string())
        .replace("{known}", &known.to_string())
        .replace("{parts}", &parts.len().to_string())
        .replace("{raw}", &parts.iter().map(|part| part.raw_bytes).sum::<u64>().to_string())
        .replace("{kept}", &kept.to_string());
    output::note(&text);
}

fn oddity_text(oddity: &Oddity) -> LocalText {
    match oddity {
        Oddity::NotLines => LocalText::new(
            "此格式不按行存放，尚不能原样留存；请先导出为文本（journald：journalctl -o json；Windows 事件：逐行的 JSON 或 XML）",
            "this format has no lines and is not kept as it is yet; export it as text first (journald: journalctl -o json; events of Windows: JSON or XML, an event a line)",
        ),
        Oddity::LongLine(at) => LocalText::new(
            format!("第{at}字节处的一行超过16 MiB，未留存"),
            format!("the line at byte {at} is longer than 16 MiB and was not kept"),
        ),
        Oddity::Another(at) => LocalText::new(
            format!("开头与已留存的另一文件相同，到第{at}字节为止内容不同；已另作一份完整留存"),
            format!(
                "begins like a file kept before and up to byte {at} is another; all of it is kept on its own"
            ),
        ),
        Oddity::NotTold(at) => LocalText::new(
            format!(
                "开头与已留存的另一文件相同，到第{at}字节为止内容不同，无法区分，未留存；标准输入请先存成文件，再用 sancha ingest 文件 接收"
            ),
            format!(
                "begins like a file kept before and up to byte {at} is another that cannot be told from it: not kept. Save standard input as a file and give that to sancha ingest"
            ),
        ),
        Oddity::Utf16 => LocalText::new(
            "此文件是 UTF-16，已转成 UTF-8 留存：各行文字相同，封存和举证针对转码后的文字，不是原文件的字节；需要原文件的，请另行保存",
            "is in UTF-16 and is kept as UTF-8: its lines say the same, but what is sealed and proven is that text and not the bytes of the file; keep the file, too, where those are needed",
        ),
        Oddity::Unended(at) => LocalText::new(
            format!("第{at}字节起的最后一行尚未写完，未接收；写完后再次运行即接收"),
            format!(
                "the last line, from byte {at} on, is not whole yet and was not taken in; run this again when it is"
            ),
        ),
    }
}

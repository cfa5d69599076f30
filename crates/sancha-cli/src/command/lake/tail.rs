use std::{
    io::{self, Write},
    sync::mpsc::RecvTimeoutError,
};

use anyhow::Result;
use sancha_lake::Tail;
use sancha_model::Lang;

use super::{after_asking, open, question, reading, rows::RowText, told};
use crate::{
    args::{RowFormat, TailArgs, TailFormat, TimeArgs},
    command::follow::{PAUSE, end_signal},
    exit::Exit,
    output, texts,
};

pub(crate) fn run(args: &TailArgs, lang: Lang) -> Result<Exit> {
    let (reading, _) = reading(&args.lines)?;
    let always = TimeArgs { from: None, to: None };
    let query = question(&args.query, &always, &reading)?;
    let mut tail = Tail::new(open(&args.lake)?, query);
    let format = match args.format {
        TailFormat::Table => RowFormat::Table,
        TailFormat::Jsonl => RowFormat::Jsonl,
        TailFormat::Raw => RowFormat::Raw,
    };
    let text = RowText { format, zone: &reading.zone };
    let mut render = |answer: &sancha_lake::Answer<'_>, row: &mut Vec<u8>| text.render(answer, row);
    let newest = reading.settings(|settings| tail.newest(args.rows, settings, &mut render));
    let mut out = io::stdout().lock();
    for row in newest.map_err(told)? {
        out.write_all(&row)?;
    }
    out.flush()?;
    let exit = after_asking(tail.lake(), lang);
    if !args.follow {
        return Ok(exit);
    }
    let ended = end_signal()?;
    if !args.lines.quiet {
        output::note(texts::FOLLOWING.get(lang));
    }
    let mut rows = Vec::new();
    while ended.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        rows.clear();
        reading
            .settings(|settings| tail.look(settings, &mut |answer| text.render(answer, &mut rows)))
            .map_err(told)?;
        out.write_all(&rows)?;
        out.flush()?;
    }
    Ok(exit)
}

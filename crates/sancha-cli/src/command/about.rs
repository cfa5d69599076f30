use std::io::Write as _;

use anyhow::Result;
use sancha_model::Lang;

use crate::{exit::Exit, texts};

pub(crate) fn run(lang: Lang) -> Result<Exit> {
    let text = texts::ABOUT.get(lang).replace("{version}", env!("CARGO_PKG_VERSION"));
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(Exit::Done)
}

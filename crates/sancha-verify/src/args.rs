use std::{ffi::OsString, path::PathBuf};

use sancha_model::{Lang, LocalText, visible};

use crate::texts;

/// The command line. Four options do not need a library in a program that others are to read.
pub(crate) struct Request {
    pub(crate) lang: Lang,
    pub(crate) asked: Result<Asked, LocalText>,
}

pub(crate) enum Asked {
    Help,
    Version,
    Verify(Args),
}

#[derive(Default)]
pub(crate) struct Args {
    pub(crate) path: PathBuf,
    pub(crate) keys: Vec<String>,
}

impl Request {
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Self {
        let mut lang = locale();
        let asked = read(args, &mut lang);
        Self { lang, asked }
    }
}

fn read(mut args: impl Iterator<Item = OsString>, lang: &mut Lang) -> Result<Asked, LocalText> {
    let mut found = Args::default();
    let mut path = None;
    let mut special = None;
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        let (option, mut value) = match text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (text.as_str(), None),
        };
        let mut value = || {
            let next = || args.next().map(|next| next.to_string_lossy().into_owned());
            value.take().or_else(next).ok_or_else(|| named(&texts::NO_VALUE, option))
        };
        match option {
            "-h" | "--help" => special = Some(Asked::Help),
            "-V" | "--version" => special = Some(Asked::Version),
            "--key" => found.keys.push(value()?),
            "--lang" => *lang = language(&value()?)?,
            _ if option.starts_with('-') => return Err(named(&texts::NO_OPTION, option)),
            _ if path.is_some() => return Err(texts::ONE_PATH.local()),
            _ => path = Some(PathBuf::from(arg)),
        }
    }
    match (special, path) {
        (Some(special), _) => Ok(special),
        (None, Some(path)) => Ok(Asked::Verify(Args { path, ..found })),
        (None, None) => Err(texts::NO_PATH.local()),
    }
}

fn named(text: &sancha_model::Text, name: &str) -> LocalText {
    text.fill(&[("name", LocalText::same(visible(name)))])
}

fn language(name: &str) -> Result<Lang, LocalText> {
    match name {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        _ => Err(texts::NO_LANG.local()),
    }
}

/// As `sancha` does: the locale, then Chinese.
fn locale() -> Lang {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    if locale.is_some_and(|locale| locale.starts_with("en")) { Lang::En } else { Lang::Zh }
}

//! Errors of the command line in the reader's language; clap words them in English only.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use sancha_model::Lang;

use crate::language;

/// Prints what is wrong with the arguments, what was perhaps meant, and how the command is used.
pub(crate) fn report(error: &clap::Error) {
    let told = match language::choose(asked(std::env::args_os()).as_deref()) {
        Lang::Zh => in_chinese(error),
        Lang::En => None,
    };
    let _ = match told {
        Some(text) => io::stderr().lock().write_all(text.as_bytes()),
        None => error.print(),
    };
}

/// The language that `--lang` names among arguments that could not be read as a whole.
fn asked(arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let arguments: Vec<_> = arguments.filter_map(|argument| argument.into_string().ok()).collect();
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1).map(Some).chain([None]));
    let value = pairs.find_map(|(argument, next)| match argument.strip_prefix("--lang")? {
        "" => next.cloned(),
        rest => rest.strip_prefix('=').map(str::to_owned),
    });
    value.filter(|value| matches!(value.as_str(), "zh" | "en"))
}

/// `None` where nothing was done wrong, or clap says it without words.
fn in_chinese(error: &clap::Error) -> Option<String> {
    let context = |kind| error.get(kind).map(shown);
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let mut text = match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("没有 {argument} 这个参数")
        }
        ErrorKind::UnknownArgument => format!("多出了 {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("没有 {} 这个命令", context(ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 后面要写一个值"),
        ErrorKind::InvalidValue => format!("{argument} 不能是 {value}"),
        ErrorKind::ValueValidation => {
            let cause = error.source().map_or_else(String::new, because);
            format!("{argument} 的值 {value} 无法识别{cause}")
        }
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{argument}"),
        ErrorKind::ArgumentConflict => match context(ContextKind::PriorArg) {
            Some(other) if other != argument => format!("{argument} 不能与 {other} 同时使用"),
            _ => format!("{argument} 只能写一次"),
        },
        ErrorKind::NoEquals => format!("{argument} 与值之间要写等号"),
        ErrorKind::TooManyValues => format!("{argument} 后面多了 {value}"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} 后面值的个数不对")
        }
        ErrorKind::InvalidUtf8 => "参数中有不是 UTF-8 的字节".to_owned(),
        _ => return None,
    };
    text.insert_str(0, crate::texts::ERROR.get(Lang::Zh));
    text.push('\n');
    if let Some(choices) = context(ContextKind::ValidValue).filter(|choices| !choices.is_empty()) {
        text.push_str(&format!("可以写：{choices}\n"));
    }
    let meant =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(meant) = meant.into_iter().find_map(context) {
        text.push_str(&format!("是否想写：{meant}\n"));
    }
    if let Some(usage) = context(ContextKind::Usage) {
        text.push_str(&usage.replacen("Usage: ", "用法：", 1));
        text.push('\n');
    }
    text.push_str("各参数的说明见 --help\n");
    Some(text)
}

/// What the parser of a value has against it.
fn because(cause: &(dyn Error + 'static)) -> String {
    let said = cause.to_string();
    if let Some(number) = cause.downcast_ref::<ParseIntError>() {
        match number.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "：数太大".to_owned(),
            _ => "：要写整数".to_owned(),
        }
    } else if let Some((_, range)) = said.split_once(" is not in ") {
        format!("：要在 {range} 之内")
    } else {
        format!("：{said}")
    }
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(values) => values.join("、"),
        ContextValue::StyledStrs(values) => {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
        }
        ContextValue::String(value) => value.clone(),
        _ => value.to_string(),
    }
}

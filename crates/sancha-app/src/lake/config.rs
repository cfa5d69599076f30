//! `lake.toml`: where a lake's files are, when they are not all in its folder.
//!
//! The file lies in the folder that `--lake` names. Credentials never stand in it.

use std::fmt::Write as _;

use sancha_lake::disk::StoreAddress;
use sancha_model::LocalText;
use toml::{Table, Value};

/// What a lake was made as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LakeConfig {
    /// The object store with everything but the write-ahead log; `None`: the folder has it all.
    pub store: Option<StoreAddress>,
    /// What is kept is encrypted; the keys are in the folder of this name in the folder of keys.
    pub encrypt: Option<String>,
}

/// What is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// 1-based; of some mistakes the line is not known.
    pub line: Option<usize>,
    pub text: LocalText,
}

impl LakeConfig {
    /// Name of the file in the lake's folder.
    pub const FILE: &'static str = "lake.toml";

    /// # Errors
    /// When the text is no such file; what stands in it that is not known is a mistake too.
    pub fn parse(text: &str) -> Result<Self, ConfigProblem> {
        let mut table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            let what = error.message();
            let text = LocalText::new(format!("不是 TOML：{what}"), format!("not TOML: {what}"));
            ConfigProblem { line, text }
        })?;
        let endpoint = string(&mut table, text, "endpoint")?;
        let region = string(&mut table, text, "region")?;
        let allow_http = boolean(&mut table, text, "allow_http")?;
        let encrypt = string(&mut table, text, "encrypt")?;
        if encrypt.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(wrong(text, "encrypt", "密钥文件夹的名称", "the name of a folder of keys"));
        }
        let store = string(&mut table, text, "store")?.map(|url| StoreAddress {
            url,
            endpoint,
            region,
            allow_http,
        });
        if let Some(address) = &store
            && let Err(error) = address.parts()
        {
            let text_of = LocalText::new(
                format!("store 的值不可用：{}", error.source),
                format!("`store` cannot be used: {}", error.source),
            );
            return Err(ConfigProblem { line: line_of(text, "store"), text: text_of });
        }
        match table.keys().next() {
            None => Ok(Self { store, encrypt }),
            Some(name) => {
                let message = LocalText::new(
                    format!("不认识“{name}”；可用：store endpoint region allow_http encrypt"),
                    format!(
                        "`{name}` is not known; known are store, endpoint, region, allow_http, encrypt"
                    ),
                );
                Err(ConfigProblem { line: line_of(text, name), text: message })
            }
        }
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = String::from(
            "# 日志湖的存放方式，由 sancha 生成 / how this lake is kept; written by sancha\n",
        );
        let mut put = |name: &str, value: &str| {
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "{name} = {value}");
        };
        if let Some(store) = &self.store {
            put("store", &quoted(&store.url));
            for (name, value) in [("endpoint", &store.endpoint), ("region", &store.region)] {
                if let Some(value) = value {
                    put(name, &quoted(value));
                }
            }
            put("allow_http", &store.allow_http.to_string());
        }
        if let Some(name) = &self.encrypt {
            put("encrypt", &quoted(name));
        }
        text
    }
}

/// Whether a text is the name of a folder and no way out of the folder of keys.
fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().all(is_plain) && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            sign if sign.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(sign));
            }
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}

fn string(table: &mut Table, text: &str, name: &str) -> Result<Option<String>, ConfigProblem> {
    match table.remove(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(wrong(text, name, "一段文字", "a text in quotes")),
    }
}

fn boolean(table: &mut Table, text: &str, name: &str) -> Result<bool, ConfigProblem> {
    match table.remove(name) {
        None => Ok(false),
        Some(Value::Boolean(value)) => Ok(value),
        Some(_) => Err(wrong(text, name, "true 或 false", "true or false")),
    }
}

fn wrong(text: &str, name: &str, zh: &str, en: &str) -> ConfigProblem {
    let text_of =
        LocalText::new(format!("{name} 的值应为{zh}"), format!("the value of `{name}` is {en}"));
    ConfigProblem { line: line_of(text, name), text: text_of }
}

fn line_of(text: &str, name: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start().starts_with(name)).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> StoreAddress {
        StoreAddress {
            url: "s3://logs/unit-7".to_owned(),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
            region: Some("a \"region\" \\ \u{7}".to_owned()),
            allow_http: true,
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for (store, encrypt) in
            [(None, None), (Some(address()), None), (None, Some("sancha-lake-7".to_owned()))]
        {
            let config = LakeConfig { store, encrypt };
            assert_eq!(LakeConfig::parse(&config.to_text()), Ok(config));
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, line, told) in [
            ("store = ", Some(1), "not TOML"),
            ("\nstore = 7", Some(2), "a text in quotes"),
            ("store = \"s3://b\"\nallow_http = 1", Some(2), "true or false"),
            ("store = \"s3://b\"\ncolour = 1", Some(2), "`colour` is not known"),
            ("encrypt = \"../keys\"", Some(1), "name of a folder"),
            ("store = \"file:///b\"", Some(1), "s3://bucket/prefix"),
            ("store = \"s3://b/../c\"", Some(1), "letters, digits"),
            ("store = \"s3://b\"\nendpoint = \"http://h\"", Some(1), "allow_http"),
        ] {
            let problem = LakeConfig::parse(text).unwrap_err();
            assert_eq!(problem.line, line, "{text}");
            assert!(problem.text.en.contains(told), "{text}: {}", problem.text.en);
        }
    }
}

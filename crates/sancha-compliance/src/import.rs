//! Official text that a user imports: plain text, or YAML with an `articles` list.
//!
//! The product ships no statute text. What is imported is quoted by reports with its origin.

use serde::{Deserialize, Deserializer, Serialize};

/// The text of one version of an instrument, as the user gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedText {
    /// Id of the version; `None` for plain text, which does not say.
    pub id: Option<String>,
    pub title: Option<String>,
    /// Where the user had it from: the file's name.
    pub origin: String,
    pub articles: Vec<ImportedArticle>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedArticle {
    #[serde(rename = "no", deserialize_with = "number")]
    pub article: u16,
    pub text: String,
}

impl ImportedText {
    pub fn article(&self, number: u16) -> Option<&str> {
        let found = self.articles.iter().find(|article| article.article == number);
        found.map(|article| article.text.as_str())
    }
}

/// An imported text as it is kept, with the digest of the file that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredText {
    /// SHA-256 of the user's file, in hex.
    pub sha256: String,
    #[serde(flatten)]
    pub text: ImportedText,
}

impl StoredText {
    /// Reads what `sancha law import` wrote.
    ///
    /// # Errors
    ///
    /// With file and line where it is something else.
    pub fn parse(file: &str, json: &str) -> Result<Self, ImportError> {
        // JSON is YAML, and the law is read as YAML.
        yaml_serde::from_str(json).map_err(|error| ImportError::NotStored {
            file: file.to_owned(),
            line: error.location().map_or(1, |location| location.line()),
            reason: error.to_string(),
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("`{file}`, line {line}: {reason}; write the folder anew with `sancha law import`")]
    NotStored { file: String, line: usize, reason: String },
    #[error("`{file}`, line {line}: {reason}")]
    NotYaml { file: String, line: usize, reason: String },
    #[error(
        "`{file}` holds no article; each begins a line with 第…条, or give YAML with `articles`"
    )]
    NoArticles { file: String },
    #[error(
        "`{file}`: article {article} occurs twice; give one version of one instrument per file"
    )]
    Twice { file: String, article: u16 },
}

/// Reads an imported file by its ending: `.yaml` and `.yml`, anything else is plain text.
///
/// # Errors
///
/// With file and line where the text cannot be cut into articles.
pub fn import(file: &str, text: &str) -> Result<ImportedText, ImportError> {
    let yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    let imported = if yaml { from_yaml(file, text)? } else { from_plain(file, text) };
    if imported.articles.is_empty() {
        return Err(ImportError::NoArticles { file: file.to_owned() });
    }
    let mut seen: Vec<u16> = imported.articles.iter().map(|article| article.article).collect();
    seen.sort_unstable();
    match seen.windows(2).find_map(|pair| pair.first().filter(|one| pair.last() == Some(one))) {
        Some(article) => Err(ImportError::Twice { file: file.to_owned(), article: *article }),
        None => Ok(imported),
    }
}

#[derive(Deserialize)]
struct YamlForm {
    id: Option<String>,
    title_zh: Option<String>,
    #[serde(default)]
    articles: Vec<ImportedArticle>,
}

fn from_yaml(file: &str, text: &str) -> Result<ImportedText, ImportError> {
    let form: YamlForm = yaml_serde::from_str(text).map_err(|error| ImportError::NotYaml {
        file: file.to_owned(),
        line: error.location().map_or(1, |location| location.line()),
        reason: error.to_string(),
    })?;
    let origin = file.to_owned();
    Ok(ImportedText { id: form.id, title: form.title_zh, origin, articles: form.articles })
}

/// Numbers are written bare or quoted.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Number(u16),
        Text(String),
    }
    match Form::deserialize(deserializer)? {
        Form::Number(number) => Ok(number),
        Form::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// Each article begins a line with 第…条; what follows up to the next is its text.
fn from_plain(file: &str, text: &str) -> ImportedText {
    let mut title = None;
    let mut articles: Vec<ImportedArticle> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match heading(line) {
            Some((article, rest)) => {
                articles.push(ImportedArticle { article, text: rest.to_owned() });
            }
            None => match articles.last_mut() {
                Some(last) if !is_division(line) => {
                    last.text.push('\n');
                    last.text.push_str(line);
                }
                Some(_) => {}
                None => title = title.or_else(|| Some(line.to_owned())),
            },
        }
    }
    ImportedText { id: None, title, origin: file.to_owned(), articles }
}

fn heading(line: &str) -> Option<(u16, &str)> {
    let (number, rest) = line.strip_prefix('第')?.split_once('条')?;
    let number = number.parse().ok().or_else(|| chinese_number(number))?;
    Some((number, rest.trim_start()))
}

/// A heading of a chapter or section.
fn is_division(line: &str) -> bool {
    let number = |mark| {
        let cut = line.strip_prefix('第').and_then(|rest| rest.split_once(mark));
        cut.is_some_and(|(number, _)| chinese_number(number).is_some())
    };
    number('章') || number('节') || number('编')
}

/// 一 to 九百九十九, as articles are numbered.
fn chinese_number(text: &str) -> Option<u16> {
    let (mut total, mut digit) = (0, None);
    for letter in text.chars() {
        let unit = match letter {
            '百' => 100,
            '十' => 10,
            '零' => continue,
            _ => {
                let place = "一二三四五六七八九".chars().position(|one| one == letter)?;
                digit = Some(u16::try_from(place).ok()? + 1);
                continue;
            }
        };
        total += digit.take().unwrap_or(1) * unit;
    }
    total += digit.unwrap_or_default();
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_articles() {
        for (text, expected) in [
            ("一", Some(1)),
            ("十", Some(10)),
            ("十五", Some(15)),
            ("二十三", Some(23)),
            ("一百零二", Some(102)),
            ("一百一十", Some(110)),
            ("甲", None),
            ("", None),
        ] {
            assert_eq!(chinese_number(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_text_is_cut_into_articles() {
        let text = "某办法\n第一章 总则\n第一条 甲。\n乙。\n第二章 附则\n第二十条　丙。\n";
        let imported = import("某办法.txt", text).unwrap();
        assert_eq!(imported.title.as_deref(), Some("某办法"));
        assert_eq!(imported.article(1), Some("甲。\n乙。"));
        assert_eq!(imported.article(20), Some("丙。"));
        assert_eq!(imported.origin, "某办法.txt");
    }

    #[test]
    fn a_stored_text_is_read_back() {
        let text = import("某办法.txt", "第一条 甲。\n第二条 乙。").unwrap();
        let stored = StoredText { sha256: "ab".to_owned(), text };
        let json = r#"{"sha256":"ab","id":null,"title":null,"origin":"某办法.txt",
            "articles":[{"no":1,"text":"甲。"},{"no":2,"text":"乙。"}]}"#;
        assert_eq!(StoredText::parse("x.json", json).unwrap(), stored);
        let error = StoredText::parse("x.json", "{\"id\":1}").unwrap_err().to_string();
        assert!(error.contains("x.json") && error.contains("law import"), "{error}");
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        for (file, text, expected) in [
            ("a.txt", "没有条文", "holds no article"),
            ("a.txt", "第一条 甲\n第一条 乙", "occurs twice"),
            ("a.yaml", "articles: [", "line"),
            ("a.yaml", "id: x", "holds no article"),
        ] {
            let error = import(file, text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains(file), "{error}");
        }
    }
}

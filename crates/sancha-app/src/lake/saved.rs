//! Saved searches: a text file in the folder of a lake that people may edit.
//!
//! ```toml
//! [failed-logins]
//! query = "outcome:failure -user:backup"
//! from = "2026-11-01"
//! ```

use std::{borrow::Cow, fmt::Write as _};

use sancha_lake::query::parse;
use sancha_model::LocalText;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::query_text;

/// Name of the file in the folder of a lake.
pub const SAVED_SEARCHES: &str = "searches.toml";

const HEAD: &str = "# 已保存的查询：sancha search --saved 名称 --lake …；可用文本编辑器修改\n# saved searches: sancha search --saved NAME --lake …; edit as you like\n";

/// A question with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedSearch {
    pub name: String,
    pub query: String,
    /// As `--from` and `--to` take them.
    pub from: Option<String>,
    pub to: Option<String>,
}

/// A line of the file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFault {
    pub line: usize,
    pub message: LocalText,
}

/// The searches of a file in their order, and what of it cannot be used.
pub fn saved_searches(text: &str) -> (Vec<SavedSearch>, Vec<SavedFault>) {
    let (table, faults) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, faults: Vec::new() };
    for fault in &faults {
        let why = fault.message();
        reader.fault(
            fault.span().map_or(0, |span| span.start),
            format!("不是有效的 TOML（{why}）；每项写成 [名称] 和 query = \"…\""),
            format!("this is no valid TOML ({why}); write each as [name] and query = \"…\""),
        );
    }
    let mut named: Vec<_> = table.get_ref().iter().collect();
    named.sort_by_key(|(name, _)| name.span().start);
    let found = named.into_iter().filter_map(|(name, value)| reader.search(name, value));
    let searches = found.collect();
    reader.faults.sort_by_key(|fault| fault.line);
    (searches, reader.faults)
}

/// The file with one more search at its end.
///
/// # Errors
/// When there is one of that name, the name says nothing, or the question cannot be understood.
pub fn save_search(text: &str, search: &SavedSearch) -> Result<String, LocalText> {
    let name = search.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(LocalText::new(
            "请给查询起一个名称，如 --save failed-logins",
            "give the search a name, such as --save failed-logins",
        ));
    }
    parse(&search.query).map_err(|error| query_text(&error))?;
    let (known, _) = saved_searches(text);
    if known.iter().any(|other| other.name == name) {
        return Err(LocalText::new(
            format!("{SAVED_SEARCHES} 中已有“{name}”；请换一个名称，或在该文件中修改"),
            format!("{SAVED_SEARCHES} has a search `{name}`; take another name, or edit the file"),
        ));
    }
    let mut out = if text.is_empty() { HEAD.to_owned() } else { text.to_owned() };
    if !out.ends_with('\n') {
        out.push('\n');
    }
    // Writing to a `String` does not fail.
    let _ = write!(out, "\n[{}]\nquery = {}\n", quoted(name), quoted(&search.query));
    for (key, value) in [("from", &search.from), ("to", &search.to)] {
        if let Some(value) = value {
            let _ = writeln!(out, "{key} = {}", quoted(value));
        }
    }
    Ok(out)
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

type Name<'i> = Spanned<Cow<'i, str>>;

struct Reader<'a> {
    text: &'a str,
    faults: Vec<SavedFault>,
}

impl Reader<'_> {
    fn fault(&mut self, offset: usize, zh: String, en: String) {
        let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        self.faults.push(SavedFault { line, message: LocalText::new(zh, en) });
    }

    /// A search, if all of it can be used.
    fn search(&mut self, name: &Name<'_>, value: &Spanned<DeValue<'_>>) -> Option<SavedSearch> {
        let (start, name) = (name.span().start, name.get_ref());
        let Some(table) = value.get_ref().as_table() else {
            self.fault(
                start,
                format!("“{name}”不在任何一项之下；每项写成 [名称] 和 query = \"…\""),
                format!("`{name}` belongs to no search; write each as [name] and query = \"…\""),
            );
            return None;
        };
        let before = self.faults.len();
        let mut search = SavedSearch { name: name.to_string(), ..SavedSearch::default() };
        let mut query = None;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "query" => query = self.text(key, value),
                "from" => search.from = self.text(key, value),
                "to" => search.to = self.text(key, value),
                other => self.fault(
                    key.span().start,
                    format!("不认识的键“{other}”；可用的键：query、from、to"),
                    format!("`{other}` is not known; the keys are query, from, to"),
                ),
            }
        }
        match query.as_deref().map(parse) {
            None if self.faults.len() == before => self.fault(
                start,
                format!("“{name}”缺少 query = \"…\""),
                format!("`{name}` lacks query = \"…\""),
            ),
            Some(Err(error)) => {
                let LocalText { zh, en } = query_text(&error);
                self.fault(start, format!("“{name}”：{zh}"), format!("`{name}`: {en}"));
            }
            None | Some(Ok(_)) => {}
        }
        search.query = query.unwrap_or_default();
        (self.faults.len() == before).then_some(search)
    }

    fn text(&mut self, key: &Name<'_>, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            let name = key.get_ref();
            self.fault(
                key.span().start,
                format!("{name} 应是文本，如 \"…\""),
                format!("`{name}` is a text: \"…\""),
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str, query: &str) -> SavedSearch {
        SavedSearch { name: name.to_owned(), query: query.to_owned(), ..SavedSearch::default() }
    }

    #[test]
    fn what_is_saved_is_read_again() {
        let one = search("登录失败 \"x\"", "outcome:failure \"two words\" /a\\d+/");
        let other =
            SavedSearch { from: Some("2026-11-01".to_owned()), ..search("b.c", "*.jsp -ip:::1") };
        let text = save_search("", &one).unwrap();
        let text = save_search(&text, &other).unwrap();
        assert!(text.starts_with("# "), "{text}");
        assert_eq!(saved_searches(&text), (vec![one.clone(), other], Vec::new()));
        assert!(save_search(&text, &one).unwrap_err().en.contains("take another name"));
        assert!(save_search(&text, &search(" ", "a")).is_err());
        assert!(save_search(&text, &search("n", "(a")).unwrap_err().en.contains("parentheses"));
    }

    #[test]
    fn lines_that_cannot_be_used_are_named_and_the_others_are() {
        let text = "[good]\nquery = \"a\"\n[empty]\nfrom = \"2026-11-01\"\n[odd]\nquery = \"b\"\ncolour = 1\n\n[bad]\nquery = \"nofield:1\"\n[kind]\nquery = 7\n";
        let (found, faults) = saved_searches(text);
        assert_eq!(found, [search("good", "a")]);
        let told: Vec<_> = faults.iter().map(|fault| (fault.line, &*fault.message.en)).collect();
        let expected = [
            (3, "`empty` lacks"),
            (7, "`colour` is not known"),
            (9, "no field `nofield`"),
            (12, "`query` is a text"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for ((line, told), (at, says)) in told.iter().zip(expected) {
            assert!(*line == at && told.contains(says), "{line}: {told}");
        }
        let (found, faults) = saved_searches("[good]\nquery = \"a\"\n[broken\nquery = 1\n");
        assert_eq!(
            (found.first(), faults.first().map(|one| one.line)),
            (Some(&search("good", "a")), Some(3))
        );
    }
}

use sancha_model::Lang;

/// `--lang`, then the locale, then Chinese.
pub(crate) fn choose(asked: Option<&str>) -> Lang {
    if let Some(asked) = asked {
        return if asked == "en" { Lang::En } else { Lang::Zh };
    }
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    match locale.as_deref() {
        Some(locale) if locale.starts_with("en") => Lang::En,
        _ => Lang::Zh,
    }
}

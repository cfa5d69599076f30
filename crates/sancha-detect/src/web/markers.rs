//! Words that are attacks by themselves, found in one pass: names that have no place in a parameter.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::scan::{at, from, is_space, is_word, upto};
use super::value::{Role, Signs, View};
use super::{Kind, Part};

/// One literal in lower case, what it means, and how sure it is.
struct Marker {
    literal: &'static str,
    kind: Kind,
    score: f32,
}

const fn marker(literal: &'static str, kind: Kind, score: f32) -> Marker {
    Marker { literal, kind, score }
}

/// Names of classes, properties and functions of server languages that only code reaches for.
const MARKERS: [Marker; 192] = [
    marker("${{<%[", Kind::Template, 0.9),
    marker("__pro__proto__to__", Kind::Code, 0.8),
    marker("jndiconnectionpool", Kind::Deserialization, 0.8),
    marker("#{%x(", Kind::Command, 0.7),
    marker("java.lang.runtime", Kind::Code, 0.8),
    marker("java.processbuilder", Kind::Code, 0.7),
    marker("java.lang.processbuilder", Kind::Code, 0.8),
    marker("java.io.", Kind::Code, 0.6),
    marker("java.net.url", Kind::Code, 0.6),
    marker("java.lang.class", Kind::Code, 0.7),
    marker("java.lang.system", Kind::Code, 0.7),
    marker("getruntime()", Kind::Code, 0.8),
    marker("processbuilder(", Kind::Code, 0.8),
    marker("javax.script", Kind::Code, 0.7),
    marker("javax.naming", Kind::Code, 0.7),
    marker("classloader.resources", Kind::Code, 0.8),
    marker("class.module.classloader", Kind::Code, 0.9),
    marker("class.classloader", Kind::Code, 0.8),
    marker("org.apache.commons.collections", Kind::Deserialization, 0.8),
    marker("invokertransformer", Kind::Deserialization, 0.7),
    marker("clonetransformer", Kind::Deserialization, 0.7),
    marker("instantiatetransformer", Kind::Deserialization, 0.7),
    marker("instantiatefactory", Kind::Deserialization, 0.7),
    marker("prototypeclonefactory", Kind::Deserialization, 0.7),
    marker("prototypeserializationfactory", Kind::Deserialization, 0.7),
    marker("whileclosure", Kind::Deserialization, 0.7),
    marker("forclosure", Kind::Deserialization, 0.6),
    marker("chainedtransformer", Kind::Deserialization, 0.7),
    marker("templatesimpl", Kind::Deserialization, 0.8),
    marker("filesystemxmlapplicationcontext", Kind::Code, 0.8),
    marker("classpathxmlapplicationcontext", Kind::Code, 0.8),
    marker("com.sun.rowset", Kind::Deserialization, 0.8),
    marker("jdbcrowsetimpl", Kind::Deserialization, 0.8),
    marker("com.opensymphony.xwork2", Kind::Template, 0.8),
    marker("#_memberaccess", Kind::Template, 0.9),
    marker("ognl.ognlcontext", Kind::Template, 0.9),
    marker("xwork.methodaccessor", Kind::Template, 0.9),
    marker("redirect:${", Kind::Template, 0.8),
    marker("__proto__", Kind::Code, 0.8),
    marker("constructor.prototype", Kind::Code, 0.8),
    marker("[constructor][prototype]", Kind::Code, 0.8),
    marker("constructor.constructor", Kind::Code, 0.8),
    marker("constructor[prototype]", Kind::Code, 0.8),
    marker("child_process", Kind::Code, 0.8),
    marker("process.env", Kind::Code, 0.7),
    marker("process[", Kind::Code, 0.6),
    marker("require[", Kind::Code, 0.6),
    marker("process.mainmodule", Kind::Code, 0.8),
    marker("process.binding", Kind::Code, 0.8),
    marker("process.exit", Kind::Code, 0.6),
    marker("require.main", Kind::Code, 0.8),
    marker("module.exports", Kind::Code, 0.4),
    marker("_$$nd_func", Kind::Deserialization, 0.9),
    marker("__js_function", Kind::Deserialization, 0.8),
    marker("new function(", Kind::Code, 0.7),
    marker("new function (", Kind::Code, 0.6),
    marker("string.fromcharcode", Kind::Xss, 0.8),
    marker(":constructor:constructor", Kind::Code, 0.8),
    marker("readfilesync", Kind::Code, 0.8),
    marker("readdirsync", Kind::Code, 0.8),
    marker("writefilesync", Kind::Code, 0.8),
    marker("object.constructor(", Kind::Code, 0.7),
    marker("\"constructor\":{\"prototype\"", Kind::Code, 0.8),
    marker("execsync", Kind::Code, 0.8),
    marker("$_server", Kind::Code, 0.7),
    marker("$_get", Kind::Code, 0.7),
    marker("$_post", Kind::Code, 0.7),
    marker("$_cookie", Kind::Code, 0.7),
    marker("$_request", Kind::Code, 0.7),
    marker("$_session", Kind::Code, 0.7),
    marker("$_files", Kind::Code, 0.7),
    marker("$globals", Kind::Code, 0.6),
    marker("$http_raw_post_data", Kind::Code, 0.7),
    marker("php_uname", Kind::Code, 0.6),
    marker("xp_cmdshell", Kind::Sqli, 0.9),
    marker("sp_oacreate", Kind::Sqli, 0.9),
    marker("msdasql", Kind::Sqli, 0.7),
    marker("information_schema.", Kind::Sqli, 0.7),
    marker("utl_http", Kind::Sqli, 0.8),
    marker("dbms_pipe", Kind::Sqli, 0.8),
    marker("waitfor delay", Kind::Sqli, 0.9),
    marker("__import__(", Kind::Code, 0.9),
    marker("java.beans.xmldecoder", Kind::Deserialization, 0.8),
    marker("\"$type\":\"system.", Kind::Deserialization, 0.7),
    marker("com.alibaba.fastjson", Kind::Deserialization, 0.7),
    marker("org.hibernate.", Kind::Deserialization, 0.7),
    marker("java.rmi.server", Kind::Deserialization, 0.7),
    marker("sun.rmi.server", Kind::Deserialization, 0.7),
    marker("com.sun.syndication", Kind::Deserialization, 0.7),
    marker("javax.management.badattributevalue", Kind::Deserialization, 0.7),
    marker("java.util.comparator", Kind::Deserialization, 0.7),
    marker("typeconfuseddelegate", Kind::Deserialization, 0.7),
    marker("binaryformatter", Kind::Deserialization, 0.7),
    marker("objectstateformatter", Kind::Deserialization, 0.7),
    marker("losformatter", Kind::Deserialization, 0.7),
    marker("windowsidentity", Kind::Deserialization, 0.7),
    marker("system.diagnostics.process", Kind::Deserialization, 0.7),
    marker("commons.beanutils", Kind::Deserialization, 0.7),
    marker("bsh.interpreter", Kind::Deserialization, 0.7),
    marker("groovy.util.", Kind::Deserialization, 0.7),
    marker("ysoserial", Kind::Deserialization, 0.7),
    marker("com.mchange.v2.c3p0", Kind::Deserialization, 0.7),
    marker("xalan.xsltc", Kind::Deserialization, 0.7),
    marker("org.springframework.context.support.", Kind::Deserialization, 0.7),
    marker("<dynamic-proxy>", Kind::Deserialization, 0.8),
    marker("jdk.nashorn", Kind::Deserialization, 0.7),
    marker("py/object", Kind::Deserialization, 0.7),
    marker("py/reduce", Kind::Deserialization, 0.8),
    marker("objectdataprovider", Kind::Deserialization, 0.8),
    marker("\"@type\":\"com.sun", Kind::Deserialization, 0.8),
    marker("\"@type\":\"java.lang", Kind::Deserialization, 0.7),
    marker("scriptenginemanager", Kind::Deserialization, 0.7),
    marker("urlclassloader", Kind::Deserialization, 0.7),
    marker("os.system(", Kind::Code, 0.8),
    marker("subprocess.", Kind::Code, 0.6),
    marker("__subclasses__", Kind::Template, 0.9),
    marker("__globals__", Kind::Template, 0.9),
    marker("invoke-webrequest", Kind::Command, 0.7),
    marker("invoke-expression", Kind::Command, 0.8),
    marker("downloadstring(", Kind::Command, 0.8),
    marker("net.webclient", Kind::Command, 0.8),
    marker("/bin/sh", Kind::Command, 0.7),
    marker("/bin/bash", Kind::Command, 0.7),
    marker("/dev/tcp/", Kind::Command, 0.9),
    marker("cmd.exe", Kind::Command, 0.7),
    marker("${ifs}", Kind::Command, 0.9),
    marker("__schema", Kind::Protocol, 0.5),
    marker("phpunit/src/util/php", Kind::Code, 0.9),
    marker("@{[", Kind::Command, 0.7),
    marker("process.spawn(", Kind::Code, 0.7),
    marker("kernel.exec(", Kind::Code, 0.7),
    marker("kernel.system(", Kind::Code, 0.7),
    marker("io.popen(", Kind::Code, 0.7),
    marker("constructor`", Kind::Xss, 0.7),
    marker("createelement('script", Kind::Xss, 0.7),
    marker("createelement(\"script", Kind::Xss, 0.7),
    marker("navigator.sendbeacon(", Kind::Xss, 0.6),
    marker("localstorage.getitem(", Kind::Xss, 0.6),
    marker("sessionstorage.getitem(", Kind::Xss, 0.6),
    marker("window.open('/", Kind::Xss, 0.6),
    marker("window.open('http", Kind::Xss, 0.6),
    marker("import('/", Kind::Xss, 0.6),
    marker("import('http", Kind::Xss, 0.6),
    marker("com.sun.org.apache", Kind::Code, 0.7),
    marker("org.apache.commons.", Kind::Code, 0.5),
    marker("java.lang.reflect", Kind::Code, 0.7),
    marker("java.util.scanner", Kind::Code, 0.6),
    marker("sun.misc.unsafe", Kind::Code, 0.7),
    marker("groovy.lang.", Kind::Code, 0.7),
    marker("ognl.ognl", Kind::Code, 0.7),
    marker("getcontextclassloader", Kind::Code, 0.7),
    marker("getclassloader()", Kind::Code, 0.7),
    marker("class['classloader", Kind::Code, 0.8),
    marker("class['module", Kind::Code, 0.8),
    marker("runtime.exec(", Kind::Code, 0.7),
    marker("setaccessible(", Kind::Code, 0.6),
    marker("getdeclaredmethod", Kind::Code, 0.6),
    marker("badattributevalueexp", Kind::Deserialization, 0.7),
    marker("annotationinvocationhandler", Kind::Deserialization, 0.8),
    marker("spring.cloud.function.routing-expression", Kind::Template, 0.8),
    marker("invokefunction", Kind::Code, 0.8),
    marker("call_user_func", Kind::Code, 0.7),
    marker("__construct", Kind::Code, 0.7),
    marker("vm.runin", Kind::Code, 0.7),
    marker("module.constructor", Kind::Code, 0.7),
    marker("process.kill(process", Kind::Code, 0.6),
    marker("autodeserialize=true", Kind::Deserialization, 0.8),
    marker("queryinterceptors=com.", Kind::Deserialization, 0.8),
    marker("init=runscript", Kind::Deserialization, 0.8),
    marker("allowloadlocalinfile=true", Kind::Deserialization, 0.7),
    marker("socketfactoryarg=", Kind::Deserialization, 0.7),
    marker("php:function(", Kind::Xxe, 0.7),
    marker("system.multicall", Kind::Protocol, 0.5),
    marker("sleepeachrow(", Kind::Sqli, 0.7),
    marker("load csv from", Kind::Nosql, 0.6),
    marker("detach delete", Kind::Nosql, 0.6),
    marker("org.apache.struts", Kind::Code, 0.6),
    marker("org.omg.corba", Kind::Code, 0.7),
    marker("sun.reflect", Kind::Code, 0.7),
    marker("java.util.concurrent.scheduledthreadpoolexecutor", Kind::Code, 0.8),
    marker("freemarker.template", Kind::Template, 0.8),
    marker("freemarker.core", Kind::Template, 0.8),
    marker("javassist", Kind::Code, 0.6),
    marker("['__builtins__", Kind::Code, 0.8),
    marker("[\"__builtins__", Kind::Code, 0.8),
    marker("process.dlopen", Kind::Code, 0.8),
    marker("[#post_render]", Kind::Code, 0.8),
    marker("[#pre_render]", Kind::Code, 0.8),
    marker("[#lazy_builder]", Kind::Code, 0.8),
    marker("$$bcel$$", Kind::Deserialization, 0.8),
    marker("jndiconverter", Kind::Deserialization, 0.8),
    marker("drivermanagerconnectionsource", Kind::Deserialization, 0.8),
];

static AUTOMATON: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let literals = MARKERS.iter().map(|marker| marker.literal);
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(literals)
        .ok()
});

/// Raises every marker that stands at a word boundary.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let Some(automaton) = AUTOMATON.as_ref() else {
        return;
    };
    for found in automaton.find_overlapping_iter(view.lower) {
        let Some(marker) = MARKERS.get(found.pattern().as_usize()) else {
            continue;
        };
        let first = marker.literal.as_bytes().first().copied().unwrap_or(0);
        let bounded =
            !is_word(first) || found.start() == 0 || !is_word(at(view.lower, found.start() - 1));
        if !bounded {
            continue;
        }
        // The name under which a framework sends its token against forged requests.
        if from(view.lower, found.end()).starts_with(b".taglib.html.token") {
            continue;
        }
        if is_reported(marker, view.lower, found.start()) {
            continue;
        }
        // A sentence about a technique is not the technique.
        let around = view.words_around(found.start());
        let silent = !view.has_any(b"([{='\";<$`|/%\\");
        let sentence = view.is_composed() && marker.score < 0.9
            || silent && around > 0 && view.has(b' ') && view.role == Role::Value
            || marker.score < 0.8 && around > 1
            || marker.score < 0.9 && around > 2 && !view.has_any(b"([{='\";<$`|");
        let sentence = sentence || marker.score < 0.9 && view.is_told();
        let documented =
            view.part == Part::Path && names_a_class(marker) && !view.has_any(b"([{='\";<$");
        let sentence = sentence || documented || is_named_shell(view, marker, found.start());
        let header = view.role == Role::Header && marker.score < 0.6;
        signs.raise(
            marker.kind,
            if sentence || header { 0.4 } else { marker.score },
            found.start(),
        );
    }
}

/// `… of undefined (reading '__proto__')`: what a browser says of a property that was not there.
fn is_reported(marker: &Marker, lower: &[u8], place: usize) -> bool {
    marker.literal == "__proto__"
        && upto(lower, place).ends_with(b"(reading '")
        && from(lower, place + marker.literal.len()).starts_with(b"')")
}

/// `/bin/bash` as a whole value or at the head of words: the shell of an account or a question, which runs nothing.
fn is_named_shell(view: &View<'_>, marker: &Marker, place: usize) -> bool {
    let rest = from(view.lower, place + marker.literal.len());
    marker.literal.starts_with("/bin/")
        && upto(view.lower, place)
            .iter()
            .all(|b| b.is_ascii_lowercase() || matches!(b, b' ' | b'/'))
        && (rest.is_empty() || is_space(at(rest, 0)) && at(rest, 1).is_ascii_alphabetic())
}

/// Whether a marker is the dotted name of a class or package, which pages of documentation are called after.
fn names_a_class(marker: &Marker) -> bool {
    matches!(marker.kind, Kind::Code | Kind::Deserialization)
        && marker.literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'.')
        && marker.literal.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_lower_case_and_unique() {
        let mut literals: Vec<_> = MARKERS.iter().map(|marker| marker.literal).collect();
        literals.sort_unstable();
        let count = literals.len();
        literals.dedup();
        assert_eq!(literals.len(), count);
        assert!(literals.iter().all(|literal| literal.bytes().all(|b| !b.is_ascii_uppercase())));
        assert!(AUTOMATON.is_some());
    }
}

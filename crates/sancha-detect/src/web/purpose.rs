//! What a parameter is for, by its name: the same value is ordinary in one and an attack in another.

use super::scan::{at, from, upto};

/// What an application does with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// Anything: nothing is known.
    #[default]
    Data,
    /// Tells the browser where to go; the server fetches nothing (RFC 6749, section 3.1.2).
    Destination,
    /// Carries a query of the interface's own language.
    Query,
    /// Is what somebody looks for.
    Search,
    /// Carries the condition of a query.
    Condition,
    /// Is written to be read.
    Prose,
    /// Is what a browser quotes from a page of the site.
    Report,
    /// Names a file that becomes a part of the page.
    Inclusion,
    /// Either of the last two: one word is a name, several are written to be read.
    Content,
    /// Is how a list is filtered, or what its values are joined with.
    Operator,
}

/// Names without the signs between their words.
const DESTINATIONS: [&[u8]; 46] = [
    b"redirect",
    b"redirecturi",
    b"redirecturl",
    b"redirectto",
    b"redirecturis",
    b"postlogoutredirecturi",
    b"postlogoutredirecturis",
    b"loginredirect",
    b"logoutredirect",
    b"callback",
    b"callbackurl",
    b"callbackuri",
    b"oauthcallback",
    b"return",
    b"returnto",
    b"returnurl",
    b"returnuri",
    b"returnpath",
    b"next",
    b"nexturl",
    b"continue",
    b"continueurl",
    b"goto",
    b"back",
    b"backurl",
    b"backto",
    b"referrer",
    b"referer",
    b"ref",
    b"lasturl",
    b"lastpage",
    b"origin",
    b"successurl",
    b"cancelurl",
    b"failureurl",
    b"errorurl",
    b"forward",
    b"forwardurl",
    b"destination",
    b"service",
    b"relaystate",
    b"targetlinkuri",
    b"wreply",
    b"rurl",
    b"weborigin",
    b"documenturi",
];

const QUERIES: [&[u8]; 13] = [
    b"stringvalue",
    b"q",
    b"filter",
    b"query",
    b"nrql",
    b"soql",
    b"influxql",
    b"sql",
    b"statement",
    b"rawsql",
    b"rawquery",
    b"sqlquery",
    b"querystring",
];

const SEARCHES: [&[u8]; 23] = [
    b"k",
    b"oq",
    b"wq",
    b"searchkey",
    b"searchkeyword",
    b"searchstring",
    b"searchword",
    b"keyword",
    b"keywords",
    b"kw",
    b"wd",
    b"word",
    b"s",
    b"search",
    b"searchterm",
    b"searchtext",
    b"searchquery",
    b"searchvalue",
    b"term",
    b"text",
    b"guanjianzi",
    b"gjz",
    b"sousuo",
];

const INCLUSIONS: [&[u8]; 25] = [
    b"page",
    b"file",
    b"filename",
    b"filepath",
    b"include",
    b"inc",
    b"includepath",
    b"template",
    b"tpl",
    b"path",
    b"doc",
    b"document",
    b"lang",
    b"language",
    b"locale",
    b"module",
    b"mod",
    b"view",
    b"layout",
    b"theme",
    b"skin",
    b"load",
    b"section",
    b"folder",
    b"pg",
];

/// Applications made in China also name fields in pinyin, in full or by initials.
const PROSE: [&[u8]; 49] = [
    b"log",
    b"posttitle",
    b"postcontent",
    b"commenttext",
    b"feedback",
    b"remark",
    b"title",
    b"subject",
    b"message",
    b"comment",
    b"comments",
    b"body",
    b"description",
    b"question",
    b"answer",
    b"review",
    b"note",
    b"notes",
    b"msg",
    b"reply",
    b"memo",
    b"remarks",
    b"summary",
    b"desc",
    b"detail",
    b"details",
    b"bio",
    b"opinion",
    b"suggestion",
    b"introduction",
    b"markdown",
    b"commentbody",
    b"contenttext",
    b"articlecontent",
    b"commitmessage",
    b"biaoti",
    b"neirong",
    b"beizhu",
    b"bz",
    b"shuoming",
    b"miaoshu",
    b"jianjie",
    b"zhaiyao",
    b"liuyan",
    b"pinglun",
    b"huifu",
    b"yijian",
    b"jianyi",
    b"wenti",
];

/// Names of which the last word is one of these, or the first of `op[status]`.
const OPERATORS: [&[u8]; 17] = [
    b"op",
    b"oper",
    b"operator",
    b"operators",
    b"cmp",
    b"compare",
    b"comparison",
    b"comparator",
    b"relation",
    b"logic",
    b"join",
    b"joiner",
    b"glue",
    b"sep",
    b"separator",
    b"delimiter",
    b"delim",
];

/// Longer names say nothing that a short one does not.
const LONGEST: usize = 32;

impl Purpose {
    /// By the name of a parameter or member as it was sent; of `a[b]` and `a%5Bb%5D` the last one counts.
    pub(super) fn of(name: &[u8]) -> Purpose {
        let (first, last) = ends(name);
        let mut plain = [0_u8; LONGEST];
        let mut len = 0;
        for byte in last.iter().filter(|b| b.is_ascii_alphanumeric()) {
            let Some(place) = plain.get_mut(len) else { return Purpose::Data };
            *place = byte.to_ascii_lowercase();
            len += 1;
        }
        let plain = plain.get(..len).unwrap_or_default();
        if DESTINATIONS.contains(&plain) {
            Purpose::Destination
        } else if plain == b"content" {
            Purpose::Content
        } else if plain == b"where" {
            Purpose::Condition
        } else if QUERIES.contains(&plain) {
            Purpose::Query
        } else if SEARCHES.contains(&plain) {
            Purpose::Search
        } else if PROSE.contains(&plain) {
            Purpose::Prose
        } else if plain == b"scriptsample" {
            Purpose::Report
        } else if INCLUSIONS.contains(&plain) {
            Purpose::Inclusion
        } else if names_operator(first) || names_operator(last) {
            Purpose::Operator
        } else {
            Purpose::Data
        }
    }
}

/// First and last of the names in `a[b][c]`, of which browsers encode the brackets.
fn ends(name: &[u8]) -> (&[u8], &[u8]) {
    let opens = |at: &usize| {
        let rest = from(name, *at);
        matches!(rest, [b'[' | b'.', ..] | [b'%', b'5', b'b' | b'B', ..])
    };
    let first = upto(name, (0..name.len()).find(opens).unwrap_or(name.len()));
    let Some(open) = (0..name.len()).rfind(opens) else { return (first, first) };
    let last = from(name, open + if at(name, open) == b'%' { 3 } else { 1 });
    let last =
        [&b"]"[..], b"%5D", b"%5d"].iter().find_map(|end| last.strip_suffix(*end)).unwrap_or(last);
    (first, last)
}

/// `operator`, `status_op`, `statusOp`.
fn names_operator(name: &[u8]) -> bool {
    let word = name.rsplit(|b| matches!(b, b'_' | b'-')).next().unwrap_or_default();
    OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(word))
        || [&b"Op"[..], b"Operator"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_whatever_joins_its_words() {
        for name in [
            "redirect_uri",
            "redirectUri",
            "post-logout-redirect-uri",
            "a[return_to]",
            "a%5Bnext%5D",
        ] {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Destination, "{name}");
        }
        for name in
            ["url", "target", "feed", "img", "", "uri", "a_name_that_is_longer_than_any_known"]
        {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Data, "{name}");
        }
        for name in [
            "op",
            "op[due_date]",
            "op%5Bdue_date%5D",
            "filters[0][operator]",
            "status_op",
            "statusOp",
        ] {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Operator, "{name}");
        }
        for name in ["shop", "stop", "op2", "a[shop]"] {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Data, "{name}");
        }
        assert_eq!(Purpose::of(b"where"), Purpose::Condition);
        assert_eq!(Purpose::of(b"keyword"), Purpose::Search);
        assert_eq!(Purpose::of(b"beiZhu"), Purpose::Prose);
        assert_eq!(Purpose::of(b"Template"), Purpose::Inclusion);
    }
}

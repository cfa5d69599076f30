//! What a parameter is for, by its name: the same value is ordinary in one and an attack in another.

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

const SEARCHES: [&[u8]; 19] = [
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
    b"term",
    b"text",
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

const PROSE: [&[u8]; 35] = [
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
];

/// Longer names say nothing that a short one does not.
const LONGEST: usize = 32;

impl Purpose {
    /// By the name of a parameter or member as it was sent; of `a[b]` the last one counts.
    pub(super) fn of(name: &[u8]) -> Purpose {
        let inner = name.strip_suffix(b"]").unwrap_or(name);
        let last = inner.rsplit(|b| matches!(b, b'[' | b'.')).next().unwrap_or(inner);
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
        } else {
            Purpose::Data
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_whatever_joins_its_words() {
        for name in ["redirect_uri", "redirectUri", "post-logout-redirect-uri", "a[return_to]"] {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Destination, "{name}");
        }
        for name in
            ["url", "target", "feed", "img", "", "uri", "a_name_that_is_longer_than_any_known"]
        {
            assert_eq!(Purpose::of(name.as_bytes()), Purpose::Data, "{name}");
        }
        assert_eq!(Purpose::of(b"where"), Purpose::Condition);
        assert_eq!(Purpose::of(b"keyword"), Purpose::Search);
        assert_eq!(Purpose::of(b"Template"), Purpose::Inclusion);
    }
}

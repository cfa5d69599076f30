use sancha_model::{FormatId, Framing, RowWriter, without_compression, without_stream};

use crate::{FileContext, Scratch, encoding, formats};

/// How well the head of a file fits a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    No,
    /// Share of the head's records that fit, in percent, 1 to 100. Formats that fit equally well are
    /// taken in the order of the list.
    Share(u8),
    /// A magic number: nothing else can be meant.
    Certain,
}

/// The beginning of a file, for telling its format.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    pub bytes: &'a [u8],
    /// File name without folders, archive and the ending of a compressed file: see [`Head::of`].
    pub name: &'a str,
}

impl<'a> Head<'a> {
    /// The beginning of the file at `path`, which may be in an archive or a stream of a lake.
    pub fn of(bytes: &'a [u8], path: &'a str) -> Self {
        let path = without_stream(path);
        let name = path.rsplit(['/', '!']).next().unwrap_or(path);
        Self { bytes, name: without_compression(name) }
    }

    /// Whether the file's name begins so, in whatever case.
    pub fn name_begins(&self, beginning: &str) -> bool {
        let name = self.name.get(..beginning.len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(beginning))
    }

    /// Up to 50 lines that are not empty; the last one is left out when it may be cut.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = encoding::without_mark(self.bytes);
        let whole = match memchr::memrchr(b'\n', bytes) {
            Some(end) => bytes.get(..end).unwrap_or(bytes),
            None => bytes,
        };
        let lines = whole.split(|byte| *byte == b'\n');
        lines
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|l| !l.is_empty())
            .take(50)
    }

    /// Share of the lines for which `fits` holds.
    pub fn share(&self, fits: impl Fn(&[u8]) -> bool) -> Fit {
        let (mut all, mut good) = (0_u32, 0_u32);
        for line in self.lines() {
            all += 1;
            good += u32::from(fits(line));
        }
        match u8::try_from(good * 100 / all.max(1)) {
            Ok(share @ 1..) => Fit::Share(share),
            _ => Fit::No,
        }
    }
}

/// One log format.
pub trait Format: Send + Sync {
    /// Such as `nginx/access`: lower case, one slash. Stands in coverage statements.
    fn name(&self) -> &str;

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn probe(&self, head: &Head<'_>) -> Fit;

    /// Reads one record into cells. A record it cannot read gets a note.
    ///
    /// Called from several threads on parts of one file: nothing may depend on records before.
    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch);

    /// For [`Framing::Whole`]: renders a file as one line per record with the record's offset.
    /// `Err` says at which offset the file stops being readable; records before it are kept.
    fn render(&self, _file: &[u8], _each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        Ok(())
    }
}

/// The formats of a run: those we ship and those the user configured.
pub struct Formats {
    list: Vec<&'static dyn Format>,
    configured: Vec<Box<dyn Format>>,
}

impl Formats {
    pub fn new(configured: Vec<Box<dyn Format>>) -> Self {
        Self { list: formats::ALL.to_vec(), configured }
    }

    /// The format for a file, and the place it has in this run. Formats the user configured go first;
    /// plain text comes last and fits everything.
    ///
    /// Where the first lines are of no known shape, as a note before a log is, those further on decide.
    pub fn detect(&self, head: &Head<'_>) -> FormatId {
        let first = self.fitting(head, |_| true);
        let is_known = |id: &FormatId| self.get(*id).name() != formats::PlainText.name();
        if is_known(&first) {
            return first;
        }
        let text = head.bytes.iter().position(|byte| *byte != 0).unwrap_or(head.bytes.len());
        let half = text + (head.bytes.len() - text) / 2;
        let later = [text, half].into_iter().filter(|at| *at > 0).map(|at| {
            let rest = head.bytes.get(at..).unwrap_or_default();
            let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let begin = if at == text { 0 } else { line };
            let head = Head { bytes: rest.get(begin..).unwrap_or_default(), name: head.name };
            // Records that are no lines begin where the file does.
            self.fitting(&head, |format| format.framing() == Framing::Lines)
        });
        later.into_iter().find(is_known).unwrap_or(first)
    }

    fn fitting(&self, head: &Head<'_>, may: impl Fn(&dyn Format) -> bool) -> FormatId {
        let mut best = (Fit::No, FormatId(0));
        for place in 0..self.len() {
            let id = FormatId(u8::try_from(place).unwrap_or(u8::MAX));
            let format = self.get(id);
            let fit = if may(format) { format.probe(head) } else { Fit::No };
            if fit > best.0 {
                best = (fit, id);
            }
        }
        best.1
    }

    pub fn get(&self, id: FormatId) -> &dyn Format {
        let place = usize::from(id.0);
        if let Some(format) = self.configured.get(place) {
            return format.as_ref();
        }
        let fallback = &formats::PlainText as &'static dyn Format;
        self.list.get(place - self.configured.len()).copied().unwrap_or(fallback)
    }

    /// The format of this name.
    pub fn named(&self, name: &str) -> Option<FormatId> {
        let ids = (0..=u8::MAX).map(FormatId).take(self.len());
        ids.into_iter().find(|id| self.get(*id).name() == name)
    }

    pub fn len(&self) -> usize {
        self.configured.len() + self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        let formats = Formats::new(Vec::new());
        let format = formats.detect(&Head::of(text.as_bytes(), "x.log"));
        assert_eq!(formats.get(format).name(), want, "{text}");
    }

    #[test]
    fn a_file_is_taken_for_what_most_of_its_lines_are() {
        let syslog = "Oct 22 03:14:15 h sshd[1]: hello\n";
        let access = "203.0.113.9 - - [22/Oct/2026:03:14:15 +0800] \"GET / HTTP/1.1\" 200 5";
        check(syslog, "linux/syslog");
        check(&format!("{access}\n"), "web/common");
        check(&format!("{access} \"-\" \"agent\"\n"), "web/combined");
        check(&format!("{syslog}{}", "another form\n".repeat(9)), "text/plain");
        check(&format!("another form\n{}", syslog.repeat(3)), "linux/syslog");
        check("{\"a\":1}\n", "json/lines");
        let forwarded = "{\"winlog\":{\"channel\":\"Security\",\"event_id\":\"4625\"}}\n";
        check(forwarded, "windows/json");
        let pretty =
            "{\n  \"Event\": {\n    \"System\": {\"Channel\": \"a\", \"EventID\": 1}\n  }\n}\n";
        check(pretty, "windows/json-document");
        check(&format!("Record 1\n{pretty}"), "windows/json-document");
        check(&format!("[{forwarded},{forwarded}]"), "windows/json-document");
        check(&format!("{{\"Records\":[{forwarded}]}}"), "windows/json-document");
        check("[{\"a\":1},{\"b\":1}]\n", "json/document");
        check("[]\n", "json/document");
        check(&format!("{forwarded}{{\"a\":1}}\n{{\"b\":1}}\n"), "json/lines");
        check("{\"EventID\":1,\"Channel\":\"Application\"}\n", "windows/json");
        check("{\"Id\":1,\"Message\":\"x\"}\n", "json/lines");
        check("{\"id\":1,\"channel\":\"x\"}\n", "json/lines");
        let event = "<Event a='b'><EventID>1</EventID></Event>";
        check(&format!("<Events>{}", format!("{event}\n").repeat(3)), "windows/xml");
        check(&format!("<Events>{}</Events>\n", event.repeat(3)), "windows/xml-document");
        check(&format!("{}{}", "a note\n".repeat(60), syslog.repeat(90)), "linux/syslog");
        check(&format!("{}{}", "\0".repeat(8_192), syslog.repeat(90)), "linux/syslog");
        check(&"a note\n".repeat(300), "text/plain");
        check("", "text/plain");
    }

    #[test]
    fn a_name_is_read_without_what_is_around_it() {
        for (path, name) in [
            ("btmp", "btmp"),
            ("var/log/BTMP.1.GZ", "BTMP.1"),
            ("old.tar.gz!var/log/btmp.xz", "btmp"),
            ("old.zip!btmp", "btmp"),
            ("host/btmp@abababababab", "btmp"),
        ] {
            let head = Head::of(b"", path);
            assert_eq!(head.name, name);
            assert!(head.name_begins("btmp") && !head.name_begins("wtmp"), "{path}");
        }
    }
}

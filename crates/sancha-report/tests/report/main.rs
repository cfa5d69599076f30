//! What the renderers make of a small document in both languages, of hostile log content, and of
//! logs that show nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod sample;

use jiff::tz::TimeZone;
use sample::{HOSTILE, document, empty, finding, hostile};
use sancha_model::{FieldId, Fields, FindingId, Lang, Level, Match, Outcome, RecordId, Scenario};
use sancha_report::{
    MatchNames, render_coverage, render_findings_csv, render_findings_table, render_html,
    render_json, render_terminal, texts, write_finding, write_match,
};

const DIGEST: &str = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592";

fn html(document: &sancha_report::Document) -> String {
    render_html(document, DIGEST).unwrap()
}

/// The page without its style sheet, one tag a line: what a person reads and where links go.
fn body(page: &str) -> String {
    let (_, body) = page.split_once("</head>").unwrap();
    body.replace("><", ">\n<")
}

#[test]
fn json_of_a_case() {
    insta::assert_snapshot!(render_json(&document(Lang::Zh)).unwrap());
}

#[test]
fn page_in_chinese() {
    insta::assert_snapshot!(body(&html(&document(Lang::Zh))));
}

#[test]
fn page_in_english() {
    insta::assert_snapshot!(body(&html(&document(Lang::En))));
}

#[test]
fn terminal_in_both_languages() {
    let both = [Lang::Zh, Lang::En].map(|lang| render_terminal(&document(lang)));
    insta::assert_snapshot!(both.join("\n----\n"));
}

#[test]
fn an_empty_result_says_what_was_read_and_what_cannot_be_shown() {
    for (lang, says) in [
        (
            Lang::Zh,
            [
                "没有形成案件",
                "不表示没有发生过事件",
                "这些日志不能说明什么",
                "没有数据库日志",
                "2026-10-20",
            ],
        ),
        (
            Lang::En,
            [
                "make no case",
                "does not say that nothing happened",
                "What these logs cannot show",
                "no database log",
                "2026-10-20",
            ],
        ),
    ] {
        let document = empty(lang);
        let page = html(&document);
        for words in says {
            assert!(page.contains(words), "`{words}` is missing");
        }
        let terminal = render_terminal(&document);
        assert!(terminal.contains(says[0]) && terminal.contains(says[1]), "{terminal}");
        for words in ["safe", "Safe", "安全无事", "一切正常", "未受攻击"] {
            assert!(!body(&page).contains(words) && !terminal.contains(words), "`{words}`");
        }
    }
}

#[test]
fn the_page_asks_nothing_of_the_network_and_runs_nothing() {
    for document in [document(Lang::Zh), hostile(Lang::En)] {
        let page = html(&document);
        // Markup of a log is shown as text, so every `<` begins a tag of ours.
        let tags = page.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
        for (tag, _) in tags {
            assert!(!tag.contains(" src=") && !tag.contains(" on"), "{tag}");
            let link = tag.split_once(" href=").map_or("\"#", |(_, value)| value);
            assert!(link.starts_with("\"#"), "a link leaves the page: {tag}");
            assert!(!tag.contains("http:") && !tag.contains("https:"), "{tag}");
        }
        for forbidden in ["<script", "<link", "<img", "<iframe", "url(", "@import", "javascript:"] {
            assert!(!page.contains(forbidden), "`{forbidden}`");
        }
        assert!(page.contains("default-src 'none'"));
    }
}

/// Every link leads to one place of the page; how many there are.
fn links(page: &str) -> usize {
    let targets = page.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    let targets: Vec<&str> = targets.collect();
    for target in &targets {
        assert_eq!(page.matches(&format!("id=\"{target}\"")).count(), 1, "#{target}");
    }
    targets.len()
}

#[test]
fn every_link_of_the_page_has_its_target() {
    let links = links(&html(&document(Lang::Zh)));
    assert!(links > 20, "{links}");
}

#[test]
fn a_case_of_many_findings_lists_the_gravest_and_says_how_many_more() {
    let mut document = document(Lang::En);
    let case = &mut document.cases.first_mut().unwrap().case;
    let graver = case.members.iter().filter(|member| member.happened()).count();
    let mut model = case.members.last().unwrap().clone();
    (model.outcome, model.finding.level) = (Outcome::Attempted, Level::Low);
    for number in 0..400 {
        let mut member = model.clone();
        member.finding.id = FindingId(format!("F-more-{number}"));
        member.finding.evidence.iter_mut().for_each(|record| record.line = 1_000 + number);
        // The gravest come last.
        case.members.insert(0, member);
    }
    let all = case.members.len();
    let page = html(&document);
    assert_eq!(page.matches("class=\"finding\"").count(), 300);
    assert!(page.contains(&format!("{} more findings are not listed", all - 300)));
    let listed = |place: usize| page.contains(&format!("id=\"finding-1-{place}\""));
    assert!(graver > 0 && (0..graver).all(|back| listed(all - back)), "the gravest are listed");
    links(&page);
}

/// No output may hold a character that moves a cursor, turns text around or is markup.
fn holds_no_live_content(output: &str) {
    let is_live = |c: char| {
        (c.is_control() && c != '\n' && c != '\r')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
    };
    assert_eq!(output.chars().find(|c| is_live(*c)), None);
    assert!(!output.contains("13800138000"), "a personal number is not masked");
}

#[test]
fn hostile_log_content_stays_text_in_every_output() {
    for lang in [Lang::Zh, Lang::En] {
        let document = hostile(lang);
        let page = html(&document);
        let json = render_json(&document).unwrap();
        let csv = render_findings_csv(&[finding(HOSTILE)], lang);
        let mut line = Vec::new();
        write_finding(&mut line, &finding(HOSTILE));
        let line = String::from_utf8(line).unwrap();
        let coverage = render_coverage(&document.coverage).unwrap();
        let table = render_findings_table(&[finding(HOSTILE)], &TimeZone::UTC, lang);
        let terminal = render_terminal(&document);
        for output in [&page, &json, &csv, &line, &coverage, &table, &terminal] {
            holds_no_live_content(output.trim_start_matches('\u{feff}'));
        }
        assert!(!page.contains("<script") && !page.contains("<img"), "markup from a log");
        assert!(page.contains("&lt;script"), "the log's markup is not shown");
        assert!(page.contains("\\u{202e}") && page.contains("\\x1b"));
        for output in [&page, &json, &line, &terminal] {
            assert!(output.contains("𠮷😀医院"), "names beyond the basic plane are kept");
        }
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(csv.matches("\r\n").count(), 2);
        assert_eq!(table.matches('\n').count(), 1);
        for cell in csv.lines().nth(1).unwrap().split(',') {
            assert!(!cell.trim_matches('"').starts_with(['=', '+', '@']), "{cell}");
        }
        let back: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back["cases"].as_array().unwrap().len(), 1);
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }
}

fn matched(fields: Vec<(FieldId, Box<[u8]>)>) -> Match {
    Match {
        suppressed_by: None,
        at: RecordId { file: Default::default(), offset: 77 },
        line: 3,
        time: Some(sancha_model::EventTime::from_seconds(1_793_000_000)),
        rule: 0,
        scenario: Scenario::WEB_SQLI,
        level: Level::High,
        score: 0.75,
        record_id: None,
        source: Some("203.0.113.9".parse().unwrap()),
        host: None,
        user: Some("tester".into()),
        fields,
    }
}

fn match_line(fields: Vec<(FieldId, Box<[u8]>)>) -> String {
    let names = Fields::new([]);
    let mut out = Vec::new();
    let path = "logs/访问.log";
    write_match(&mut out, &matched(fields), MatchNames { path, rule: "r-1", fields: &names });
    String::from_utf8(out).unwrap()
}

#[test]
fn a_match_is_one_line_of_the_contract() {
    let fields = vec![
        (FieldId::URL_PATH, Box::from(&b"/a\"b\\c\n\x1b[2J\xff"[..])),
        (FieldId::URL_QUERY, Box::from(&b"tel=13800138000"[..])),
    ];
    insta::assert_snapshot!(match_line(fields).trim_end(), @r#"{"path":"logs/访问.log","line":3,"offset":77,"time":"2026-10-26T07:33:20Z","rule":"r-1","scenario":"web_attack.sqli","level":"high","score":0.75,"src":"203.0.113.9","user":"tester","fields":{"url.path":"/a\"b\\c\n\u001b[2J\\xff","url.query":"tel=138******00"}}"#);
}

#[test]
fn a_field_is_cut_at_256_bytes_and_never_inside_a_character() {
    for (value, kept) in [("a".repeat(300), 256), ("医".repeat(100), 255), ("a".repeat(256), 256)]
    {
        let line = match_line(vec![(FieldId::URL_PATH, Box::from(value.as_bytes()))]);
        let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["fields"]["url.path"].as_str().unwrap().len(), kept);
    }
}

#[test]
fn findings_have_the_keys_of_the_contract_in_order() {
    let mut out = Vec::new();
    write_finding(&mut out, &finding("/index.jsp"));
    let parsed: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let keys: Vec<&str> = parsed.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "id", "scenario", "level", "outcome", "first", "last", "count", "src", "hosts",
            "users", "rules", "evidence", "summary"
        ]
    );
}

#[test]
fn a_simulation_says_so_on_screen_and_on_every_sheet() {
    let mut document = document(Lang::Zh);
    document.law.simulated_on = Some(jiff::civil::date(2025, 12, 31));
    let page = html(&document);
    assert!(page.contains("模拟：按 2025-12-31 的法规推演"));
    assert!(page.contains("@top-left"));
    assert!(!html(&sample::document(Lang::Zh)).contains("@top-left"));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let (one, two) = (document(Lang::Zh), document(Lang::Zh));
    assert_eq!(render_json(&one).unwrap(), render_json(&two).unwrap());
    assert_eq!(html(&one), html(&two));
}

#[test]
fn no_text_accuses_anyone_or_calls_anything_safe() {
    let forbidden = ["黑客", "嫌疑人", "违法", "犯罪", "失职", "渎职", "安全无事", "有罪", "guilt"];
    let english = ["hacker", "suspect", "crime", "criminal", "illegal", " safe"];
    for text in texts::ALL {
        assert!(!text.zh.is_empty() || text.key == "report.page_end", "{}", text.key);
        for words in forbidden.iter().chain(&english) {
            assert!(
                !text.zh.contains(words) && !text.en.to_lowercase().contains(words),
                "{}: {words}",
                text.key
            );
        }
        let slots = |t: &str| {
            let mut slots: Vec<String> = t
                .split('{')
                .skip(1)
                .filter_map(|s| s.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect();
            slots.sort();
            slots
        };
        if text.key != "report.raw_note" {
            assert_eq!(slots(text.zh), slots(text.en), "{}", text.key);
        }
    }
    let mut keys: Vec<&str> = texts::ALL.iter().map(|text| text.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), texts::ALL.len());
}
